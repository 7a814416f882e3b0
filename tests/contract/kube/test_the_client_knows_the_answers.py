"""What the running API server says, and what the client makes of it."""

import base64
from typing import Any

import pytest

from clv_operator.kube.answer import AlreadyExists, Conflict, Gone, Permanent, Retry
from clv_operator.kube.client import Cluster
from clv_operator.kube.connection import Connection, NoCluster
from clv_operator.kube.resource import CONFIG_MAP, REVENUE_INCIDENT, SECRET, TIERED_SLO
from devstack.api import Api
from devstack.testing.fixtures import OwnApiServer
from tests.manifests import incident, put, slo

pytestmark = pytest.mark.needs("apiserver")
READY = {
    "type": "Ready",
    "status": "True",
    "reason": "Accepted",
    "message": "ok",
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}


async def test_a_second_create_is_told_from_other_conflicts(cluster: Cluster, namespace: str):
    await cluster.create(TIERED_SLO, namespace, slo(namespace=namespace))
    with pytest.raises(AlreadyExists):
        await cluster.create(TIERED_SLO, namespace, slo(namespace=namespace))


async def test_a_misspelt_field_is_refused_and_not_dropped(cluster: Cluster, namespace: str):
    with pytest.raises(Permanent) as caught:
        await cluster.create(TIERED_SLO, namespace, put(slo(namespace=namespace), "spec.ownr", "x"))
    assert caught.value.reason == "BadRequest"
    assert "ownr" in str(caught.value)


async def test_a_bad_value_is_invalid_with_its_field(cluster: Cluster, namespace: str):
    with pytest.raises(Permanent) as caught:
        await cluster.create(TIERED_SLO, namespace, put(slo(namespace=namespace), "spec.weighting", "Loudest"))
    assert caught.value.reason == "Invalid"
    assert "spec.weighting" in caught.value.fields


async def test_a_status_field_that_the_crd_does_not_declare_is_permanent(cluster: Cluster, namespace: str):
    await cluster.create(TIERED_SLO, namespace, slo(namespace=namespace))
    with pytest.raises(Permanent) as caught:
        await cluster.apply_status(TIERED_SLO, namespace, "checkout", {"inventedLater": "1"})
    assert caught.value.reason == "CRDOutdated"


async def test_an_applied_status_is_the_managers_whole_set(cluster: Cluster, namespace: str):
    await cluster.create(TIERED_SLO, namespace, slo(namespace=namespace))
    await cluster.apply_status(TIERED_SLO, namespace, "checkout", {"worstTier": "gold", "conditions": [READY]})
    said = await cluster.apply_status(TIERED_SLO, namespace, "checkout", {"conditions": [READY]})
    assert "worstTier" not in said["status"]


async def test_a_missing_object_is_gone_for_reads_and_for_statuses(cluster: Cluster, namespace: str):
    for attempt in (
        cluster.get(TIERED_SLO, namespace, "absent"),
        cluster.apply_status(TIERED_SLO, namespace, "absent", {"worstTier": "gold"}),
        cluster.delete(TIERED_SLO, namespace, "absent"),
    ):
        with pytest.raises(Gone):
            await attempt


async def test_a_failed_test_of_a_json_patch_is_invalid(cluster: Cluster, namespace: str):
    made = await cluster.create(REVENUE_INCIDENT, namespace, incident(namespace=namespace))
    name = made["metadata"]["name"]
    first = {
        "status": {"alerts": {"seq": 1, "firing": 1}},
        "metadata": {"resourceVersion": made["metadata"]["resourceVersion"]},
    }
    await cluster.merge_patch_status(REVENUE_INCIDENT, namespace, name, first, manager="clv-intake")
    swap = [
        {"op": "test", "path": "/status/alerts/seq", "value": 1},
        {"op": "replace", "path": "/status/alerts/seq", "value": 2},
    ]
    said = await cluster.json_patch_status(REVENUE_INCIDENT, namespace, name, swap, manager="clv-intake")
    assert said["status"]["alerts"]["seq"] == 2
    with pytest.raises(Permanent) as caught:
        await cluster.json_patch_status(REVENUE_INCIDENT, namespace, name, swap, manager="clv-intake")
    assert caught.value.reason == "Invalid"
    with pytest.raises(Conflict):
        await cluster.merge_patch_status(REVENUE_INCIDENT, namespace, name, first, manager="clv-intake")


async def test_what_the_leader_applies_leaves_the_alerts_of_the_intake(cluster: Cluster, namespace: str):
    made = await cluster.create(REVENUE_INCIDENT, namespace, incident(namespace=namespace))
    name = made["metadata"]["name"]
    alerts = {"status": {"alerts": {"seq": 1, "firing": 1}}}
    await cluster.merge_patch_status(REVENUE_INCIDENT, namespace, name, alerts, manager="clv-intake")
    for status in ({"phase": "Open", "severity": "SEV1"}, {"phase": "Open"}):
        said = await cluster.apply_status(REVENUE_INCIDENT, namespace, name, status)
    assert (said["status"]["phase"], said["status"]["alerts"]["firing"]) == ("Open", 1)
    assert "severity" not in said["status"], "what the leader leaves out is gone"


async def test_a_field_of_another_manager_is_named_where_we_do_not_force(
    cluster: Cluster, namespace: str, apiserver: Api
):
    path = f"/api/v1/namespaces/{namespace}/configmaps/rules"
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "rules"}, "data": {"a": "theirs"}}
    apiserver.apply(path, theirs, manager="somebody")
    with pytest.raises(Conflict) as caught:
        await cluster.apply(CONFIG_MAP, namespace, "rules", {"data": {"a": "ours"}})
    assert caught.value.fields == (".data.a",)


async def test_a_stale_put_is_a_conflict(cluster: Cluster, namespace: str):
    body: dict[str, Any] = {"metadata": {"name": "c"}, "data": {"n": "1"}}
    made = await cluster.create(CONFIG_MAP, namespace, body)
    await cluster.replace(CONFIG_MAP, namespace, "c", {**made, "data": {"n": "2"}})
    with pytest.raises(Conflict):
        await cluster.replace(CONFIG_MAP, namespace, "c", {**made, "data": {"n": "3"}})


async def test_a_delete_for_another_object_of_the_name_is_a_conflict(cluster: Cluster, namespace: str):
    await cluster.create(CONFIG_MAP, namespace, {"metadata": {"name": "c"}})
    with pytest.raises(Conflict):
        await cluster.delete(CONFIG_MAP, namespace, "c", uid="of-its-forerunner")
    await cluster.delete(CONFIG_MAP, namespace, "c")


async def test_lists_come_whole_over_several_pages(cluster: Cluster, namespace: str):
    for number in range(7):
        labels = {"half": str(number % 2)}
        await cluster.create(
            CONFIG_MAP, namespace, {"metadata": {"name": f"c-{number}", "labels": labels}, "data": {"k": "v"}}
        )
    names = {f"c-{number}" for number in range(7)}
    assert {item["metadata"]["name"] for item in await cluster.list_all(CONFIG_MAP, namespace, page_size=3)} == names
    metadata = await cluster.list_metadata(CONFIG_MAP, namespace, page_size=3)
    assert {item["name"] for item in metadata} == names
    assert len(await cluster.list_all(CONFIG_MAP, namespace, label_selector="half=1")) == 3


async def test_a_secret_is_read_decoded(cluster: Cluster, namespace: str):
    data = {"url": base64.b64encode("https://x/é".encode()).decode()}
    await cluster.create(SECRET, namespace, {"metadata": {"name": "slack"}, "data": data})
    assert await cluster.get_secret(namespace, "slack") == {"url": "https://x/é".encode()}


async def test_tokens_are_good_only_for_their_audience_and_rbac_decides(
    cluster: Cluster, namespace: str, apiserver: Api
):
    accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    apiserver.create(accounts, {"metadata": {"name": "alertmanager"}})

    def token(*audiences: str) -> str:
        asked = {"spec": {"audiences": list(audiences), "expirationSeconds": 600}}
        return str(apiserver.create(f"{accounts}/alertmanager/token", asked)["status"]["token"])

    assert await cluster.token_review("garbage", "clv-sre") is None
    assert await cluster.token_review(token("another"), "clv-sre") is None
    user = await cluster.token_review(token("clv-sre"), "clv-sre")
    assert user is not None
    assert user.username == f"system:serviceaccount:{namespace}:alertmanager"

    async def may() -> bool:
        return await cluster.subject_access_review(
            user, verb="create", resource=REVENUE_INCIDENT, subresource="intake", namespace=namespace
        )

    assert not await may()
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    rule = {"apiGroups": ["clvsre.io"], "resources": ["revenueincidents/intake"], "verbs": ["create"]}
    apiserver.create(f"{rbac}/roles", {"metadata": {"name": "intake"}, "rules": [rule]})
    binding = {
        "metadata": {"name": "intake"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "intake"},
        "subjects": [{"kind": "ServiceAccount", "name": "alertmanager", "namespace": namespace}],
    }
    apiserver.create(f"{rbac}/rolebindings", binding)
    # The authorizer learns of the binding by its own watch.
    assert any([await may() for _ in range(200)])


async def test_silence_and_absence_are_told_from_refusals(own_apiserver: OwnApiServer):
    server = own_apiserver(crds=())
    async with Cluster(await Connection(kubeconfig=server.api.kubeconfig).client()) as cluster:
        await cluster.list_all(CONFIG_MAP, "default")
        server.freeze()
        with pytest.raises(Retry) as silent:
            await cluster.get(CONFIG_MAP, "default", "c", deadline=0.3)
        server.thaw()
        server.kill()
        with pytest.raises(Retry) as absent:
            await cluster.get(CONFIG_MAP, "default", "c")
    assert (silent.value.reason, absent.value.reason) == ("Timeout", "Unreachable")


def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Any):
    with pytest.raises(NoCluster, match="absent"):
        Connection.find(tmp_path / "absent")
