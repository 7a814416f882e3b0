from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from clv_operator.kube.resource import LEASE, REVENUE_INCIDENT
from sloengine.incidents.identity import Key
from tests.contract.intake.replica import Replica, alert, message

pytestmark = [pytest.mark.needs("apiserver")]
FIRST, SECOND = "inc-checkout-rsvzgl7jaj-1", "inc-checkout-rsvzgl7jaj-2"


def ago(replica: Replica, minutes: float) -> str:
    return (replica.clock() - timedelta(minutes=minutes)).replace(microsecond=0).isoformat()


async def resolved(replica: Replica, *, minutes_ago: float) -> None:
    """The first episode, over since then, as the leader would have written it."""
    await replica.post(message(alert(start=ago(replica, 60))))
    await replica.post(message(alert(start=ago(replica, 60), end=ago(replica, minutes_ago + 10))))
    await replica.set_status(FIRST, phase="Resolved", resolvedAt=ago(replica, minutes_ago))
    replica.door.committers.forget(replica.namespace, FIRST)


async def names(replica: Replica) -> list[str]:
    return sorted(item["metadata"]["name"] for item in await replica.incidents())


async def stored(replica: Replica, name: str) -> dict[str, Any]:
    return await replica.cluster.get(REVENUE_INCIDENT, replica.namespace, name)


async def test_within_half_an_hour_the_same_incident_opens_again(replica: Replica) -> None:
    await resolved(replica, minutes_ago=20)
    await replica.post(message(alert(start=ago(replica, 1))))
    assert await names(replica) == [FIRST]
    assert (await stored(replica, FIRST))["status"]["alerts"]["firing"] == 1


async def test_later_a_new_one_follows_and_names_the_last(replica: Replica) -> None:
    await resolved(replica, minutes_ago=31)
    await replica.post(message(alert(start=ago(replica, 1))))
    assert await names(replica) == [FIRST, SECOND]
    opening = (await stored(replica, SECOND))["spec"]["opening"]
    assert (opening["episode"], opening["previous"]) == (2, FIRST)
    assert (await stored(replica, FIRST))["status"]["alerts"]["firing"] == 0


async def test_the_alerts_that_a_person_closed_do_not_bring_it_back_but_a_new_one_does(replica: Replica) -> None:
    start = ago(replica, 5)
    await replica.post(message(alert(start=start)))
    await replica.set_spec(FIRST, closed={"reason": "FalseAlarm", "by": "ann"})
    _, answer = await replica.post(message(alert(start=start), groupKey="another route"))
    assert (await names(replica), answer["accepted"]) == ([FIRST], 0)
    await replica.post(message(alert("Latency", start=ago(replica, 1))))
    assert await names(replica) == [FIRST, SECOND]


async def test_two_replicas_that_decide_at_once_open_one_episode(replica: Replica) -> None:
    await resolved(replica, minutes_ago=45)
    async with Replica(replica.api, replica.namespace) as other:
        posts = [
            where.post(message(alert(start=ago(replica, 1), instance=str(i))))
            for i, where in enumerate((replica, other) * 4)
        ]
        answers = await asyncio.gather(*posts)
    assert {status for status, _ in answers} == {200}
    assert await names(replica) == [FIRST, SECOND]
    assert (await stored(replica, SECOND))["status"]["alerts"]["firing"] == 8


async def test_a_crash_between_slot_and_incident_is_healed_by_the_replay(replica: Replica) -> None:
    await replica.post(message(alert()))
    await replica.cluster.delete(REVENUE_INCIDENT, replica.namespace, FIRST)
    async with Replica(replica.api, replica.namespace) as fresh:
        status, _ = await fresh.post(message(alert()))
    assert (status, await names(replica)) == (200, [FIRST])


async def test_a_lost_slot_is_rebuilt_from_the_incidents(replica: Replica) -> None:
    await resolved(replica, minutes_ago=45)
    await replica.post(message(alert(start=ago(replica, 1))))
    await replica.cluster.delete(LEASE, replica.namespace, Key(service="checkout").slot_name)
    async with Replica(replica.api, replica.namespace) as fresh:
        await fresh.post(message(alert("Latency", start=ago(replica, 1))))
    assert await names(replica) == [FIRST, SECOND]
    assert (await stored(replica, SECOND))["status"]["alerts"]["firing"] == 2


async def test_an_alert_that_meets_a_closure_in_flight_goes_to_the_next_episode(replica: Replica) -> None:
    await replica.post(message(alert(start=ago(replica, 5))))
    # The replica remembers an open incident, and nothing tells it of the closure: the write itself must.
    await replica.set_spec(FIRST, closed={"reason": "Resolved", "by": "ann"})
    await replica.post(message(alert("Latency", start=ago(replica, 1))))
    assert await names(replica) == [FIRST, SECOND]


async def test_the_policy_is_kept_as_it_was_when_the_incident_opened(replica: Replica) -> None:
    policy = {
        "apiVersion": "clvsre.io/v1alpha1",
        "kind": "EscalationPolicy",
        "metadata": {"name": "default", "namespace": replica.namespace, "uid": "u", "resourceVersion": "7"},
        "spec": {
            "severities": [{"name": "SEV1"}],
            "steps": [{"after": "0s", "notify": ["room"]}],
            "channels": [{"name": "room", "slack": {"webhookRef": {"name": "slack", "key": "url"}}}],
        },
    }
    replica.store.of_kind("EscalationPolicy").put(policy)
    await replica.post(message(alert()))
    kept = (await stored(replica, FIRST))["spec"]["policy"]
    assert (kept["name"], kept["resourceVersion"]) == ("default", "7")
    assert kept["spec"]["steps"] == [{"after": "0s", "notify": ["room"], "severities": []}]
