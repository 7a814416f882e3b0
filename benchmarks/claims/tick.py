"""A tick over 1,000 TieredSLOs of 4 tiers: how often it asks, how long beside Prometheus itself, how much CPU.

Peer: the same questions, at the same concurrency, by a client that reads the answers and throws them away. So the ratio
says what our reading, judging and comparing adds to what Prometheus needs. Steady state: the statuses stand already,
the status writer compares and writes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from benchmarks.figure import Figure, at_most, told
from benchmarks.host import Spent, spending
from clv_operator import memory
from clv_operator.api import cut_status, read
from clv_operator.evaluate import Evaluator
from clv_operator.kube.resource import CLV_TIER, TIERED_SLO, Resource
from clv_operator.kube.status_writer import StatusWriter
from clv_operator.kube.store import Store
from clv_operator.prometheus import Endpoint, PrometheusSource
from clv_operator.prometheus.answer import QueryResult
from clv_operator.rules import Problem, RulesWriter
from clv_operator.settings import StatusSettings
from devstack import Stack
from devstack.prometheus import Prometheus, PrometheusConfig
from sloengine.reading import questions
from sloengine.rules import RuleSettings
from sloengine.slo import RollingPeriod

SLOS = 1_000
TIERS = ("platinum", "gold", "silver", "bronze")
ROUNDS = 9
THREADS = 4
END = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NOW = END + timedelta(seconds=20)
ERROR, BUDGET = 0.0005, 0.001


def measure() -> Sequence[Figure]:
    with Stack.start(prometheus=PrometheusConfig(interval="1h")) as stack:
        server = stack.prometheus
        server.backfill(_history())
        return asyncio.run(_measure(server))


async def _measure(server: Prometheus) -> Sequence[Figure]:
    world = _World(server.url)
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(world.writer.run())
        for _ in range(3):
            await world.evaluator.tick()
            await world.rules.sync()
            await world.writer.drain(60)
        memory.settle()
        written_before, asked_before = world.written, world.asked
        ours: list[Spent] = []
        theirs: list[Spent] = []
        for _ in range(ROUNDS):
            with spending(server.process.pid) as spent:
                await world.evaluator.tick()
            ours.append(spent)
            with spending(server.process.pid) as spent:
                await asyncio.to_thread(_bare_reads, server.url)
            theirs.append(spent)
        writing.cancel()
    queries = (world.asked - asked_before) / ROUNDS
    tick, bare = (statistics.median(spent.seconds for spent in side) for side in (ours, theirs))
    ratios = sorted(mine.seconds / bare_.seconds for mine, bare_ in zip(ours, theirs, strict=True))
    busy = statistics.median(spent.busy_elsewhere for spent in (*ours, *theirs))
    samples = world.samples
    return [
        at_most(f"queries of a tick, {SLOS:,} SLOs x {len(TIERS)} tiers", queries, "queries", 12),
        at_most(
            "tick beside the bare reads",
            tick / bare,
            "x",
            2.0,
            peer=f"{tick:.2f} s beside {bare:.2f} s, rounds {ratios[0]:.2f} to {ratios[-1]:.2f}",
        ),
        at_most("CPU of the operator in a tick", statistics.median(s.cpu_seconds for s in ours), "s", 1.5),
        told("samples read in a tick", samples, "samples"),
        told("status writes in a tick at rest", (world.written - written_before) / ROUNDS, "writes"),
        told("CPU of Prometheus for the bare reads", statistics.median(s.others_cpu_seconds for s in theirs), "s"),
        told("cores that others kept busy meanwhile", busy, "cores"),
    ]


class _World:
    """The evaluator with its real writer and store; only the API server is left out."""

    def __init__(self, url: str) -> None:
        self.written = self.asked = self.samples = 0
        self._version = 0
        self.store = Store()
        for kind in (CLV_TIER, TIERED_SLO):
            self.store.add(kind, lambda body, name=kind.kind: read(name, body))  # type: ignore[misc]  # bound per kind
        self._bodies: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._source = PrometheusSource(Endpoint(url=url, threads=THREADS))
        self.writer = StatusWriter(
            cluster=self,
            store=self.store,
            settings=StatusSettings(rate_per_second=1e6, burst=10**6),
            is_leading=lambda: True,
            cut=lambda kind, status: cut_status(kind, status).status,
        )
        self.rules = RulesWriter(_Everywhere(), is_leading=lambda: True)
        for rank, name in enumerate(TIERS, start=1):
            self._put(CLV_TIER, "", name, _tier(rank))
        for number in range(SLOS):
            self._put(TIERED_SLO, "shop", f"slo-{number}", _slo(number))
        self.evaluator = Evaluator(
            store=self.store,
            source=self,
            statuses=self.writer,
            rules=self.rules,
            rule_settings=RuleSettings(),
            is_leading=lambda: True,
            clock=lambda: NOW,
        )

    async def query(self, promql: str, at: datetime, keys: Sequence[str]) -> QueryResult:
        self.asked += 1
        result = await self._source.query(promql, at, keys)
        self.samples += len(result.samples) if self.asked <= 12 else 0
        return result

    async def apply_status(
        self, resource: Resource, namespace: str, name: str, status: dict[str, Any], *, deadline: float = 5.0
    ) -> dict[str, Any]:
        """What the API server would say, and the echo through the watch."""
        self.written += 1
        body = {**self._bodies[resource.kind, namespace, name], "status": json.loads(json.dumps(status))}
        return self._store(resource, namespace, name, body)

    def _put(self, resource: Resource, namespace: str, name: str, spec: dict[str, Any]) -> None:
        metadata = {"name": name, "uid": f"{resource.kind}-{name}", "generation": 1}
        self._store(
            resource,
            namespace,
            name,
            {
                "apiVersion": resource.api_version,
                "kind": resource.kind,
                "metadata": {**metadata, **({"namespace": namespace} if namespace else {})},
                "spec": spec,
            },
        )

    def _store(self, resource: Resource, namespace: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        self._version += 1
        metadata = {
            **body["metadata"],
            "resourceVersion": str(self._version),
            "creationTimestamp": "2026-11-01T00:00:00Z",
        }
        made = {**body, "metadata": metadata}
        self._bodies[resource.kind, namespace, name] = made
        self.store.of(resource).put(made)
        return made


class _Everywhere:
    name = "PrometheusRule"

    async def sync(self, wanted: Any, kept: Any) -> dict[str, Problem]:
        return {}


def _tier(rank: int) -> dict[str, Any]:
    values = {
        "customers": 100 * 10**rank,
        "currency": "USD",
        "residualValue": {"mean": f"{50_000 // 5**rank}.00"},
        "revenuePerHour": "1000.00",
        "asOf": "2026-11-20T00:00:00Z",
    }
    return {"rank": rank, "values": values}


def _slo(number: int) -> dict[str, Any]:
    job = f'job="service-{number % 50}",handler="{number}"'
    selectors = {"errors": f'http_requests_total{{{job},code=~"5.."}}', "total": f"http_requests_total{{{job}}}"}
    return {
        "service": f"service-{number % 50}",
        "period": {"rolling": "30d"},
        "indicator": {"ratio": selectors},
        "objectives": [{"tier": "platinum", "target": "99.95"}, {"tier": "*", "target": "99.9"}],
    }


def _bare_reads(url: str) -> None:
    """The eleven questions of a tick, read and thrown away."""
    with contextlib.ExitStack() as stack:
        session = stack.enter_context(requests.Session())
        threads = stack.enter_context(ThreadPoolExecutor(THREADS))

        def ask(promql: str) -> int:
            form = {"query": promql, "time": f"{NOW.timestamp():.3f}"}
            headers = {"Accept-Encoding": "identity"}
            with session.post(f"{url}/api/v1/query", data=form, headers=headers, stream=True, timeout=60) as reply:
                reply.raise_for_status()
                return sum(len(piece) for piece in reply.iter_content(1 << 18))

        texts = questions([RollingPeriod(length=timedelta(days=30))]).values()
        assert all(size > 40 for size in threads.map(ask, texts))


def _history() -> str:
    """Every series that the rules of so many SLOs record, a few samples of each, an hour of the 5-minute ratios."""
    few = [END.timestamp() - 60 * minute for minute in (1, 0)]
    hour = [END.timestamp() - 60 * minute for minute in range(66, -1, -1)]
    parts: dict[str, list[str]] = {}
    began = time.monotonic()

    def add(name: str, value: float, labels: str, times: list[float] = few) -> None:
        parts.setdefault(name, []).extend(f"{name}{{{labels}}} {value!r} {moment:.0f}\n" for moment in times)

    for number in range(SLOS):
        slo = f'clv_slo="shop/slo-{number}"'
        service = f'service="service-{number % 50}"'
        add("clv:slo_info", 1.0, f'{slo},{service},clv_period="30d",clv_hash="0123456789ab"')
        add("clv:unknown_share:ratio", 0.0, slo)
        for window in ("1h", "30d"):
            add("clv:weight_coverage:ratio", 1.0, f'{slo},clv_window="{window}"')
            for how in ("value", "request_value", "worst"):
                labels = f'{slo},clv_window="{window}",clv_weighting="{how}"'
                add("clv:sli_error_weighted:ratio", ERROR, labels)
                add("clv:burn_rate_weighted:ratio", ERROR / BUDGET, labels)
        for position, tier in enumerate(TIERS):
            own = f'{slo},clv_tier="{tier}"'
            error = ERROR * (1 + 0.1 * position + 0.001 * number)
            add("clv:error_budget:ratio", BUDGET, own)
            add("clv:budget_remaining:ratio", 1 - error / BUDGET, own)
            for event, count in (("total", 600.0), ("bad", 600.0 * error)):
                add("clv:sli_events:increase5m", count, f'{own},clv_event="{event}"')
                for window, factor in (("1h", 12), ("6h", 72)):
                    labels = f'{own},clv_event="{event}",clv_window="{window}"'
                    add("clv:sli_events:increase_hours", count * factor, labels)
                for window, factor in (("1d", 288), ("3d", 864), ("30d", 8640)):
                    labels = f'{own},clv_event="{event}",clv_window="{window}"'
                    add("clv:sli_events:increase_days", count * factor, labels)
            for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"):
                times = hour if window == "5m" else few
                add(f"slo:sli_error:ratio_rate{window}", error, f'{own},clv_window="{window}"', times)
                add("clv:burn_rate:ratio", error / BUDGET, f'{own},clv_window="{window}",clv_bound="mean"')
                if window in {"1h", "6h", "1d", "3d", "30d"}:
                    add("clv:burn_rate:ratio", error, f'{own},clv_window="{window}",clv_bound="low"')
    text = "".join(line for lines in parts.values() for line in lines) + "# EOF\n"
    assert time.monotonic() - began < 120, "the history takes too long to write"
    return text
