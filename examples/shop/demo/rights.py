"""The operator's account and rights: those that the chart gives it, read from the chart itself, and nothing more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import helm_python
import yaml

from examples.shop.demo.cluster import Cluster, Manifest

CHART = Path(__file__).parents[3] / "charts" / "clv-sre"
ACCOUNT = "clv-sre"
NEEDED = {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}


def manifests(*, operator_namespace: str, secret_namespaces: list[str]) -> list[Manifest]:
    """Service account, roles and bindings of the chart; the rest of it wants nodes to run on."""
    values: dict[str, Any] = {
        "image": {"repository": "none"},
        "prometheus": {"url": "http://none"},
        "secretNamespaces": secret_namespaces,
    }
    with helm_python.Chart.load(CHART) as chart:
        files = chart.render(values, name=ACCOUNT, namespace=operator_namespace)
    objects = [found for path, text in files.items() if path.endswith(".yaml") for found in yaml.safe_load_all(text)]
    return [found for found in objects if found and found["kind"] in NEEDED]


def kubeconfig_for_operator(cluster: Cluster, *, namespace: str, file: Path) -> None:
    """A kubeconfig as `file` with a token of the account, for processes outside the cluster."""
    token = cluster.kubectl("create", "token", ACCOUNT, "-n", namespace, "--duration=24h").strip()
    config = yaml.safe_load(cluster.kubectl("config", "view", "--raw", "--minify", "--flatten"))
    config["users"][0]["user"] = {"token": token}
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(config))
