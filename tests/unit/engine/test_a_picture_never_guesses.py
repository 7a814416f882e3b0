"""Three-valued data quality: a figure exists only where something was measured."""

from datetime import timedelta

import pytest

from sloengine.quality import DataQuality
from sloengine.reading import Question, TierReading, WeightedReading, picture, questions
from sloengine.slo import RollingPeriod, Weighting
from tests.unit.engine.builders import NAMES, slo

NOW = 1_800_000_000.0
FULL = TierReading(
    newest_at=NOW - 30,
    events_1h=6_000,
    bad_1h=12,
    error_5m=0.002,
    error_period=0.0004,
    budget_remaining=0.6,
    burn_5m=2.0,
    burn_1h=1.5,
    burn_1h_low=1.1,
    burn_6h=1.0,
    burn_6h_low=0.8,
)


def look(readings, **changes):
    arguments = {"tiers": NAMES, "weighted": WeightedReading(), "now": NOW} | changes
    return picture(arguments.pop("slo", slo()), readings=readings, **arguments)


def of(seen, tier):
    return next(t for t in seen.tiers if t.tier == tier)


def test_a_tier_with_fresh_events_has_its_figures():
    gold = of(look({"gold": FULL}), "gold")
    assert gold.quality is DataQuality.OK
    assert (gold.sli.value, gold.budget_remaining.value, gold.error_5m.value) == (1 - 0.0004, 0.6, 0.002)
    assert (gold.burn_1h.value.mean, gold.burn_1h.value.low) == (1.5, 1.1)


def test_a_fresh_tier_without_events_has_no_traffic_but_keeps_its_period():
    idle = TierReading(newest_at=NOW, events_1h=0.0, error_period=0.001, budget_remaining=0.0)
    gold = of(look({"gold": idle}), "gold")
    assert gold.quality is DataQuality.NO_TRAFFIC
    assert gold.burn_1h.quality is DataQuality.NO_TRAFFIC
    assert gold.budget_remaining.value == 0.0


def test_a_tier_that_is_absent_while_others_report_has_no_traffic():
    assert of(look({"gold": FULL}), "bronze").quality is DataQuality.NO_TRAFFIC


def test_where_no_tier_reports_nothing_is_known():
    seen = look({})
    assert {t.quality for t in seen.tiers} == {DataQuality.NO_DATA}
    assert not seen.has_data
    assert seen.worst is None


@pytest.mark.parametrize(("age", "quality"), [(180, DataQuality.OK), (181, DataQuality.NO_DATA)])
def test_three_intervals_are_the_limit_of_freshness(age, quality):
    stale = TierReading(newest_at=NOW - age, events_1h=10, budget_remaining=0.5)
    gold = of(look({"gold": stale}), "gold")
    assert gold.quality is quality
    assert gold.budget_remaining.quality is quality


def test_maintenance_explains_an_absent_tier():
    seen = look({}, maintenance=frozenset({"gold"}))
    assert of(seen, "gold").quality is DataQuality.NO_TRAFFIC
    assert of(seen, "bronze").quality is DataQuality.NO_DATA


def test_the_worst_tier_has_the_least_budget_and_of_equals_is_the_most_valuable():
    low = TierReading(newest_at=NOW, events_1h=1, budget_remaining=-0.5)
    assert look({"platinum": FULL, "bronze": low}).worst.tier == "bronze"
    assert look({"gold": low, "bronze": low}).worst.tier == "gold"


def test_tiers_come_in_order_of_rank_with_unknown_last():
    assert [t.tier for t in look({}).tiers] == ["platinum", "gold", "silver", "bronze", "unknown"]


def test_the_weighted_figure_says_what_it_does_not_cover():
    partial = WeightedReading(error_period=0.0005, burn_1h=1.0, burn_period=0.5, coverage=0.95)
    seen = look({"platinum": FULL, "gold": FULL, "silver": FULL}, weighted=partial).weighted
    assert seen.budget_remaining.value == 0.5
    assert seen.note == "bronze had no data; the figure covers 95.0% of the value"


def test_the_weighted_figure_is_withheld_where_tiers_are_unknown_but_the_worst_is_not():
    mostly_unknown = WeightedReading(unknown_share=0.5, coverage=1.0)
    assert "50% of the requests" in look({"gold": FULL}, weighted=mostly_unknown).weighted.note
    worst = slo(weighting=Weighting.WORST)
    assert look({"gold": FULL}, weighted=mostly_unknown, slo=worst).weighted.note == ""


def test_the_number_of_queries_does_not_grow():
    few = questions([RollingPeriod(length=timedelta(days=30))])
    many = questions([RollingPeriod(length=timedelta(days=d)) for d in range(1, 91)])
    assert len(few) == len(many) == len(Question) == 11
    assert "slo:sli_error:ratio_rate30d" in few[Question.ERROR]
