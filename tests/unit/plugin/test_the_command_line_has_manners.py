from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_clv import cli
from kubectl_clv.complete import answer, script
from kubectl_clv.failure import Failure
from kubectl_clv.output.report import Report
from kubectl_clv.output.table import Column, Table
from kubectl_clv.output.watch import appended, watch


def test_a_misspelt_verb_gets_the_nearest_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["stauts"]) == 2
    said = capsys.readouterr()
    assert "did you mean status?" in said.err
    assert not said.out


def test_without_a_cluster_three_lines_say_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    assert cli.main(["--kubeconfig", str(tmp_path / "absent"), "status"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["Error", "  Why", "  Try"]


def test_debug_adds_the_traceback(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["status", "--debug", "--kubeconfig", str(tmp_path / "absent")]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_every_verb_that_the_help_names_can_be_imported() -> None:
    context = cli.click.Context(cli.root)
    for name in cli.VERBS:
        assert cli.root.get_command(context, name) is not None, name


def test_kubectl_is_told_verbs_and_no_files() -> None:
    assert answer(["sta"]) == [
        "status\tError budgets by tier: what is left, how fast it burns, money at risk.",
        ":4",
    ]


def test_kubectl_is_told_to_complete_files_after_f() -> None:
    assert answer(["validate", "-f", ""])[-1] == ":0"


def test_kubectl_is_told_the_formats() -> None:
    assert answer(["top", "-o", "j"]) == ["json", ":4"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_for_the_command(shell: str) -> None:
    assert "_KUBECTL_CLV_COMPLETE" in script(shell)


def test_a_piped_watch_prints_only_what_is_news() -> None:
    columns = (Column(title="SLO"), Column(title="LEFT"), Column(title="SINCE", moves=True))

    def report(left: str, since: str) -> Report:
        return Report(data=None, blocks=[Table(columns=columns, rows=[["checkout", left, since]])])

    known = {key for key, _ in report("51 %", "1m").news()}
    assert appended(known, report("51 %", "2m").news()) == []
    assert appended(known, report("50 %", "2m").news()) == ["checkout  50 %  2m"]


def test_a_watch_of_json_is_wrong_usage() -> None:
    with pytest.raises(Failure) as refused:
        watch(lambda: Report(data=[]), "json")
    assert refused.value.code == 2
