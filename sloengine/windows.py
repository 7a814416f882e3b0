"""The windows that are recorded and the pairs of them that alert, as data with its source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction

from sloengine import duration

INTERVAL = timedelta(seconds=60)
"""How often the rules run; E is sampled this often, and all factors below rest on it."""

EVENT_WINDOW = timedelta(minutes=5)
"""What one sample of E covers."""

OVERLAP = int(EVENT_WINDOW / INTERVAL)
"""How many consecutive samples of E count the same event."""

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

LOOKBACK = timedelta(hours=3)
"""How long an outage of the rules a chained window bridges."""


class Severity(StrEnum):
    PAGE = "page"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two windows whose burn must both exceed `factor`.

    warm_up: how long the SLO must have been recorded before the pair may fire; 0 for the fast one.
    """

    long: timedelta
    short: timedelta
    factor: Fraction
    severity: Severity
    warm_up: timedelta


# Google SRE workbook, "Alerting on SLOs", recommended parameters: budget consumed before the alert, by window. A share
# of the period's budget spent in the long window is a burn of share x P / long. Short periods would page on nothing
# (2 % of a day's budget in an hour is a burn of 0.48), hence the floors. The last pair has no share: it says that the
# budget will not last.
_TABLE = (
    # long, short, share of budget, floor, severity, warm-up (half the long window; the fast pair has none)
    (HOUR, timedelta(minutes=5), Fraction(2, 100), Fraction(6), Severity.PAGE, timedelta(0)),
    (6 * HOUR, timedelta(minutes=30), Fraction(5, 100), Fraction(3), Severity.PAGE, 3 * HOUR),
    (DAY, 2 * HOUR, Fraction(10, 100), Fraction(2), Severity.TICKET, 12 * HOUR),
    (3 * DAY, 6 * HOUR, Fraction(0), Fraction(1), Severity.TICKET, 36 * HOUR),
)


def pairs(period_length: timedelta) -> tuple[Pair, ...]:
    """The alerting pairs of a period, fastest first; a pair whose long window exceeds the period is left out."""
    return tuple(
        Pair(
            long=long,
            short=short,
            factor=max(floor, share * Fraction(round(period_length / HOUR)) / Fraction(round(long / HOUR))),
            severity=severity,
            warm_up=warm_up,
        )
        for long, short, share, floor, severity, warm_up in _TABLE
        if long <= period_length
    )


def label(window: timedelta) -> str:
    """The value of `clv_window`, which is the window's text in series names too: 5m, 1h, 30d."""
    return duration.render(window)


SHORT_RATIOS = (EVENT_WINDOW, timedelta(minutes=30), 2 * HOUR)
"""Recorded as ratios alone, straight from E (1h has its own rule, see rules/ratios)."""

HOUR_COUNTS = (HOUR, 6 * HOUR)
"""Recorded as counts by `clv:sli_events:increase_hours`."""


def day_counts(period_length: timedelta) -> tuple[timedelta, ...]:
    """Recorded as counts by `clv:sli_events:increase_days`, ascending: 1d, 3d where the period has it, the period."""
    return tuple(sorted({DAY, period_length} | ({3 * DAY} if period_length >= 3 * DAY else set())))


def ratios(period_length: timedelta) -> tuple[timedelta, ...]:
    """Every window that has an error ratio and a burn, ascending."""
    return tuple(sorted({*SHORT_RATIOS, *HOUR_COUNTS, *day_counts(period_length)}))
