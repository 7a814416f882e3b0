"""What the recording rules would have written about the past: event counts of every window, ratios, budgets.

A rule cannot see what another one backfills, so the series are computed here: names and windows are those of
`sloengine`, a window's count is the events of that window, a ratio is bad / total and exists only where there were
events. `tests/e2e/test_the_history_continues_in_what_the_rules_record.py` holds both together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from examples.shop.history.past import DAY, Counts, Past
from examples.shop.history.promise import Promise
from examples.shop.history.series import Series
from sloengine import period, series
from sloengine.windows import EVENT_WINDOW, HOUR, HOUR_COUNTS, day_counts, label

FINE = 25 * 60
"""Minutes back from now with a sample each: the rules read a day of 5-minute counts."""
COARSE_STEP = 15
"""Minutes between samples before that: the rules bridge three hours there, a graph wants more."""


def recorded(past: Past, promises: Iterable[Promise], *, until: datetime, days: int) -> Iterator[Series]:
    """The series of every promise and tier over the last `days`; the past reaches back a period further."""
    kept = _kept_minutes(days)
    times = int(until.timestamp()) - 60 * kept
    for promise in promises:
        for (route, tier), book in past.items():
            if route == promise.route:
                bad: Counts = getattr(book, promise.measures)
                yield from _of_tier(promise, tier, _Windows(book.total, kept), _Windows(bad, kept), times)


def _of_tier(promise: Promise, tier: str, total: _Windows, bad: _Windows, times: NDArray[np.int64]) -> Iterator[Series]:
    length = period.length(promise.slo.period)
    labels = {series.SLO: promise.slo.key, series.TIER: tier}
    counts = [(series.EVENTS_HOURS, HOUR_COUNTS), (series.EVENTS_DAYS, day_counts(length))]
    for event, of_event in ((series.TOTAL, total), (series.BAD, bad)):
        named = labels | {series.EVENT: event}
        yield Series(name=series.EVENTS_5M, labels=named, times=times, values=of_event.over(EVENT_WINDOW))
        for name, windows in counts:
            for window in windows:
                in_window = named | {series.WINDOW: label(window)}
                yield Series(name=name, labels=in_window, times=times, values=of_event.over(window))
    budget = promise.budgets[tier]
    for window in (EVENT_WINDOW, HOUR, length):
        seen = total.over(window) > 0
        ratio = bad.over(window)[seen] / total.over(window)[seen]
        in_window = labels | {series.WINDOW: label(window)}
        yield Series(name=series.error_ratio(window), labels=in_window, times=times[seen], values=ratio)
        mean = in_window | {series.BOUND: series.MEAN}
        yield Series(name=series.BURN_RATE, labels=mean, times=times[seen], values=ratio / budget)
    left = 1 - bad.over(length) / (budget * total.over(length))
    yield Series(name=series.ERROR_BUDGET, labels=labels, times=times, values=np.full(times.size, budget))
    yield Series(name=series.BUDGET_REMAINING, labels=labels, times=times, values=left)


class _Windows:
    """Sums of a count over any window, at the kept minutes."""

    def __init__(self, counts: Counts, kept: NDArray[np.int64]) -> None:
        self._running = np.concatenate(([0], np.cumsum(counts)))
        self._ends = counts.size - kept

    def over(self, window: timedelta) -> NDArray[np.float64]:
        starts = np.maximum(0, self._ends - window // timedelta(minutes=1))
        return (self._running[self._ends] - self._running[starts]).astype(np.float64)


def _kept_minutes(days: int) -> NDArray[np.int64]:
    """Minutes before now that keep a sample, oldest first: every minute of the last day, fewer before."""
    coarse = np.arange(days * DAY, FINE, -COARSE_STEP)
    return np.concatenate((coarse, np.arange(FINE, -1, -1)))
