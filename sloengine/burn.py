"""Burn rates, their lower bound, and when they alert: the logic that the rules express, for the evaluator and replay."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from sloengine.quality import Measured, no_traffic, ok
from sloengine.windows import Pair, Severity

# The lower one-sided 95 % bound of a Poisson count, in closed form, since Prometheus has no chi-square quantile: close to
# Jeffreys' (half the 5 % quantile with 2 x count + 1 degrees of freedom), 6 % above it at 5 events, 0.3 % at 100.
COUNT_BOUND_INNER = "0.6764"
COUNT_BOUND_OUTER = "0.8224"
_INNER, _OUTER = float(COUNT_BOUND_INNER), float(COUNT_BOUND_OUTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burn:
    """mean: error ratio / budget over one window. low: its lower 95 % bound; None for windows without counts."""

    mean: float
    low: float | None = None


def burn_rate(bad: float, total: float, budget: float) -> Measured[float]:
    """How many times faster than sustainable the budget is spent; 1.0 empties it exactly at the end of the period.

    bad, total: events of one window. budget: share of events that may be bad, in (0, 1).
    NoTraffic where total is 0. Raises ValueError where there is no budget to burn.
    """
    if not 0 < budget < 1:
        raise ValueError(f"a budget lies between 0 and 1: {budget}")
    return ok(bad / total / budget) if total > 0 else no_traffic()


def low_count(bad: float, *, min_errors: int) -> float:
    """The lower one-sided 95 % bound of a count; 0 below `min_errors`, of which counts are compared as whole events.

    So one error among ten requests alerts nobody, and five failures of five do.
    """
    if bad < min_errors - 0.5:
        return 0.0
    return (math.sqrt(bad + _INNER) - _OUTER) ** 2


def low_burn(bad: float, total: float, budget: float, *, min_errors: int) -> Measured[float]:
    """The burn that is exceeded with 95 % confidence, given the number of bad events; monotone in `bad`."""
    if not 0 < budget < 1:
        raise ValueError(f"a budget lies between 0 and 1: {budget}")
    return ok(low_count(bad, min_errors=min_errors) / total / budget) if total > 0 else no_traffic()


def pair_fires(pair: Pair, *, long: Burn | None, short: Burn | None, recorded_for: timedelta) -> bool:
    """Whether one pair alerts: both means above the factor, the long window's low bound above 1, and warmed up.

    long, short: None where the window has no ratio. recorded_for: how long the SLO has been recorded, whatever its
    definition was meanwhile.
    """
    if long is None or short is None or recorded_for < pair.warm_up:
        return False
    factor = float(pair.factor)
    return long.mean > factor and short.mean > factor and long.low is not None and long.low > 1


def firing(
    pairs: Iterable[Pair], burn_of: Callable[[timedelta], Burn | None], *, recorded_for: timedelta
) -> frozenset[Severity]:
    """The severities that alert for one tier. burn_of: the burn of a window, None where it has none."""
    return frozenset(
        pair.severity
        for pair in pairs
        if pair_fires(pair, long=burn_of(pair.long), short=burn_of(pair.short), recorded_for=recorded_for)
    )


def exhausted(period: Burn | None) -> bool:
    """Whether the budget of the period is spent, and not by a handful of events alone."""
    return period is not None and 1 - period.mean <= 0 and period.low is not None and period.low > 0
