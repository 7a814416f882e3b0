"""How the revenue at risk of one incident comes about, tier by tier, and whether that is what stands in its status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from kubectl_clv.explain.replay import Comparison, Replay, comparisons
from kubectl_clv.output import times
from kubectl_clv.output.money import number
from kubectl_clv.output.report import Block, Heading, Report
from kubectl_clv.output.table import Cell
from kubectl_clv.views.incident import IncidentView
from sloengine.incidents import risk
from sloengine.incidents.figure import cents


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
            model = each.at_risk.get("model") or "(none)"
            blocks.append(
                f"The status was written by model {model}, this is model {risk.MODEL}: see `kubectl clv version`"
            )
    blocks += [f"{name}: its values have changed since; the figures stand on those of then" for name in made.moved]
    blocks += [f"Left out: the status has no inputs of {name}" for name in made.without]
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
    if exposure.gross_per_hour is not None and exposure.failed_share is not None:
        blocks.append(
            f"failing now: {_plain(exposure.failed_share)} of requests above the baseline, {_money(exposure.gross_per_hour)} of revenue an hour"
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
