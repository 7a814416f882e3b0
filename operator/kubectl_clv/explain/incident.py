"""The revenue at risk of one incident, replayed from the inputs that stand in its status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from kubectl_clv.output import times
from kubectl_clv.output.money import number
from kubectl_clv.output.report import Block, Heading, Report
from kubectl_clv.output.table import Cell
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


def report(each: IncidentView, made: Replay, *, now: datetime) -> Report:
    blocks: list[Block] = [
        Heading(f"rinc/{each.name}: how its money comes about"),
        f"{each.phase}, {each.lasted(now)} since {times.clock(each.opened_at, now)}, all money in {each.currency or '?'}.",
        "Per tier: lost at once = margin x (1 - made up later) x failed revenue;",
        "by churn = customers hit x extra churn x residual value; both summed, contract credits added.",
    ]
    for exposure, status in made.exposures:
        if not _is_untouched(exposure):
            blocks += _tier(exposure, status)
    untouched = [exposure.tier for exposure, _ in made.exposures if _is_untouched(exposure)]
    if untouched:
        blocks += ["", f"Nothing was lost in {', '.join(untouched)}"]
    blocks += [Heading("Sum"), *_sum(made)]
    checks = comparisons(each, made)
    if checks:
        blocks += [Heading("Against the status"), *(_check(check) for check in checks)]
        if not all(check.agrees for check in checks):
            blocks.append(
                "Inputs have changed since: values of the tiers, revenue share of the SLO, or the last bucket."
            )
    blocks += [f"Left out: no CLVTier is called {name}" for name in made.missing]
    if made.result.unknown:
        blocks.append(f"Unknown, so the figure reads at least: {', '.join(made.result.unknown)}")
    if made.result.is_upper:
        blocks.append("A customer count is a bound, or a deferral is not declared: the mean is an upper one")
    return Report(data=_data(each, made, checks), blocks=blocks)


def _is_untouched(exposure: risk.Exposure) -> bool:
    """Known to have lost nothing; where something is unknown it is not."""
    known = exposure.gross is not None and exposure.affected is not None
    return known and not (exposure.gross or exposure.gross_per_hour or exposure.dose_minutes or exposure.credit)


def _tier(exposure: risk.Exposure, status: Mapping[str, Any]) -> list[Block]:
    values = exposure.values
    blocks: list[Block] = [Heading(exposure.tier)]
    if exposure.gross is None:
        blocks.append("lost at once: unknown, no revenue is declared")
    else:
        part = risk.immediate_part(gross=exposure.gross, margin=values.margin, deferral=values.deferral)
        kept = risk.kept_of(values.deferral).mean
        how = f"{_plain(values.margin)} x {_plain(kept)} x {_money(exposure.gross)}"
        blocks.append(f"lost at once = {how} = {_money(part.amount)} (cv {part.cv:.4f})")
        running = exposure.gross - (_float(status.get("grossLost")) or 0.0)
        if running >= 1:  # less is rounding
            blocks.append(f"of that failed revenue {_money(running)} is of the bucket that is not over yet")
    if values.churn is None or exposure.affected is None:
        blocks.append("by churn: unknown, no churn is declared or nobody counted customers")
    else:
        extra = risk.churn_probability(values.churn, exposure.dose_minutes)
        part = risk.churn_part(
            affected=exposure.affected,
            probability=extra,
            spread=values.churn.probability,
            value=values.residual_value,
        )
        full = _plain(values.churn.probability.mean)
        dose = f"{_plain(round(exposure.dose_minutes, 2))} min / {_plain(values.churn.saturation_minutes)} min"
        how = f"{_plain(exposure.affected)} x {_plain(extra)} x {_money(max(0.0, values.residual_value.mean))}"
        known = "counted" if exposure.counted else "at most"
        blocks += [
            f"extra churn = {full} x (1 - exp(-3 x {dose})) = {_plain(extra)}",
            f"by churn = {how} = {_money(part.amount)} (cv {part.cv:.4f}; customers {known})",
        ]
    if exposure.credit:
        blocks.append(f"contract credits = {_money(exposure.credit)}")
    failed = _float(status.get("failedShare"))
    if exposure.gross_per_hour is not None and failed is not None:
        blocks.append(
            f"failing now: {_plain(failed)} of requests above the baseline, {_money(exposure.gross_per_hour)} of revenue an hour"
        )
    return blocks


def _sum(made: Replay) -> list[Block]:
    result = made.result
    immediate = [tier.immediate or 0.0 for tier in result.tiers]
    churn = [tier.churn or 0.0 for tier in result.tiers]
    credit = sum(tier.credit for tier in result.tiers)
    lines: list[Block] = [
        f"lost at once {_terms(immediate)}",
        f"by churn {_terms(churn)}",
        f"accrued = {_money(sum(immediate))} + {_money(sum(churn))} + {_money(credit)} credits = {_bounds(result.accrued)}",
    ]
    if made.ended:
        return [*lines, "it has ended: nothing more is projected"]
    ahead = risk.horizon_hours(made.lasted_hours)
    rate = 0.0
    if result.rate_per_hour is not None:
        rate = result.rate_per_hour.mean
        lines.append(f"rate per hour (lost at once only) = {_bounds(result.rate_per_hour)}")
    growth = result.projected.mean - result.accrued.mean - rate * ahead
    further = f"{_money(rate)} x {_plain(ahead)} h + {_money(growth)} more churn"
    lines += [
        f"horizon = {_plain(ahead)} h: as long again as it lasted ({_plain(made.lasted_hours)} h), 0.5 to 4",
        f"projected = {_money(result.accrued.mean)} + {further} = {_bounds(result.projected)}",
        "interval: P5 and P95 of a lognormal; tiers fully correlated, the two components independent",
    ]
    return lines


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


def _check(check: Comparison) -> Cell:
    if check.agrees:
        return Cell(f"{check.name}: {_money(check.status)} in the status, {_money(check.replayed)} replayed: agrees")
    text = f"{check.name}: {_money(check.status)} in the status, {_money(check.replayed)} replayed: differs"
    return Cell(text, "yellow")


def _data(each: IncidentView, made: Replay, checks: Sequence[Comparison]) -> dict[str, Any]:
    return {
        "namespace": each.namespace,
        "name": each.name,
        "currency": each.currency or None,
        "lastedHours": f"{made.lasted_hours:.4f}",
        "ended": made.ended,
        "tiers": [
            {
                "tier": tier.tier,
                "immediate": None if tier.immediate is None else cents(tier.immediate),
                "churn": None if tier.churn is None else cents(tier.churn),
                "credit": cents(tier.credit),
            }
            for tier in made.result.tiers
        ],
        "figures": [
            {"name": check.name, "status": check.status, "replayed": check.replayed, "agrees": check.agrees}
            for check in checks
        ],
        "unknown": list(made.result.unknown),
    }


def _float(text: object) -> float | None:
    value = number(text)
    return None if value is None else float(value)


def _money(amount: float | str) -> str:
    return f"{Decimal(cents(float(amount))):,}"


def _bounds(figure: risk.Bounds) -> str:
    return f"{_money(figure.mean)} ({_money(figure.low)} to {_money(figure.high)})"


def _terms(amounts: Sequence[float]) -> str:
    return f"= {' + '.join(_money(amount) for amount in amounts) or '0'} = {_money(sum(amounts))}"


def _plain(value: float) -> str:
    """Six significant digits, never in exponents."""
    return f"{Decimal(f'{value:.6g}').normalize():f}" if value else "0"
