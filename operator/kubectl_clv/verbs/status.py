"""`kubectl clv status [NAME]`: SLOs by tier, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import click

from kubectl_clv import kinds
from kubectl_clv.invocation import Invocation, connected, listing, shown, watching
from kubectl_clv.names import slo_names
from kubectl_clv.output import ratio, times
from kubectl_clv.output.money import UNKNOWN, money, number, one_currency
from kubectl_clv.output.report import Block, Heading, Report
from kubectl_clv.output.table import Cell, Column, Table, priced, without
from kubectl_clv.views.condition import line, not_true
from kubectl_clv.views.slo import SloView, TierLine

FAST_BURN = Decimal(6)
"""From here on the colour is red: the slower of the two burns that page (30 days)."""
SHOWN_CONDITIONS = 12

COLUMNS = (
    Column(title="NAMESPACE"),
    Column(title="SLO", flex=True),
    Column(title="TIER"),
    Column(title="TARGET", priority=5, right=True),
    Column(title="SLI", priority=6, right=True),
    Column(title="BUDGET LEFT", right=True),
    Column(title="BURN 1H", right=True),
    Column(title="BURN 6H", right=True, wide=True),
    Column(title="SPENT", priority=2, moves=True, optional=True),
    Column(title="EARLIEST", wide=True, moves=True, optional=True),
    Column(title="LATEST", wide=True, moves=True, optional=True),
    Column(title="AT RISK/H", priority=1, is_money=True),
    Column(title="PERIOD", wide=True),
    Column(title="OWNER", wide=True),
    Column(title="AS OF", wide=True, moves=True),
)


@click.command()
@click.argument("name", required=False, shell_complete=slo_names)
@listing
@shown
@watching
@connected
@click.pass_obj
def status(invocation: Invocation, name: str | None, watch: bool) -> None:  # noqa: FBT001  # click passes by name
    """Error budgets by tier, the worst SLO first; with NAME one SLO in full.

    BUDGET LEFT is of the period's error budget (100 % untouched, 0 % spent). BURN is how many times faster than
    sustainable it goes: 1x spends it exactly in one period. SPENT is when, at that burn. AT RISK/H is margin lost
    an hour at this moment; the row (weighted) is all tiers by their value, with the 90 % interval of the money.
    """
    if watch:
        from kubectl_clv.output.watch import watch as keep_watching

        keep_watching(lambda: look(invocation, name), invocation.output)
        return
    invocation.emit(look(invocation, name))


def look(invocation: Invocation, name: str | None) -> Report:
    """The report of now."""
    if name is not None:
        plain = kinds.without_kind(kinds.SLO, name)
        found = [SloView.of(invocation.cluster.get(kinds.SLO, plain, namespace=invocation.home))]
        return report(found, now=invocation.now, detail=True)
    found = [SloView.of(thing) for thing in invocation.list(kinds.SLO)]
    empty = (
        ""
        if found
        else f"No TieredSLOs {invocation.place}.{invocation.elsewhere} `kubectl explain tieredslo` tells how to write one."
    )
    return report(found, now=invocation.now, everywhere=invocation.searched is None, empty=empty)


def report(
    slos: Sequence[SloView], *, now: datetime, everywhere: bool = False, detail: bool = False, empty: str = ""
) -> Report:
    """detail: of a single SLO, headed by what it promises."""
    ordered = sorted(slos, key=lambda slo: (_or_last(slo.worst_left), slo.namespace, slo.name))
    currency = one_currency(slo.currency for slo in ordered)
    rows = [row for slo in ordered for row in _rows(slo, now, "" if currency else slo.currency)]
    columns = priced(COLUMNS, currency)
    table = Table(columns=columns, rows=rows) if everywhere else without(columns, rows, "NAMESPACE")
    blocks: list[Block] = [*(_head(ordered[0], now) if detail and ordered else []), table]
    blocks += _notes(ordered, everywhere=everywhere)
    if len(ordered) > 1:
        blocks += ["", _summary(ordered)]
    return Report(
        data=[slo.data for slo in ordered] if not detail else ordered[0].data,
        blocks=blocks,
        names=[f"{kinds.SLO.full_name}/{slo.name}" for slo in ordered],
        empty=empty,
    )


def _or_last(left: Decimal | None) -> Decimal:
    return Decimal("Infinity") if left is None else left


def _rows(slo: SloView, now: datetime, currency: str) -> list[list[Cell | str]]:
    """currency: for the cells; empty where the title carries it."""
    about: list[Cell | str] = [slo.period, slo.owner or ratio.NONE, times.ago(slo.as_of, now)]
    rows: list[list[Cell | str]] = [
        [
            "",
            "",
            tier.tier,
            f"{tier.target} %" if tier.target else ratio.NONE,
            _sli(tier),
            _left(tier),
            burn(tier.burn_1h),
            burn(tier.burn_6h),
            _spent(tier, now),
            times.until(tier.exhausts.get("earliest"), now),
            times.until(tier.exhausts.get("latest"), now),
            _per_hour(tier.at_risk_per_hour, currency),
            *about,
        ]
        for tier in slo.tiers
    ]
    if not rows:
        rows.append(["", "", "no figures yet", *([ratio.NONE] * 9), *about])
    if slo.weighted or slo.at_risk:
        rows.append(_weighted(slo, about, currency))
    rows[0][:2] = [slo.namespace, Cell(slo.name, bold=True)]
    return rows


def _weighted(slo: SloView, about: list[Cell | str], currency: str) -> list[Cell | str]:
    weighted = slo.weighted
    target = max((tier.target or "" for tier in slo.tiers), key=len, default="")
    risk = slo.at_risk
    return [
        "",
        "",
        "(weighted)",
        "",
        ratio.percent(weighted.get("sli"), like=target),
        budget(weighted.get("budgetRemaining")),
        burn(weighted.get("burnRate1h")),
        "",
        "",
        "",
        "",
        money(risk.get("mean"), low=risk.get("low"), high=risk.get("high"), currency=currency) if risk else "",
        *about,
    ]


def _sli(tier: TierLine) -> Cell | str:
    return _quality(tier) or ratio.percent(tier.sli, like=tier.target)


def _left(tier: TierLine) -> Cell | str:
    """Where there is no figure, why not: this column is never dropped."""
    return budget(tier.budget_remaining) if tier.left is not None else _quality(tier) or ratio.NONE


def _quality(tier: TierLine) -> Cell | str:
    match tier.quality:
        case "NoTraffic":
            return "no traffic"
        case "NoData":
            return Cell("no data", "yellow")
    return ""


def budget(left: object) -> Cell | str:
    """`62 %`; `spent (-12 %)` from 0 on down."""
    value = number(left)
    if value is None:
        return ratio.NONE
    if value > Decimal("0.25"):
        return ratio.share(left)
    return Cell(ratio.share(left), "yellow") if value > 0 else Cell(f"spent ({ratio.share(left)})", "red")


def burn(rate: object) -> Cell | str:
    value = number(rate)
    if value is None or value <= 1:
        return ratio.factor(rate)
    return Cell(ratio.factor(rate), "red" if value >= FAST_BURN else "yellow")


def _spent(tier: TierLine, now: datetime) -> str:
    if tier.left is not None and tier.left <= 0:
        return "already"
    return times.until(tier.exhausts.get("expected"), now)


def _per_hour(amount: str | None, currency: str) -> str:
    text = money(amount, currency=currency)
    return ratio.NONE if text == UNKNOWN else text


def _head(slo: SloView, now: datetime) -> list[Block]:
    owner = f", owned by {slo.owner}" if slo.owner else ""
    rules = slo.rules
    written = f"{rules.get('count', '?')} rules in {rules.get('output', '?')}" if rules else "no rules written yet"
    return [
        Heading(f"{slo.namespace}/{slo.name}: service {slo.service}{owner}"),
        f"Period {slo.period}, weighting {slo.weighting}, {written}, last change {times.both(slo.as_of, now)}",
        "",
    ]


def _notes(slos: Sequence[SloView], *, everywhere: bool) -> list[Block]:
    """What somebody must know beside the figures: the weighted figure's notes and the conditions that do not hold."""
    notes: list[Block] = []
    for slo in slos:
        name = f"{slo.namespace}/{slo.name}" if everywhere else slo.name
        if slo.weighted.get("note"):
            notes.append(f"{name}: {slo.weighted['note']}")
        notes += [line(name, each) for each in not_true(slo.conditions)]
    more = len(notes) - SHOWN_CONDITIONS
    if more > 0:
        notes = [*notes[:SHOWN_CONDITIONS], f"… and {more} more; `kubectl clv status NAME` tells those of one SLO"]
    return ["", *notes] if notes else []


def _summary(slos: Sequence[SloView]) -> str:
    spent = sum(1 for slo in slos if slo.worst_left is not None and slo.worst_left <= 0)
    fast = sum(1 for slo in slos if slo.worst_burn > 1)
    blind = sum(1 for slo in slos if not slo.has_data)
    return f"{len(slos):,} SLOs: {spent:,} with a spent budget, {fast:,} burning above 1x, {blind:,} without data"
