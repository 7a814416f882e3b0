"""What `top` and `incident list` have in common: the table, and the cells that mean the same in both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from kubectl_clv.output.money import one_currency
from kubectl_clv.output.table import Cell, Column, Table, priced, without
from kubectl_clv.views.incident import IncidentView

Row = Callable[[IncidentView, datetime, str | None], list[Cell | str]]


def incident_table(
    columns: Sequence[Column], found: Sequence[IncidentView], row: Row, now: datetime, *, everywhere: bool
) -> Table:
    """A line each; one currency goes into the titles, several stay in the cells. everywhere: with the namespace.

    Names are never cut: they are what people copy into the next command.
    """
    currency = one_currency(each.currency for each in found)
    rows = [row(each, now, "" if currency else None) for each in found]
    titled = priced(columns, currency)
    return Table(columns=titled, rows=rows) if everywhere else without(titled, rows, "NAMESPACE")


def severity(each: IncidentView) -> Cell:
    """`SEV1`; `SEV2*` where a person set it; coloured by its digit, where it has one."""
    text = each.severity or "none yet"
    colour = {"1": "red", "2": "yellow"}.get(text[-1:])
    return Cell(f"{text}*" if each.severity_override else text, colour)


def phase(each: IncidentView) -> Cell | str:
    return Cell(each.phase, "red") if each.phase == "Open" else each.phase
