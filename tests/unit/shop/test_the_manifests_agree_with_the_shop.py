from pathlib import Path
from typing import Any

import pytest
import yaml

from clv_operator.api.parsing import problems
from examples.shop.customers import ANONYMOUS, ROUTES, SEGMENTS
from examples.shop.history.promise import promises
from examples.shop.telemetry import LATENCY_BOUNDS
from sloengine.slo import LatencyIndicator

MANIFESTS = Path(__file__).parents[3] / "examples" / "shop" / "manifests"


def documents() -> list[dict[str, Any]]:
    return [found for file in sorted(MANIFESTS.glob("*.yaml")) for found in yaml.safe_load_all(file.read_text())]


@pytest.mark.parametrize("document", documents(), ids=lambda found: f"{found['kind']}-{found['metadata']['name']}")
def test_every_manifest_is_accepted(document: dict[str, Any]) -> None:
    assert problems(document["kind"], document) == ()


def test_the_revenue_declared_for_a_tier_is_what_its_customers_spend() -> None:
    declared = {
        found["metadata"]["name"]: float(found["spec"]["values"]["revenuePerHour"])
        for found in documents()
        if found["kind"] == "CLVTier"
    }
    spent = {
        segment.tier: segment.requests_per_second("/checkout") * 3600 * segment.order_value
        for segment in SEGMENTS
        if segment.tier != ANONYMOUS
    }
    assert declared == pytest.approx(spent, rel=0.05)


def test_every_threshold_is_a_bucket_and_every_route_exists() -> None:
    for promise in promises("shop"):
        assert promise.route in ROUTES
        if isinstance(promise.slo.indicator, LatencyIndicator):
            assert promise.slo.indicator.threshold.total_seconds() in LATENCY_BOUNDS
