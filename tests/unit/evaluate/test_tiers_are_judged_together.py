from datetime import timedelta

import pytest

from .world import NOW, World


def ready(world, name):
    return world.condition("Ready", name, kind="CLVTier")


def fresh(world, name):
    return world.condition("Fresh", name, kind="CLVTier")


def weights(world):
    return {
        name: float(s["weight"]) for (kind, _, name), s in world.statuses.items() if kind == "CLVTier" and "weight" in s
    }


async def test_each_weighs_its_share_of_the_residual_value():
    world = World()
    await world.tick()
    # 400 x 50,000, 2,000 x 10,000 and 40,000 x 500: 20 million each.
    assert weights(world) == {
        "platinum": pytest.approx(1 / 3, abs=1e-6),
        "gold": pytest.approx(1 / 3, abs=1e-6),
        "bronze": pytest.approx(1 / 3, abs=1e-6),
    }
    assert sum(weights(world).values()) == pytest.approx(1, abs=1e-12)
    assert ready(world, "gold")["reason"] == "Accepted"
    assert fresh(world, "gold")["status"] == "True"


async def test_of_two_tiers_of_one_rank_the_younger_is_out_and_told_so():
    world = World()
    world.add_tier("silver", rank=2, created=NOW - timedelta(days=1))
    world.add_slo()
    await world.tick()
    assert ready(world, "silver")["status"] == "False"
    assert ready(world, "silver")["reason"] == "RankConflict"
    assert "tier gold has rank 2" in ready(world, "silver")["message"]
    assert ready(world, "gold")["status"] == "True"
    assert "silver" not in weights(world)
    assert [t["tier"] for t in world.slo_status()["tiers"]] == ["platinum", "gold", "bronze", "unknown"]


async def test_of_two_tiers_that_telemetry_calls_the_same_the_younger_is_out():
    world = World()
    world.add_tier("silver", rank=4, labelValue="gold", created=NOW - timedelta(days=1))
    await world.tick()
    assert ready(world, "silver")["reason"] == "LabelConflict"


async def test_a_second_currency_is_told_to_its_tier_and_all_weigh_the_same_meanwhile():
    world = World()
    world.add_tier("silver", rank=4, currency="EUR", customers=1)
    world.add_slo()
    await world.tick()
    assert ready(world, "silver")["reason"] == "CurrencyConflict"
    assert "EUR" in ready(world, "silver")["message"]
    assert ready(world, "gold")["reason"] == "EqualWeights"
    assert set(weights(world).values()) == {0.25}
    assert "silver" in [t["tier"] for t in world.slo_status()["tiers"]], "it is measured all the same"


async def test_weights_that_are_all_zero_become_equal_and_say_why():
    world = World(tiers=[("a", 1, 0, "100.00"), ("b", 2, 5, "-3.00")])
    await world.tick()
    assert weights(world) == {"a": 0.5, "b": 0.5}
    assert ready(world, "a")["reason"] == "EqualWeights"
    assert "no tier has a positive residual value" in ready(world, "a")["message"]


async def test_a_negative_value_weighs_nothing_and_is_told_with_its_sign():
    world = World(tiers=[("a", 1, 10, "100.00"), ("b", 2, 5, "-3.00")])
    await world.tick()
    assert weights(world) == {"a": 1.0, "b": 0.0}
    assert ready(world, "b")["reason"] == "NegativeValue"
    assert "-3.00" in ready(world, "b")["message"]


@pytest.mark.parametrize(("days", "reason"), [(89, "Fresh"), (91, "Stale"), (271, "Expired")])
async def test_values_grow_stale_and_expire(days, reason):
    world = World(tiers=[("a", 1, 10, "100.00")])
    world.add_tier("b", rank=2, customers=10, value="300.00", age=timedelta(days=days))
    await world.tick()
    assert fresh(world, "b")["reason"] == reason
    assert weights(world)["b"] == (0.5 if reason == "Expired" else 0.75)


async def test_one_tier_alone_is_told_that_nothing_can_be_weighted():
    world = World(tiers=[("a", 1, 10, "100.00")])
    await world.tick()
    assert ready(world, "a")["reason"] == "TooFewTiers"


async def test_a_weight_moves_a_tenth_of_itself_a_day_at_most():
    world = World(tiers=[("a", 1, 10, "100.00"), ("b", 2, 10, "100.00")])
    await world.tick()
    world.settle()
    world.now = NOW + timedelta(days=1)
    world.put(
        "CLVTier",
        "",
        "a",
        {
            "rank": 1,
            "values": {
                "customers": 10,
                "currency": "USD",
                "residualValue": {"mean": "900.00"},
                "asOf": "2026-11-24T00:00:00Z",
            },
        },
        status={**world.statuses["CLVTier", "", "a"], "conditions": []},
    )
    await world.tick()
    assert weights(world) == {"a": pytest.approx(0.55), "b": pytest.approx(0.45)}


async def test_a_restart_changes_no_weight():
    world = World()
    await world.tick()
    before = dict(world.statuses)
    world.settle()
    await world.tick()
    assert world.statuses == before
