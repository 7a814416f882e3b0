from datetime import timedelta

import pytest

from clv_operator.rules import Problem
from sloengine.errors import QueryError

from .world import World


async def healthy(**spec):
    world = World()
    world.add_slo(**spec)
    await world.evaluator.tick()
    await world.rules.sync()
    for tier in ("platinum", "gold", "bronze"):
        world.healthy(tier)
    world.loaded()
    return world


async def test_figures_by_tier_stand_in_it_with_their_quality():
    world = await healthy()
    world.answers["remaining"] = []
    world.say("remaining", 0.5, tier="platinum")
    world.say("remaining", 0.125, tier="gold")
    world.say("remaining", 0.9, tier="bronze")
    await world.tick()
    status = world.slo_status()
    platinum, gold, _, unknown = status["tiers"]
    assert platinum["sli"] == "99.95"
    assert (platinum["budgetRemaining"], platinum["burnRate1h"], platinum["dataQuality"]) == ("0.5", "0.5", "Ok")
    assert gold["budgetRemaining"] == "0.125"
    assert unknown["dataQuality"] == "NoTraffic"
    assert unknown["sli"] is None
    assert (status["worstTier"], status["budgetRemaining"], status["period"]) == ("gold", "0.125", "30d")
    assert status["asOf"] == "2026-11-25T12:00:00Z"
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "Ready": "True",
        "RulesInSync": "True",
        "DataAvailable": "True",
        "BudgetHealthy": "True",
    }


async def test_money_at_risk_is_what_fails_above_the_hour_before():
    world = await healthy(annotations={"clvsre.io/revenue-share": "0.5"})
    world.answers["error"] = []
    for tier, error in (("platinum", 0.21), ("gold", 0.0), ("bronze", 0.01)):
        world.say("error", error, tier=tier, clv_window="5m")
    world.say("baseline", 0.01, tier="platinum")
    world.say("baseline", 0.02, tier="bronze")
    await world.tick()
    status = world.slo_status()
    # 1,000 an hour x 0.5 margin x 0.5 share x (0.21 - 0.01) = 50
    assert status["tiers"][0]["atRiskPerHour"] == "50.00"
    assert status["tiers"][2]["atRiskPerHour"] == "0.00"
    assert status["atRiskPerHour"]["mean"] == "50.00"
    assert float(status["atRiskPerHour"]["low"]) < 50 < float(status["atRiskPerHour"]["high"])
    assert status["atRiskPerHour"]["currency"] == "USD"


async def test_rules_are_in_sync_only_when_prometheus_shows_their_hash():
    world = await healthy()
    world.answers["info"] = []
    world.say("info", 1.0, clv_hash="0123456789ab")
    await world.tick()
    assert world.condition("RulesInSync")["status"] == "False"
    assert world.condition("RulesInSync")["reason"] == "NotLoaded"
    assert "older ones (0123456789ab)" in world.condition("RulesInSync")["message"]
    assert world.condition("Ready")["reason"] == "RulesNotInSync"
    world.answers["info"] = []
    world.loaded()
    await world.tick()
    assert world.condition("RulesInSync")["reason"] == "Loaded"
    assert world.condition("Ready")["status"] == "True"


async def test_an_output_that_is_in_the_way_is_named():
    world = await healthy()
    world.output.problems = {"shop/checkout": Problem("RuleConflict", "PrometheusRule shop/x exists and is not ours")}
    await world.tick()
    assert world.condition("RulesInSync")["reason"] == "RuleConflict"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (QueryError("cannot be reached", kind="refused"), "PrometheusUnreachable"),
        (QueryError("did not answer in time", kind="timeout"), "PrometheusTimeout"),
        (QueryError("HTTP 422: too many samples", kind="http", status=422), "PrometheusRefused"),
        (QueryError("it answered with a web page", kind="malformed"), "NotPrometheus"),
    ],
)
async def test_while_prometheus_is_lost_the_last_figures_stand_and_the_reason_is_told(error, reason):
    world = await healthy()
    await world.tick()
    before = world.slo_status()
    world.settle()
    world.failure = error
    world.now += timedelta(minutes=5)
    await world.tick()
    after = world.slo_status()
    shown = [{key: value for key, value in tier.items() if value is not None} for tier in before["tiers"]]
    assert after["tiers"] == shown
    assert after["asOf"] == before["asOf"]
    assert after["budgetRemaining"] == before["budgetRemaining"]
    data = world.condition("DataAvailable")
    assert (data["status"], data["reason"]) == ("False", reason)
    assert str(error) in data["message"]
    assert before["asOf"] in data["message"]
    assert world.condition("RulesInSync")["status"] == "Unknown"
    assert world.condition("BudgetHealthy")["status"] == "Unknown"
    world.failure = None
    world.now -= timedelta(minutes=5)
    await world.tick()
    assert world.condition("DataAvailable")["status"] == "True", "it heals by itself"


async def test_a_partial_answer_is_no_answer():
    world = await healthy()
    world.warnings = ("store-2 did not answer",)
    await world.tick()
    assert world.condition("DataAvailable")["reason"] == "PartialAnswer"
    assert "store-2" in world.condition("DataAvailable")["message"]


async def test_figures_that_are_not_recorded_any_more_stay_with_their_time_and_are_marked():
    world = await healthy()
    await world.tick()
    world.settle()
    world.answers = {"info": world.answers["info"]}
    world.now += timedelta(minutes=10)
    await world.tick()
    status = world.slo_status()
    assert status["budgetRemaining"] == "0.5"
    assert {tier["dataQuality"] for tier in status["tiers"]} == {"NoData"}
    assert status["asOf"] == "2026-11-25T12:00:00Z"
    assert world.condition("DataAvailable")["status"] == "False"
    assert world.condition("BudgetHealthy")["status"] == "Unknown"


async def test_without_any_figure_nothing_is_made_up():
    world = World()
    world.add_slo()
    await world.tick()
    status = world.slo_status()
    assert {tier["dataQuality"] for tier in status["tiers"]} == {"NoData"}
    assert all(tier["sli"] is None and tier["budgetRemaining"] is None for tier in status["tiers"])
    assert "asOf" not in status
    assert "worstTier" not in status


@pytest.mark.parametrize(
    ("alert", "reason"), [("ClvBudgetBurnPage", "BurningFast"), ("ClvBudgetBurnTicket", "Burning")]
)
async def test_a_firing_alert_makes_the_budget_unhealthy_and_names_the_tiers(alert, reason):
    world = await healthy()
    world.say("alerts", 1.0, tier="gold", alertname=alert)
    world.say("alerts", 1.0, tier="platinum", alertname=alert)
    await world.tick()
    assert world.condition("BudgetHealthy")["reason"] == reason
    assert "platinum, gold" in world.condition("BudgetHealthy")["message"]


async def test_a_spent_budget_is_told_and_written_first():
    world = await healthy()
    world.answers["remaining"][0] = ({"clv_slo": "shop/checkout", "clv_tier": "platinum"}, -0.2)
    await world.tick()
    assert world.condition("BudgetHealthy")["reason"] == "Exhausted"
    assert world.slo_status()["budgetRemaining"] == "-0.2"
    assert world.priorities["checkout"] == 0


async def test_nan_is_the_absence_of_a_figure():
    world = await healthy()
    world.answers["burn"] = [(labels, float("nan")) for labels, _ in world.answers["burn"]]
    await world.tick()
    platinum = world.slo_status()["tiers"][0]
    assert platinum["burnRate1h"] is None
    assert platinum["sli"] == "99.95"


async def test_requests_of_an_unknown_tier_are_told_with_the_values_that_telemetry_carries():
    world = await healthy()
    world.say("newest", world.now.timestamp() - 20, tier="unknown")
    world.answers["shares"] = []
    world.say("shares", 0.07, __name__="clv:unknown_share:ratio")
    for value, count in (("platinum", 3.0), ("platin", 9.0), ("", 1.0)):
        world.say("look", count, clv_check="tier", clv_value=value)
    await world.tick()
    data = world.condition("DataAvailable")
    assert (data["status"], data["reason"]) == ("True", "UnknownTiers")
    assert "7 % of the requests" in data["message"]
    assert "platin)" in data["message"]


async def test_an_error_metric_that_does_not_exist_is_told_though_all_looks_well():
    world = await healthy()
    world.say("look", 3.0, clv_check="tier", clv_value="platinum")
    await world.tick()
    assert world.condition("DataAvailable")["reason"] == "NoErrorSeries"
