from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from clv_operator.api import KINDS, CLVTier, RevenueIncident, parse, problems, read
from sloengine.errors import InvalidSpec
from tests.manifests import GOOD, drop, incident, put, slo, tier


def sentences(manifest: dict[str, Any]) -> list[str]:
    return [str(problem) for problem in problems(manifest["kind"], manifest)]


def test_every_mistake_is_reported_at_once() -> None:
    wrong = put(put(drop(slo(), "spec.service"), "spec.weighting", "Mean"), "spec.objectives.1.target", "100")
    assert sentences(wrong) == [
        'spec.service: it is missing; write a text, such as "checkout"',
        (
            "spec.objectives[1].target: a target lies above 0 and below 100 (100 leaves no budget to spend);"
            ' write what customers notice, such as "99.9"'
        ),
        "spec.weighting: 'Mean' is not known; use Value, RequestValue or Worst",
    ]


def test_a_list_with_bad_members_is_not_called_short_and_an_empty_one_is() -> None:
    wrong = put(slo(), "spec.objectives", [{"tier": "*", "target": 99.5}])
    assert sentences(wrong) == ['spec.objectives[0].target: 99.5 is a number; write a text, such as "99.95"']
    empty = put(slo(), "spec.objectives", [])
    assert sentences(empty) == ["spec.objectives: it is shorter than 1 item; give at least 1"]


def test_two_broken_rules_of_one_object_are_two_problems() -> None:
    wrong = put(tier(), "spec.values.residualValue", {"mean": "5", "low": "6", "high": "4"})
    assert sentences(wrong) == [
        "spec.values.residualValue.low: low is above mean; write low <= mean <= high",
        "spec.values.residualValue.high: high is below mean; write low <= mean <= high",
    ]


def test_parse_raises_the_first_problem_in_its_parts() -> None:
    with pytest.raises(InvalidSpec) as raised:
        parse("CLVTier", put(tier(), "spec.values.margin", "70%"))
    assert raised.value.field == "spec.values.margin"
    assert raised.value.problem == "it is not a share from 0 to 1"
    assert raised.value.fix == 'write it as a decimal string, such as "0.70" for 70 %'


def test_a_misspelt_kind_is_answered_with_the_nearest() -> None:
    with pytest.raises(InvalidSpec, match=r'"CLVTeir" is none of ours; did you mean CLVTier\?'):
        parse("CLVTeir", tier())


def test_another_version_is_named() -> None:
    assert sentences(tier() | {"apiVersion": "clvsre.io/v1"})[0].startswith("apiVersion: 'clvsre.io/v1' is not known")


@pytest.mark.parametrize("garbage", [{}, {"spec": []}, {"metadata": 1, "spec": {}}, {"metadata": {}, "spec": None}])
@pytest.mark.parametrize("kind", KINDS)
def test_garbage_is_a_problem_and_never_a_crash(kind: str, garbage: dict[str, Any]) -> None:
    assert problems(kind, garbage)


def test_an_object_of_a_newer_definition_is_read_without_its_new_fields() -> None:
    stored = put(put(slo(), "spec.later", 1), "spec.indicator.ratio.later", {"deep": True})
    assert len(problems("TieredSLO", stored)) == 2
    assert read("TieredSLO", stored).as_json() == parse("TieredSLO", slo()).as_json()


def test_what_we_do_not_own_in_the_metadata_is_passed_over() -> None:
    stored = put(tier(), "metadata.managedFields", [{"manager": "kubectl"}])
    assert problems("CLVTier", stored) == ()


@pytest.mark.parametrize("kind", GOOD)
def test_a_model_written_out_is_read_as_the_same_model(kind: str) -> None:
    model = parse(kind, GOOD[kind]())
    assert parse(kind, model.as_json()) == model


def test_times_are_aware_and_in_utc_with_the_digits_that_fit() -> None:
    model = parse("RevenueIncident", incident())
    assert isinstance(model, RevenueIncident)
    assert model.spec.opening.alerts[0].starts_at == datetime(2026, 11, 25, 11, 2, 0, 123456, tzinfo=UTC)


def test_unquoted_yaml_times_are_obeyed() -> None:
    text = yaml.safe_dump(tier()).replace("'2026-11-20T00:00:00Z'", "2026-11-20T00:00:00Z")
    text = text.replace("'2027-01-31'", "2027-01-31")
    manifest = yaml.safe_load(text)
    assert isinstance(manifest["spec"]["values"]["asOf"], datetime)
    model = parse("CLVTier", manifest)
    assert isinstance(model, CLVTier)
    assert model.as_json()["spec"]["values"]["asOf"] == "2026-11-20T00:00:00Z"
    assert model.as_json()["spec"]["definition"]["reviewBy"] == "2027-01-31"


def test_models_cannot_be_changed() -> None:
    model = parse("CLVTier", tier())
    with pytest.raises(ValueError, match="frozen"):
        model.spec.rank = 2  # type: ignore[attr-defined]  # that it has a spec is the point of the test
