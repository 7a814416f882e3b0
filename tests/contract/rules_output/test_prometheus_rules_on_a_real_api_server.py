import pytest

from clv_operator.kube.client import Cluster
from clv_operator.kube.connection import Connection
from clv_operator.rules import PrometheusRuleOutput
from devstack import until
from tests.manifests import slo

from .wanted import by_key, of_slo, shared

NONE: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def api(module_apiserver, prometheusrule_crd):
    module_apiserver.api.apply_crds(prometheusrule_crd)
    return module_apiserver.api


@pytest.fixture
async def cluster(api):
    async with Cluster(await Connection(kubeconfig=api.kubeconfig).client()) as cluster:
        yield cluster


def path(namespace, name=""):
    return f"/apis/monitoring.coreos.com/v1/namespaces/{namespace}/prometheusrules" + (f"/{name}" if name else "")


def owned(api, namespace, name, **changes):
    """Rules with an owner that exists: the garbage collector takes what refers to nobody."""
    made = api.create(f"/apis/clvsre.io/v1alpha1/namespaces/{namespace}/tieredslos", slo(name, namespace))
    return of_slo(namespace, name, uid=made["metadata"]["uid"], **changes)


def names(api, namespace):
    return sorted(item["metadata"]["name"] for item in api.get(path(namespace))["items"])


async def test_rules_are_written_once_put_back_when_edited_and_go_with_their_slo(api, cluster):
    own, shop = api.new_namespace(), api.new_namespace()
    output = PrometheusRuleOutput(cluster, namespace=own, labels={"release": "x"}, watched=(shop,))
    wanted = by_key(owned(api, shop, "checkout"), shared())
    assert await output.sync(wanted, NONE) == {}
    assert names(api, shop) == ["clv-slo-checkout"]
    assert names(api, own) == ["clv-shared"]
    first = api.get(path(shop, "clv-slo-checkout"))
    assert len(first["spec"]["groups"][0]["rules"]) == 19

    assert await output.sync(wanted, NONE) == {}
    again = PrometheusRuleOutput(cluster, namespace=own, labels={"release": "x"}, watched=(shop,))
    assert await again.sync(wanted, NONE) == {}
    same = api.get(path(shop, "clv-slo-checkout"))
    assert same["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"], "at rest nothing is written"

    edited = {"spec": {"groups": []}, "metadata": {"labels": {"release": "other", "team": "payments"}}}
    api.merge(path(shop, "clv-slo-checkout"), edited)
    assert await output.sync(wanted, NONE) == {}
    mended = api.get(path(shop, "clv-slo-checkout"))
    assert mended["spec"] == first["spec"]
    assert mended["metadata"]["labels"]["release"] == "x"
    assert mended["metadata"]["labels"]["team"] == "payments"

    api.delete(f"/apis/clvsre.io/v1alpha1/namespaces/{shop}/tieredslos/checkout")
    # The garbage collector learns of new kinds every 30 s.
    until(lambda: names(api, shop) == [], what="the garbage collector takes the rules away", timeout_seconds=60)
    assert await output.sync(by_key(shared()), NONE) == {}
    assert names(api, own) == ["clv-shared"]


async def test_a_prometheus_rule_of_that_name_that_somebody_else_owns_is_left_alone(api, cluster):
    shop = api.new_namespace()
    theirs = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "clv-slo-checkout", "labels": {"team": "other"}},
        "spec": {"groups": []},
    }
    before = api.create(path(shop), theirs)
    output = PrometheusRuleOutput(cluster, namespace=shop, labels={}, watched=(shop,))
    problems = await output.sync(by_key(owned(api, shop, "checkout"), owned(api, shop, "cart")), NONE)
    assert {key: problem.reason for key, problem in problems.items()} == {f"{shop}/checkout": "RuleConflict"}
    after = api.get(path(shop, "clv-slo-checkout"))
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert names(api, shop) == ["clv-slo-cart", "clv-slo-checkout"]
    await output.sync({}, NONE)
    assert names(api, shop) == ["clv-slo-checkout"], "what is not ours is not deleted either"


async def test_rules_that_nobody_wants_any_more_are_removed_and_kept_ones_stay(api, cluster):
    shop = api.new_namespace()
    output = PrometheusRuleOutput(cluster, namespace=shop, labels={}, watched=(shop,))
    search = owned(api, shop, "search")
    await output.sync(by_key(owned(api, shop, "checkout"), owned(api, shop, "cart"), search), NONE)
    changed = of_slo(shop, "search", target="99.5", uid=search.owner.uid)
    problems = await output.sync(by_key(changed), frozenset({f"{shop}/cart"}))
    assert problems == {}
    assert names(api, shop) == ["clv-slo-cart", "clv-slo-search"]


async def test_a_cluster_without_the_kind_is_told_of_the_other_outputs(apiserver):
    async with Cluster(await Connection(kubeconfig=apiserver.kubeconfig).client()) as cluster:
        output = PrometheusRuleOutput(cluster, namespace="default", labels={})
        problems = await output.sync(by_key(of_slo("shop", "checkout")), NONE)
    assert problems["shop/checkout"].reason == "OutputMissing"
    assert "ConfigMap or File" in problems["shop/checkout"].message
