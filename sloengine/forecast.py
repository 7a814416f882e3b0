"""When a budget will be spent if the burn goes on: a range, and `never` is a legal answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sloengine.burn import low_count
from sloengine.windows import DAY

_HIGH_INNER, _HIGH_OUTER = 1.6764, 0.8224


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhaustion:
    """From now on; None means never (within a period, after which a steady burn below 1 is balanced by what leaves).

    earliest, latest: at the upper and lower 90 % bounds of the burn. earliest <= expected <= latest.
    """

    earliest: timedelta | None
    expected: timedelta | None
    latest: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Events of one window. bad, total: counts. budget: share that may be bad."""

    bad: float
    total: float
    budget: float

    @property
    def burn(self) -> float:
        return self._burn(self.bad)

    @property
    def burn_bounds(self) -> tuple[float, float]:
        """The 90 % interval of the burn, from that of a Poisson count; closed form as in burn.py."""
        high = (math.sqrt(self.bad + _HIGH_INNER) + _HIGH_OUTER) ** 2
        return self._burn(low_count(self.bad, min_errors=0)), self._burn(high)

    def _burn(self, bad: float) -> float:
        return bad / self.total / self.budget


def chosen(hour: Window | None, six_hours: Window | None) -> Window | None:
    """The window whose burn is taken: the last hour where it burns faster, else six; None without traffic."""
    windows = [window for window in (hour, six_hours) if window is not None and window.total > 0]
    return max(windows, key=lambda window: window.burn, default=None)


def exhaustion(
    *, remaining: float, window: Window, period: timedelta, spent_by_day: Sequence[float] = ()
) -> Exhaustion:
    """When a rolling budget reaches 0.

    remaining: share of the budget left now. window: the burn that goes on, with its uncertainty. spent_by_day: share of
    the budget that each day of the period spent, oldest first; it comes back as the day leaves the period. Left out,
    nothing comes back, which is the cautious answer.
    """
    low, high = window.burn_bounds
    return Exhaustion(
        earliest=_reaches_zero(remaining, high, period, spent_by_day),
        expected=_reaches_zero(remaining, window.burn, period, spent_by_day),
        latest=_reaches_zero(remaining, low, period, spent_by_day),
    )


def _reaches_zero(remaining: float, burn: float, period: timedelta, spent_by_day: Sequence[float]) -> timedelta | None:
    """Day by day: spent(t) = spent now - leaving(now to t) + burn x (t - now) / period, straight within a day."""
    if remaining <= 0:
        return timedelta(0)
    days = period / DAY
    for day in range(math.ceil(days)):
        share = min(1.0, days - day)
        returns = spent_by_day[day] if day < len(spent_by_day) else 0.0
        falls = (burn / days - returns) * share
        if falls >= remaining:
            return (day + share * remaining / falls) * DAY
        remaining = min(1.0, remaining - falls)
    return None
