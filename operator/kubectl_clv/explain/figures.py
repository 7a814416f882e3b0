"""The measured numbers of one SLO, by tier: live from Prometheus, or as they stand in the status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from kubectl_clv.output.money import number
from kubectl_clv.views.slo import SloView
from sloengine import period, series
from sloengine.selector import Match, Matcher, Selector, recorded
from sloengine.slo import Slo
from sloengine.windows import label, ratios

if TYPE_CHECKING:
    from clv_operator.prometheus.source import PrometheusSource


@dataclass(slots=True, kw_only=True)
class TierFigures:
    """All by window (`5m`, `1h`, …, the period). bad, total: events. error: ratio. burn, low: factor and its bound."""

    bad: dict[str, float] = field(default_factory=dict)
    total: dict[str, float] = field(default_factory=dict)
    error: dict[str, float] = field(default_factory=dict)
    burn: dict[str, float] = field(default_factory=dict)
    low: dict[str, float] = field(default_factory=dict)
    remaining: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """origin: where the numbers are from, in words; empty: there are none."""

    by_tier: Mapping[str, TierFigures]
    origin: str = ""

    def of(self, tier: str) -> TierFigures:
        return self.by_tier.get(tier) or TierFigures()


def from_status(view: SloView, *, as_of: str) -> Figures:
    """What the operator wrote last. as_of: when, in words."""
    by_tier = {}
    for tier in view.tiers:
        figures = TierFigures()
        sli = number(tier.sli)
        if sli is not None:
            figures.error[view.period] = float((100 - sli) / 100)
        for window, burn in (("5m", tier.burn_5m), ("1h", tier.burn_1h), ("6h", tier.burn_6h)):
            factor = number(burn)
            if factor is not None:
                figures.burn[window] = float(factor)
        left = number(tier.budget_remaining)
        figures.remaining = None if left is None else float(left)
        by_tier[tier.tier] = figures
    return Figures(by_tier=by_tier, origin=f"the status, last changed {as_of}")


def from_prometheus(slo: Slo, source: PrometheusSource, *, now: datetime) -> Figures:
    """What the rules recorded last; four queries. Raises QueryError."""
    by_tier: dict[str, TierFigures] = {}

    def of(tier: str) -> TierFigures:
        return by_tier.setdefault(tier, TierFigures())

    counts = series.any_of((series.EVENTS_HOURS, series.EVENTS_DAYS), **{series.SLO: slo.key})
    for (tier, event, window), value in source.ask(
        str(counts), now, (series.TIER, series.EVENT, series.WINDOW)
    ).samples:
        (of(tier).bad if event == series.BAD else of(tier).total)[window] = value
    errors = series.any_of(tuple(map(series.error_ratio, ratios(period.length(slo.period)))), **{series.SLO: slo.key})
    for (tier, window), value in source.ask(str(errors), now, (series.TIER, series.WINDOW)).samples:
        of(tier).error[window] = value
    burns = recorded(series.BURN_RATE, **{series.SLO: slo.key})
    for (tier, window, bound), value in source.ask(str(burns), now, (series.TIER, series.WINDOW, series.BOUND)).samples:
        (of(tier).low if bound == series.LOW else of(tier).burn)[window] = value
    for (tier,), value in source.ask(str(remaining(slo)), now, (series.TIER,)).samples:
        of(tier).remaining = value
    return Figures(by_tier=by_tier, origin=f"Prometheus at {source.endpoint.base}, {now:%H:%M:%S} UTC")


def remaining(slo: Slo, tier: str = "") -> Selector:
    """The recorded budget left. tier: of one tier; empty: of all."""
    return _of(recorded(series.BUDGET_REMAINING, **{series.SLO: slo.key}), tier)


def error(slo: Slo, window: str, tier: str) -> Selector:
    """The recorded error ratio of one window, as it is labelled in `ratios`."""
    name = next(series.error_ratio(each) for each in ratios(period.length(slo.period)) if label(each) == window)
    return _of(recorded(name, **{series.SLO: slo.key}), tier)


def burn(slo: Slo, window: str, tier: str, bound: str = series.MEAN) -> Selector:
    return _of(recorded(series.BURN_RATE, **{series.SLO: slo.key, series.WINDOW: window, series.BOUND: bound}), tier)


def _of(selector: Selector, tier: str) -> Selector:
    return selector.where(Matcher(label=series.TIER, match=Match.EQUAL, value=tier)) if tier else selector
