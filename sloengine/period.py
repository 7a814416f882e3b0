"""Periods: what stretch of time a budget belongs to, and how its counts are put together from recorded ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sloengine import duration
from sloengine.errors import InvalidSpec
from sloengine.slo import Period
from sloengine.windows import DAY, INTERVAL

_MIN_DAYS, _MAX_DAYS = 1, 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One recorded count, read as it stood `offset` ago."""

    window: timedelta
    offset: timedelta


def length(period: Period, *, field: str = "spec.period.rolling") -> timedelta:
    """The length of a period; raises InvalidSpec unless it is a whole number of days from 1 to 90.

    Whole days, because a period is put together from recorded days.
    """
    days = period.length / DAY
    if days != int(days) or not _MIN_DAYS <= days <= _MAX_DAYS:
        raise InvalidSpec(
            field=field,
            problem=f"{duration.render(abs(period.length))} is not a whole number of days from 1 to 90",
            fix="write 7d, 28d or 30d, for example",
            reason="InvalidPeriod",
        )
    return period.length


def label(period: Period) -> str:
    """The value of `clv_period` and of `clv_window` for the period's figures: `30d`."""
    return duration.render(period.length)


def terms(window: timedelta) -> tuple[Term, ...]:
    """The recorded counts whose sum is the count of a window of 2 days or more: 3d windows first, then 1d.

    3d itself is three 1d. Nothing reads more than a day of E this way, and 90 days are 30 lookups. A rule cannot read
    what it is about to record, so 1d is read an interval late, 3d (which is late by one already) too; beside 3d, 1d is
    read two intervals late, or the minute at the seam would count twice.
    """
    days = int(window / DAY)
    if days < 2:
        raise ValueError(f"{window} is recorded from E and has no terms")
    triples = 0 if days == 3 else days // 3
    chosen = [Term(window=3 * DAY, offset=3 * DAY * i + INTERVAL) for i in range(triples)]
    late = 2 * INTERVAL if triples else INTERVAL
    chosen += [Term(window=DAY, offset=DAY * i + late) for i in range(3 * triples, days)]
    return tuple(chosen)
