"""docs/coming-from-sloth-or-pyrra.md, from top to bottom: its files are written, its commands run, its output compared."""

import re
import shlex
from pathlib import Path

import yaml

from clv_operator.api import parse
from kubectl_clv import cli

PAGE = Path(__file__).parents[4] / "docs" / "coming-from-sloth-or-pyrra.md"
BLOCKS = re.findall(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_each_command_of_the_page_does_what_the_page_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    ran, told = [], ""
    for language, said, text in BLOCKS:
        kind, _, value = said.partition("=")
        match language, kind:
            case "yaml", "file":
                (tmp_path / value).write_text(text)
            case "sh", "exit":
                for line in text.splitlines():
                    words = shlex.split(line)
                    assert words[:2] == ["kubectl", "clv"]
                    assert cli.main(words[2:]) == int(value), (line, capsys.readouterr())
                    ran.append(words[2])
                    told = capsys.readouterr().err
            case "text", "of":
                assert told == text
            case "yaml", "is":
                assert (tmp_path / value).read_text() == text
            case "yaml", "objectives":
                made = yaml.safe_load((tmp_path / "slos" / "checkout-orders.yaml").read_text())
                made["spec"] |= yaml.safe_load(text)
                assert [each.tier for each in parse("TieredSLO", made).spec.objectives] == ["platinum", "*"]
            case _:
                raise AssertionError((language, said))
    assert ran == ["import", "validate", "import", "import", "import"]
    names = sorted(each.name for each in (tmp_path / "slos").iterdir())
    assert names == ["checkout-orders.yaml", "checkout-speed.yaml", "search.yaml", "shop.payment-speed.yaml"]
