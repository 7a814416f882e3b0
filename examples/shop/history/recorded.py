"""What the recording rules would have written about the past: event counts of every window, ratios, budgets.

A rule cannot see what another one backfills, so the series are computed here, with the definitions of the rules: a
window's count is the events of that window, a ratio is bad / total and exists only where there were events.
`tests/e2e/test_the_history_continues_in_what_the_rules_record.py` holds both together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from examples.shop.history.past import DAY, Counts, Past
from examples.shop.history.promise import Promise
from examples.shop.history.series import Series

WINDOWS = {"5m": 5, "30m": 30, "1h": 60, "2h": 120, "6h": 360, "1d": DAY, "3d": 3 * DAY, "30d": 30 * DAY}
"""Length in minutes."""
PERIOD_DAYS = 30
HOURS, DAYS = ("1h", "6h"), ("1d", "3d", "30d")
RATIOS = ("5m", "1h", "30d")

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
    labels = {"clv_slo": promise.slo.key, "clv_tier": tier}
    for event, counts in (("total", total), ("bad", bad)):
        of_event = labels | {"clv_event": event}
        yield Series(name="clv:sli_events:increase5m", labels=of_event, times=times, values=counts.of("5m"))
        for name, windows in (("clv:sli_events:increase_hours", HOURS), ("clv:sli_events:increase_days", DAYS)):
            for window in windows:
                of_window = of_event | {"clv_window": window}
                yield Series(name=name, labels=of_window, times=times, values=counts.of(window))
    for window in RATIOS:
        seen = total.of(window) > 0
        ratio = bad.of(window)[seen] / total.of(window)[seen]
        of_window = labels | {"clv_window": window}
        yield Series(name=f"slo:sli_error:ratio_rate{window}", labels=of_window, times=times[seen], values=ratio)
    budget = promise.budgets[tier]
    left = 1 - bad.of("30d") / (budget * total.of("30d"))
    yield Series(name="clv:error_budget:ratio", labels=labels, times=times, values=np.full(times.size, budget))
    yield Series(name="clv:budget_remaining:ratio", labels=labels, times=times, values=left)


class _Windows:
    """Sums of a count over every window, at the kept minutes."""

    def __init__(self, counts: Counts, kept: NDArray[np.int64]) -> None:
        self._running = np.concatenate(([0], np.cumsum(counts)))
        self._ends = counts.size - kept

    def of(self, window: str) -> NDArray[np.float64]:
        starts = np.maximum(0, self._ends - WINDOWS[window])
        return (self._running[self._ends] - self._running[starts]).astype(np.float64)


def _kept_minutes(days: int) -> NDArray[np.int64]:
    """Minutes before now that keep a sample, oldest first: every minute of the last day, fewer before."""
    coarse = np.arange(days * DAY, FINE, -COARSE_STEP)
    return np.concatenate((coarse, np.arange(FINE, -1, -1)))
