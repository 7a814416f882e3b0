from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_clv import cli
from kubectl_clv.manifests import read
from kubectl_clv.verbs.validate import examine
from tests.manifests import drop, incident, policy, put, slo, tier

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def gold(**spec: Any) -> dict[str, Any]:
    return put(tier("gold", rank=2, **spec), "spec.labelValue", "gold")


def written(folder: Path, *objects: dict[str, Any]) -> str:
    file = folder / "shop.yaml"
    file.write_text(yaml.safe_dump_all(objects, sort_keys=False))
    return str(file)


def findings(folder: Path, *objects: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = examine(read([written(folder, *objects)]), now=NOW)
    return [(finding.severity, finding.field, finding.problem) for finding in found]


def test_good_manifests_have_no_findings(tmp_path: Path) -> None:
    assert findings(tmp_path, tier(), gold(), slo(), policy(), incident()) == []


def test_every_wrong_field_is_told_with_what_to_write(tmp_path: Path) -> None:
    bad = put(drop(slo(), "spec.objectives.0.target"), "spec.servise", "checkout")
    found = examine(read([written(tmp_path, bad)]), now=NOW)
    told = {finding.field: finding.fix for finding in found}
    assert told["spec.objectives[0].target"] == 'write a text, such as "99.95"'
    assert "did you mean" in told["spec.servise"]


def test_two_tiers_of_one_rank_are_told(tmp_path: Path) -> None:
    assert (
        "page",
        "spec.rank",
        "rank 1 is that of tier platinum too; the younger one will not be in force",
    ) in findings(tmp_path, tier(), put(gold(), "spec.rank", 1))


def test_several_currencies_are_told(tmp_path: Path) -> None:
    found = findings(tmp_path, tier(), put(gold(), "spec.values.currency", "EUR"))
    assert ("page", "spec.values.currency", "EUR here, USD for tier platinum: money cannot be added up") in found


def test_weights_that_are_all_zero_are_a_warning(tmp_path: Path) -> None:
    none = [put(each, "spec.values.customers", 0) for each in (tier(), gold())]
    found = findings(tmp_path, *none)
    assert [(severity, field) for severity, field, _ in found] == [("ticket", "spec.values.residualValue")]


def test_an_objective_for_a_tier_that_is_nowhere_is_told(tmp_path: Path) -> None:
    found = findings(tmp_path, tier(), gold(), put(slo(), "spec.objectives.0.tier", "platin"))
    assert found == [("page", "spec.objectives[0].tier", "no CLVTier is called 'platin' (there are: platinum, gold)")]


def test_without_tiers_the_names_of_tiers_are_not_judged(tmp_path: Path) -> None:
    assert findings(tmp_path, put(slo(), "spec.objectives.0.tier", "platin")) == []


def test_old_values_are_a_warning(tmp_path: Path) -> None:
    old = [put(each, "spec.values.asOf", "2026-01-01T00:00:00Z") for each in (tier(), gold())]
    assert [severity for severity, _, _ in findings(tmp_path, *old)] == ["ticket", "ticket"]


def test_two_documents_of_one_name_are_told_with_both_places(tmp_path: Path) -> None:
    found = findings(tmp_path, slo(), slo())
    assert found[0][1] == "metadata.name"
    assert "shop.yaml:4 too" in found[0][2]


def test_a_kind_that_is_misspelt_is_ours_still(tmp_path: Path) -> None:
    found = examine(read([written(tmp_path, put(slo(), "kind", "TieredSlo"))]), now=NOW)
    assert [finding.fix for finding in found] == ["did you mean TieredSLO?"]


@pytest.mark.parametrize(
    ("objects", "code"),
    [([tier(), gold(), slo()], 0), ([tier()], 3), ([put(slo(), "spec.objectives.0.target", "101")], 4)],
)
def test_the_exit_code_is_that_of_the_worst_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], objects: list[dict[str, Any]], code: int
) -> None:
    fresh = [
        put(each, "spec.values.asOf", "2099-01-01T00:00:00Z") if "values" in each["spec"] else each for each in objects
    ]
    assert cli.main(["validate", "-f", written(tmp_path, *fresh), "-o", "json"]) == code
    assert len(json.loads(capsys.readouterr().out)["objects"]) == len(objects)


def test_objects_of_others_are_passed_over_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}
    assert cli.main(["validate", "-f", written(tmp_path, slo(), service)]) == 0
    assert "1 object: 1 valid, 0 invalid, 1 of other kinds passed over" in capsys.readouterr().out


def test_a_prometheus_that_is_away_is_unknown_and_not_invalid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, slo())
    assert cli.main(["validate", "-f", file, "--prometheus", "http://127.0.0.1:9"]) == 5
    assert "could not be asked" in capsys.readouterr().out
