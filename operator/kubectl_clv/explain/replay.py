"""The figures of an incident computed again, from the inputs in its status and the tiers' values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kubectl_clv.output import times
from kubectl_clv.output.money import number
from kubectl_clv.views.incident import IncidentView
from sloengine.incidents import risk
from sloengine.incidents.figure import cents
from sloengine.tier import Tier

AGREE_WITHIN = 0.005
"""Figures are written when their third digit moves, so those in the status may be half a percent older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """exposures: with the tier that each is of. missing: tiers of the status that no CLVTier declares."""

    exposures: Sequence[tuple[risk.Exposure, Mapping[str, Any]]]
    missing: tuple[str, ...]
    lasted_hours: float
    ended: bool
    result: risk.Risk


def replay(each: IncidentView, tiers: Sequence[Tier], *, revenue_share: float, now: datetime) -> Replay:
    """The sum again. revenue_share: share of a tier's revenue that runs through the service, 0 to 1."""
    known = {tier.name: tier for tier in tiers}
    exposures, missing = [], []
    ended = each.is_over or bool(each.ended_at)
    span = _Span.of(each, ended=ended, now=now)
    for status in each.status.get("tiers") or ():
        tier = known.get(str(status.get("tier")))
        if tier is None:
            missing.append(str(status.get("tier")))
            continue
        exposures.append((_exposure(tier, status, span, revenue_share), status))
    lasted_hours = span.lasted_minutes / 60
    result = risk.assess([exposure for exposure, _ in exposures], lasted_hours=lasted_hours, ended=ended)
    return Replay(exposures=exposures, missing=tuple(missing), lasted_hours=lasted_hours, ended=ended, result=result)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Minutes from its earliest alert to the moment of the figures, and those of the bucket that was not over then."""

    lasted_minutes: float
    running_minutes: float

    @classmethod
    def of(cls, each: IncidentView, *, ended: bool, now: datetime) -> _Span:
        start = times.moment(each.opened_at) or now
        counted = times.moment(each.status.get("accruedUntil")) or start
        figures = times.moment(each.at_risk.get("asOf")) or counted
        until = (times.moment(each.ended_at) or figures) if ended else figures
        running = 0.0 if ended else max(0.0, (figures - counted).total_seconds() / 60)
        return cls(lasted_minutes=max(0.0, (until - start).total_seconds() / 60), running_minutes=running)


def _exposure(tier: Tier, status: Mapping[str, Any], span: _Span, revenue_share: float) -> risk.Exposure:
    """The inputs of the figures. What the running bucket added is in `immediate` and `churn` alone: taken back."""
    gross = _gross(tier, status)
    dose, affected = _dose_and_affected(tier, status, span)
    return risk.Exposure(
        tier=tier.name,
        values=tier.values,
        gross=gross,
        gross_per_hour=_gross_per_hour(tier, status, span, gross, revenue_share),
        dose_minutes=dose,
        affected=affected,
        counted=status.get("affectedBasis") == "Counted",
        credit=_float(status.get("credit")) or 0.0,
    )


def _gross(tier: Tier, status: Mapping[str, Any]) -> float | None:
    """Failed revenue, that of the running bucket included."""
    complete, immediate = _float(status.get("grossLost")), _float(status.get("immediate"))
    kept = tier.values.margin * risk.kept_of(tier.values.deferral).mean
    return complete if immediate is None or kept <= 0 else immediate / kept


def _gross_per_hour(
    tier: Tier, status: Mapping[str, Any], span: _Span, gross: float | None, revenue_share: float
) -> float | None:
    """Of the last complete bucket; before there is one, of the running one."""
    revenue, failed = tier.values.revenue_per_hour, _float(status.get("failedShare"))
    if status.get("dataQuality") not in {None, "Ok"} or revenue is None:
        return None
    if failed is not None:
        return revenue * revenue_share * failed
    running = (gross or 0.0) - (_float(status.get("grossLost")) or 0.0)
    return running / span.running_minutes * 60 if span.running_minutes > 0 else None


def _dose_and_affected(tier: Tier, status: Mapping[str, Any], span: _Span) -> tuple[float, float | None]:
    """Minutes of bad experience, and customers.

    The running bucket counts towards the dose where it was bad, and customers are rounded in the status: of the two
    possible doses the one is taken whose customers, churn / (D V), round to what the status says.
    """
    complete, affected = _float(status.get("doseMinutes")) or 0.0, _float(status.get("affected"))
    churn, effect = _float(status.get("churn")), tier.values.churn
    value = max(0.0, tier.values.residual_value.mean)
    if churn is None or effect is None or affected is None:
        return complete, affected
    for dose in (complete + span.running_minutes, complete):
        each = risk.churn_probability(effect, dose) * value
        if each > 0 and abs(churn / each - affected) <= 0.5 + 0.01 / each:
            return dose, churn / each
    return complete, affected


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One figure of the status beside the same one replayed."""

    name: str
    status: str
    replayed: str

    @property
    def agrees(self) -> bool:
        there, here = float(self.status), float(self.replayed)
        return abs(there - here) <= max(0.01, AGREE_WITHIN * abs(there))


def comparisons(each: IncidentView, made: Replay) -> list[Comparison]:
    """accrued, ratePerHour, projected, low, high: those that the status has and the replay gives."""
    result = made.result
    figure = result.accrued if made.ended else result.projected
    pairs = {
        "accrued": result.accrued.mean,
        "ratePerHour": result.rate_per_hour.mean if result.rate_per_hour is not None else None,
        "projected": figure.mean,
        "low": figure.low,
        "high": figure.high,
    }
    found = []
    for name, amount in pairs.items():
        there = number(each.at_risk.get(name))
        if there is not None and amount is not None:
            found.append(Comparison(name=name, status=f"{there:.2f}", replayed=cents(amount)))
    return found


def _float(text: object) -> float | None:
    value = number(text)
    return None if value is None else float(value)
