"""Watch and sweep on two API servers of one etcd: what is changed through the one while the other is dead."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from clv_operator.api import read
from clv_operator.kube.client import Cluster
from clv_operator.kube.connection import Connection
from clv_operator.kube.mirror import Mirror
from clv_operator.kube.resource import TIERED_SLO
from clv_operator.kube.store import Collection, Store
from clv_operator.settings import StoreSettings
from devstack.api import Api
from devstack.apiserver import ApiServer
from devstack.stack import Stack
from tests.manifests import slo

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("operators")]
PATH = "/apis/clvsre.io/v1alpha1/namespaces/default/tieredslos"
Seen = dict[str, tuple[str, str]]


@pytest.fixture
def twins(stack: Stack) -> tuple[ApiServer, ApiServer]:
    """Two replicas of the API server on one etcd of their own, our CRDs applied."""
    from devstack.testing.fixtures import CRDS

    first = stack.add_apiserver()
    first.api.apply_crds(CRDS)
    return first, stack.add_apiserver(twin=first)


@asynccontextmanager
async def mirrored(api: Api, settings: StoreSettings | None = None) -> AsyncIterator[Collection[Any]]:
    store = Store()
    kind = store.add(TIERED_SLO, lambda body: read("TieredSLO", body))
    connection = Connection(kubeconfig=api.kubeconfig)
    async with Cluster(await connection.client()) as cluster:
        mirror = Mirror(
            connection=connection,
            cluster=cluster,
            store=store,
            settings=settings or StoreSettings(relist_delay=timedelta(milliseconds=500)),
            namespaces=["default"],
        )
        running = asyncio.create_task(mirror.run())
        try:
            async with asyncio.timeout(60):
                await mirror.ready()
            yield kind
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def in_cluster(api: Api) -> Seen:
    items = api.get(PATH)["items"]
    return {item["metadata"]["name"]: (item["metadata"]["uid"], item["metadata"]["resourceVersion"]) for item in items}


def in_store(kind: Collection[Any]) -> Seen:
    return {entry.name: (entry.uid, entry.resource_version) for entry in kind}


async def eventually(condition: Callable[[], bool], seconds: float, what: Callable[[], str]) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110  # the watch works in this very loop
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"not within {seconds} s: {what()}")


async def test_a_dead_watch_misses_nothing_for_good(twins: tuple[ApiServer, ApiServer]):
    seen_by_us, other = twins
    for number in range(40):
        other.api.create(PATH, slo(f"slo-{number}"))
    async with mirrored(seen_by_us.api) as kind:
        assert in_store(kind) == in_cluster(other.api)

        seen_by_us.kill()
        for number in range(5):
            other.api.delete(f"{PATH}/slo-{number}")
        for number in range(5, 10):
            other.api.merge(f"{PATH}/slo-{number}", {"spec": {"owner": "edited"}})
        for number in range(10, 15):
            other.api.delete(f"{PATH}/slo-{number}")
            other.api.create(PATH, slo(f"slo-{number}"))
        for number in range(40, 45):
            other.api.create(PATH, slo(f"slo-{number}"))
        assert in_store(kind) != in_cluster(other.api), "the watch is blind"
        seen_by_us.start()

        expected = in_cluster(other.api)
        assert len(expected) == 40
        await eventually(
            lambda: in_store(kind) == expected,
            10,
            lambda: f"differ: {set(in_store(kind).items()) ^ set(expected.items())}",
        )
        assert kind.models()["default", "slo-7"].spec.owner == "edited"


async def test_changes_come_by_themselves(twins: tuple[ApiServer, ApiServer]):
    api = twins[0].api
    async with mirrored(api) as kind:
        api.create(PATH, slo("checkout"))
        await eventually(lambda: len(kind) == 1, 5, lambda: "no creation seen")
        api.merge(f"{PATH}/checkout", {"spec": {"owner": "search"}})
        await eventually(lambda: in_store(kind) == in_cluster(api), 5, lambda: "no edit seen")
        api.delete(f"{PATH}/checkout")
        await eventually(lambda: len(kind) == 0, 5, lambda: "no deletion seen")
