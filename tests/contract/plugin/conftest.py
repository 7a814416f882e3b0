"""`kubectl clv` as a person runs it: kubectl from its wheel, kubectl-clv on the PATH, a kubeconfig, a real API server.

One API server of this folder's own, because CLVTiers are cluster-scoped; a namespace for each test.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from clv_operator.api import KINDS
from devstack import Stack
from devstack.api import Api
from devstack.testing.fixtures import CRDS
from tests.manifests import put, tier

BIN = Path(sys.executable).parent


@pytest.fixture(scope="session")
def cluster(apiserver: Api) -> Iterator[Api]:
    stack = Stack("plugin")
    try:
        server = stack.add_apiserver(etcd_url=apiserver.etcd_url, etcd_prefix=f"/plugin-{secrets.token_hex(4)}")
        server.api.apply_crds(CRDS)
        for rank, name in enumerate(("platinum", "gold"), 1):
            server.api.create(path_of("CLVTier"), put(tier(name, rank=rank), "spec.labelValue", name))
        yield server.api
    finally:
        stack.close()


@pytest.fixture
def home(cluster: Api) -> str:
    """A new namespace of that API server."""
    return cluster.new_namespace()


def path_of(kind: str, namespace: str = "", name: str = "", subresource: str = "") -> str:
    known = KINDS[kind]
    parts = ["", "apis", known.group, known.version]
    parts += ["namespaces", namespace] if known.namespaced and namespace else []
    parts += [part for part in (known.plural, name, subresource) if part]
    return "/".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """A terminal of eighty columns. namespace: that of -n."""

    cluster: Api
    namespace: str
    user: str = "admin"
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "KUBECONFIG": str(self.cluster.kubeconfig_for(self.user)),
            "COLUMNS": "80",
            **self.more,
        }

    def command(self, *arguments: str) -> list[str]:
        return ["kubectl", "clv", *arguments]

    def run(self, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """kubectl clv ARGUMENTS -n NAMESPACE; nobody sits at stdin."""
        return subprocess.run(
            self.command(*arguments, "-n", self.namespace),
            env=self.environment,
            input=text or "",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def told(self, *arguments: str) -> str:
        """What stdout says of a command that must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def put(self, thing: dict[str, Any]) -> None:
        """Make an object with its status."""
        kind, status = thing["kind"], thing.get("status")
        body = {**{part: value for part, value in thing.items() if part != "status"}}
        name = thing["metadata"]["name"]
        body["metadata"] = {"name": name, "namespace": self.namespace}
        self.cluster.create(path_of(kind, self.namespace), body)
        if status is not None:
            self.cluster.merge(path_of(kind, self.namespace, name, "status"), {"status": status})

    def spec_of(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.cluster.get(path_of("RevenueIncident", self.namespace, name))["spec"]
        return found


@pytest.fixture
def shell(cluster: Api, home: str) -> Shell:
    return Shell(cluster=cluster, namespace=home)


@pytest.fixture
def make_shell(cluster: Api, home: str) -> Callable[..., Shell]:
    """Another user, or other variables, in the same namespace."""

    def make(**changed: Any) -> Shell:
        return Shell(cluster=cluster, namespace=home, **changed)

    return make


@pytest.fixture
def apiserver_without_crds(apiserver: Api, stack: Stack) -> Callable[[], Shell]:
    """A shell at an API server that knows none of our kinds."""

    def make() -> Shell:
        prefix = f"/bare-{secrets.token_hex(4)}"
        bare = stack.add_apiserver(etcd_url=apiserver.etcd_url, etcd_prefix=prefix)
        return Shell(cluster=bare.api, namespace="default")

    return make
