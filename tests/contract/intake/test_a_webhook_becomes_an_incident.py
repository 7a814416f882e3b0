from __future__ import annotations

import asyncio

import pytest

from clv_operator.kube.resource import REVENUE_INCIDENT
from sloengine.incidents.fingerprint import fingerprint
from tests.contract.intake.replica import Replica, alert, message

pytestmark = [pytest.mark.needs("apiserver")]


async def test_the_answer_is_given_after_the_incident_is_stored(replica: Replica) -> None:
    status, answer = await replica.post(message(alert(clv_tier="platinum", severity="page")))
    incident = await replica.only_incident()
    assert (status, answer["accepted"], answer["rejected"]) == (200, 1, 0)
    assert incident["metadata"]["name"] == "inc-checkout-rsvzgl7jaj-1"
    assert incident["spec"]["opening"]["service"] == "checkout"
    assert incident["spec"]["opening"]["openedAt"] == "2026-11-24T14:02:00Z"
    alerts = incident["status"]["alerts"]
    assert (alerts["seq"], alerts["firing"], alerts["resolved"]) == (1, 1, 0)
    assert alerts["top"][0]["tier"] == "platinum"


async def test_errors_and_latency_of_one_service_are_one_incident(replica: Replica) -> None:
    await replica.post(
        message(alert("Errors"), alert("Latency"), alert("Latency", clv_tier="gold", end="2026-11-24T14:03:00Z"))
    )
    alerts = (await replica.only_incident())["status"]["alerts"]
    assert (alerts["firing"], alerts["resolved"]) == (2, 1)


async def test_each_service_has_its_own(replica: Replica) -> None:
    await replica.post(message(alert(), alert(service="search"), alert(service="", namespace="shop")))
    names = sorted(item["metadata"]["name"] for item in await replica.incidents())
    assert [name.rsplit("-", 2)[0] for name in names] == ["inc-checkout", "inc-search", "inc-unmapped-shop"]


async def test_an_alert_without_a_name_or_service_is_taken(replica: Replica) -> None:
    bare = alert()
    bare["labels"] = {"severity": "page"}
    status, answer = await replica.post(message(bare, groupKey="{}:{}"))
    incident = await replica.only_incident()
    assert (status, answer["accepted"]) == (200, 1)
    assert incident["spec"]["opening"]["service"] == "unmapped"
    assert incident["status"]["alerts"]["top"][0]["name"] == "(no alertname)"


async def test_offsets_quoted_receivers_and_unknown_fields_change_nothing(replica: Replica) -> None:
    await replica.post(message(alert()))
    before = (await replica.only_incident())["metadata"]["resourceVersion"]
    same = alert(start="2026-11-24T17:02:00.000000000+03:00")
    _, answer = await replica.post(message(same, receiver="my\\.team", routeLabels={"a": "b"}, numFiring=1))
    assert answer["duplicate"] == 1
    assert (await replica.only_incident())["metadata"]["resourceVersion"] == before


async def test_replays_from_two_peers_at_two_replicas_are_counted_once(replica: Replica) -> None:
    async with Replica(replica.api, replica.namespace) as other:
        body = message(alert(), alert("Latency"))
        answers = await asyncio.gather(*(where.post(body) for where in (replica, other) * 3))
    incident = await replica.only_incident()
    assert {status for status, _ in answers} == {200}
    assert (incident["status"]["alerts"]["firing"], incident["status"]["alerts"]["seq"]) == (2, 1)
    before = incident["metadata"]["resourceVersion"]
    await replica.post(message(alert(), groupKey="another route"))
    assert (await replica.only_incident())["metadata"]["resourceVersion"] == before


async def test_two_replicas_lose_nothing_of_what_comes_to_both(replica: Replica) -> None:
    async with Replica(replica.api, replica.namespace) as other:
        posts = [
            where.post(message(alert(instance=f"{n}-{i}")))
            for i in range(15)
            for n, where in enumerate((replica, other))
        ]
        answers = await asyncio.gather(*posts)
    assert [status for status, _ in answers if status != 200] == []
    assert (await replica.only_incident())["status"]["alerts"]["firing"] == 30


async def test_a_resolve_that_nobody_saw_firing_is_counted_only(replica: Replica) -> None:
    status, answer = await replica.post(message(alert(end="2026-11-24T14:03:00Z")))
    assert (status, answer["accepted"], answer["duplicate"]) == (200, 0, 1)
    assert await replica.incidents() == []


async def test_a_resolved_page_of_a_tiered_slo_leaves_a_record(replica: Replica) -> None:
    page = alert(end="2026-11-24T14:03:00Z", severity="page", clv_slo=f"{replica.namespace}/checkout")
    await replica.post(message(page))
    assert (await replica.only_incident())["status"]["alerts"]["resolved"] == 1


async def test_a_cut_message_resolves_only_what_it_lists(replica: Replica) -> None:
    both = message(alert("A"), alert("B"))
    await replica.post(both)
    await replica.post(message(alert("A", end="2026-11-24T14:03:00Z"), truncatedAlerts=3))
    alerts = (await replica.only_incident())["status"]["alerts"]
    assert (alerts["firing"], alerts["resolved"], alerts["dropped"], alerts["truncated"]) == (1, 1, 3, True)


async def test_what_is_missing_from_the_next_message_still_fires(replica: Replica) -> None:
    await replica.post(message(alert("A"), alert("B")))
    await replica.post(message(alert("A")))
    assert (await replica.only_incident())["status"]["alerts"]["firing"] == 2


async def test_a_firing_just_after_its_end_is_believed_only_if_alertmanager_lists_it(replica: Replica) -> None:
    now = replica.clock()
    start = now.replace(microsecond=0).isoformat()
    fired = alert(start=start)
    await replica.post(message(fired))
    await replica.post(message(alert(start=start, end=now.isoformat())))
    replica.peers.listed = frozenset()
    _, ignored = await replica.post(message(fired))
    assert ignored["stale"] == 1
    assert (await replica.only_incident())["status"]["alerts"]["firing"] == 0
    replica.peers.listed = frozenset({fingerprint(fired["labels"])})
    await replica.post(message(fired))
    assert (await replica.only_incident())["status"]["alerts"]["firing"] == 1


async def test_an_incident_goes_where_its_slo_is(replica: Replica) -> None:
    there = replica.api.new_namespace()
    async with Replica(replica.api, replica.namespace, watched=(there,)) as watching:
        await watching.post(message(alert(clv_slo=f"{there}/checkout")))
    (incident,) = await replica.cluster.list_all(REVENUE_INCIDENT, there)
    assert incident["metadata"]["name"] == "inc-checkout-rsvzgl7jaj-1"


async def test_a_namespace_that_is_gone_or_not_watched_is_no_place_for_it(replica: Replica) -> None:
    async with Replica(replica.api, replica.namespace, watched=("no-such-namespace",)) as watching:
        await watching.post(message(alert(clv_slo="no-such-namespace/checkout")))
        await watching.post(message(alert(service="search", clv_slo="kube-system/search")))
    places = {item["metadata"]["namespace"] for item in await replica.incidents()}
    assert (places, len(await replica.incidents())) == ({replica.namespace}, 2)
