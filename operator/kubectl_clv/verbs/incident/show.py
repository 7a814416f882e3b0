"""`kubectl clv incident show NAME`: everything that is known, in the order in which it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import click

from kubectl_clv import kinds
from kubectl_clv.invocation import Invocation, connected, shown
from kubectl_clv.names import incident_names
from kubectl_clv.output import ratio, times
from kubectl_clv.output.money import money, number
from kubectl_clv.output.report import Block, Heading, Report, Verbatim
from kubectl_clv.output.table import Cell, Column, Table, priced
from kubectl_clv.views.condition import line
from kubectl_clv.views.incident import IncidentView
from kubectl_clv.views.situation import summary_lines
from sloengine.duration import human

SHOWN_MESSAGES = 12


@click.command()
@click.argument("name", shell_complete=incident_names)
@shown
@connected
@click.pass_obj
def show(invocation: Invocation, name: str) -> None:
    """One incident in full: summary, money by tier, alerts, what happened, who was told.

    -o json and yaml give the whole object.
    """
    plain = kinds.without_kind(kinds.INCIDENT, name)
    found = invocation.cluster.get(kinds.INCIDENT, plain, namespace=invocation.home)
    slos = invocation.cluster.list(kinds.SLO, namespace=invocation.home)
    invocation.emit(report(IncidentView.of(found), slos=slos, now=invocation.now))


def report(each: IncidentView, *, slos: Sequence[dict[str, Any]] = (), now: datetime) -> Report:
    """slos: TieredSLOs of the namespace, for budgets and playbook."""
    blocks: list[Block] = [Cell(each.name, bold=True), *summary_lines(each, slos=slos, now=now)]
    if each.status.get("severityReason"):
        blocks.append(f"{each.severity} because {each.status['severityReason']}")
    blocks += _closed(each, now)
    blocks += [line("", condition) for condition in each.worries]
    blocks += _section("Money by tier", priced(MONEY, each.currency), _money_rows(each))
    blocks += _unknown(each)
    blocks += _alerts(each, now)
    blocks += _section("Timeline", TIMELINE, _timeline_rows(each, now))
    blocks += _section("Told", TOLD, _told_rows(each, now))
    blocks += [
        "",
        "How the money comes about:",
        Verbatim(f"kubectl clv explain {kinds.INCIDENT.short}/{each.name} -n {each.namespace}"),
    ]
    return Report(data=each.thing, blocks=blocks, names=[f"{kinds.INCIDENT.full_name}/{each.name}"])


MONEY = (
    Column(title="TIER", flex=True),
    Column(title="SHARE", right=True),
    Column(title="FAILING NOW", right=True),
    Column(title="BAD FOR", priority=2, right=True),
    Column(title="CUSTOMERS"),
    Column(title="LOST AT ONCE", right=True, is_money=True),
    Column(title="BY CHURN", right=True, is_money=True),
    Column(title="CREDITS", right=True, priority=1, is_money=True),
    Column(title="DATA", wide=True),
)
TIMELINE = (Column(title="WHEN"), Column(title="WHAT", flex=True))
TOLD = (
    Column(title="CHANNEL", flex=True),
    Column(title="WHAT"),
    Column(title="STATE"),
    Column(title="DUE"),
    Column(title="TRIES", right=True, priority=2),
    Column(title="WHY", priority=1, flex=True),
)
ALERTS = (
    Column(title="ALERT", flex=True),
    Column(title="TIER"),
    Column(title="STATE"),
    Column(title="SINCE", right=True),
    Column(title="SUMMARY", priority=1, flex=True),
)


def _section(title: str, columns: Sequence[Column], rows: list[list[Cell | str]]) -> list[Block]:
    return [Heading(title), Table(columns=columns, rows=rows)] if rows else []


def _money_rows(each: IncidentView) -> list[list[Cell | str]]:
    rows: list[list[Cell | str]] = []
    for tier in each.status.get("tiers") or ():
        if _is_untouched(tier):
            continue
        inputs = tier.get("inputs") or {}
        failing: Cell | str = ratio.share(inputs.get("failedShare"))
        if tier.get("dataQuality") == "NoData":
            failing = Cell("no data", "yellow")
        rows.append(
            [
                str(tier.get("tier", "")),
                ratio.share(tier.get("share")),
                failing,
                _minutes(inputs.get("badMinutes")),
                _customers(tier.get("affected"), tier.get("affectedBasis")),
                money(tier.get("immediate")),
                money(tier.get("churn")),
                money(tier["credit"]) if number(tier.get("credit")) else ratio.NONE,
                str(tier.get("dataQuality") or ratio.NONE),
            ]
        )
    return rows


def _is_untouched(tier: dict[str, Any]) -> bool:
    """Known to have lost nothing: a row of zeros only hides the others."""
    failing = (tier.get("inputs") or {}).get("failedShare")
    lost = [number(each) for each in (tier.get("immediate"), tier.get("churn"), failing)]
    return not any(lost) and None not in lost and not number(tier.get("credit"))


def _minutes(text: object) -> str:
    minutes = number(text)
    return ratio.NONE if minutes is None else human(timedelta(minutes=float(minutes)))


def _customers(count: object, basis: object) -> str:
    if number(count) is None:
        return "unknown"
    return f"{ratio.count(count)} {'at most' if basis == 'Bounded' else ''}".rstrip()


def _closed(each: IncidentView, now: datetime) -> list[Block]:
    closed = each.closed
    if not closed:
        return []
    of = f" of {closed['of']}" if closed.get("of") else ""
    when = f", {times.both(closed['at'], now)}" if closed.get("at") else ""
    return [f"Closed as {closed.get('reason')}{of}{_of(closed)}{when}"]


def _unknown(each: IncidentView) -> list[Block]:
    unknown = each.at_risk.get("unknown")
    return [f"Not in these figures: {', '.join(unknown)}"] if unknown else []


def _alerts(each: IncidentView, now: datetime) -> list[Block]:
    known = each.status.get("alerts") or {}
    top = known.get("top") or each.thing.get("spec", {}).get("opening", {}).get("alerts") or ()
    rows: list[list[Cell | str]] = [
        [
            str(alert.get("name") or (alert.get("labels") or {}).get("alertname") or "(no alertname)"),
            str(alert.get("tier") or "-"),
            str(alert.get("state") or "-"),
            times.since(alert.get("startsAt"), now),
            str(alert.get("summary") or ""),
        ]
        for alert in top
    ]
    counts = ", ".join(
        f"{known[word]:,} {word}" for word in ("firing", "muted", "resolved", "dropped", "rejected") if known.get(word)
    )
    title = f"Alerts: {counts}" if counts else "Alerts"
    return _section(title, ALERTS, rows)


def _timeline_rows(each: IncidentView, now: datetime) -> list[list[Cell | str]]:
    told = [(entry.get("at"), _by(entry)) for entry in each.status.get("timeline") or ()]
    told += [(note.get("at"), f"Note{_of(note)}: {note.get('text', '')}") for note in each.notes]
    # By the moment, not by its text: "…10Z" and "…10.3Z" sort the wrong way round.
    return [[times.clock(at, now), text] for at, text in sorted(told, key=lambda pair: times.moment(pair[0]) or now)]


def _by(entry: dict[str, Any]) -> str:
    return f"{entry.get('text', '')}{_of(entry)}"


def _of(entry: dict[str, Any]) -> str:
    return f" by {entry['by']}" if entry.get("by") else ""


def _told_rows(each: IncidentView, now: datetime) -> list[list[Cell | str]]:
    outbox = each.status.get("outbox") or ()
    colours = {"Failed": "red", "Pending": "yellow"}
    rows: list[list[Cell | str]] = [
        [
            str(entry.get("channel", "")),
            _what(entry),
            Cell(str(entry.get("state", "")), colours.get(str(entry.get("state")))),
            times.clock(entry.get("due"), now),
            str(entry.get("tries", 0)),
            str(entry.get("error") or ""),
        ]
        for entry in outbox[-SHOWN_MESSAGES:]
    ]
    return rows


def _what(entry: dict[str, Any]) -> str:
    repeat = entry.get("repeat")
    return f"{entry.get('kind', '')}{f' (again, {repeat})' if repeat else ''}"
