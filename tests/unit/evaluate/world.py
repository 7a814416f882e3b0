"""A small world for the tick: a store with objects in it, a Prometheus of prepared answers, a list of statuses."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from clv_operator.api import read
from clv_operator.evaluate import Evaluator
from clv_operator.kube.resource import CLV_TIER, TIERED_SLO
from clv_operator.kube.store import Store
from clv_operator.prometheus.answer import QueryResult, Samples
from clv_operator.rules import Problem, RulesWriter, WantedRules
from sloengine.errors import QueryError
from sloengine.rules import RuleSettings

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TIERS = (("platinum", 1, 400, "50000.00"), ("gold", 2, 2_000, "10000.00"), ("bronze", 3, 40_000, "500.00"))


class MemoryOutput:
    """An output that takes everything, but for what stands in `problems`."""

    name = "PrometheusRule"

    def __init__(self) -> None:
        self.there: dict[str, WantedRules] = {}
        self.problems: dict[str, Problem] = {}
        self.kept: frozenset[str] = frozenset()

    async def sync(self, wanted: dict[str, WantedRules], kept: frozenset[str]) -> dict[str, Problem]:
        self.kept = kept
        self.there = {key: rules for key, rules in wanted.items() if key not in self.problems} | {
            key: rules for key, rules in self.there.items() if key in kept
        }
        return self.problems


class World:
    def __init__(self, *, tiers: Sequence[tuple[str, int, int, str]] = TIERS) -> None:
        self.now = NOW
        self.store = Store()
        for resource in (CLV_TIER, TIERED_SLO):
            self.store.add(resource, lambda body, kind=resource.kind: read(kind, body))
        self.output = MemoryOutput()
        self.rules = RulesWriter(self.output, is_leading=lambda: self.leads)
        self.leads = True
        self.answers: dict[str, list[tuple[dict[str, str], float]]] = {}
        self.failure: QueryError | None = None
        self.warnings: tuple[str, ...] = ()
        self.asked: list[str] = []
        self.statuses: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.priorities: dict[str, int] = {}
        self.submitted = 0
        self._version = 0
        for name, rank, customers, value in tiers:
            self.add_tier(name, rank=rank, customers=customers, value=value)
        self.evaluator = Evaluator(
            store=self.store,
            source=self,
            statuses=self,
            rules=self.rules,
            rule_settings=RuleSettings(),
            is_leading=lambda: self.leads,
            clock=lambda: self.now,
        )

    def add_tier(
        self,
        name: str,
        *,
        rank: int,
        customers: int = 100,
        value: str = "100.00",
        currency: str = "USD",
        age: timedelta = timedelta(days=5),
        created: datetime = NOW - timedelta(days=30),
        **spec: Any,
    ) -> None:
        values = {
            "customers": customers,
            "currency": currency,
            "residualValue": {"mean": value},
            "revenuePerHour": "1000.00",
            "margin": "0.50",
            "asOf": (NOW - age).isoformat().replace("+00:00", "Z"),
        }
        self.put("CLVTier", "", name, {"rank": rank, "values": values, **spec}, created=created)

    def add_slo(self, name: str = "checkout", *, annotations: dict[str, str] | None = None, **spec: Any) -> None:
        whole = {
            "service": "checkout",
            "owner": "payments",
            "period": {"rolling": "30d"},
            "tierLabel": "clv_tier",
            "indicator": {"ratio": {"errors": 'errors_total{job="shop"}', "total": 'requests_total{job="shop"}'}},
            "objectives": [{"tier": "*", "target": "99.9"}],
            **spec,
        }
        self.put("TieredSLO", "shop", name, whole, annotations=annotations)

    def put(
        self,
        kind: str,
        namespace: str,
        name: str,
        spec: dict[str, Any],
        *,
        created: datetime = NOW - timedelta(days=30),
        annotations: dict[str, str] | None = None,
        status: dict[str, Any] | None = None,
    ) -> None:
        self._version += 1
        resource = CLV_TIER if kind == "CLVTier" else TIERED_SLO
        self.store.of(resource).put(
            {
                "apiVersion": "clvsre.io/v1alpha1",
                "kind": kind,
                "metadata": {
                    "name": name,
                    **({"namespace": namespace} if namespace else {}),
                    "uid": f"uid-{kind}-{name}",
                    "resourceVersion": str(self._version),
                    "generation": 1,
                    "creationTimestamp": created.isoformat().replace("+00:00", "Z"),
                    "annotations": annotations or {},
                },
                "spec": spec,
                "status": status or {},
            }
        )
        self._specs = {**getattr(self, "_specs", {}), (kind, namespace, name): (spec, created, annotations)}

    def say(self, name: str, value: float, *, tier: str = "", slo: str = "shop/checkout", **labels: str) -> None:
        """Let Prometheus have a sample."""
        made = {"clv_slo": slo, **({"clv_tier": tier} if tier else {}), **labels}
        self.answers.setdefault(name, []).append((made, value))

    def healthy(self, tier: str, *, slo: str = "shop/checkout", error: float = 0.0005, events: float = 6000.0) -> None:
        """What the rules record of a tier with a budget of 0.001."""
        self.say("newest", self.now.timestamp() - 20, tier=tier, slo=slo)
        self.say("hour-events", events, tier=tier, slo=slo, clv_event="total")
        self.say("hour-events", events * error, tier=tier, slo=slo, clv_event="bad")
        self.say("error", error, tier=tier, slo=slo, clv_window="5m")
        self.say("error", error, tier=tier, slo=slo, clv_window="30d")
        self.say("remaining", 1 - error / 0.001, tier=tier, slo=slo)
        for window in ("5m", "1h", "6h"):
            self.say("burn", error / 0.001, tier=tier, slo=slo, clv_window=window, clv_bound="mean")

    def loaded(self, slo: str = "shop/checkout") -> None:
        """Let Prometheus evaluate the rules that are written."""
        self.say("info", 1.0, slo=slo, clv_hash=self.output.there[slo].hash)

    async def query(self, promql: str, at: datetime, keys: Sequence[str]) -> QueryResult:
        self.asked.append(promql)
        if self.failure is not None:
            raise self.failure
        samples = Samples(keys)
        for labels, value in self.answers.get(_question(promql), []):
            samples.add(labels, value)
        return QueryResult(samples=samples, warnings=self.warnings)

    def submit(
        self,
        kind: str,
        namespace: str,
        name: str,
        status: dict[str, Any],
        *,
        priority: int = 3,
        volatile: Sequence[str] = ("asOf",),
    ) -> None:
        self.submitted += 1
        self.statuses[kind, namespace, name] = copy.deepcopy(status)
        self.priorities[name] = priority

    async def tick(self) -> None:
        """A tick, then the rules written, then a tick that knows it."""
        await self.evaluator.tick()
        await self.rules.sync()
        self.asked.clear()
        await self.evaluator.tick()

    def settle(self) -> None:
        """The statuses as the API server keeps them come back through the watch."""
        for (kind, namespace, name), status in self.statuses.items():
            spec, created, annotations = self._specs[kind, namespace, name]
            stored = copy.deepcopy(status)
            for condition in stored.get("conditions", ()):
                condition["lastTransitionTime"] = "2026-11-25T11:00:00Z"
            self.put(kind, namespace, name, spec, created=created, annotations=annotations, status=_set_only(stored))

    def slo_status(self, name: str = "checkout") -> dict[str, Any]:
        return self.statuses["TieredSLO", "shop", name]

    def condition(self, of: str, name: str = "checkout", *, kind: str = "TieredSLO") -> dict[str, Any]:
        status = self.statuses[kind, "shop" if kind == "TieredSLO" else "", name]
        return next(each for each in status["conditions"] if each["type"] == of)


def _set_only(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _set_only(each) for key, each in value.items() if each is not None}
    return [_set_only(each) for each in value] if isinstance(value, list) else value


def _question(promql: str) -> str:
    if "clv_check" in promql:
        return "look"
    from sloengine.reading import questions
    from sloengine.slo import RollingPeriod

    known = questions([RollingPeriod(length=timedelta(days=30))])
    return next(question.value for question, text in known.items() if text == promql)
