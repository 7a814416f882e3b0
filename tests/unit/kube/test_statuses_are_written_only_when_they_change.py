import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from clv_operator.kube.answer import Gone, Permanent, Retry
from clv_operator.kube.resource import TIERED_SLO
from clv_operator.kube.status_writer import NotLeading, Priority, StatusWriter
from clv_operator.kube.store import Store
from clv_operator.settings import StatusSettings
from sloengine.errors import ClusterError
from tests.unit.kube.cluster_double import StatusServer, body, store_with

Json = dict[str, Any]
READY = {"type": "Ready", "status": "True", "reason": "Accepted", "message": "is measured"}


def writer_of(
    server: StatusServer,
    *,
    settings: StatusSettings | None = None,
    is_leading: bool = True,
    foreign: tuple[str, ...] = (),
) -> StatusWriter:
    return StatusWriter(
        cluster=server,
        store=server.store,
        settings=settings or StatusSettings(),
        is_leading=lambda: is_leading,
        cut=lambda kind, status: status,
        foreign={"TieredSLO": foreign},
    )


@asynccontextmanager
async def running(writer: StatusWriter) -> AsyncIterator[StatusWriter]:
    task = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def write(writer: StatusWriter, status: Json, name: str = "checkout") -> None:
    async with asyncio.timeout(5):
        await writer.write("TieredSLO", "shop", name, status)


async def test_what_stands_already_is_not_written():
    server = StatusServer(store_with(body(status={"worstTier": "gold", "asOf": "earlier"})))
    async with running(writer_of(server)) as writer:
        await write(writer, {"worstTier": "gold", "asOf": "later"})
    assert server.writes == []


async def test_a_change_is_written_once_until_its_echo_and_after():
    server = StatusServer(store_with(body()))
    async with running(writer_of(server)) as writer:
        await write(writer, {"worstTier": "gold"})
        await write(writer, {"worstTier": "gold"})
        server.echo()
        await write(writer, {"worstTier": "gold"})
    assert [status for _, status in server.writes] == [{"worstTier": "gold"}]


async def test_a_return_to_what_the_late_store_still_shows_is_written():
    server = StatusServer(store_with(body(status={"worstTier": "gold"})))
    async with running(writer_of(server)) as writer:
        await write(writer, {"worstTier": "silver"})
        await write(writer, {"worstTier": "gold"})  # the store says gold, but our last write said silver
    assert [status["worstTier"] for _, status in server.writes] == ["silver", "gold"]


async def test_a_status_that_somebody_edited_is_put_back():
    server = StatusServer(store_with(body()))
    async with running(writer_of(server)) as writer:
        await write(writer, {"worstTier": "gold"})
        server.store.of(TIERED_SLO).put(body(version=500, status={"worstTier": "edited"}))
        await write(writer, {"worstTier": "gold"})
    assert len(server.writes) == 2


async def test_what_the_server_adds_by_itself_is_not_fought():
    server = StatusServer(store_with(body()), extra={"defaulted": "yes"})
    async with running(writer_of(server)) as writer:
        await write(writer, {"worstTier": "gold"})
        server.echo()
        await write(writer, {"worstTier": "gold"})
    assert len(server.writes) == 1


async def test_the_fields_of_others_are_neither_compared_nor_written():
    server = StatusServer(store_with(body(status={"alerts": {"seq": 4}, "phase": "Open"})))
    async with running(writer_of(server, foreign=("alerts",))) as writer:
        await write(writer, {"phase": "Open"})
        await write(writer, {"phase": "Resolved", "alerts": {"seq": 1}})
    assert [status for _, status in server.writes] == [{"phase": "Resolved"}]


async def test_a_transition_time_moves_only_with_the_status_of_its_condition():
    standing = {**READY, "observedGeneration": 3, "lastTransitionTime": "2026-01-01T00:00:00Z"}
    server = StatusServer(store_with(body(status={"conditions": [standing]})))
    async with running(writer_of(server)) as writer:
        await write(writer, {"conditions": [READY]})
        assert server.writes == []
        await write(writer, {"conditions": [{**READY, "message": "is measured anew"}]})
        await write(writer, {"conditions": [{**READY, "status": "False"}]})
    kept, moved = (status["conditions"][0]["lastTransitionTime"] for _, status in server.writes)
    assert kept == "2026-01-01T00:00:00Z"
    assert moved > "2026-01-02"


async def test_only_the_newest_desired_status_of_an_object_is_written():
    server = StatusServer(store_with(body()))
    writer = writer_of(server)
    for tier in ("gold", "silver", "bronze"):
        writer.submit("TieredSLO", "shop", "checkout", {"worstTier": tier})
    async with running(writer):
        assert await writer.drain(5)
    assert server.writes == [("checkout", {"worstTier": "bronze"})]


async def test_the_urgent_goes_first():
    server = StatusServer(store_with(body("a"), body("b", uid="u2"), body("c", uid="u3")))
    writer = writer_of(server, settings=StatusSettings(in_flight=1))
    writer.submit("TieredSLO", "shop", "a", {"x": 1}, priority=Priority.REST)
    writer.submit("TieredSLO", "shop", "b", {"x": 1}, priority=Priority.INCIDENT)
    writer.submit("TieredSLO", "shop", "c", {"x": 1}, priority=Priority.BUDGET_EXHAUSTED)
    async with running(writer):
        assert await writer.drain(5)
    assert [name for name, _ in server.writes] == ["c", "b", "a"]


async def test_an_object_that_changes_at_every_tick_does_not_lose_its_place():
    server = StatusServer(store_with(body("a"), body("b", uid="u2")))
    writer = writer_of(server, settings=StatusSettings(in_flight=1))
    writer.submit("TieredSLO", "shop", "a", {"x": 1})
    writer.submit("TieredSLO", "shop", "b", {"x": 1})
    writer.submit("TieredSLO", "shop", "a", {"x": 2})
    async with running(writer):
        assert await writer.drain(5)
    assert server.writes == [("a", {"x": 2}), ("b", {"x": 1})]


@pytest.mark.looptime
async def test_writes_are_spread_to_the_token_rate_after_the_burst():
    names = [f"slo-{number}" for number in range(30)]
    server = StatusServer(store_with(*(body(name, uid=name) for name in names)))
    writer = writer_of(server, settings=StatusSettings(rate_per_second=20, burst=10))
    for name in names:
        writer.submit("TieredSLO", "shop", name, {"x": 1})
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with running(writer):
        assert await writer.drain(10)
    assert len(server.writes) == 30
    assert loop.time() - began == pytest.approx(1.0, abs=0.1), "20 above the burst of 10, at 20/s"


async def test_a_busy_server_is_asked_again():
    server = StatusServer(store_with(body()), failures=[Retry("busy", reason="TooManyRequests")])
    async with running(writer_of(server)) as writer:
        await write(writer, {"worstTier": "gold"})
    assert len(server.attempts) == 2


async def test_a_deleted_object_is_dropped():
    server = StatusServer(store_with(body()), failures=[Gone("no such object")])
    async with running(writer_of(server)) as writer:
        with pytest.raises(Gone):
            await write(writer, {"worstTier": "gold"})
        assert await writer.drain(1)
    assert len(server.attempts) == 1


async def test_what_the_server_refuses_is_not_sent_again_until_it_changes():
    server = StatusServer(store_with(body()), failures=[Permanent("no", reason="Invalid")])
    async with running(writer_of(server)) as writer:
        with pytest.raises(ClusterError):
            await write(writer, {"worstTier": "?"})
        await write(writer, {"worstTier": "?"})
        assert len(server.attempts) == 1
        await write(writer, {"worstTier": "gold"})
    assert server.writes == [("checkout", {"worstTier": "gold"})]


async def test_an_operator_newer_than_its_crd_says_so_beside_the_status_that_stands():
    server = StatusServer(
        store_with(body(status={"worstTier": "gold"})), failures=[Permanent(".status.new", reason="CRDOutdated")]
    )
    async with running(writer_of(server)) as writer:
        with pytest.raises(ClusterError):
            await write(writer, {"worstTier": "gold", "new": 1})
        assert await writer.drain(2)
    ((_, status),) = server.writes
    assert status["worstTier"] == "gold"
    assert status["conditions"][0]["type"] == "CRDOutdated"
    assert "apply the CRDs of this release" in status["conditions"][0]["message"]


async def test_a_replica_that_does_not_lead_writes_nothing():
    server = StatusServer(store_with(body()))
    async with running(writer_of(server, is_leading=False)) as writer:
        with pytest.raises(NotLeading):
            await write(writer, {"worstTier": "gold"})
    assert server.attempts == []


async def test_a_recreated_object_gets_its_status_anew():
    server = StatusServer(store_with(body()))
    async with running(writer_of(server)) as writer:
        await write(writer, {"worstTier": "gold"})
        server.store.of(TIERED_SLO).put(body(version=500, uid="u2"))
        await write(writer, {"worstTier": "gold"})
    assert len(server.writes) == 2


def test_a_store_without_the_kind_is_a_mistake_that_shows():
    writer = writer_of(StatusServer(Store()))
    with pytest.raises(KeyError):
        writer.submit("TieredSLO", "shop", "checkout", {})
