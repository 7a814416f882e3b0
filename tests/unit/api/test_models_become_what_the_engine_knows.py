from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from clv_operator.api import CLVTier, EscalationPolicy, TieredSLO, parse
from clv_operator.api.tieredslo import CORE, PLAYBOOK, REVENUE_SHARE
from sloengine.errors import InvalidSpec
from sloengine.slo import LatencyIndicator, Objective, RatioIndicator, Weighting
from sloengine.tier import Interval
from tests.manifests import drop, latency_slo, policy, put, slo, tier


def tier_of(manifest: dict[str, object]) -> CLVTier:
    model = parse("CLVTier", manifest)
    assert isinstance(model, CLVTier)
    return model


def slo_of(manifest: dict[str, object]) -> TieredSLO:
    model = parse("TieredSLO", manifest)
    assert isinstance(model, TieredSLO)
    return model


def policy_of(manifest: dict[str, object]) -> EscalationPolicy:
    model = parse("EscalationPolicy", manifest)
    assert isinstance(model, EscalationPolicy)
    return model


def test_a_tier_keeps_its_figures() -> None:
    made = tier_of(tier()).to_tier()
    assert (made.name, made.rank, made.label_value) == ("platinum", 1, "platinum")
    assert made.values.residual_value == Interval(mean=50_000, low=42_000, high=61_000)
    assert made.values.deferral == Interval(mean=0.6, low=0.4, high=0.8)
    assert made.values.churn is not None
    assert made.values.churn.probability == Interval(mean=0.001, low=0.0003, high=0.004)
    assert made.values.churn.saturation_minutes == 60
    assert (made.values.margin, made.values.revenue_per_hour) == (0.7, 40_000)
    assert made.values.as_of == datetime(2026, 11, 20, tzinfo=UTC)
    assert made.max_age_seconds == 90 * 86_400


def test_what_a_tier_leaves_out_is_unknown_or_an_upper_bound() -> None:
    sparse = tier("gold")
    for path in ("labelValue", "maxAge", "definition", "values.margin", "values.deferral", "values.churn"):
        sparse = drop(sparse, f"spec.{path}")
    sparse = drop(sparse, "spec.values.revenuePerHour")
    made = tier_of(sparse).to_tier()
    assert made.label_value == "gold"
    assert made.values.margin == 1
    assert made.values.deferral is None
    assert made.values.churn is None
    assert made.values.revenue_per_hour is None
    assert made.max_age_seconds == 90 * 86_400


def test_an_slo_keeps_its_exact_targets() -> None:
    made = slo_of(slo()).to_slo()
    assert made.key == "default/checkout"
    assert made.objectives == (
        Objective(tier="platinum", target=Decimal("99.95")),
        Objective(tier="*", target=Decimal("99.5")),
    )
    assert made.objectives[0].error_budget == Decimal("0.0005")
    assert made.indicator == RatioIndicator(
        errors='http_requests_total{job="checkout",code=~"5.."}', total='http_requests_total{job="checkout"}'
    )
    assert made.period.length == timedelta(days=30)
    assert made.weighting is Weighting.VALUE
    assert made.alerting.page.labels == {"team": "payments"}
    assert (made.revenue_share, made.core, made.playbook) == (1.0, False, "")


def test_a_latency_slo_keeps_its_threshold() -> None:
    assert slo_of(latency_slo()).to_slo().indicator == LatencyIndicator(
        histogram='http_request_duration_seconds{job="checkout"}', threshold=timedelta(milliseconds=300)
    )


def test_space_around_a_selector_is_dropped() -> None:
    made = slo_of(put(slo(), "spec.indicator.ratio.total", '\n  http_requests_total{job="checkout"}\n')).to_slo()
    assert made.indicator == RatioIndicator(
        errors='http_requests_total{job="checkout",code=~"5.."}', total='http_requests_total{job="checkout"}'
    )


def test_annotations_and_labels_say_what_the_spec_has_no_place_for() -> None:
    manifest = slo()
    manifest["metadata"] |= {
        "labels": {CORE: "true"},
        "annotations": {REVENUE_SHARE: "0.25", PLAYBOOK: "https://wiki.example.com/x"},
    }
    made = slo_of(manifest).to_slo()
    assert (made.revenue_share, made.core, made.playbook) == (0.25, True, "https://wiki.example.com/x")


@pytest.mark.parametrize("share", ["25%", "1.5", "-0.1", "", "1\n"])
def test_a_share_of_revenue_that_is_none_is_refused_by_name(share: str) -> None:
    manifest = slo()
    manifest["metadata"]["annotations"] = {REVENUE_SHARE: share}
    with pytest.raises(
        InvalidSpec, match=r"metadata\.annotations\[clvsre\.io/revenue-share\]: (?s:.*)not a share from 0 to 1"
    ):
        slo_of(manifest).to_slo()


def test_an_incident_keeps_the_policy_as_it_was() -> None:
    manifest = policy(namespace="clv")
    manifest["metadata"]["resourceVersion"] = "17"
    kept = policy_of(manifest).snapshot().as_json()
    assert (kept["name"], kept["namespace"], kept["resourceVersion"]) == ("default", "clv", "17")
    assert kept["spec"]["channels"][1]["webhook"]["hmacRef"] == {"name": "tickets", "key": "hmac"}
    assert kept["spec"]["steps"][1] == {
        "after": "15m",
        "unless": "Acknowledged",
        "severities": ["SEV1", "SEV2"],
        "notify": ["ticket"],
    }


def test_the_hash_of_a_kept_policy_speaks_of_its_spec_alone() -> None:
    first, second = (policy_of(policy(namespace=name)).snapshot().hash for name in ("clv", "shop"))
    changed = policy_of(put(policy(), "spec.steps.0.after", "1m")).snapshot().hash
    assert first == second
    assert first != changed


def test_a_policy_that_an_incident_cannot_hold_is_refused() -> None:
    name = "n" * 60
    channels = [{"name": f"{name}{i}", "webhook": {"urlRef": {"name": "s" * 250, "key": "k" * 250}}} for i in range(16)]
    manifest = policy(channels=channels, steps=[{"after": "0s", "notify": [f"{name}0"]}], repeat=None, match={})
    assert len(channels) == 16
    with pytest.raises(InvalidSpec, match=r"incident keeps 8,192; split it into policies with their own match"):
        policy_of(manifest).snapshot()
