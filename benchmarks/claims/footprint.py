"""The operator as a process with 1,000 TieredSLOs and 500 incidents: until ready, in memory, and what it writes at rest.

Everything is real but the fleet of services: Prometheus is there and knows none of them, so every status says `NoData`
and stays so. At rest the API server itself is asked what was written; the Lease apart, it must be nothing.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.figure import Figure, at_most, told
from benchmarks.host import cpu_seconds_of
from clv_operator.kube.client import Cluster
from clv_operator.kube.connection import Connection
from clv_operator.kube.resource import CLV_TIER, REVENUE_INCIDENT, TIERED_SLO
from devstack import Stack, until
from devstack.process import Process

SLOS, INCIDENTS = 1_000, 500
TIERS = ("platinum", "gold", "silver", "bronze")
STARTS = 3
TICK_SECONDS = 5
REST_SECONDS = 60
CONNECTIONS = 8
CRDS = Path(__file__).parents[2] / "crds"


def measure() -> Sequence[Figure]:
    with Stack.start(apiserver=True, controllers=(), crds=[CRDS], prometheus=True) as stack:
        stack.api.create("/api/v1/namespaces", {"metadata": {"name": "clv-sre"}})
        asyncio.run(_fill(stack))
        operator = _Operator(stack)
        starts = []
        for _ in range(STARTS):
            starts.append(operator.start())
            operator.settle()
            operator.stop()
        operator.start()
        operator.settle()
        written, cpu = _writes(stack), cpu_seconds_of(operator.pid)
        time.sleep(REST_SECONDS)
        written, cpu = _writes(stack) - written, cpu_seconds_of(operator.pid) - cpu
        peak, now = (operator.memory(field) for field in ("VmHWM", "VmRSS"))
        operator.stop()
    what = f"{SLOS:,} SLOs, {INCIDENTS} incidents"
    return [
        at_most(f"operator ready, {what}", statistics.median(starts), "s", 5.0, peer=f"starts {_span(starts)}"),
        at_most(f"operator's memory, {what}", peak, "MB", 180, peer=f"the peak; {now:.0f} MB at rest"),
        at_most(f"API writes in {REST_SECONDS} s at rest, the Lease apart", written, "writes", 0),
        told(f"CPU at rest, a tick every {TICK_SECONDS} s", cpu / REST_SECONDS * 100, "% of a core"),
    ]


class _Operator:
    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._ready_file = stack.folder / "operator.ready"
        self._config = stack.folder / "operator.yaml"
        rules = stack.folder / "rules"
        rules.mkdir()
        settings = {
            "web": {"listen": "127.0.0.1:0", "readyFile": str(self._ready_file), "shutdownGrace": "0s"},
            "prometheus": {"url": stack.prometheus.url},
            "rules": {"output": "File", "directory": str(rules)},
            "evaluation": {"interval": f"{TICK_SECONDS}s"},
            "status": {"ratePerSecond": 200, "burst": 200},
            "log": {"level": "warning"},
        }
        self._config.write_text(yaml.safe_dump(settings))
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        assert self._process.pid is not None
        return self._process.pid

    def start(self) -> float:
        """Seconds until it was ready."""
        self._ready_file.unlink(missing_ok=True)
        began = time.monotonic()
        argv = [sys.executable, "-m", "clv_operator", "--config", self._config, "--kubeconfig", self._stack.kubeconfig]
        self._process = self._stack.spawn("operator", argv)
        until(lambda: self._get("/readyz") is not None, what="ready", timeout_seconds=120, every_seconds=0.02)
        return time.monotonic() - began

    def settle(self) -> None:
        """Until two ticks in a row have had nothing to write."""
        quiet = _Quiet(self)
        until(quiet.is_so, what="nothing more to write", timeout_seconds=900, every_seconds=0.5)

    def stop(self) -> None:
        assert self._process is not None
        self._process.stop(30)

    def memory(self, field: str) -> float:
        """VmRSS or VmHWM in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(re.findall(rf"{field}:\s+(\d+) kB", status)[0]) * 1024 / 1e6

    def metric(self, name: str) -> float:
        lines = (self._get("/metrics") or "").splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if re.match(rf"{name}(\{{| )", line))

    def _get(self, path: str) -> str | None:
        with urllib.request.urlopen(f"http://{self._ready_file.read_text().strip()}{path}", timeout=10) as reply:
            return str(reply.read().decode())


class _Quiet:
    def __init__(self, operator: _Operator) -> None:
        self._operator = operator
        self._writes = self._ticks = -1.0

    def is_so(self) -> bool:
        writes, ticks = (
            self._operator.metric("clv_status_writes_total"),
            self._operator.metric("clv_tick_seconds_count"),
        )
        if writes != self._writes or self._operator.metric("clv_status_writes_waiting"):
            self._writes, self._ticks = writes, ticks
        return ticks >= self._ticks + 2


async def _fill(stack: Stack) -> None:
    gate = asyncio.Semaphore(CONNECTIONS)
    async with Cluster(await Connection(kubeconfig=stack.kubeconfig).client()) as cluster:

        async def slo(number: int) -> None:
            async with gate:
                await cluster.create(TIERED_SLO, "default", _slo(number), deadline=30)

        async def incident(number: int) -> None:
            async with gate:
                body = _incident(number)
                await cluster.create(REVENUE_INCIDENT, "default", body, deadline=30)
                status = {"status": {"alerts": _alerts(body)}}
                await cluster.merge_patch_status(
                    REVENUE_INCIDENT, "default", body["metadata"]["name"], status, manager="clv-intake", deadline=30
                )

        for rank, name in enumerate(TIERS, start=1):
            await cluster.create(CLV_TIER, "", _tier(rank, name), deadline=30)
        await asyncio.gather(*map(slo, range(SLOS)), *map(incident, range(INCIDENTS)))


def _tier(rank: int, name: str) -> dict[str, Any]:
    values = {
        "customers": 100 * 10**rank,
        "currency": "USD",
        "residualValue": {"mean": f"{50_000 // 5**rank}.00"},
        "revenuePerHour": "1000.00",
        "asOf": "2026-11-20T00:00:00Z",
    }
    return {"metadata": {"name": name}, "spec": {"rank": rank, "values": values}}


def _slo(number: int) -> dict[str, Any]:
    job = f'job="service-{number % 50}",handler="{number}"'
    ratio = {"errors": f'http_requests_total{{{job},code=~"5.."}}', "total": f"http_requests_total{{{job}}}"}
    targets = ("99.99", "99.95", "99.9", "99.5")
    objectives = [{"tier": tier, "target": target} for tier, target in zip(TIERS, targets, strict=True)]
    spec = {
        "service": f"service-{number % 50}",
        "period": {"rolling": "30d"},
        "indicator": {"ratio": ratio},
        "objectives": [*objectives, {"tier": "*", "target": "99"}],
    }
    return {"metadata": {"name": f"slo-{number}"}, "spec": spec}


def _incident(number: int) -> dict[str, Any]:
    alert = {
        "fingerprint": f"{number:016x}",
        "name": "ClvBudgetBurnPage",
        "state": "resolved",
        "startsAt": "2026-11-20T14:02:00Z",
        "labels": {"clv_tier": "platinum", "service": f"service-{number}"},
        "summary": "platinum burns 40 times faster than sustainable",
    }
    opening = {
        "key": f"{number:010d}",
        "episode": 1,
        "service": f"service-{number}",
        "scope": "*",
        "cause": "-",
        "openedAt": "2026-11-20T14:02:00Z",
        "alerts": [alert],
    }
    return {"metadata": {"name": f"inc-service-{number}-1"}, "spec": {"opening": opening}}


def _alerts(body: dict[str, Any]) -> dict[str, Any]:
    (alert,) = body["spec"]["opening"]["alerts"]
    return {"seq": 1, "resolved": 1, "top": [alert], "quietSince": "2026-11-20T14:32:00Z"}


def _writes(stack: Stack) -> float:
    """Successful changes that the API server has counted, those of Leases and Events left out."""
    text = stack.apiserver.api.kubectl("get", "--raw", "/metrics").stdout
    lines = [line for line in text.splitlines() if line.startswith("apiserver_request_total{")]
    changes = [line for line in lines if re.search(r'verb="(POST|PUT|PATCH|APPLY|DELETE)"', line)]
    ours = [line for line in changes if 'group="clvsre.io"' in line or 'resource="configmaps"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in ours)


def _span(values: Sequence[float]) -> str:
    return f"{min(values):.1f} to {max(values):.1f} s"
