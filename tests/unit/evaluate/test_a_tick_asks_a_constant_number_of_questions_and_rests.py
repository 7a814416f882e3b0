import asyncio
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from clv_operator.evaluate import Evaluator
from sloengine.errors import QueryError
from sloengine.rules import RuleSettings

from .world import World


async def test_eleven_questions_and_one_look_whatever_the_number_of_slos():
    asked = []
    for count in (1, 40):
        world = World()
        for number in range(count):
            world.add_slo(f"slo-{number}")
        await world.tick()
        asked.append(len(world.asked))
    assert asked == [12, 12]


async def test_the_look_for_causes_stays_small_and_gets_round_to_everyone():
    world = World()
    for number in range(60):
        world.add_slo(f"slo-{number}")
    await world.tick()
    looks = []
    for _ in range(12):
        await world.evaluator.tick()
        looks.append(next(text for text in world.asked if "clv_check" in text))
        world.asked.clear()
    assert max(map(len, looks)) <= 9_000
    assert all(any(f'"shop/slo-{number}"' in text for text in looks) for number in range(60))


async def test_nothing_is_asked_where_nothing_is_declared():
    world = World()
    await world.tick()
    assert world.asked == []


async def test_at_rest_each_status_stays_what_it_is():
    world = World()
    world.add_slo()
    await world.tick()
    for tier in ("platinum", "gold", "bronze"):
        world.healthy(tier)
    world.loaded()
    await world.tick()
    before = dict(world.statuses)
    world.settle()
    await world.tick()
    assert world.statuses == before


async def test_what_did_not_change_is_not_rendered_again():
    world = World()
    world.add_slo()
    await world.tick()
    first = world.output.there["shop/checkout"]
    world.settle()
    await world.tick()
    assert world.output.there["shop/checkout"] is first
    world.add_tier("silver", rank=4)
    await world.tick()
    assert world.output.there["shop/checkout"].hash != first.hash


async def test_a_replica_that_lost_the_lease_hands_nothing_over():
    world = World()
    world.add_slo()
    world.leads = False
    await world.tick()
    assert world.submitted == 0
    assert world.output.there == {}


async def test_ticks_never_overlap_and_a_late_one_is_skipped_and_counted():
    world = World()
    world.add_slo()
    running, most, begun = 0, 0, []
    clock = 0.0

    class Slow:
        async def query(self, promql, at, keys):
            nonlocal running, most, clock
            running += 1
            most = max(most, running)
            begun.append(clock)
            clock += 70 / 11
            running -= 1
            raise QueryError("slow", kind="timeout")

    evaluator = Evaluator(
        store=world.store,
        source=Slow(),
        statuses=world,
        rules=world.rules,
        rule_settings=RuleSettings(),
        is_leading=lambda: True,
        monotonic=lambda: clock,
    )
    skipped = REGISTRY.get_sample_value("clv_ticks_skipped_total")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.0):  # the tick itself takes milliseconds, then it sleeps
            await evaluator.run()
    # A tick of 70 s in an interval of 30 s: two beginnings were missed.
    assert REGISTRY.get_sample_value("clv_ticks_skipped_total") - skipped == 2
    assert most == 1


async def test_a_tick_that_stumbles_does_not_end_the_leader():
    world = World()
    world.add_slo()

    class Broken:
        async def query(self, promql, at, keys):
            raise RuntimeError("a bug")

    evaluator = Evaluator(
        store=world.store,
        source=Broken(),
        statuses=world,
        rules=world.rules,
        rule_settings=RuleSettings(),
        is_leading=lambda: True,
    )
    before = REGISTRY.get_sample_value("clv_ticks_total", {"outcome": "failed"}) or 0
    await evaluator._one()
    assert REGISTRY.get_sample_value("clv_ticks_total", {"outcome": "failed"}) == before + 1
    assert evaluator.is_late


async def test_the_other_rooms_read_the_newest_evaluation():
    world = World()
    world.add_slo()
    await world.tick()
    assert world.evaluator.last is not None
    assert world.evaluator.last.failure is None
    assert set(world.evaluator.last.pictures) == {"shop/checkout"}
    world.failure = QueryError("away", kind="refused")
    world.now += timedelta(seconds=30)
    await world.evaluator.tick()
    assert world.evaluator.last.failure is world.failure
    assert world.evaluator.last.pictures == {}


async def test_slos_whose_rules_are_not_evaluated_are_counted():
    world = World()
    world.add_slo("one")
    world.add_slo("two")
    await world.tick()
    assert REGISTRY.get_sample_value("clv_rules_out_of_sync_objects") == 2
    world.loaded("shop/one")
    await world.tick()
    assert REGISTRY.get_sample_value("clv_rules_out_of_sync_objects") == 1
