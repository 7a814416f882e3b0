"""`kubectl clv tiers`: what customers are worth, by tier, and how fresh that is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from kubectl_clv import kinds
from kubectl_clv.invocation import Invocation, connected, listing, shown
from kubectl_clv.output import ratio, times
from kubectl_clv.output.money import money, one_currency
from kubectl_clv.output.report import Block, Report
from kubectl_clv.output.table import Cell, Column, Table, priced
from kubectl_clv.views.condition import line, not_true
from kubectl_clv.views.tier import TierView

COLUMNS = (
    Column(title="RANK", right=True),
    Column(title="TIER", flex=True),
    Column(title="LABEL", wide=True),
    Column(title="CUSTOMERS", priority=2, right=True),
    Column(title="WEIGHT", right=True),
    Column(title="VALUE EACH", is_money=True),
    Column(title="REVENUE/H", priority=3, is_money=True),
    Column(title="MARGIN", wide=True, right=True),
    Column(title="MADE UP LATER", wide=True, right=True),
    Column(title="CHURN", wide=True, right=True),
    Column(title="AS OF", priority=1),
    Column(title="MAX AGE", wide=True),
    Column(title="FRESH"),
)


@click.command()
@listing
@shown
@connected
@click.pass_obj
def tiers(invocation: Invocation) -> None:
    """Customer tiers, the most valuable first.

    WEIGHT is the tier's share in all residual value. VALUE EACH is the mean residual value of one customer with its
    90 % interval; REVENUE/H what the whole tier spends an hour without a fault. -o wide adds margin, the share of
    failed purchases made up later, and the extra churn of a bad spell.
    """
    found = [TierView.of(thing) for thing in invocation.list(kinds.TIER)]
    invocation.emit(report(found, now=invocation.now))


def report(found: Sequence[TierView], *, now: datetime) -> Report:
    ordered = sorted(found, key=lambda tier: (tier.rank, tier.name))
    currency = one_currency(tier.currency for tier in ordered)
    rows = [_row(tier, now, "" if currency else tier.currency) for tier in ordered]
    notes: list[Block] = [line(tier.name, each) for tier in ordered for each in not_true(tier.conditions)]
    return Report(
        data=[tier.data for tier in ordered],
        blocks=[
            Table(columns=priced(COLUMNS, currency), rows=rows),
            *(["", *notes] if notes else []),
        ],
        names=[f"{kinds.TIER.full_name}/{tier.name}" for tier in ordered],
        empty="" if ordered else "No CLVTiers in the cluster. `kubectl explain clvtier.spec` tells how to declare one.",
    )


def _row(tier: TierView, now: datetime, currency: str) -> list[Cell | str]:
    values = tier.values
    value, churn = values.get("residualValue") or {}, values.get("churn") or {}
    saturation = churn.get("saturationMinutes", 60)
    return [
        str(tier.rank),
        Cell(tier.name, bold=True),
        tier.label_value,
        ratio.count(values.get("customers")),
        ratio.share(tier.weight),
        money(value.get("mean"), low=value.get("low"), high=value.get("high"), currency=currency),
        money(values.get("revenuePerHour"), currency=currency),
        ratio.share(values.get("margin")),
        ratio.share((values.get("deferral") or {}).get("mean")),
        f"{ratio.share(churn['mean'])} after {saturation}m" if churn else "unknown",
        times.ago(values.get("asOf"), now),
        tier.max_age,
        _fresh(tier),
    ]


def _fresh(tier: TierView) -> Cell | str:
    if tier.ready == "False":
        return Cell("not ready", "red")
    match tier.fresh:
        case "True":
            return "yes"
        case "False":
            return Cell("no", "yellow")
    return "not judged yet"
