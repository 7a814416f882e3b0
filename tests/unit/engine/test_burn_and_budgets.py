"""Budgets, windows, factors and bounds by the numbers."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sloengine import budget, period, windows
from sloengine.burn import Burn, burn_rate, exhausted, firing, low_burn, low_count, pair_fires
from sloengine.errors import InvalidSpec
from sloengine.quality import DataQuality
from sloengine.replay import Replay
from sloengine.slo import RollingPeriod
from tests.unit.engine.builders import NAMES, slo


def factors(days):
    return [float(pair.factor) for pair in windows.pairs(timedelta(days=days))]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (30, [14.4, 6, 3, 1]),
        (7, [6, 3, 2, 1]),  # floors: 2 % of 168 h in an hour would be a burn of 3.36
        (28, [13.44, 5.6, 2.8, 1]),
        (90, [43.2, 18, 9, 1]),
        (3, [6, 3, 2, 1]),
        (2, [6, 3, 2]),  # no pair whose long window exceeds the period
        (1, [6, 3, 2]),
    ],
)
def test_factors_are_the_share_of_the_budget_over_the_window_with_floors(days, expected):
    assert factors(days) == expected


def test_windows_of_a_period_have_no_double():
    assert [windows.label(w) for w in windows.ratios(timedelta(days=30))] == [
        "5m",
        "30m",
        "1h",
        "2h",
        "6h",
        "1d",
        "3d",
        "30d",
    ]
    assert [windows.label(w) for w in windows.ratios(timedelta(days=3))] == ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]
    assert [windows.label(w) for w in windows.ratios(timedelta(days=2))] == ["5m", "30m", "1h", "2h", "6h", "1d", "2d"]
    assert [windows.label(w) for w in windows.ratios(timedelta(days=1))] == ["5m", "30m", "1h", "2h", "6h", "1d"]


@pytest.mark.parametrize(
    "length", [timedelta(hours=12), timedelta(days=91), timedelta(hours=36), timedelta(0), timedelta(days=-3)]
)
def test_a_period_is_1_to_90_whole_days(length):
    with pytest.raises(
        InvalidSpec, match=r"spec\.period\.rolling: .* is not a whole number of days from 1 to 90; write 7d"
    ):
        period.length(RollingPeriod(length=length))


@given(st.integers(2, 90))
def test_the_terms_of_a_period_cover_each_day_once(days):
    terms = period.terms(timedelta(days=days))
    covered = sorted(day for t in terms for day in range(t.offset.days, t.offset.days + t.window.days))
    assert covered == list(range(days))
    assert len(terms) <= 30 + 2


def test_budgets_are_exact_decimals_by_tier():
    made = budget.per_tier(slo(objectives={"platinum": "99.95", "gold": "99.999", "*": "99.5"}), NAMES)
    assert list(made.items()) == [
        ("platinum", Decimal("0.0005")),
        ("gold", Decimal("0.00001")),
        ("silver", Decimal("0.005")),
        ("bronze", Decimal("0.005")),
        ("unknown", Decimal("0.005")),
    ]


@pytest.mark.parametrize(
    ("objectives", "field", "problem"),
    [
        ({"*": "100"}, "spec.objectives[0].target", "leaves no budget"),
        ({"gold": "99", "*": "0"}, "spec.objectives[1].target", "no promise"),
        (
            {"diamond": "99.9", "*": "99"},
            "spec.objectives[0].tier",
            "no CLVTier is called 'diamond' (there are: platinum",
        ),
        ({"platinum": "99.9", "unknown": "99"}, "spec.objectives", "nothing is promised to gold, silver, bronze"),
        (dict.fromkeys(NAMES, "99"), "spec.objectives", "nothing is promised to unknown"),
    ],
)
def test_objectives_that_leave_a_tier_without_a_budget_are_refused_with_the_mend(objectives, field, problem):
    with pytest.raises(InvalidSpec) as refused:
        budget.check(slo(objectives=objectives), NAMES)
    assert refused.value.field == field
    assert problem in refused.value.problem
    assert refused.value.fix


def test_burn_is_error_ratio_over_budget_and_exists_only_with_traffic():
    assert burn_rate(14.4, 1_000, 0.001).value == pytest.approx(14.4)
    assert burn_rate(0, 0, 0.001).quality is DataQuality.NO_TRAFFIC
    with pytest.raises(ValueError, match="between 0 and 1"):
        burn_rate(1, 1, 0)


@pytest.mark.parametrize(
    ("count", "low"),
    [
        (5, 2.287),
        (10, 5.796),
        (20, 13.663),
        (100, 84.60),
    ],  # Jeffreys: half the 5 % quantile of chi-square, 2 count + 1 degrees
)
def test_the_low_bound_is_that_of_a_poisson_count(count, low):
    assert low_count(count, min_errors=0) == pytest.approx(low, rel=0.065)


def test_counts_are_compared_as_whole_events():
    assert low_count(4.49, min_errors=5) == 0
    assert low_count(4.5, min_errors=5) > 0


def test_a_pair_needs_both_windows_the_low_bound_and_its_warm_up():
    pair = windows.pairs(timedelta(days=30))[1]
    hot = Burn(mean=7.0, low=2.0)
    warm = pair.warm_up
    assert pair.factor == Fraction(6)
    assert pair_fires(pair, long=hot, short=Burn(mean=7.0), recorded_for=warm)
    assert not pair_fires(pair, long=hot, short=Burn(mean=6.0), recorded_for=warm)
    assert not pair_fires(pair, long=Burn(mean=6.0, low=2.0), short=hot, recorded_for=warm)
    assert not pair_fires(pair, long=Burn(mean=7.0, low=1.0), short=hot, recorded_for=warm)
    assert not pair_fires(pair, long=Burn(mean=7.0), short=hot, recorded_for=warm)
    assert not pair_fires(pair, long=hot, short=None, recorded_for=warm)
    assert not pair_fires(pair, long=hot, short=hot, recorded_for=warm - timedelta(seconds=1))
    assert firing(windows.pairs(timedelta(days=30)), lambda _: hot, recorded_for=warm) == {windows.Severity.PAGE}


def test_exhausted_means_spent_and_not_by_a_handful():
    assert exhausted(Burn(mean=1.0, low=0.5))
    assert not exhausted(Burn(mean=0.99, low=0.5))
    assert not exhausted(Burn(mean=1.0, low=0.0))
    assert not exhausted(None)


events = st.floats(0, 1e6)


@pytest.mark.fuzz
@given(events, events, st.floats(1, 1e6), st.floats(1e-5, 0.5), st.integers(0, 50))
def test_burn_is_monotone_in_errors_and_never_below_its_low_bound(bad, more, total, share, min_errors):
    fewer, many = sorted((bad, bad + more))
    for measure in (lambda x: burn_rate(x, total, share), lambda x: low_burn(x, total, share, min_errors=min_errors)):
        assert measure(fewer).value <= measure(many).value
    assert (
        low_burn(bad, total, share, min_errors=min_errors).value
        <= burn_rate(bad, total, share).value + 1e-8 / total / share
    )


@pytest.mark.fuzz
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=60, max_size=130), st.floats(1e-4, 0.1))
def test_a_budget_is_conserved_what_is_spent_in_parts_is_spent_in_whole(minutes, share):
    bad = [float(min(pair)) for pair in minutes]
    total = [float(max(pair)) for pair in minutes]
    replay = Replay(total=total, bad=bad, budget=share, min_errors=5)
    last, hour = len(minutes) - 1, timedelta(hours=1)
    parts = [replay.counts(last - 60 * i, hour) for i in range(24)]
    whole = replay.counts(last, 24 * hour)
    assert whole[0] == pytest.approx(sum(p[0] for p in parts))
    assert whole[1] == pytest.approx(sum(p[1] for p in parts))
    assert whole[1] <= whole[0] + 1e-9


def test_slow_pairs_warm_up_for_half_their_long_window_and_the_fast_one_does_not():
    hours = [pair.warm_up / timedelta(hours=1) for pair in windows.pairs(timedelta(days=30))]
    assert hours == [0, 3, 12, 36]


def test_days_beside_three_day_windows_are_read_an_interval_later():
    # 3d is late by a minute itself; a day read as late as it would hold the minute at the seam a second time.
    minute, day = timedelta(minutes=1), timedelta(days=1)
    assert [(t.window, t.offset) for t in period.terms(4 * day)] == [(3 * day, minute), (day, 3 * day + 2 * minute)]
    assert [(t.window, t.offset) for t in period.terms(2 * day)] == [(day, minute), (day, day + minute)]
