import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from clv_operator.api import parse
from kubectl_clv.cli import root

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.split("  #")[0].strip()
    for language, block in BLOCKS
    if language == "sh"
    for line in block.splitlines()
    if line
]
SHOWN = [line.removeprefix("$ ") for _, block in BLOCKS for line in block.splitlines() if line.startswith("$ ")]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def resolve(words: list[str]) -> click.Command:
    """The verb that the words name; its options are parsed as the plugin would, and nothing is run."""
    command: click.Command = root
    context = click.Context(root, info_name="clv", resilient_parsing=False)
    while isinstance(command, click.Group):
        name, *words = words
        found = command.get_command(context, name)
        assert found is not None, f"no verb {name}"
        command, context = found, click.Context(found, parent=context, info_name=name)
    command.parse_args(context, words)
    return command


@pytest.mark.parametrize("line", [line for line in COMMANDS + SHOWN if line.startswith("kubectl clv ")])
def test_a_verb_of_the_plugin_takes_what_the_readme_gives_it(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert isinstance(resolve(shlex.split(line)[2:]), click.Command)


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("make ")])
def test_a_make_target_exists(line: str) -> None:
    assert shlex.split(line)[1] in TARGETS


@pytest.mark.parametrize("chart", re.findall(r"helm install \S+ (charts/\S+)", TEXT))
def test_a_chart_is_where_it_says(chart: str) -> None:
    assert (ROOT / chart / "Chart.yaml").is_file()


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:examples|crds|charts|docs|tests|runbooks)/[^`\s]*)`", TEXT)))
)
def test_a_file_that_is_named_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("block", [block for language, block in BLOCKS if language == "yaml"])
def test_a_manifest_that_is_shown_is_valid(block: str) -> None:
    document = yaml.safe_load(block)
    assert parse(document["kind"], document).metadata.name == document["metadata"]["name"]


def test_every_command_is_of_a_kind_that_is_checked() -> None:
    known = ("make ", "kubectl clv ", "kubectl get clv", "kubectl explain tieredslo", "helm install ", "pip install .")
    assert [line for line in COMMANDS if not line.startswith(known)] == []
