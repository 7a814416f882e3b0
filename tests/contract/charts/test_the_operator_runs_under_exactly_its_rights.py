"""The whole operator with the chart's rules and nothing else: the API server's audit log is the witness."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from devstack import PrometheusConfig, Stack, until
from devstack.api import Api
from devstack.http import call
from devstack.poll import NeverHappened
from devstack.published import published
from tests import manifests
from tests.contract.charts.chart import CHARTS, render

pytestmark = [pytest.mark.needs("apiserver", "prometheus", "prometheusrule-crd"), pytest.mark.xdist_group("charts")]

NAMESPACE = "clv"
ACCOUNT = "system:serviceaccount:clv:clv-sre"
PATHS = {
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings",
}
KINDS = "/apis/clvsre.io/v1alpha1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """api: of the cluster. address: where the operator listens. audit: what the API server was asked. log: the operator's."""

    api: Api
    address: str
    audit: Path
    log: Any

    def forbidden(self) -> list[str]:
        """What the operator was refused."""
        entries = [json.loads(line) for line in self.audit.read_text(encoding="utf-8").splitlines()]
        return [
            f"{entry['verb']} {entry['requestURI']}"
            for entry in entries
            if entry["user"]["username"] == ACCOUNT and entry.get("responseStatus", {}).get("code") == 403
        ]


def eventually(look: Callable[[], Any], what: str, log: Callable[[], str]) -> None:
    """As `until`, and shows the operator's log where it never happened."""
    try:
        until(look, what=what, timeout_seconds=30)
    except NeverHappened as never:
        pytest.fail(f"{never}\n{log()}")


@pytest.fixture(scope="module", params=["everywhere", "namespaces"])
def site(
    module_stack: Stack, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("rights")
    policy, audit = folder / "policy.yaml", folder / "audit.log"
    policy.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "audit.k8s.io/v1",
                "kind": "Policy",
                "omitStages": ["RequestReceived"],
                "rules": [{"level": "Metadata"}],
            }
        )
    )
    server = module_stack.add_apiserver(
        etcd_prefix=f"/{request.param}", flags=(f"--audit-policy-file={policy}", f"--audit-log-path={audit}")
    )
    api = server.api
    api.apply_crds(CHARTS.parent / "crds", published("prometheusrule-crd"))
    for namespace in (NAMESPACE, "shop"):
        api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    watched = ["shop"] if request.param == "namespaces" else []
    for item in render(namespace=NAMESPACE, watchNamespaces=watched):
        if item["kind"] in PATHS:
            api.create(PATHS[item["kind"]].format(namespace=item["metadata"].get("namespace")), item)
    prometheus = module_stack.add_prometheus(PrometheusConfig())
    token, ready, config = folder / "token", folder / "ready", folder / "config.yaml"
    token.write_text("intake-token")
    config.write_text(
        yaml.safe_dump(
            {
                "namespace": NAMESPACE,
                "watchNamespaces": watched,
                "web": {"listen": "127.0.0.1:0", "readyFile": str(ready)},
                "prometheus": {"url": prometheus.url},
                "evaluation": {"interval": "1s"},
                "intake": {"tokenFiles": [str(token)]},
            }
        )
    )
    arguments = [
        sys.executable,
        "-m",
        "clv_operator",
        "--config",
        config,
        "--kubeconfig",
        api.kubeconfig_for("operator"),
    ]
    operator = module_stack.spawn(f"operator-{request.param}", arguments)
    try:
        eventually(ready.exists, "the operator listens", operator.log_text)
        address = ready.read_text().strip()
        eventually(lambda: call(f"http://{address}/readyz").status == 200, "the operator is ready", operator.log_text)
        yield Site(api=api, address=address, audit=audit, log=operator.log_text)
    finally:
        operator.stop()


def alert() -> dict[str, Any]:
    labels = {
        "alertname": "ClvBudgetBurnPage",
        "service": "checkout",
        "clv_slo": "shop/checkout",
        "clv_tier": "platinum",
        "severity": "page",
    }
    return {
        "version": "4",
        "groupKey": '{}:{service="checkout"}',
        "status": "firing",
        "receiver": "clv-sre",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "",
        "truncatedAlerts": 0,
        "alerts": [
            {
                "status": "firing",
                "labels": labels,
                "annotations": {},
                "startsAt": datetime.now(UTC).isoformat(),
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "",
                "fingerprint": "",
            }
        ],
    }


def test_its_whole_day_brings_not_one_403(site: Site) -> None:
    api = site.api
    for rank, name in enumerate(("platinum", "gold"), start=1):
        api.create(f"{KINDS}/clvtiers", manifests.tier(name, rank=rank, labelValue=name))
    api.create(f"{KINDS}/namespaces/shop/tieredslos", manifests.slo(namespace="shop"))

    eventually(
        lambda: api.get("/apis/monitoring.coreos.com/v1/namespaces/shop/prometheusrules")["items"],
        "rules are written",
        site.log,
    )
    eventually(
        lambda: api.get(f"{KINDS}/namespaces/shop/tieredslos/checkout").get("status", {}).get("conditions"),
        "the status is written",
        site.log,
    )
    headers = {"Authorization": "Bearer intake-token", "Content-Type": "application/json"}
    body = json.dumps(alert()).encode()
    assert site.forbidden() == []
    answer = call(f"http://{site.address}/alertmanager", method="POST", body=body, headers=headers, timeout_seconds=15)
    assert answer.status == 200, f"{answer.text}\n{site.log()}"
    eventually(
        lambda: any(
            item.get("status", {}).get("severity")
            for item in api.get(f"{KINDS}/namespaces/shop/revenueincidents")["items"]
        ),
        "the incident is judged",
        site.log,
    )
    api.delete(f"{KINDS}/namespaces/shop/tieredslos/checkout")
    eventually(
        lambda: not api.get("/apis/monitoring.coreos.com/v1/namespaces/shop/prometheusrules")["items"],
        "the rules of a deleted objective go",
        site.log,
    )
    assert site.forbidden() == [], site.log()
