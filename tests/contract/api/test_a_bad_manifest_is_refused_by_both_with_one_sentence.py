"""The API server (CEL) and `problems` (Python) judge the same manifests alike, field and fix included."""

from __future__ import annotations

import copy
import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clv_operator.api import KINDS, problems
from clv_operator.api.base import VALIDATIONS
from clv_operator.api.schema import structural
from devstack.api import Api, ApiRefused
from tests.contract.api.conftest import dry_run
from tests.contract.api.refused import REFUSED, Refused
from tests.manifests import incident, latency_slo, policy, slo, tier

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("crds")]


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_the_field_and_the_fix_are_named(cluster: Api, case: Refused) -> None:
    with pytest.raises(ApiRefused) as refused:
        dry_run(cluster, case.manifest)
    assert refused.value.status in {400, 422}
    assert case.field in refused.value.message
    assert case.server in refused.value.message
    found = [str(problem) for problem in problems(case.kind, case.manifest)]
    assert any(text.startswith(f"{case.field}: ") and case.says in text for text in found), found


def test_every_rule_of_the_schemas_is_broken_by_one_of_them() -> None:
    written = {(kind.kind, rule["message"]) for kind in KINDS.values() for rule in _rules(structural(kind))}
    broken = {
        (kind, message)
        for kind, message in written
        for case in REFUSED
        if case.kind == kind and (case.server in message or message in case.server)
    }
    # Two rules on what an incident keeps need the old object; test_an_incident_keeps_its_opening breaks them. The
    # others are the sentence of a type that the same kind breaks elsewhere.
    spared = {
        (
            "RevenueIncident",
            "what was known at the start does not change; leave spec.opening as it is; write spec.notes instead",
        ),
        (
            "RevenueIncident",
            "spec.policy is the escalation policy as of the start; leave it as it is; edit the EscalationPolicy for later incidents, or set spec.severityOverride",
        ),
    }
    assert written - broken == spared


@pytest.mark.parametrize("manifest", [tier(), slo(), latency_slo(), policy(), incident()], ids=lambda m: m["kind"])
def test_a_good_manifest_passes_both(cluster: Api, manifest: dict[str, Any]) -> None:
    assert dry_run(cluster, manifest)["kind"] == manifest["kind"]
    assert problems(manifest["kind"], manifest) == ()


_ODD: list[Any] = [
    None, "", 0, 1, -1, 1.0, 1.5, True, [], {}, "x", "1", "0", "0.5", "1.0", "-0.5", "1e3", "100", "99.9\n", " 1", "١",
    "5m", "0s", "1h30m", "30d", "91d", "9d\n", "m", "*", "unknown", "a.b", "A", "a_b", "-a", "a" * 63, "a" * 300, "é" * 63,
    "a\nb", 'x{a="b"}', 'x{a="b",}', "x{,}", "x{}", '{a="b"}', "x{a='b'}", "x{a=`b`}", 'x{a="b\\"c"}', " x ", "x{a=b}",
    "x_bucket", "x_bucket {}", "2026-11-20T00:00:00Z", "2026-11-20T00:00:00", "2026-11-20", "2026-11-20t00:00:00z",
    "2026-11-20T00:00:00.123456789Z", "2026-13-20T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T00:00:00+25:00",
    "2027-02-29", "2028-02-29", "2026-04-31T00:00:00Z", [1], ["a"], ["a", "a"], {"a": "b"}, {"a": 1}, "https://x",
    "ftp://x", "https://x y", "USD", "usd", 10**12, 10**20, "Value", "Revenue", "00.5", "1.", "+1", "nan", "\u0000",
]  # fmt: skip


def _places(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


@st.composite
def _spoilt(draw: st.DrawFn) -> dict[str, Any]:
    manifest = copy.deepcopy(draw(st.sampled_from([tier(), slo(), latency_slo(), policy(), incident()])))
    for _ in range(draw(st.integers(1, 2))):
        *parents, last = draw(st.sampled_from([place for place in _places(manifest["spec"]) if place]))
        node = manifest["spec"]
        for part in parents:
            node = node[part]
        # In a map the API server drops a null, and we refuse it: a label without a value is a slip.
        odd = [value for value in _ODD if value is not None or "labels" not in parents]
        node[last] = copy.deepcopy(draw(st.sampled_from(odd)))
        if not _places(manifest["spec"])[1:]:
            break
    return manifest


@pytest.mark.fuzz
@given(manifest=_spoilt())
@settings(
    max_examples=4000 if os.environ.get("CLV_FUZZ") else 150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_wrong_with_a_manifest_both_say_so(cluster: Api, manifest: dict[str, Any]) -> None:
    found = [str(problem) for problem in problems(manifest["kind"], manifest)]
    try:
        dry_run(cluster, manifest)
        message = ""
    except ApiRefused as refused:
        message = refused.message
    assert bool(found) == bool(message), f"we: {found}\nAPI server: {message}\n{json.dumps(manifest['spec'])}"


def _rules(node: dict[str, Any]) -> list[dict[str, str]]:
    children = [*node.get("properties", {}).values(), *([node["items"]] if "items" in node else [])]
    if "additionalProperties" in node:
        children.append(node["additionalProperties"])
    return [*node.get(VALIDATIONS, []), *(rule for child in children for rule in _rules(child))]
