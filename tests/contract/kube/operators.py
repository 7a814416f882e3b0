"""Operators as processes, with a Lease as short as a busy machine allows, so that a test waits seconds."""

from __future__ import annotations

import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from devstack import until
from devstack.api import Api
from devstack.process import Process
from devstack.stack import Stack

LEASES = "/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/clv-operator"


@dataclass(frozen=True)
class Operator:
    process: Process
    ready_file: Path

    @property
    def url(self) -> str:
        return f"http://{self.ready_file.read_text().strip()}"

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels; 0 for one that was never touched."""
        lines = self.get("/metrics")[1].splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.partition("{")[0].partition(" ")[0] == name)

    def is_leading(self) -> bool:
        return self.metric("clv_leader") == 1

    def wait_ready(self) -> Operator:
        def is_ready() -> bool:
            assert self.process.is_running, self.process.log_tail()
            return self.get("/readyz")[0] == 200

        until(is_ready, what="the operator is ready", timeout_seconds=60)
        return self

    def wait_exit(self, seconds: float) -> int:
        code = self.process.wait(seconds)
        assert code is not None, f"still running after {seconds} s: {self.process.log_tail()}"
        return code


def start(stack: Stack, api: Api, namespace: str, name: str = "operator", **settings: Any) -> Operator:
    """An operator of its own namespace, which is also the one that it watches."""
    ready_file = stack.folder / f"{name}.ready"
    ready_file.unlink(missing_ok=True)
    config = stack.folder / f"{name}.yaml"
    document = {
        "namespace": namespace,
        "watchNamespaces": [namespace],
        "leader": {"leaseDuration": "6s", "renewDeadline": "4s", "retryPeriod": "300ms"},
        "web": {"listen": "127.0.0.1:0", "readyFile": str(ready_file), "shutdownGrace": "0s"},
        "evaluation": {"interval": "2s"},
        "log": {"format": "text", "level": "debug"},
        **settings,
    }
    config.write_text(yaml.safe_dump(document))
    argv = [
        sys.executable,
        "-m",
        "clv_operator",
        "--config",
        config,
        "--kubeconfig",
        api.kubeconfig,
        "--identity",
        name,
    ]
    return Operator(process=stack.spawn(name, argv), ready_file=ready_file)


def lease(api: Api, namespace: str) -> dict[str, Any]:
    spec: dict[str, Any] = api.get(LEASES.format(namespace=namespace))["spec"]
    return spec
