"""From what the rules recorded to the picture of one SLO: the read side of the engine, for evaluator and plugin.

`questions` are the queries of one tick, each for all SLOs at once; `picture` judges the answers of one SLO. Nothing here
computes a ratio anew: the rules have, and two computations would differ. What is judged here and nowhere else is whether
there is a figure at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from sloengine import budget, period, series
from sloengine.burn import Burn
from sloengine.quality import DataQuality, Measured, no_data, no_traffic, ok
from sloengine.selector import Match, Matcher, regex_literal
from sloengine.slo import Period, Slo, Weighting
from sloengine.tier import UNKNOWN
from sloengine.weighting import UNKNOWN_LIMIT
from sloengine.windows import DAY, EVENT_WINDOW, HOUR, INTERVAL, label

T = TypeVar("T")

FRESH = 3 * INTERVAL
"""A newest sample older than this says nothing about now."""

BURN_WINDOWS = (EVENT_WINDOW, HOUR, 6 * HOUR)
"""The windows whose burn stands in the status; the others only alert."""


class Question(StrEnum):
    """One query of the tick, for all SLOs at once."""

    BURN = "burn"
    REMAINING = "remaining"
    ERROR = "error"
    HOUR_EVENTS = "hour-events"
    WEIGHTED_ERROR = "weighted-error"
    WEIGHTED_BURN = "weighted-burn"
    SHARES = "shares"
    INFO = "info"
    ALERTS = "alerts"
    BASELINE = "baseline"
    NEWEST = "newest"


def questions(periods: Iterable[Period]) -> dict[Question, str]:
    """The queries of one tick; their number does not grow with that of SLOs or tiers. periods: those in use.

    SHARES answers with `clv:weight_coverage:ratio`, `clv:unknown_share:ratio`, `clv:maintenance:active` and
    `clv_affected_customers`, told apart by name. ERROR holds the ratio of 5m and of the periods in use, told apart by
    `clv_window`; some of them (1d, 3d) are not the SLO's period: take the one that is. NEWEST has unix seconds as its value.
    """
    windows = _either(series.WINDOW, map(label, BURN_WINDOWS))
    lengths = sorted({period.length(p) for p in periods}) or [30 * DAY]
    shares = (series.WEIGHT_COVERAGE, series.UNKNOWN_SHARE, series.MAINTENANCE, "clv_affected_customers")
    ours = Matcher(label=series.SLO, match=Match.NOT_EQUAL, value="")  # others record under the same name
    baseline = f"{series.error_ratio(EVENT_WINDOW)}{{{ours}}}[1h] offset {label(EVENT_WINDOW)}"
    return {
        Question.BURN: f"{series.BURN_RATE}{{{windows}}}",
        Question.REMAINING: series.BUDGET_REMAINING,
        Question.ERROR: str(series.any_of(tuple(map(series.error_ratio, (EVENT_WINDOW, *lengths)))).where(ours)),
        Question.HOUR_EVENTS: f'{series.EVENTS_HOURS}{{{series.WINDOW}="{label(HOUR)}"}}',
        Question.WEIGHTED_ERROR: series.WEIGHTED_ERROR,
        Question.WEIGHTED_BURN: series.WEIGHTED_BURN,
        Question.SHARES: str(series.any_of(shares)),
        Question.INFO: series.SLO_INFO,
        Question.ALERTS: 'ALERTS{alertname=~"Clv.*",alertstate="firing"}',
        Question.BASELINE: f"quantile_over_time(0.5, {baseline})",
        Question.NEWEST: f'timestamp({series.EVENTS_5M}{{{series.EVENT}="{series.TOTAL}"}})',
    }


def _either(name: str, values: Iterable[str]) -> Matcher:
    return Matcher(label=name, match=Match.REGEX, value="|".join(map(regex_literal, values)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TierReading:
    """What Prometheus answered about one tier of one SLO; None where there was no sample.

    newest_at: unix seconds of the newest sample of E. events_1h, bad_1h: counts. error_5m, error_period: bad shares.
    """

    newest_at: float | None = None
    events_1h: float | None = None
    bad_1h: float | None = None
    error_5m: float | None = None
    error_period: float | None = None
    budget_remaining: float | None = None
    burn_5m: float | None = None
    burn_1h: float | None = None
    burn_1h_low: float | None = None
    burn_6h: float | None = None
    burn_6h_low: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedReading:
    """What Prometheus answered about the SLO as one figure, for its own weighting; None where there was no sample."""

    error_period: float | None = None
    burn_1h: float | None = None
    burn_period: float | None = None
    coverage: float | None = None
    unknown_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TierPicture:
    """One tier. sli: good share over the period, 0 to 1. budget_remaining: 1 untouched, 0 spent, negative overspent.

    quality: over the last hour. events_1h: how many events that hour had, 0 where there were none or nothing is known.
    error_5m: bad share of the last five minutes.
    """

    tier: str
    target: Decimal
    quality: DataQuality
    sli: Measured[float]
    error_5m: Measured[float]
    burn_5m: Measured[float]
    burn_1h: Measured[Burn]
    burn_6h: Measured[Burn]
    budget_remaining: Measured[float]
    events_1h: float
    bad_1h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedPicture:
    """All tiers as one figure. coverage: share of the weight that had data. note: what a reader must know, or empty."""

    weighting: Weighting
    sli: Measured[float]
    burn_1h: Measured[float]
    budget_remaining: Measured[float]
    coverage: Measured[float]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SloPicture:
    """One SLO. tiers: in order of rank, `unknown` last. newest_at: unix seconds of the newest sample of any tier."""

    slo: str
    tiers: tuple[TierPicture, ...]
    weighted: WeightedPicture
    newest_at: float | None

    @property
    def has_data(self) -> bool:
        """Whether anything is known of any tier; if not, what was known before still stands, with its own time."""
        return any(tier.quality is not DataQuality.NO_DATA for tier in self.tiers)

    @property
    def worst(self) -> TierPicture | None:
        """The tier with the least budget left; of equals the most valuable. None where no tier has a figure."""
        known = [tier for tier in self.tiers if tier.budget_remaining.quality is DataQuality.OK]
        return min(known, key=lambda tier: tier.budget_remaining.value, default=None)


def picture(
    slo: Slo,
    *,
    tiers: tuple[str, ...],
    readings: Mapping[str, TierReading],
    weighted: WeightedReading,
    maintenance: frozenset[str] = frozenset(),
    now: float,
) -> SloPicture:
    """What is known of one SLO at `now` (unix seconds, of the same clock as Prometheus' samples).

    tiers: names in order of rank, without `unknown`. readings: by tier; a tier left out had no sample. maintenance: the
    tiers of this SLO for which `clv:maintenance:active` exists. Raises InvalidSpec where the objectives do not fit the
    tiers (as the rules do).
    """
    nothing = TierReading()
    known = {tier: readings.get(tier, nothing) for tier in budget.per_tier(slo, tiers)}
    reporting = any(_is_fresh(reading, now) for reading in known.values())
    pictures = tuple(
        _tier_picture(slo, tier, reading, _quality(reading, now, reporting, tier in maintenance))
        for tier, reading in known.items()
    )
    newest = max((r.newest_at for r in known.values() if r.newest_at is not None), default=None)
    return SloPicture(
        slo=slo.key,
        tiers=pictures,
        weighted=_weighted_picture(slo, weighted, pictures, is_known=reporting),
        newest_at=newest,
    )


def _is_fresh(reading: TierReading, now: float) -> bool:
    return reading.newest_at is not None and timedelta(seconds=now - reading.newest_at) <= FRESH


def _quality(reading: TierReading, now: float, slo_reports: bool, in_maintenance: bool) -> DataQuality:  # noqa: FBT001 - private, all arguments are facts
    if _is_fresh(reading, now):
        if reading.events_1h is None:
            return DataQuality.NO_DATA
        return DataQuality.OK if reading.events_1h > 0 else DataQuality.NO_TRAFFIC
    # The rules run and see other tiers: this one has no series because nobody of it came.
    return DataQuality.NO_TRAFFIC if slo_reports or in_maintenance else DataQuality.NO_DATA


def _measured(value: T | None, quality: DataQuality) -> Measured[T]:
    """The rules record no ratio without traffic; so with data, its absence means that there was none in the window."""
    if quality is DataQuality.NO_DATA:
        return no_data()
    return no_traffic() if value is None else ok(value)


def _burn(mean: float | None, low: float | None) -> Burn | None:
    return None if mean is None else Burn(mean=mean, low=low)


def _tier_picture(slo: Slo, tier: str, reading: TierReading, quality: DataQuality) -> TierPicture:
    objective = slo.objective_of(tier)
    if objective is None:
        raise LookupError(f"{slo.key} promises nothing to {tier}")
    sli = None if reading.error_period is None else 1 - reading.error_period
    return TierPicture(
        tier=tier,
        target=objective.target,
        quality=quality,
        sli=_measured(sli, quality),
        error_5m=_measured(reading.error_5m, quality),
        burn_5m=_measured(reading.burn_5m, quality),
        burn_1h=_measured(_burn(reading.burn_1h, reading.burn_1h_low), quality),
        burn_6h=_measured(_burn(reading.burn_6h, reading.burn_6h_low), quality),
        budget_remaining=_measured(reading.budget_remaining, quality),
        events_1h=reading.events_1h or 0.0,
        bad_1h=reading.bad_1h or 0.0,
    )


def _weighted_picture(
    slo: Slo, reading: WeightedReading, tiers: tuple[TierPicture, ...], *, is_known: bool
) -> WeightedPicture:
    quality = DataQuality.OK if is_known else DataQuality.NO_DATA
    sli = None if reading.error_period is None else 1 - reading.error_period
    remaining = None if reading.burn_period is None else 1 - reading.burn_period
    return WeightedPicture(
        weighting=slo.weighting,
        sli=_measured(sli, quality),
        burn_1h=_measured(reading.burn_1h, quality),
        budget_remaining=_measured(remaining, quality),
        coverage=_measured(reading.coverage, quality),
        note=_note(slo, reading, tiers),
    )


def _note(slo: Slo, reading: WeightedReading, tiers: tuple[TierPicture, ...]) -> str:
    if reading.unknown_share is not None and reading.unknown_share > UNKNOWN_LIMIT and slo.weighting != Weighting.WORST:
        return f"{reading.unknown_share:.0%} of the requests carry no known tier: figures by value are withheld"
    if reading.coverage is not None and reading.coverage < 0.9995:
        missing = [t.tier for t in tiers if t.tier != UNKNOWN and t.sli.quality is not DataQuality.OK]
        return (
            f"{', '.join(missing) or 'some tiers'} had no data; the figure covers {reading.coverage:.1%} of the value"
        )
    return ""
