import pytest
import yaml

from clv_operator.kube.client import Cluster
from clv_operator.kube.connection import Connection
from clv_operator.rules import ConfigMapOutput

from .wanted import by_key, of_slo, shared

NONE: frozenset[str] = frozenset()


@pytest.fixture
async def cluster(apiserver):
    async with Cluster(await Connection(kubeconfig=apiserver.kubeconfig).client()) as cluster:
        yield cluster


def maps(apiserver, namespace):
    items = apiserver.get(f"/api/v1/namespaces/{namespace}/configmaps")["items"]
    return {item["metadata"]["name"]: item for item in items if item["metadata"]["name"].startswith("rules-")}


async def test_sixty_slos_fill_several_maps_under_the_limit_and_rest_there(apiserver, namespace, cluster):
    output = ConfigMapOutput(cluster, namespace=namespace, config_map_name="rules", labels={"sidecar": "rules"})
    wanted = by_key(shared(), *(of_slo("shop", f"slo-{number}") for number in range(60)))
    assert await output.sync(wanted, NONE) == {}
    found = maps(apiserver, namespace)
    files = {file: text for each in found.values() for file, text in each["data"].items()}
    assert len(files) == 61
    assert all(each["metadata"]["labels"]["sidecar"] == "rules" for each in found.values())
    assert yaml.safe_load(files["shop.slo-7.yaml"])["groups"][0]["name"] == "clv.shop.slo-7"
    again = ConfigMapOutput(cluster, namespace=namespace, config_map_name="rules", labels={"sidecar": "rules"})
    assert await output.sync(wanted, NONE) == {}
    assert await again.sync(wanted, NONE) == {}
    versions = {name: each["metadata"]["resourceVersion"] for name, each in maps(apiserver, namespace).items()}
    assert versions == {name: each["metadata"]["resourceVersion"] for name, each in found.items()}
    assert await output.sync({}, NONE) == {}
    assert maps(apiserver, namespace) == {}


async def test_a_map_of_that_name_that_somebody_else_owns_is_left_alone(apiserver, namespace, cluster):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "rules-0"}, "data": {"a": "b"}}
    apiserver.create(f"/api/v1/namespaces/{namespace}/configmaps", body)
    output = ConfigMapOutput(cluster, namespace=namespace, config_map_name="rules", labels={})
    problems = await output.sync(by_key(of_slo("shop", "checkout")), NONE)
    assert problems["shop/checkout"].reason == "RuleConflict"
    assert maps(apiserver, namespace)["rules-0"]["data"] == {"a": "b"}
