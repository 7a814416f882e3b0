"""`kubectl clv --help`, and `kubectl clv status` over 1,000 TieredSLOs of 4 tiers, as a person waits for them.

Peers, in the same rounds: `kubectl --help`, and `kubectl get tieredslos`, which lists the same objects (as a table that
the API server made of them, one line an SLO). Both sides run through kubectl against the same API server, to a pipe.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure, at_most, told
from devstack import Stack
from devstack.api import Api
from devstack.testing.fixtures import CRDS

SLOS = 1_000
TIERS = ("platinum", "gold", "silver", "bronze")
ROUNDS = 7
WRITERS = 8
PATH = "/apis/clvsre.io/v1alpha1/namespaces/default/tieredslos"


def measure() -> Sequence[Figure]:
    with Stack.start(apiserver=True, controllers=(), crds=[CRDS]) as stack:
        with ThreadPoolExecutor(WRITERS) as writers:
            list(writers.map(lambda number: _write(stack.api, number), range(SLOS)))
        environment = {
            **os.environ,
            "KUBECONFIG": str(stack.kubeconfig),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        sides = {
            "help": ("clv", "--help"),
            "kubectl help": ("--help",),
            "status": ("clv", "status"),
            "get": ("get", "tieredslos"),
        }
        seconds: dict[str, list[float]] = {side: [] for side in sides}
        lines = 0
        for turn in range(ROUNDS + 1):
            for side, command in sides.items():
                taken, printed = _timed(command, environment)
                if turn:  # the first round warms the caches of files and of discovery
                    seconds[side].append(taken)
                if side == "status":
                    lines = printed
        if lines < SLOS * len(TIERS):
            raise AssertionError(f"status printed {lines} lines for {SLOS} SLOs of {len(TIERS)} tiers")
    middle = {side: statistics.median(taken) for side, taken in seconds.items()}
    ratio = statistics.median(mine / their for mine, their in zip(seconds["status"], seconds["get"], strict=True))
    return [
        at_most("kubectl clv --help", middle["help"], "s", 0.3, peer=f"kubectl --help {middle['kubectl help']:.2f} s"),
        at_most(
            "kubectl clv status, 1,000 SLOs", middle["status"], "s", 1.5, peer=f"kubectl get {middle['get']:.2f} s"
        ),
        told("kubectl clv status / kubectl get", ratio, "ratio", peer=f"range {_range(seconds)}"),
    ]


def _range(seconds: dict[str, list[float]]) -> str:
    ratios = sorted(mine / their for mine, their in zip(seconds["status"], seconds["get"], strict=True))
    return f"{ratios[0]:.1f} to {ratios[-1]:.1f}"


def _timed(command: Sequence[str], environment: dict[str, str]) -> tuple[float, int]:
    """(seconds of the wall, lines printed) of one kubectl."""
    began = time.monotonic()
    done = subprocess.run(["kubectl", *command], env=environment, capture_output=True, text=True, check=True)
    return time.monotonic() - began, done.stdout.count("\n")


def _write(api: Api, number: int) -> None:
    name = f"service-{number:04}"
    objectives = [{"tier": tier, "target": "99.9"} for tier in TIERS] + [{"tier": "*", "target": "99.5"}]
    total = f'http_requests_total{{job="{name}"}}'
    spec: dict[str, Any] = {
        "service": name,
        "indicator": {"ratio": {"errors": f'http_requests_total{{job="{name}",code=~"5.."}}', "total": total}},
        "objectives": objectives,
    }
    kind = {"apiVersion": "clvsre.io/v1alpha1", "kind": "TieredSLO"}
    api.create(PATH, {**kind, "metadata": {"name": name}, "spec": spec})
    api.merge(f"{PATH}/{name}/status", {"status": _status(number)})


def _status(number: int) -> dict[str, Any]:
    left = f"{(number % 100) / 100:.2f}"
    exhausts = {"earliest": "2026-12-01T00:00:00Z", "expected": "2026-12-09T00:00:00Z", "latest": "never"}
    figures = {
        "sli": "99.97123",
        "budgetRemaining": left,
        "burnRate5m": "0.5",
        "burnRate1h": "0.4",
        "burnRate6h": "0.3",
    }
    tiers = [
        {
            "tier": tier,
            "target": "99.9",
            **figures,
            "exhausts": exhausts,
            "dataQuality": "Ok",
            "atRiskPerHour": "120.00",
        }
        for tier in TIERS
    ]
    at = "2026-11-25T14:20:00Z"
    holds = {"status": "True", "reason": "Accepted", "message": "In force", "lastTransitionTime": at}
    return {
        "period": "30d",
        "asOf": at,
        "worstTier": "gold",
        "budgetRemaining": left,
        "weightedBurn": "0.4",
        "weighted": {"sli": "99.97", "burnRate1h": "0.4", "budgetRemaining": left, "coverage": "1"},
        "atRiskPerHour": {"mean": "480.00", "low": "160.00", "high": "1240.00", "currency": "USD"},
        "tiers": tiers,
        "rules": {"output": "PrometheusRule", "hash": "3f1c9a02b7d4", "count": 19},
        "conditions": [{"type": kind, **holds} for kind in ("Ready", "RulesInSync", "DataAvailable", "BudgetHealthy")],
    }
