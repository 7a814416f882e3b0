"""From residual values to weights, a step a day, and from tiers to one figure."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sloengine.slo import Weighting
from sloengine.weighting import TierError, Weights, coverage, relative_values, smoothed, targets, weigh
from tests.unit.engine.builders import FOUR, tier

TODAY = date(2026, 11, 25)
WEIGHTS = {"platinum": 0.5, "gold": 0.3, "silver": 0.15, "bronze": 0.05}
VALUES = {"platinum": 1.0, "gold": 0.2, "silver": 0.05, "bronze": 0.01, "unknown": 0.01}
# platinum 10 requests a minute 10 % bad, gold 100 at 1 %, silver 1,000 at 0, bronze absent.
VECTOR = (
    TierError(tier="platinum", error=0.1, total=600, budget=0.001),
    TierError(tier="gold", error=0.01, total=6_000, budget=0.001),
    TierError(tier="silver", error=0.0, total=60_000, budget=0.001),
)


@pytest.mark.parametrize(
    ("how", "error", "burn"),
    [
        (Weighting.VALUE, 0.053 / 0.95, 55.789474),  # (.5 x .1 + .3 x .01) / .95
        (Weighting.REQUEST_VALUE, 0.015, 15.0),  # (60 + .2 x 60) / (600 + 1200 + 3000)
        (Weighting.WORST, 0.1, 100.0),
    ],
)
def test_the_vector_of_the_three_weightings(how, error, burn):
    figure = weigh(how, VECTOR, weights=WEIGHTS, values=VALUES)
    assert figure.error == pytest.approx(error)
    assert figure.burn == pytest.approx(burn)
    assert coverage([e.tier for e in VECTOR], WEIGHTS) == pytest.approx(0.95)


def test_unknown_has_no_weight_and_the_value_of_the_lowest_tier():
    lost = (TierError(tier="unknown", error=0.5, total=100, budget=0.001),)
    assert weigh(Weighting.VALUE, lost, weights=WEIGHTS, values=VALUES) is None
    assert weigh(Weighting.REQUEST_VALUE, lost, weights=WEIGHTS, values=VALUES).error == 0.5
    assert weigh(Weighting.WORST, (), weights=WEIGHTS, values=VALUES) is None


def test_the_worst_tier_is_the_one_that_burns_most_not_the_one_with_most_errors():
    loose = TierError(tier="bronze", error=0.05, total=100, budget=0.1)
    tight = TierError(tier="gold", error=0.01, total=100, budget=0.001)
    assert weigh(Weighting.WORST, (loose, tight), weights=WEIGHTS, values=VALUES).error == 0.01


def test_targets_are_shares_of_customers_times_residual_value():
    # 400 x 50,000 = 20 M; 2,000 x 10,000 = 20 M; 10,000 x 2,500 = 25 M; 40,000 x 500 = 20 M; of 85 M.
    shares, equal = targets(FOUR)
    assert shares == pytest.approx({"platinum": 20 / 85, "gold": 20 / 85, "silver": 25 / 85, "bronze": 20 / 85})
    assert not equal


def test_a_negative_value_counts_zero_and_all_zero_means_equal_with_a_flag():
    assert targets([tier("a", 1, value=-5), tier("b", 2, value=5)]) == ({"a": 0.0, "b": 1.0}, False)
    assert targets([tier("a", 1, value=-5), tier("b", 2, value=0)]) == ({"a": 0.5, "b": 0.5}, True)
    assert relative_values([tier("a", 1, value=-5), tier("b", 2, value=0)]) == {"a": 1.0, "b": 1.0, "unknown": 1.0}


def test_values_are_relative_to_the_best_customer():
    assert relative_values(FOUR) == {"platinum": 1, "gold": 0.2, "silver": 0.05, "bronze": 0.01, "unknown": 0.01}


def test_a_weight_moves_at_most_a_tenth_of_itself_a_day_and_none_twice_on_one_day():
    before = Weights(share={"a": 0.5, "b": 0.5}, day=TODAY)
    now = [tier("a", 1, value=9), tier("b", 2, value=1)]
    next_day = smoothed(now, previous=before, today=TODAY + timedelta(days=1))
    assert next_day.share == pytest.approx({"a": 0.55, "b": 0.45})
    assert smoothed(now, previous=next_day, today=next_day.day) == next_day
    assert smoothed(now, previous=next_day, today=TODAY) == next_day  # a clock that runs back moves nothing


def test_days_missed_are_not_made_up_in_one_jump():
    before = Weights(share={"a": 0.5, "b": 0.5}, day=TODAY)
    later = smoothed([tier("a", 1, value=9), tier("b", 2, value=1)], previous=before, today=TODAY + timedelta(days=30))
    assert later.share == pytest.approx({"a": 0.55, "b": 0.45})


def test_a_tier_that_comes_or_goes_takes_the_targets_at_once():
    before = Weights(share={"a": 0.9, "b": 0.1}, day=TODAY)
    now = smoothed([tier("a", 1), tier("c", 2)], previous=before, today=TODAY)
    assert now.share == {"a": 0.5, "c": 0.5}


positive = st.floats(min_value=0.01, max_value=1e6)


@pytest.mark.fuzz
@given(st.lists(st.tuples(positive, positive), min_size=2, max_size=5), st.integers(1, 400))
def test_weights_sum_to_one_stay_within_the_daily_move_and_arrive(pairs, days):
    names = "abcde"[: len(pairs)]
    total = sum(old for old, _ in pairs)
    weights = Weights(share={n: old / total for n, (old, _) in zip(names, pairs, strict=True)}, day=TODAY)
    tiers = [tier(n, i + 1, value=new) for i, (n, (_, new)) in enumerate(zip(names, pairs, strict=True))]
    goal, _ = targets(tiers)
    for day in range(1, days + 1):
        moved = smoothed(tiers, previous=weights, today=TODAY + timedelta(days=day))
        assert sum(moved.share.values()) == pytest.approx(1)
        for name, old in weights.share.items():
            assert abs(moved.share[name] - old) <= 0.1 * old * (1 + 1e-9)
            assert abs(moved.share[name] - goal[name]) <= abs(old - goal[name]) + 1e-12
        weights = moved


@pytest.mark.fuzz
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(WEIGHTS)), st.floats(0, 1), positive),
        min_size=1,
        max_size=4,
        unique_by=lambda t: t[0],
    )
)
def test_a_weighted_error_lies_between_those_of_the_tiers(rows):
    errors = [TierError(tier=name, error=error, total=total, budget=0.01) for name, error, total in rows]
    for how in Weighting:
        figure = weigh(how, errors, weights=WEIGHTS, values=VALUES)
        assert min(e.error for e in errors) - 1e-12 <= figure.error <= max(e.error for e in errors) + 1e-12
        assert figure.burn == pytest.approx(figure.error / 0.01)
