"""The truth table of the contract tests, through burn.py: 100 requests a minute at 99.9 % over 30 days."""

from datetime import timedelta

import pytest

from sloengine.replay import Replay
from sloengine.windows import Severity, pairs

CLEAN = 4 * 1440
LAST = 2_400
PAIRS = pairs(timedelta(days=30))


def sampled(per_minute):
    """E: each sample holds the last five minutes."""
    return [sum(per_minute[max(0, i - 4) : i + 1]) for i in range(len(per_minute))]


def replayed(percent, *, clean=CLEAN, budget=0.001, per_minute=100):
    bad = [0.0] * clean + [percent / 100 * per_minute] * (LAST + 1)
    total = [float(per_minute)] * len(bad)
    return Replay(total=sampled(total), bad=sampled(bad), budget=budget, min_errors=5)


def first(replay, severity):
    """Minutes from the first bad one (which is minute 1) to the alert."""
    for minute in range(CLEAN, CLEAN + LAST + 1):
        if severity in replay.firing(minute, PAIRS):
            return minute - CLEAN + 1
    return None


@pytest.mark.parametrize(
    ("percent", "page", "ticket"),
    [(100, 1, None), (2, 45, None), (1, 219, None), (0.5, None, 867), (0.2, None, 2_334), (0.1, None, None)],
)
def test_the_truth_table(percent, page, ticket):
    replay = replayed(percent)
    assert first(replay, Severity.PAGE) == page
    if page is None:
        assert first(replay, Severity.TICKET) == ticket


def test_burn_of_exactly_the_budget_alerts_nobody():
    replay = replayed(0.1, clean=0)
    assert not any(replay.firing(minute, PAIRS) for minute in range(0, LAST, 10))


def test_one_error_among_ten_requests_alerts_nobody_and_five_failures_of_five_page():
    def burst(bad, total):
        before, after = [0.0] * 60, [0.0] * 4  # the burst is whole in the counts once five samples have seen it
        return Replay(
            total=sampled([*before, total, *after]), bad=sampled([*before, bad, *after]), budget=0.001, min_errors=5
        )

    assert burst(1.0, 10.0).firing(64, PAIRS) == frozenset()
    assert burst(5.0, 5.0).firing(64, PAIRS) == {Severity.PAGE}


def test_a_slow_pair_is_silent_until_half_its_long_window_is_recorded():
    replay = replayed(1, clean=0)  # 10 times the budget from the very first minute: the 6h pair, and not the 1h pair
    assert replay.firing(179, PAIRS) == frozenset()
    assert replay.firing(180, PAIRS) == {Severity.PAGE}


def test_a_window_splits_into_parts_that_add_up():
    replay = replayed(2)
    minute, day, hour = CLEAN + 700, timedelta(days=1), timedelta(hours=1)
    whole = replay.counts(minute, 6 * hour)
    parts = [replay.counts(minute - 60 * i, hour) for i in range(6)]
    assert whole == pytest.approx([sum(p[0] for p in parts), sum(p[1] for p in parts)])
    three = replay.counts(minute, 3 * day)
    days = [replay.counts(minute - 1 - 1440 * i, day) for i in range(3)]
    assert three == pytest.approx([sum(d[0] for d in days), sum(d[1] for d in days)])
