"""Webhooks made durable on a real API server: single alerts, groups of a hundred, and 20,000 alerts in one body.

The intake runs in this process with its real committers; sender, intake, API server and etcd (with fsync) share the
host. Every 200 is held against what the incidents say afterwards: a figure of alerts that were lost would be none.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import resource
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from benchmarks.figure import Figure, at_least, at_most, told
from benchmarks.host import spending
from clv_operator import memory
from clv_operator.api import read
from clv_operator.incidents.door import Door, build_door
from clv_operator.incidents.peers import Unasked
from clv_operator.incidents.record import alerts_of
from clv_operator.kube.client import Cluster
from clv_operator.kube.connection import Connection
from clv_operator.kube.resource import CLV_TIER, ESCALATION_POLICY, REVENUE_INCIDENT, TIERED_SLO
from clv_operator.kube.store import Store
from clv_operator.settings import IncidentSettings, IntakeSettings, Settings
from devstack import Stack, until
from devstack.api import ApiRefused

CRDS = Path(__file__).parents[2] / "crds"
SERVICES = 50
CONNECTIONS = 64
ROUNDS = 5
SINGLES, GROUPS, GROUP = 600, 60, 100
STORM = 20_000
START = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def measure() -> Sequence[Figure]:
    with Stack.start(apiserver=True, crds=[CRDS], durable=True) as stack:
        until(lambda: _serves(stack), what="the storage of incidents", timeout_seconds=20)
        return asyncio.run(_measure(stack))


def _serves(stack: Stack) -> bool:
    try:
        stack.api.get("/apis/clvsre.io/v1alpha1/revenueincidents")
    except ApiRefused:
        return False
    return True


async def _measure(stack: Stack) -> Sequence[Figure]:
    server = (stack.apiserver.process.pid, stack.etcd.process.pid)
    async with _intake(stack) as (url, cluster, namespace):
        await asyncio.to_thread(_send, url, [_message([_alert(n, "warm", 0)]) for n in range(SERVICES)])
        with spending(*server) as spent:
            singles = await _rounds(
                url, lambda number: [_message([_alert(n % SERVICES, f"single-{number}", n)]) for n in range(SINGLES)]
            )
        groups = await _rounds(
            url,
            lambda number: [
                _message([_alert(n % SERVICES, f"group-{number}", n * GROUP + i) for i in range(GROUP)])
                for n in range(GROUPS)
            ],
        )
        replays = await _rounds(
            url, lambda number: [_message([_alert(n % SERVICES, "single-0", n)]) for n in range(SINGLES)]
        )
        acknowledged = (
            SERVICES + sum(len(r) - r.refused for r in singles) + GROUP * sum(len(r) - r.refused for r in groups)
        )
        stored = await _stored(cluster, namespace)
        memory.settle()
        before = _resident()
        storm = await asyncio.to_thread(_send, url, [_message([_alert(SERVICES, "storm", n) for n in range(STORM)])])
        peak = _peak()
        found = [
            one
            for one in await cluster.list_all(REVENUE_INCIDENT, namespace)
            if one["spec"]["opening"]["service"] == f"service-{SERVICES}"
        ]
        counted = found[0]["status"]["alerts"]["firing"] if len(found) == 1 else -1
    rate = statistics.median(len(run) / run.seconds for run in singles)
    alert_rate = statistics.median(GROUP * len(run) / run.seconds for run in groups)
    return [
        at_least("single-alert webhooks, durable", rate, "1/s", 150, peer=_spread(len(r) / r.seconds for r in singles)),
        at_most("their median answer", 1e3 * _quantile(singles, 0.50), "ms", 400),
        at_most("their 99th percentile", 1e3 * _quantile(singles, 0.99), "ms", 1_000),
        at_least(
            "alerts in groups of 100, durable",
            alert_rate,
            "1/s",
            5_000,
            peer=_spread(GROUP * len(r) / r.seconds for r in groups),
        ),
        at_most("their 99th percentile", 1e3 * _quantile(groups, 0.99), "ms", 500),
        at_least("replayed webhooks", statistics.median(len(r) / r.seconds for r in replays), "1/s", 500),
        at_most("acknowledged alerts that are not in an incident", max(0, acknowledged - stored), "alerts", 0),
        at_most("answers other than 200", sum(r.refused for r in (*singles, *groups, *replays, storm)), "answers", 0),
        at_most("20,000 alerts in one body", storm.seconds, "s", 10),
        at_most("their count, off by", abs(counted - STORM), "alerts", 0),
        at_most("memory that they cost", (peak - before) / 2**20, "MiB", 64),
        told("resident before", before / 2**20, "MiB"),
        told("CPU of the intake for a single-alert webhook", 1e3 * spent.cpu_seconds / (ROUNDS * SINGLES), "ms"),
        told("CPU of API server and etcd for it", 1e3 * spent.others_cpu_seconds / (ROUNDS * SINGLES), "ms"),
        told("cores that others (the sender among them) kept busy", spent.busy_elsewhere, "cores"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    latencies: list[float]
    refused: int
    seconds: float

    def __len__(self) -> int:
        return len(self.latencies)


async def _rounds(url: str, bodies: Any) -> list[Run]:
    return [await asyncio.to_thread(_send, url, bodies(number)) for number in range(ROUNDS)]


def _send(url: str, bodies: list[bytes]) -> Run:
    """By another process: the sender must not wait for the intake's interpreter, nor hold it."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_sender, (url, bodies))


def _sender(url: str, bodies: list[bytes]) -> Run:
    return asyncio.run(_send_all(url, bodies))


async def _send_all(url: str, bodies: list[bytes]) -> Run:
    waiting = iter(bodies)
    latencies: list[float] = []
    refused = 0

    async def connection(session: aiohttp.ClientSession) -> None:
        nonlocal refused
        for body in waiting:
            began = time.monotonic()
            async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
                await response.read()
                refused += response.status != 200
            latencies.append(time.monotonic() - began)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:
        began = time.monotonic()
        await asyncio.gather(*(connection(session) for _ in range(min(CONNECTIONS, len(bodies)))))
        return Run(latencies=latencies, refused=refused, seconds=time.monotonic() - began)


@contextlib.asynccontextmanager
async def _intake(stack: Stack) -> AsyncIterator[tuple[str, Cluster, str]]:
    namespace = stack.api.new_namespace()
    store = Store()
    for kind in (CLV_TIER, TIERED_SLO, ESCALATION_POLICY, REVENUE_INCIDENT):
        store.add(kind, lambda body, name=kind.kind: read(name, body))  # type: ignore[misc]  # bound per kind
    settings = Settings(
        namespace=namespace,
        watch_namespaces=(namespace,),
        incidents=IncidentSettings(namespace=namespace),
        intake=IntakeSettings(insecure_demo=True),
    )
    async with Cluster(await Connection.find(stack.kubeconfig).client()) as cluster:
        door: Door = build_door(settings=settings, cluster=cluster, store=store, auth=_Anyone(), listing=Unasked())
        app = web.Application()
        app.add_routes(door.routes)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        committing = asyncio.create_task(door.committers.run())
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/alertmanager", cluster, namespace
        finally:
            committing.cancel()
            await asyncio.gather(committing, return_exceptions=True)
            await runner.cleanup()


class _Anyone:
    async def check(self, authorization: str | None) -> None:
        """Everybody may: what a token costs is measured with the tokens."""


async def _stored(cluster: Cluster, namespace: str) -> int:
    """Alerts that the incidents hold, in ledgers and beyond."""
    found = await cluster.list_all(REVENUE_INCIDENT, namespace)
    return sum(alerts_of(one["status"]["alerts"]).counts.firing for one in found)


def _alert(service: int, name: str, number: int) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {
            "alertname": name,
            "service": f"service-{service}",
            "instance": f"10.0.0.{number}:8080",
            "clv_tier": ("platinum", "gold", "silver", "bronze")[number % 4],
            "severity": "page",
            "team": "payments",
            "cluster": "eu-central-1",
        },
        "annotations": {"summary": f"{name} burns its budget", "runbook_url": "https://runbooks.example/page"},
        "startsAt": (START + timedelta(milliseconds=number)).isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example/graph?g0.expr=up",
        "fingerprint": "0123456789abcdef",
    }


def _message(alerts: list[dict[str, Any]]) -> bytes:
    labels = alerts[0]["labels"]
    return json.dumps(
        {
            "receiver": "clv",
            "status": "firing",
            "alerts": alerts,
            "groupLabels": {"service": labels["service"]},
            "commonLabels": {"service": labels["service"]},
            "commonAnnotations": {},
            "externalURL": "http://alertmanager.example",
            "version": "4",
            "groupKey": f"{{}}:{{service={labels['service']}, alertname={labels['alertname']}}}",
            "truncatedAlerts": 0,
        }
    ).encode()


def _quantile(runs: Sequence[Run], share: float) -> float:
    everything = sorted(latency for run in runs for latency in run.latencies)
    return everything[min(len(everything) - 1, int(share * len(everything)))]


def _spread(rates: Any) -> str:
    ordered = sorted(rates)
    return f"rounds {ordered[0]:,.0f} to {ordered[-1]:,.0f}"


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
