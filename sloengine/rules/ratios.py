"""Error ratios, budgets and burn from the recorded counts."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from sloengine import budget, period, series
from sloengine.burn import COUNT_BOUND_INNER, COUNT_BOUND_OUTER
from sloengine.rules.counts import events, reach
from sloengine.rules.promql import number, table, tagged, union
from sloengine.rules.rule import Rule
from sloengine.selector import recorded
from sloengine.slo import Slo
from sloengine.windows import EVENT_WINDOW, HOUR, HOUR_COUNTS, OVERLAP, SHORT_RATIOS, label, ratios


def burn(slo: Slo, window: timedelta, bound: str) -> str:
    """The recorded burn of one window, one series a tier."""
    return str(recorded(series.BURN_RATE, **{series.SLO: slo.key, series.WINDOW: label(window), series.BOUND: bound}))


def rules(slo: Slo, tiers: tuple[str, ...]) -> tuple[Rule, ...]:
    """Eight error ratios for 30 days, budget, burn, budget remaining."""
    windows = ratios(period.length(slo.period))
    return (
        *(
            Rule(record=series.error_ratio(window), expr=_ratio(slo, window), labels={series.WINDOW: label(window)})
            for window in windows
        ),
        Rule(record=series.ERROR_BUDGET, expr=table(budget.per_tier(slo, tiers))),
        Rule(
            record=series.BURN_RATE,
            expr=union(
                (tagged(_mean(slo, windows), series.BOUND, series.MEAN), tagged(_low(slo), series.BOUND, series.LOW))
            ),
        ),
        Rule(record=series.BUDGET_REMAINING, expr=_remaining(slo)),
    )


def _ratio(slo: Slo, window: timedelta) -> str:
    if window == EVENT_WINDOW:
        return _divided(str(events(slo, clv_event=series.BAD)), str(events(slo, clv_event=series.TOTAL)))
    if window in SHORT_RATIOS:
        return _divided(_over_time(slo, series.BAD, window), _over_time(slo, series.TOTAL, window))
    if window == HOUR:
        return _divided(f"({_completed(slo, series.BAD)})", f"({_completed(slo, series.TOTAL)})")
    name = series.EVENTS_HOURS if window in HOUR_COUNTS else series.EVENTS_DAYS
    bad, total = (
        str(recorded(name, **{series.SLO: slo.key, series.WINDOW: label(window), series.EVENT: event}))
        for event in (series.BAD, series.TOTAL)
    )
    return _divided(bad, total)


def _divided(bad: str, total: str) -> str:
    # Without traffic there is no ratio: neither 0 nor NaN.
    return f"{bad} / ignoring ({series.EVENT}) ({total} > 0)"


def _over_time(slo: Slo, event: str, window: timedelta) -> str:
    return f"sum_over_time({events(slo, clv_event=event)}[{reach(window)}])"


def _completed(slo: Slo, event: str) -> str:
    # The newest minute stands in one sample of E and the fifth before it in five: adding the newest sample four times
    # more completes the edge, so that a total outage pages at its first minute and not at its third.
    return f"{_over_time(slo, event, HOUR)} + {OVERLAP - 1} * {events(slo, clv_event=event)}"


def _budget(slo: Slo) -> str:
    return str(recorded(series.ERROR_BUDGET, **{series.SLO: slo.key}))


def _mean(slo: Slo, windows: tuple[timedelta, ...]) -> str:
    errors = series.any_of(tuple(map(series.error_ratio, windows)), **{series.SLO: slo.key})
    return f"{errors} / on ({series.TIER}) group_left () {_budget(slo)}"


def _low(slo: Slo) -> str:
    names = (series.EVENTS_HOURS, series.EVENTS_DAYS)
    bad = series.any_of(names, **{series.SLO: slo.key, series.EVENT: series.BAD})
    total = series.any_of(names, **{series.SLO: slo.key, series.EVENT: series.TOTAL})
    # Counts are recorded as sums of extrapolated increases: compared as whole events, or five failures would be 4.99.
    enough = number(Fraction(slo.alerting.min_errors) - Fraction(1, 2))
    events_low = f"(sqrt({bad} + {COUNT_BOUND_INNER}) - {COUNT_BOUND_OUTER}) ^ 2 * ({bad} >= bool {enough})"
    return f"({events_low}) / ignoring ({series.EVENT}) ({total} > 0) / on ({series.TIER}) group_left () {_budget(slo)}"


def _remaining(slo: Slo) -> str:
    spent = burn(slo, period.length(slo.period), series.MEAN)
    return f"1 - max by ({series.SLO}, {series.TIER}) ({spent})"
