"""The default that the API server writes is the one that the model has: `validate -f` reads what the operator reads."""

from __future__ import annotations

from typing import Any

import pytest

from clv_operator.api import parse, read
from devstack.api import Api
from tests.contract.api.conftest import dry_run
from tests.manifests import drop, incident, policy, slo, tier

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("crds")]


def without(manifest: dict[str, Any], *paths: str) -> dict[str, Any]:
    for path in paths:
        manifest = drop(manifest, path)
    return manifest


SPARSE = [
    without(tier(), "spec.labelValue", "spec.definition", "spec.maxAge", "spec.values.churn.saturationMinutes"),
    without(slo(), "spec.owner", "spec.period", "spec.tierLabel", "spec.budget", "spec.weighting", "spec.alerting"),
    without(slo(), "spec.alerting.minErrors", "spec.alerting.page"),
    without(policy(), "spec.match", "spec.repeat", "spec.steps.0.severities"),
    without(policy(), "spec.repeat.times", "spec.severities.0.bound", "spec.severities.0.tiers"),
    without(incident(), "spec.acknowledged", "spec.closed", "spec.notes", "spec.opening.alerts.0.labels"),
]


@pytest.mark.parametrize("manifest", SPARSE, ids=lambda manifest: manifest["kind"])
def test_the_stored_object_and_the_manifest_are_one_model(cluster: Api, manifest: dict[str, Any]) -> None:
    stored = dry_run(cluster, manifest)
    assert read(manifest["kind"], stored).spec == parse(manifest["kind"], manifest).spec  # type: ignore[attr-defined]  # each kind has one


def test_the_period_of_a_slo_that_names_none_is_thirty_days(cluster: Api) -> None:
    stored = dry_run(cluster, without(slo(), "spec.period", "spec.alerting"))
    assert stored["spec"]["period"] == {"rolling": "30d"}
    assert stored["spec"]["alerting"]["minErrors"] == 5
