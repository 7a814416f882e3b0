"""`kubectl clv incident list`: the newest first, those that are over too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import click

from kubectl_clv import kinds
from kubectl_clv.exits import Exit
from kubectl_clv.failure import Failure
from kubectl_clv.invocation import Invocation, connected, listing, shown
from kubectl_clv.output import times
from kubectl_clv.output.report import Report
from kubectl_clv.output.table import Cell, Column
from kubectl_clv.verbs.incident.rows import incident_table, phase, severity
from kubectl_clv.views.incident import IncidentView
from sloengine import duration

COLUMNS = (
    Column(title="NAMESPACE"),
    Column(title="INCIDENT"),
    Column(title="SEV"),
    Column(title="AT RISK", is_money=True),
    Column(title="PHASE"),
    Column(title="TIERS", priority=3),
    Column(title="SERVICE", wide=True),
    Column(title="OPENED", priority=1),
    Column(title="LASTED", priority=2, right=True),
    Column(title="ACKNOWLEDGED", wide=True),
    Column(title="COMMANDER", wide=True),
)


@click.command("list")
@click.option("--since", metavar="DURATION", help="Opened at most so long ago, such as 30d.")
@click.option("--service", metavar="NAME", help="Of this service only.")
@click.option("--tier", metavar="NAME", help="That hit this tier.")
@click.option("--open", "only_open", is_flag=True, help="Those that are not over.")
@listing
@shown
@connected
@click.pass_obj
def list_(
    invocation: Invocation,
    since: str | None,
    service: str | None,
    tier: str | None,
    only_open: bool,  # noqa: FBT001  # click passes by name
) -> None:
    """All incidents, also those that are over, newest first.

    AT RISK is the projection while an incident lasts, and what it cost once it is over, with the 90 % interval.
    """
    span = _span(since)
    now = invocation.now
    found = [IncidentView.of(thing) for thing in invocation.list(kinds.INCIDENT)]
    kept = [
        each
        for each in found
        if (service is None or each.service == service)
        and (tier is None or tier in each.tier_names.split(","))
        and (span is None or (times.moment(each.opened_at) or now) >= now - span)
        and (each.is_open or not only_open)
    ]
    narrowed = bool(service or tier or since or only_open) and len(found) > len(kept)
    hint = f" {len(found)} others do not match the filters." if narrowed else invocation.elsewhere
    invocation.emit(
        report(
            kept,
            now=now,
            everywhere=invocation.searched is None,
            empty=f"No{' open' if only_open else ''} incidents {invocation.place}.{hint}",
        )
    )


def report(found: Sequence[IncidentView], *, now: datetime, everywhere: bool = False, empty: str = "") -> Report:
    ordered = sorted(found, key=lambda each: (each.opened_at or "", each.name), reverse=True)
    return Report(
        data=[each.data for each in ordered],
        blocks=[incident_table(COLUMNS, ordered, _row, now, everywhere=everywhere)],
        names=[f"{kinds.INCIDENT.full_name}/{each.name}" for each in ordered],
        empty="" if ordered else empty,
    )


def _row(each: IncidentView, now: datetime, currency: str | None) -> list[Cell | str]:
    return [
        each.namespace,
        Cell(each.name, bold=True),
        severity(each),
        each.risk(currency),
        phase(each),
        each.tier_names.replace(",", ", ") or "-",
        each.service,
        times.ago(each.opened_at, now),
        each.lasted(now),
        str(each.acknowledged.get("by", "-")),
        each.commander or "none",
    ]


def _span(since: str | None) -> timedelta | None:
    if since is None:
        return None
    try:
        return duration.parse(since)
    except ValueError as error:
        raise Failure(f"--since: {error}", code=Exit.USAGE) from error
