"""The recorded counts: E, hours and days of it. Nothing but E reads raw metrics, nothing reads more than a day of E."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction

from sloengine import duration, indicator, period, series
from sloengine.rules.promql import number, tagged, union
from sloengine.rules.rule import Rule
from sloengine.selector import Selector, recorded
from sloengine.slo import Slo
from sloengine.windows import DAY, HOUR_COUNTS, LOOKBACK, OVERLAP, day_counts, label


def reach(window: timedelta) -> str:
    """The range over samples of E (or of the counts) that takes `window / INTERVAL` of them.

    One second short: ranges are closed on both ends in Prometheus 2 and left-open in 3; this reads the same in both.
    """
    return duration.render(window - timedelta(seconds=1))


def events(slo: Slo, **labels: str) -> Selector:
    """E of the SLO."""
    return recorded(series.EVENTS_5M, **{series.SLO: slo.key}, **labels)


def rules(slo: Slo, tier_names: Mapping[str, str]) -> tuple[Rule, ...]:
    """The three rules that record counts."""
    counted = indicator.counts(slo.indicator, tier_label=slo.tier_label, tier_names=tier_names)
    return (
        Rule(record=series.EVENTS_5M, expr=indicator.events_expression(counted, slo=slo.key)),
        Rule(record=series.EVENTS_HOURS, expr=union(_direct(slo, window) for window in HOUR_COUNTS)),
        Rule(
            record=series.EVENTS_DAYS,
            expr=union(
                _direct(slo, window) if window == DAY else _composed(slo, window)
                for window in day_counts(period.length(slo.period))
            ),
        ),
    )


def _direct(slo: Slo, window: timedelta) -> str:
    factor = number(Fraction(1, OVERLAP))
    return tagged(f"{factor} * sum_over_time({events(slo)}[{reach(window)}])", series.WINDOW, label(window))


def _composed(slo: Slo, window: timedelta) -> str:
    branches = (
        tagged(
            f"last_over_time({recorded(series.EVENTS_DAYS, **{series.SLO: slo.key, series.WINDOW: label(term.window)})}"
            f"[{reach(LOOKBACK)}] offset {duration.render(term.offset)})",
            "clv_term",
            str(position),
        )
        for position, term in enumerate(period.terms(window))
    )
    labels = f"{series.SLO}, {series.TIER}, {series.EVENT}"
    return tagged(f"sum by ({labels}) (\n{union(branches)}\n)", series.WINDOW, label(window))
