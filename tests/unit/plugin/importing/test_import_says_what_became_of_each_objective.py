import io

import pytest
import yaml

from kubectl_clv import cli
from kubectl_clv.importing import conversion
from kubectl_clv.verbs import imports
from tests.unit.plugin.importing.files import openslo, pyrra, sloth


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    """Wide enough that no sentence is wrapped, however long the folder of the test is."""
    monkeypatch.setenv("COLUMNS", "400")


@pytest.fixture
def put(tmp_path):
    def put(*documents, name="given.yaml"):
        file = tmp_path / name
        file.write_text(yaml.safe_dump_all(documents, sort_keys=False))
        return str(file)

    return put


def test_manifests_stand_on_stdout_and_the_summary_on_stderr(put, capsys):
    assert cli.main(["import", "pyrra", put(pyrra())]) == 0
    said = capsys.readouterr()
    assert yaml.safe_load(said.out)["metadata"] == {"name": "orders", "namespace": "shop"}
    assert said.err.splitlines()[-1] == "1 objective: 1 carried, 0 carried with changes, 0 refused"


def test_what_comes_out_passes_validate(put, capsys, monkeypatch):
    assert cli.main(["import", "sloth", put(sloth(), sloth(name="more"))]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(capsys.readouterr().out))
    assert cli.main(["validate", "-f", "-"]) == 0
    assert "2 valid, 0 invalid" in capsys.readouterr().out


def test_a_change_is_exit_code_3_with_line_and_what_to_do(put, capsys):
    assert cli.main(["import", "sloth", put(sloth(alerting={"name": "OrdersFail"}))]) == 3
    summary = capsys.readouterr().err
    assert "checkout-orders: carried, with 1 change\n" in summary
    assert "  line 11: slos[0].alerting.name: the alerts are not called OrdersFail" in summary


def test_a_refusal_is_exit_code_4_and_the_others_are_written(put, capsys):
    assert cli.main(["import", "sloth", put(sloth(objective=100), sloth(name="good"))]) == 4
    said = capsys.readouterr()
    assert [made["metadata"]["name"] for made in yaml.safe_load_all(said.out)] == ["checkout-good"]
    assert "checkout-orders: refused" in said.err
    assert "2 objectives: 1 carried, 0 carried with changes, 1 refused" in said.err


def test_out_writes_a_file_for_each_and_says_what_changed(put, tmp_path, capsys):
    command = ["import", "pyrra", put(pyrra()), "--out", str(tmp_path / "out")]
    assert [cli.main([*command, "--dry-run"]), (tmp_path / "out").exists()] == [0, False]
    assert [cli.main(command), cli.main(command)] == [0, 0]
    assert [line.split("out/")[1] for line in capsys.readouterr().out.splitlines()] == [
        "shop.orders.yaml created (dry run: nothing was written)",
        "shop.orders.yaml created",
        "shop.orders.yaml unchanged",
    ]


def test_a_namespace_is_given_to_what_has_none(put, capsys):
    assert cli.main(["import", "sloth", put(sloth()), "-n", "shop"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["metadata"]["namespace"] == "shop"


def test_other_objects_are_passed_over_and_counted(put, capsys):
    assert cli.main(["import", "openslo", put(openslo(alertPolicies=[{"alertPolicyRef": "x"}]), pyrra())]) == 3
    assert "1 other object passed over" in capsys.readouterr().err


def test_a_file_of_another_tool_is_told(put, capsys):
    assert cli.main(["import", "sloth", put(pyrra())]) == 1
    assert "use import pyrra" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["sloth"], ["slot", "x.yaml"], []])
def test_wrong_usage_is_exit_code_2(arguments, capsys):
    assert cli.main(["import", *arguments]) == 2
    assert not capsys.readouterr().out


def test_a_tier_label_that_is_none_is_refused_for_each(put, capsys):
    assert cli.main(["import", "pyrra", put(pyrra()), "--tier-label", "a-b"]) == 4
    assert "spec.tierLabel: it is not a Prometheus label name" in capsys.readouterr().err


def test_a_period_that_is_none_is_refused_with_the_flag(put, capsys):
    assert cli.main(["import", "sloth", put(sloth()), "--period", "1y"]) == 4
    assert "--period: '1y' is no such period" in capsys.readouterr().err


def test_the_help_names_every_format():
    assert tuple(conversion.FORMATS) == imports.FORMATS
