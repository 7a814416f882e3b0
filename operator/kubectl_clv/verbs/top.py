"""`kubectl clv top`: open incidents, by revenue at risk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from kubectl_clv import kinds
from kubectl_clv.invocation import Invocation, connected, listing, shown, watching
from kubectl_clv.output import times
from kubectl_clv.output.report import Report
from kubectl_clv.output.table import Cell, Column
from kubectl_clv.verbs.incident.rows import incident_table, phase, severity
from kubectl_clv.views.incident import IncidentView

COLUMNS = (
    Column(title="NAMESPACE"),
    Column(title="INCIDENT"),
    Column(title="SEV"),
    Column(title="AT RISK", is_money=True),
    Column(title="NOW, PER HOUR", priority=3, is_money=True),
    Column(title="PHASE", priority=1),
    Column(title="LASTS", priority=2, right=True, moves=True),
    Column(title="TIERS", priority=4),
    Column(title="NEXT STEP", priority=5, moves=True),
    Column(title="COMMANDER", priority=6),
    Column(title="SERVICE", wide=True),
    Column(title="OPENED", wide=True),
)


@click.command()
@listing
@shown
@watching
@connected
@click.pass_obj
def top(invocation: Invocation, watch: bool) -> None:  # noqa: FBT001  # click passes by name
    """Open incidents, the most money at risk first.

    AT RISK is the margin lost by the end if it lasts as long again, with its 90 % interval; NOW, PER HOUR is what is
    being lost at this moment. Figures of different incidents may speak of the same customers: do not add them up.
    """
    if watch:
        from kubectl_clv.output.watch import watch as keep_watching

        keep_watching(lambda: look(invocation), invocation.output)
        return
    invocation.emit(look(invocation))


def look(invocation: Invocation) -> Report:
    """The report of now."""
    found = [IncidentView.of(thing) for thing in invocation.list(kinds.INCIDENT)]
    over = sum(1 for each in found if not each.is_open)
    past = f" {over} are over: `kubectl clv incident list` shows them." if over else ""
    return report(
        [each for each in found if each.is_open],
        now=invocation.now,
        everywhere=invocation.searched is None,
        empty=f"No open incidents {invocation.place}.{invocation.elsewhere}{past}",
    )


def report(found: Sequence[IncidentView], *, now: datetime, everywhere: bool = False, empty: str = "") -> Report:
    """empty: the sentence for when nothing is open."""
    ordered = sorted(found, key=lambda each: (-each.projected, each.severity or "~", each.opened_at or ""))
    unknown = sum(1 for each in ordered if not each.has_figure)
    note = f"{unknown} without a figure: what is at risk there is unknown, not nothing"
    return Report(
        data=[each.data for each in ordered],
        blocks=[incident_table(COLUMNS, ordered, _row, now, everywhere=everywhere), *(["", note] if unknown else [])],
        names=[f"{kinds.INCIDENT.full_name}/{each.name}" for each in ordered],
        empty="" if ordered else empty,
    )


def _row(each: IncidentView, now: datetime, currency: str | None) -> list[Cell | str]:
    return [
        each.namespace,
        Cell(each.name, bold=True),
        severity(each),
        each.risk(currency),
        each.rate(currency),
        phase(each),
        each.lasted(now),
        each.tier_names.replace(",", ", ") or "-",
        times.until(each.next_step_at, now),
        each.commander or "none",
        each.service,
        times.clock(each.opened_at, now),
    ]
