"""The elector against a Lease in memory and a clock that the test turns; tests/contract/kube has the real ones."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from clv_operator.kube.answer import AlreadyExists, Conflict, Gone, Retry
from clv_operator.kube.lease import Elector, LeadershipLost
from clv_operator.kube.resource import Resource
from clv_operator.settings import LeaderSettings

Json = dict[str, Any]
pytestmark = pytest.mark.looptime


@dataclass
class LeaseServer:
    lease: Json | None = None
    version: int = 1
    failure: Exception | None = None
    seconds: float = 0.0
    loses_answers: bool = False
    deadlines: list[float] = field(default_factory=list)

    async def _enter(self, deadline: float) -> None:
        self.deadlines.append(deadline)
        if self.seconds:
            await asyncio.sleep(min(self.seconds, deadline))
            if self.seconds > deadline:
                raise Retry("silence", reason="Timeout")
        if self.failure:
            raise self.failure

    def _keep(self, body: Json) -> Json:
        self.version += 1
        self.lease = {**body, "metadata": {**body["metadata"], "resourceVersion": str(self.version)}}
        if self.loses_answers:
            self.loses_answers = False
            raise Retry("connection reset", reason="Unreachable")
        return self.lease

    async def get(self, resource: Resource, namespace: str, name: str, *, deadline: float = 5.0) -> Json:
        await self._enter(deadline)
        if self.lease is None:
            raise Gone("no Lease")
        return self.lease

    async def create(self, resource: Resource, namespace: str, body: Json, *, deadline: float = 5.0) -> Json:
        await self._enter(deadline)
        if self.lease is not None:
            raise AlreadyExists("there is one")
        return self._keep(body)

    async def replace(
        self, resource: Resource, namespace: str, name: str, body: Json, *, deadline: float = 5.0
    ) -> Json:
        await self._enter(deadline)
        if self.lease is None:
            raise Gone("no Lease")
        if body["metadata"].get("resourceVersion") != self.lease["metadata"]["resourceVersion"]:
            raise Conflict("stale")
        return self._keep(body)

    @property
    def spec(self) -> Json:
        assert self.lease is not None
        return self.lease["spec"]


def elector(server: LeaseServer, identity: str = "a") -> Elector:
    return Elector(
        cluster=server,
        namespace="clv",
        identity=identity,
        settings=LeaderSettings(),
        clock=lambda: asyncio.get_running_loop().time(),
    )


def now() -> float:
    return asyncio.get_running_loop().time()


async def lost(leader: Elector) -> LeadershipLost:
    with pytest.raises(LeadershipLost) as caught:
        await leader.keep()
    return caught.value


async def test_the_first_replica_makes_the_lease_and_leads():
    server = LeaseServer()
    leader = elector(server)
    await leader.campaign()
    assert leader.valid()
    assert (server.spec["holderIdentity"], server.spec["leaseTransitions"]) == ("a", 0)
    assert server.spec["renewTime"].endswith("Z")
    assert len(server.spec["renewTime"]) == len("2026-11-20T00:00:00.000000Z")


async def test_a_second_replica_waits_while_the_first_renews():
    server = LeaseServer()
    first, second = elector(server, "a"), elector(server, "b")
    await first.campaign()
    keep = asyncio.create_task(first.keep())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(second.campaign(), 120)
    assert first.valid()
    assert not second.valid()
    assert second.initialised.is_set()
    assert second.holder == "a"
    keep.cancel()


async def test_a_dead_leader_is_followed_after_the_length_of_its_lease():
    server = LeaseServer()
    await elector(server, "a").campaign()
    successor = elector(server, "b")
    began = now()
    await successor.campaign()
    assert 15 <= now() - began <= 15 + 2 * 1.2 + 0.1
    assert (server.spec["holderIdentity"], server.spec["leaseTransitions"]) == ("b", 1)


async def test_the_clock_of_the_holder_does_not_matter():
    server = LeaseServer()
    await elector(server, "a").campaign()
    server.spec["renewTime"] = "2001-01-01T00:00:00.000000Z"  # decades behind ours
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(elector(server, "b").campaign(), 14)


async def test_a_released_lease_is_taken_at_the_next_look():
    server = LeaseServer()
    first = elector(server, "a")
    await first.campaign()
    await first.release()
    assert not first.valid()
    assert server.spec["holderIdentity"] == ""
    began = now()
    await elector(server, "b").campaign()
    assert now() - began <= 2.5


async def test_validity_ends_by_the_clock_without_anybody_telling():
    leader = elector(LeaseServer())
    await leader.campaign()
    await asyncio.sleep(9.9)
    assert leader.valid()
    await asyncio.sleep(0.2)
    assert not leader.valid()


async def test_the_deadline_counts_from_before_the_renewal_was_sent():
    server = LeaseServer(seconds=3.0)
    leader = elector(server)
    began = now()
    await leader.campaign()  # a GET of 3 s, then a POST of 3 s that is sent at 3
    await asyncio.sleep(began + 3.0 + 10.0 - now() - 0.1)
    assert leader.valid()
    await asyncio.sleep(0.2)
    assert not leader.valid()


@pytest.mark.parametrize("reason", ["Unreachable", "Forbidden", "ServerError"])
async def test_a_leader_that_cannot_renew_stops_at_its_deadline(reason: str):
    server = LeaseServer()
    leader = elector(server)
    await leader.campaign()
    server.failure = Retry("gone", reason=reason)
    began = now()
    assert "could not be renewed for 10 s" in str(await lost(leader))
    assert now() - began == pytest.approx(10.0, abs=0.1)
    assert not leader.valid()


async def test_a_hanging_server_does_not_carry_a_leader_past_its_deadline():
    server = LeaseServer()
    leader = elector(server)
    await leader.campaign()
    server.seconds = 3600
    began = now()
    await lost(leader)
    assert now() - began == pytest.approx(10.0, abs=0.1)
    assert max(server.deadlines) <= 5.0


async def test_any_exception_is_a_failed_try():
    server = LeaseServer()
    leader = elector(server)
    await leader.campaign()
    server.failure = ValueError("not even one of ours")
    began = now()
    await lost(leader)
    assert now() - began == pytest.approx(10.0, abs=0.1)


async def test_a_lost_answer_to_a_renewal_does_not_end_the_leadership():
    server = LeaseServer()
    leader = elector(server)
    await leader.campaign()
    server.loses_answers = True
    keep = asyncio.create_task(leader.keep())
    await asyncio.sleep(60)
    assert leader.valid()
    assert not keep.done()
    keep.cancel()


async def test_a_lease_in_other_hands_ends_the_leadership_at_once():
    server = LeaseServer()
    leader = elector(server)
    await leader.campaign()
    server.lease = {"metadata": {"resourceVersion": "99"}, "spec": {"holderIdentity": "b"}}
    began = now()
    assert "held by b" in str(await lost(leader))
    assert now() - began < 3


async def test_a_deleted_lease_ends_the_leadership():
    server = LeaseServer()
    leader = elector(server)
    await leader.campaign()
    server.lease = None
    assert "deleted" in str(await lost(leader))


async def test_two_who_start_at_once_are_told_apart_by_the_server():
    server = LeaseServer(seconds=0.01)
    first, second = elector(server, "a"), elector(server, "b")
    campaigns = [asyncio.create_task(replica.campaign()) for replica in (first, second)]
    await asyncio.wait(campaigns, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(5)
    assert [first.valid(), second.valid()].count(True) == 1
    for campaign in campaigns:
        campaign.cancel()


async def test_who_never_led_releases_nothing():
    server = LeaseServer()
    await elector(server, "a").campaign()
    await elector(server, "b").release()
    assert server.spec["holderIdentity"] == "a"


def test_the_real_clock_goes_on_while_a_process_is_frozen():
    leader = Elector(
        cluster=LeaseServer(),
        namespace="clv",
        identity="a",
        settings=LeaderSettings(renew_deadline=timedelta(seconds=10)),
    )
    assert not leader.valid(), "who never won has nothing that could be valid"
