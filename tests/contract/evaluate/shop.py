"""An evaluator over a real Prometheus, with declarations in a store and statuses in a dict."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from clv_operator.api import read
from clv_operator.evaluate import Evaluator
from clv_operator.kube.resource import CLV_TIER, TIERED_SLO
from clv_operator.kube.store import Store
from clv_operator.prometheus import PrometheusSource
from clv_operator.rules import RuleOutput, RulesWriter
from sloengine.rules import RuleSettings

_VERSIONS = itertools.count(1)


def store() -> Store:
    made = Store()
    for resource in (CLV_TIER, TIERED_SLO):
        made.add(resource, lambda body, kind=resource.kind: read(kind, body))
    return made


def put(into: Store, kind: str, name: str, spec: dict[str, Any], *, status: dict[str, Any] | None = None) -> None:
    namespaced = {"namespace": "shop"} if kind == "TieredSLO" else {}
    into.of_kind(kind).put(
        {
            "apiVersion": "clvsre.io/v1alpha1",
            "kind": kind,
            "metadata": {
                "name": name,
                **namespaced,
                "uid": f"u-{kind}-{name}",
                "resourceVersion": str(next(_VERSIONS)),
                "generation": 1,
                "creationTimestamp": "2026-11-01T00:00:00Z",
            },
            "spec": spec,
            "status": status or {},
        }
    )


def add_tier(into: Store, name: str, rank: int) -> None:
    values = {
        "customers": 100,
        "currency": "USD",
        "residualValue": {"mean": "100.00"},
        "revenuePerHour": "1000.00",
        "asOf": "2026-11-20T00:00:00Z",
    }
    put(into, "CLVTier", name, {"rank": rank, "values": values, "maxAge": "5000d"})


def add_slo(into: Store, name: str, indicator: dict[str, Any], **spec: Any) -> None:
    whole = {"service": "shop", "indicator": indicator, "objectives": [{"tier": "*", "target": "99.9"}], **spec}
    put(into, "TieredSLO", name, whole)


RATIO = {"ratio": {"errors": 'errors_total{job="shop"}', "total": 'requests_total{job="shop"}'}}


class Nowhere:
    """An output that has all it is asked for."""

    name = "PrometheusRule"

    async def sync(self, wanted: Any, kept: Any) -> dict[str, Any]:
        return {}


class Shop:
    def __init__(
        self, source: PrometheusSource, clock: Callable[[], datetime], *, output: RuleOutput | None = None
    ) -> None:
        self.store = store()
        self.statuses: dict[tuple[str, str], dict[str, Any]] = {}
        self.rules = RulesWriter(output or Nowhere(), is_leading=lambda: True)
        self.evaluator = Evaluator(
            store=self.store,
            source=source,
            statuses=self,
            rules=self.rules,
            rule_settings=RuleSettings(),
            is_leading=lambda: True,
            clock=clock,
        )

    def submit(
        self,
        kind: str,
        namespace: str,
        name: str,
        status: dict[str, Any],
        *,
        priority: int = 3,
        volatile: Collection[str] = (),
    ) -> None:
        self.statuses[kind, name] = copy.deepcopy(status)

    async def tick(self) -> None:
        await self.evaluator.tick()
        await self.rules.sync()
        await self.evaluator.tick()

    def condition(self, name: str, of: str) -> dict[str, Any]:
        return next(each for each in self.statuses["TieredSLO", name]["conditions"] if each["type"] == of)
