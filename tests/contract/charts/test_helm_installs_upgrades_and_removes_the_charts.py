"""On the real API server: what the chart renders is accepted, admission included, and goes again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import helm_python
import pytest

from devstack import Stack
from devstack.api import Api, ApiRefused
from tests.contract.charts.chart import CHARTS, of_kind, render, values

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("charts")]

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with Stack.start(apiserver=True, controllers=()) as started:
        yield started


@pytest.fixture(scope="module")
def api(stack: Stack) -> Api:
    return stack.api


@pytest.fixture(scope="module")
def namespace(api: Api) -> str:
    name = "clv-sre"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    api.create("/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
    return name


@pytest.fixture(scope="module")
def helm(stack: Stack, namespace: str) -> Iterator[Any]:
    config = helm_python.Config(kubeconfig_path=str(stack.kubeconfig), namespace=namespace)
    yield config
    config.close()


def is_there(api: Api, path: str) -> bool:
    try:
        api.get(path)
    except ApiRefused as refused:
        if refused.status == 404:
            return False
        raise
    return True


def test_the_operator_chart_is_installed_upgraded_and_removed_without_a_trace(
    api: Api, helm: Any, namespace: str
) -> None:
    deployment = f"/apis/apps/v1/namespaces/{namespace}/deployments/clv-sre"
    chart = CHARTS / "clv-sre"

    helm.install(chart, "clv-sre", values())
    before = api.get(deployment)["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
    assert api.get(deployment)["spec"]["replicas"] == 2

    helm.upgrade(chart, "clv-sre", values(replicas=1, incidents={"mitigatedFor": "1m"}))
    after = api.get(deployment)["spec"]
    assert after["replicas"] == 1
    assert after["template"]["metadata"]["annotations"]["checksum/config"] != before, "new settings must roll the pods"

    helm.uninstall("clv-sre")
    named = "/apis/rbac.authorization.k8s.io/v1/clusterroles/clv-sre"
    left = [path for path in (deployment, named, f"{named}-view", f"{named}-intake") if is_there(api, path)]
    assert left == []


def test_removing_the_crd_chart_keeps_definitions_and_objects(api: Api, helm: Any) -> None:
    helm.install(CHARTS / "clv-sre-crds", "clv-sre-crds")
    helm.upgrade(CHARTS / "clv-sre-crds", "clv-sre-crds")
    helm.uninstall("clv-sre-crds")
    kept = {item["metadata"]["name"] for item in api.get(CRDS)["items"]}
    assert {"clvtiers.clvsre.io", "tieredslos.clvsre.io", "revenueincidents.clvsre.io"} <= kept


@pytest.mark.parametrize("overrides", [{}, {"intake": {"tokenSecret": "intake"}, "replicas": 1}])
def test_restricted_pod_security_admits_the_pod(api: Api, namespace: str, overrides: dict[str, Any]) -> None:
    template = of_kind(render(**overrides), "Deployment")["clv-sre"]["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "admitted"}, "spec": template["spec"]}
    answer = api.create(f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod)
    assert answer["spec"]["securityContext"]["runAsUser"] == 65532


def test_restricted_pod_security_is_in_force_there(api: Api, namespace: str) -> None:
    template = of_kind(render(), "Deployment")["clv-sre"]["spec"]["template"]
    spec = {**template["spec"], "securityContext": {}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "refused"}, "spec": spec}
    with pytest.raises(ApiRefused, match="violates PodSecurity"):
        api.create(f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod)
