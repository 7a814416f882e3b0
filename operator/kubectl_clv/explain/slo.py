"""The figures of one TieredSLO: budget, ratio, burn, alerts, the weighted figure and the events under them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kubectl_clv.explain import figures as measured
from kubectl_clv.explain.figures import Figures, TierFigures
from kubectl_clv.output.report import Block, Heading, Report, Verbatim
from kubectl_clv.output.table import Column, Table
from sloengine import budget, period, series, weighting
from sloengine.rules import RuleGroup, slo_group
from sloengine.selector import recorded
from sloengine.slo import Slo, Weighting
from sloengine.tier import Tier
from sloengine.weighting import TierError, weigh
from sloengine.windows import label, pairs

HOUR = "1h"
PAIRS = (
    Column(title="ALERT"),
    Column(title="LONG", right=True),
    Column(title="SHORT", right=True),
    Column(title="FIRES ABOVE", right=True),
    Column(title="LONG NOW", right=True),
    Column(title="SHORT NOW", right=True),
    Column(title="LOW BOUND", right=True, priority=1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is explained. weights: by tier; empty: those that follow from the tiers. only: one tier, or all."""

    slo: Slo
    tiers: Sequence[Tier]
    weights: Mapping[str, float]
    figures: Figures
    only: str = ""

    @property
    def window(self) -> str:
        """The period as rules label it."""
        return period.label(self.slo.period)

    @property
    def shares(self) -> Mapping[str, float]:
        return self.weights or weighting.targets(self.tiers)[0]

    @property
    def budgets(self) -> dict[str, Decimal]:
        names = tuple(tier.name for tier in sorted(self.tiers, key=lambda tier: tier.rank))
        known = budget.per_tier(self.slo, names)
        return {tier: share for tier, share in known.items() if self.only in {"", tier}}


def report(subject: Subject) -> Report:
    """Raises InvalidSpec where the SLO and the tiers do not fit."""
    group = slo_group(subject.slo, subject.tiers)
    origin = subject.figures.origin
    blocks: list[Block] = [
        Heading(f"tslo/{subject.slo.name}: how its figures come about"),
        f"Numbers from {origin}." if origin else "No numbers: --prometheus URL asks for them.",
        f"Rules: group {group.name}, {len(group.rules)} rules, hash {group.hash}.",
    ]
    data = []
    for tier, share in subject.budgets.items():
        blocks += _tier(subject, tier, share, group)
        data.append(_data(subject, tier, share))
    if not subject.only:
        blocks += _weighted(subject)
    blocks += _events(group)
    return Report(data={"slo": subject.slo.key, "group": group.name, "hash": group.hash, "tiers": data}, blocks=blocks)


def _tier(subject: Subject, tier: str, share: Decimal, group: RuleGroup) -> list[Block]:
    slo, window, found = subject.slo, subject.window, subject.figures.of(tier)
    objective = slo.objective_of(tier)
    target = objective.target if objective is not None else Decimal(0)
    ratio = measured.error(slo, window, tier)
    head: list[Block] = [
        Heading(f"{tier}, target {target} %"),
        f"error budget = (100 - target) / 100 = (100 - {target}) / 100 = {_exact(share)} of all events",
    ]
    if subject.figures.origin and not subject.only and not found.error and not found.burn:
        return [*head, f"no figures: no traffic, or no data; --tier {tier} shows the queries"]
    return [
        *head,
        "",
        f"error ratio over {window} = bad / total{_quotient(found, window)}",
        Verbatim(str(ratio)),
        _recorded_by(group, ratio.name or ""),
        "",
        f"budget left = 1 - error ratio / error budget{_left(found, window, share)}",
        Verbatim(str(measured.remaining(slo, tier))),
        _recorded_by(group, series.BUDGET_REMAINING),
        "",
        f"burn over {HOUR} = error ratio over {HOUR} / error budget{_burn(found, HOUR, share)}",
        Verbatim(str(measured.burn(slo, HOUR, tier))),
        _recorded_by(group, series.BURN_RATE),
        "",
        _alerts(subject, found),
    ]


def _quotient(found: TierFigures, window: str) -> str:
    ratio = found.error.get(window)
    if ratio is None:
        return " (no figure: no traffic, or no data)"
    if found.total.get(window):
        return f" = {found.bad.get(window, 0.0):,.0f} / {found.total[window]:,.0f} = {_short(ratio)}"
    return f" = {_short(ratio)}"


def _left(found: TierFigures, window: str, share: Decimal) -> str:
    ratio = found.error.get(window)
    if ratio is None:
        return ""
    left = found.remaining if found.remaining is not None else 1 - ratio / float(share)
    return f" = 1 - {_short(ratio)} / {_exact(share)} = {_short(left)}"


def _burn(found: TierFigures, window: str, share: Decimal) -> str:
    factor = found.burn.get(window)
    if factor is None:
        return ""
    ratio = found.error.get(window, factor * float(share))
    return f" = {_short(ratio)} / {_exact(share)} = {_short(factor)}"


def _alerts(subject: Subject, found: TierFigures) -> Table:
    """The pairs of windows: an alert fires when both burns exceed the factor, unless the low bound is at most 1."""
    rows = []
    for pair in pairs(period.length(subject.slo.period)):
        long, short = label(pair.long), label(pair.short)
        rows.append(
            [
                pair.severity.value,
                long,
                short,
                f"{float(pair.factor):g}x",
                _factor(found.burn.get(long)),
                _factor(found.burn.get(short)),
                _factor(found.low.get(long)),
            ]
        )
    return Table(columns=PAIRS, rows=rows)


def _weighted(subject: Subject) -> list[Block]:
    """The weighted burn of the last hour, with each tier's part in it."""
    slo = subject.slo
    errors = []
    for tier, share in subject.budgets.items():
        found = subject.figures.of(tier)
        if HOUR in found.burn:
            ratio = found.error.get(HOUR, found.burn[HOUR] * float(share))
            errors.append(TierError(tier=tier, error=ratio, total=found.total.get(HOUR, 0.0), budget=float(share)))
    formula, parts = _formula(subject, errors)
    how = {Weighting.VALUE: "value", Weighting.REQUEST_VALUE: "request_value", Weighting.WORST: "worst"}[slo.weighting]
    labels = {series.SLO: slo.key, series.WINDOW: HOUR, series.WEIGHTING: how}
    query = recorded(series.WEIGHTED_BURN, **labels)
    figure = weigh(slo.weighting, errors, weights=subject.shares, values=weighting.relative_values(subject.tiers))
    needs_counts = slo.weighting is Weighting.REQUEST_VALUE and not any(error.total for error in errors)
    result = "" if figure is None or needs_counts else f" = {_short(figure.burn)}"
    blocks: list[Block] = [
        Heading(f"All tiers, weighting {slo.weighting.value}"),
        f"weighted burn over {HOUR} = {formula}{f' = {parts}' if parts and result else ''}{result}",
    ]
    if slo.weighting is Weighting.VALUE:
        covered = weighting.coverage((error.tier for error in errors), subject.shares)
        blocks.append(f"over tiers with data, {covered:.0%} of the weight; unknown weighs nothing")
    if needs_counts:
        blocks.append("its counts are not in the status: --prometheus URL asks for them")
    return [*blocks, Verbatim(str(query)), "  recorded by the shared group clv-sre"]


def _formula(subject: Subject, errors: Sequence[TierError]) -> tuple[str, str]:
    """The formula in words, and with the numbers put in."""
    match subject.slo.weighting:
        case Weighting.WORST:
            return "largest burn of any tier", ""
        case Weighting.VALUE:
            factors = {error.tier: subject.shares.get(error.tier, 0.0) for error in errors}
            formula = "sum(weight x error) / sum(weight x budget)"
        case Weighting.REQUEST_VALUE:
            values = weighting.relative_values(subject.tiers)
            factors = {error.tier: values.get(error.tier, 0.0) * error.total for error in errors}
            formula = "sum(value x events x error) / sum(value x events x budget)"
    counted = [error for error in errors if factors[error.tier]]
    above = " + ".join(f"{_short(factors[error.tier])} x {_short(error.error)}" for error in counted)
    below = " + ".join(f"{_short(factors[error.tier])} x {_short(error.budget)}" for error in counted)
    return formula, f"({above}) / ({below})" if counted else ""


def _events(group: RuleGroup) -> list[Block]:
    """The one expression that reads raw metrics; everything above is computed from what it records."""
    rule = next(rule for rule in group.rules if rule.name == series.EVENTS_5M)
    return [
        Heading("What is counted: bad and total events of five minutes, by tier"),
        Verbatim(rule.expr),
        _recorded_by(group, series.EVENTS_5M),
    ]


def _recorded_by(group: RuleGroup, name: str) -> str:
    place = next(place for place, rule in enumerate(group.rules, 1) if rule.name == name)
    return f"  recorded by rule {place} of {len(group.rules)} of group {group.name}"


def _data(subject: Subject, tier: str, share: Decimal) -> dict[str, Any]:
    """Ratios and factors as decimal text, like the resource's own."""
    slo, window, found = subject.slo, subject.window, subject.figures.of(tier)
    objective = slo.objective_of(tier)
    return {
        "tier": tier,
        "target": str(objective.target) if objective is not None else None,
        "errorBudget": _exact(share),
        "bad": _text(found.bad.get(window)),
        "total": _text(found.total.get(window)),
        "errorRatio": _text(found.error.get(window)),
        "budgetRemaining": _text(found.remaining),
        "burnRate1h": _text(found.burn.get(HOUR)),
        "queries": {
            "errorRatio": str(measured.error(slo, window, tier)),
            "budgetRemaining": str(measured.remaining(slo, tier)),
            "burnRate1h": str(measured.burn(slo, HOUR, tier)),
        },
    }


def _exact(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _text(value: float | None) -> str | None:
    return None if value is None else f"{Decimal(repr(value)):f}"


def _short(value: float) -> str:
    """Four significant digits, never in exponents."""
    return f"{Decimal(f'{value:.4g}').normalize():f}" if value else "0"


def _factor(value: float | None) -> str:
    return "-" if value is None else f"{_short(value)}x"
