"""Which cluster: one of our own, that goes with the demo, or the user's, from which everything is taken away again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from devstack import Stack
from devstack.acquire import binary
from examples.shop.demo.cluster import Cluster, KubectlRefused

OURS = ("clvtiers.clvsre.io", "tieredslos.clvsre.io", "escalationpolicies.clvsre.io", "revenueincidents.clvsre.io")


class NotYourCluster(Exception):
    """The cluster has something in it that the demo would mix with its own; the text says what to do."""


@contextmanager
def own_cluster(stack: Stack) -> Iterator[Cluster]:
    """etcd, API server and controllers of this machine."""
    server = stack.add_apiserver()
    stack.add_controllers(server)
    yield Cluster(kubeconfig=server.api.kubeconfig, path=_path())


@contextmanager
def user_cluster(folder: Path, context: str) -> Iterator[Cluster]:
    """The API server of a context in the user's kubeconfig. Raises NotYourCluster where our kinds are in use there."""
    kubeconfig = folder / "kubeconfig"
    view = [str(binary("kubectl")), "config", "view", "--raw", "--minify", "--flatten", "--context", context]
    done = subprocess.run(view, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotYourCluster(f"kubectl knows no context {context}: {done.stderr.strip()}")
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(done.stdout)
    cluster = Cluster(kubeconfig=kubeconfig, path=_path())
    _refuse_to_mix(cluster, context)
    try:
        yield cluster
    finally:
        _take_away(cluster)


def _refuse_to_mix(cluster: Cluster, context: str) -> None:
    known = cluster.kubectl("get", "crd", "-o", "name")
    if any(name in known for name in OURS):
        raise NotYourCluster(
            f"context {context} has custom resources of clv-sre already, and tiers are cluster-wide: "
            "the demo would mix its own with yours. Use a cluster without them, or leave --context out"
        )
    names = cluster.kubectl("get", "namespace", "-o", "name").split()
    for namespace in ("shop", "clv-sre"):
        if f"namespace/{namespace}" in names:
            raise NotYourCluster(f"context {context} has a namespace {namespace} already; the demo would delete it")


def _take_away(cluster: Cluster) -> None:
    for what in (
        ("namespace", "shop", "clv-sre"),
        ("crd", *OURS),
        ("clusterrole,clusterrolebinding", "-l", "app.kubernetes.io/instance=clv-sre"),
        ("role,rolebinding", "-n", "default", "-l", "app.kubernetes.io/instance=clv-sre"),
    ):
        with suppress(KubectlRefused):
            cluster.kubectl("delete", *what, "--ignore-not-found", "--wait=false")


def _path() -> str:
    """kubectl, and beside it kubectl-clv, before everything else."""
    own = dict.fromkeys(str(folder) for folder in (Path(sys.executable).parent, binary("kubectl").parent))
    return os.pathsep.join([*own, os.environ.get("PATH", "")])
