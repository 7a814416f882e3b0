"""The history is computed, not recorded: here the engine's own rules are put to it, and must answer what it says."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from clv_operator.api.clvtier import CLVTier
from clv_operator.api.parsing import parse
from devstack import Prometheus, Stack
from examples.shop.history.__main__ import history
from examples.shop.history.promise import promises
from examples.shop.history.series import write_openmetrics
from sloengine.rules import Rule, slo_group
from sloengine.tier import Tier

pytestmark = pytest.mark.needs("prometheus")

UNTIL = datetime(2026, 11, 25, 12, tzinfo=UTC)
TIERS = Path(__file__).parents[3] / "examples" / "shop" / "manifests" / "tiers.yaml"


@pytest.fixture(scope="module")
def prometheus() -> Iterator[Prometheus]:
    text = io.StringIO()
    write_openmetrics(history("shop", until=UNTIL), text)
    with Stack.start(prometheus=True) as stack:
        stack.prometheus.backfill(text.getvalue())
        yield stack.prometheus


def tiers() -> list[Tier]:
    models = [parse("CLVTier", document) for document in yaml.safe_load_all(TIERS.read_text())]
    return [model.to_tier() for model in models if isinstance(model, CLVTier)]


def rules(slo: str) -> list[Rule]:
    (found,) = (promise.slo for promise in promises("shop") if promise.slo.name == slo)
    return [rule for rule in slo_group(found, tiers()).rules if rule.record]


Answers = dict[frozenset[tuple[str, str]], float]


def answers(prometheus: Prometheus, expression: str, labels: dict[str, str] | None = None) -> Answers:
    """By the labels that tell the series of one SLO apart; labels: those that a rule adds to its answer."""
    own = ("clv_tier", "clv_event", "clv_window", "clv_bound")
    return {
        frozenset((name, value) for name, value in {**found, **(labels or {})}.items() if name in own): number
        for found, number in prometheus.query(expression, at=UNTIL)
    }


@pytest.mark.parametrize("slo", ["checkout", "checkout-latency", "search"])
def test_every_rule_says_what_the_history_says(prometheus: Prometheus, slo: str) -> None:
    compared = set()
    for rule in rules(slo):
        said = answers(prometheus, rule.expr, rule.labels)
        for key, written in answers(prometheus, f'{rule.record}{{clv_slo="shop/{slo}"}}').items():
            about = f"{rule.record} {dict(key)}: the rule says {said.get(key)}, the history {written}"
            assert said.get(key) == pytest.approx(written, rel=0.02, abs=tolerance(rule.record)), about
            compared.add(rule.record)
    assert len(compared) == 9


def tolerance(series: str) -> float:
    """Two events where few are counted; what depends on few events moves with them."""
    return {"clv:sli_events": 2.0, "slo:sli_error": 0.002, "clv:burn_rate": 0.5}.get(series.rpartition(":")[0], 0.01)
