"""An object that the API server takes and the operator cannot read: its owner learns why, and nobody else is stopped."""

import asyncio
import copy
from typing import Any

import pytest
import yaml

from clv_operator.kube.client import Cluster
from clv_operator.kube.events import EventRecorder
from clv_operator.kube.resource import EVENT, TIERED_SLO
from clv_operator.kube.store import Store
from devstack import until
from devstack.stack import Stack
from devstack.testing.fixtures import CRDS, OwnApiServer
from tests.contract.kube.operators import start
from tests.manifests import slo

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("operators")]
PATH = "/apis/clvsre.io/v1alpha1/namespaces/default/tieredslos"


def condition(item: dict[str, Any], kind: str = "Ready") -> dict[str, Any]:
    found = [one for one in item.get("status", {}).get("conditions", []) if one["type"] == kind]
    return found[0] if found else {}


def newer_crds() -> list[dict[str, Any]]:
    """Our CRDs, but the one of TieredSLO takes any spec, as a later version of it might."""
    documents = [yaml.safe_load(path.read_text()) for path in sorted(CRDS.glob("*.yaml"))]
    for document in documents:
        if document["spec"]["names"]["kind"] == "TieredSLO":
            document["spec"]["versions"][0].pop("selectableFields", None)
            schema = document["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
            schema["properties"]["spec"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return documents


def test_its_condition_says_so_once_and_a_restart_writes_nothing(stack: Stack, own_apiserver: OwnApiServer):
    api = own_apiserver(crds=newer_crds()).api
    unreadable = slo("unreadable")
    unreadable["spec"] = {**copy.deepcopy(unreadable["spec"]), "service": {"from": "a later version"}}
    api.create(PATH, unreadable)
    api.create(PATH, slo("checkout"))
    first = start(stack, api, "default", "first").wait_ready()

    until(
        lambda: condition(api.get(f"{PATH}/unreadable")), what="a condition on the unreadable one", timeout_seconds=30
    )
    said = condition(api.get(f"{PATH}/unreadable"))
    assert (said["status"], said["reason"], said["observedGeneration"]) == ("False", "InvalidSpec", 1)
    assert said["message"].startswith("spec.service: ")
    until(lambda: condition(api.get(f"{PATH}/checkout")), what="the other one has its status", timeout_seconds=30)
    assert condition(api.get(f"{PATH}/checkout")).get("reason") != "InvalidSpec"

    # Nothing has changed: neither the tick, nor a restart, nor another leader has a reason to write.
    until(lambda: first.metric("clv_status_writes_waiting") == 0, what="the writer is idle", timeout_seconds=30)
    ticks = first.metric("clv_tick_seconds_count")
    until(lambda: first.metric("clv_tick_seconds_count") >= ticks + 2, what="two more ticks", timeout_seconds=60)
    before = {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in api.get(PATH)["items"]}
    assert first.process.stop() == 0
    second = start(stack, api, "default", "second").wait_ready()
    until(second.is_leading, what="the second leads", timeout_seconds=30)
    until(lambda: second.metric("clv_tick_seconds_count") >= 3, what="three ticks", timeout_seconds=60)
    assert second.metric("clv_status_writes_total") == 0, second.get("/metrics")[1]
    assert {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in api.get(PATH)["items"]} == before

    for item in api.get(PATH)["items"]:
        assert not item["metadata"].keys() & {"finalizers", "annotations"}, "nothing but the status is touched"

    api.merge(f"{PATH}/unreadable", {"spec": {"service": "mended"}})
    until(
        lambda: condition(api.get(f"{PATH}/unreadable")).get("reason") != "InvalidSpec",
        what="the mend is seen",
        timeout_seconds=30,
    )


async def test_an_event_that_repeats_is_one_event_with_a_count(cluster: Cluster, namespace: str):
    store = Store()
    store.add(TIERED_SLO, lambda body: body)
    recorder = EventRecorder(cluster=cluster, store=store, identity="replica-a")
    made = await cluster.create(TIERED_SLO, namespace, slo(namespace=namespace))
    running = asyncio.create_task(recorder.run())
    for _ in range(3):
        recorder.record(
            "TieredSLO",
            namespace,
            "checkout",
            made["metadata"]["uid"],
            type_="Warning",
            reason="BudgetExhausted",
            note="Tier gold has no budget left" + "!" * 2000,
        )

    async def posted() -> list[dict[str, Any]]:
        return await cluster.list_all(EVENT, namespace)

    async with asyncio.timeout(10):
        while not any(event.get("series") for event in await posted()):  # noqa: ASYNC110  # the API server has no event for it
            await asyncio.sleep(0.05)
    running.cancel()
    (event,) = await posted()
    assert event["series"]["count"] >= 2
    assert (event["type"], event["reason"], event["regarding"]["name"]) == ("Warning", "BudgetExhausted", "checkout")
    assert len(event["note"].encode()) <= 1024
