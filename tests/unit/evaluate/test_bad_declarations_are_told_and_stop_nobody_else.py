import pytest

from .world import World


@pytest.mark.parametrize(
    ("spec", "reason", "text"),
    [
        (
            {"objectives": [{"tier": "platinm", "target": "99.9"}, {"tier": "*", "target": "99"}]},
            "UnknownTier",
            "no CLVTier is called 'platinm'",
        ),
        ({"objectives": [{"tier": "unknown", "target": "99.9"}]}, "UncoveredTier", "platinum, gold, bronze"),
        (
            {"indicator": {"ratio": {"errors": 'e{code=~"5("}', "total": "t"}}},
            "InvalidSelector",
            "spec.indicator.ratio.errors",
        ),
        (
            {"indicator": {"ratio": {"errors": 'e{code="5"', "total": "t"}}},
            "InvalidSpec",
            "spec.indicator.ratio.errors",
        ),
    ],
)
async def test_what_cannot_be_rendered_says_so_and_the_others_are_evaluated(spec, reason, text):
    world = World()
    world.add_slo("good")
    world.add_slo("bad", **spec)
    await world.tick()
    ready = world.statuses.get(("TieredSLO", "shop", "bad"))
    if ready is not None:
        assert world.condition("Ready", "bad")["reason"] == reason
        assert text in world.condition("Ready", "bad")["message"]
        assert world.condition("RulesInSync", "bad")["reason"] == "NotRendered"
    else:
        # The API server would have refused it; should it be there all the same, the shell tells its owner.
        assert reason == "InvalidSpec"
    assert "shop/good" in world.output.there
    assert "shop/bad" not in world.output.there
    assert world.condition("Ready", "good")["reason"] == "RulesNotInSync"


async def test_an_slo_that_was_good_keeps_its_rules_when_its_spec_turns_bad():
    world = World()
    world.add_slo()
    await world.tick()
    before = world.output.there["shop/checkout"].hash
    world.add_slo(objectives=[{"tier": "nobody", "target": "99"}, {"tier": "*", "target": "99"}])
    await world.tick()
    assert world.output.kept == {"shop/checkout"}
    assert world.output.there["shop/checkout"].hash == before
    assert world.condition("Ready")["reason"] == "UnknownTier"


async def test_an_unreadable_object_keeps_its_rules_and_stops_nobody():
    world = World()
    world.add_slo("checkout")
    world.add_slo("other")
    await world.tick()
    world.put("TieredSLO", "shop", "checkout", {"service": 5})
    await world.tick()
    assert set(world.output.there) == {"", "shop/checkout", "shop/other"}


async def test_an_annotation_that_makes_no_sense_is_told():
    world = World()
    world.add_slo(annotations={"clvsre.io/revenue-share": "lots"})
    await world.tick()
    assert "is not a share" in world.condition("Ready")["message"]


async def test_the_rules_of_a_deleted_slo_go():
    world = World()
    world.add_slo("checkout")
    world.add_slo("other")
    await world.tick()
    world.store.of_kind("TieredSLO").drop("shop", "other")
    await world.tick()
    assert set(world.output.there) == {"", "shop/checkout"}


async def test_without_tiers_the_slo_says_which_objects_are_missing():
    world = World(tiers=[])
    world.add_slo()
    await world.tick()
    assert world.condition("Ready")["reason"] == "NoTiers"


CASES = [
    ([], None, "NoSuchMetric", "requests_total"),
    ([("tier", "", 4.0)], None, "NoTierLabel", "no series has that label"),
    ([("tier", "platin", 4.0)], None, "NoTierLabel", "its values are platin"),
    (
        [("tier", "gold", 4.0), ("bucket", "0.1", 4.0), ("bucket", "0.5", 4.0), ("bucket", "+Inf", 4.0)],
        {"latency": {"histogram": 'duration_seconds{job="shop"}', "threshold": "300ms"}},
        "NoSuchBucket",
        "0.3 s is no bucket",
    ),
]


@pytest.mark.parametrize(("found", "indicator", "reason", "text"), CASES)
async def test_the_cause_of_missing_data_is_looked_for(found, indicator, reason, text):
    world = World()
    world.add_slo(**({"indicator": indicator} if indicator else {}))
    for check, value, count in found:
        world.say("look", count, clv_check=check, clv_value=value)
    await world.tick()
    data = world.condition("DataAvailable")
    assert (data["status"], data["reason"]) == ("False", reason)
    assert text in data["message"]
    world.loaded()
    await world.tick()
    assert world.condition("Ready")["reason"] == "NotMeasurable"
    assert reason in world.condition("Ready")["message"]
    if reason == "NoSuchBucket":
        assert "0.1, 0.5, +Inf" in data["message"]
