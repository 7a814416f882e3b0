"""When a budget is spent, from burn, its uncertainty and what the period gives back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sloengine.forecast import Exhaustion, Window, chosen, exhaustion

MONTH = timedelta(days=30)
HOUR = timedelta(hours=1)


def test_a_burn_of_14_4_spends_an_untouched_month_in_50_hours():
    certain = Window(bad=14.4e6, total=1e9, budget=0.001)
    seen = exhaustion(remaining=1.0, window=certain, period=MONTH)
    assert seen.expected / HOUR == pytest.approx(50)
    assert seen.earliest / HOUR == pytest.approx(50, abs=0.1)
    assert seen.latest / HOUR == pytest.approx(50, abs=0.1)


def test_few_events_give_a_wide_range():
    seen = exhaustion(remaining=0.5, window=Window(bad=9, total=3_000, budget=0.001), period=MONTH)
    # burn 3 spends half a month's budget in 5 days; 9 events may be 5.1 or 16.8: bounds 1.72 and 5.6.
    assert seen.expected / timedelta(days=1) == pytest.approx(5)
    assert seen.earliest / timedelta(days=1) == pytest.approx(15 / (16.82 / 3), rel=0.02)
    assert seen.latest / timedelta(days=1) == pytest.approx(15 / (5.21 / 3), rel=0.02)


def test_a_burn_below_what_comes_back_never_exhausts():
    steady = [1 / 30 * 0.5] * 30
    half = Window(bad=500_000, total=1e9, budget=0.001)
    assert exhaustion(remaining=0.5, window=half, period=MONTH, spent_by_day=steady).expected is None


def test_no_error_never_exhausts_but_its_upper_bound_may():
    seen = exhaustion(remaining=0.1, window=Window(bad=0, total=1_000, budget=0.001), period=MONTH)
    assert (seen.expected, seen.latest) == (None, None)
    assert seen.earliest < timedelta(days=1)


def test_a_spent_budget_is_exhausted_now():
    now = timedelta(0)
    window = Window(bad=10, total=100, budget=0.01)
    assert exhaustion(remaining=-0.2, window=window, period=MONTH) == Exhaustion(earliest=now, expected=now, latest=now)


def test_the_old_incident_that_leaves_tomorrow_saves_the_budget():
    window = Window(bad=2e6, total=1e9, budget=0.001)  # burn 2: a fifteenth of the budget a day
    without = exhaustion(remaining=0.1, window=window, period=MONTH)
    saved = exhaustion(remaining=0.1, window=window, period=MONTH, spent_by_day=[0.0, 0.6] + [0.0] * 28)
    assert without.expected / timedelta(days=1) == pytest.approx(1.5)
    assert saved.expected > timedelta(days=8)


def test_the_faster_of_the_last_hour_and_six_is_taken_and_none_without_traffic():
    hour, six = Window(bad=2, total=100, budget=0.01), Window(bad=3, total=600, budget=0.01)
    assert chosen(hour, six) is hour
    assert chosen(Window(bad=0, total=0, budget=0.01), six) is six
    assert chosen(None, Window(bad=0, total=0, budget=0.01)) is None


@pytest.mark.fuzz
@given(
    st.floats(0.001, 1),
    st.integers(0, 1_000),
    st.integers(1_000, 100_000),
    st.lists(st.floats(0, 0.1), max_size=30),
)
def test_the_range_is_ordered(remaining, bad, total, spent):
    seen = exhaustion(
        remaining=remaining, window=Window(bad=bad, total=total, budget=0.01), period=MONTH, spent_by_day=spent
    )
    far = timedelta(days=10_000)
    earliest, expected, latest = (far if t is None else t for t in (seen.earliest, seen.expected, seen.latest))
    close = timedelta(seconds=1)
    assert earliest <= expected + close
    assert bad == 0 or expected <= latest + close
