"""`kubectl clv incident note NAME TEXT`."""

from __future__ import annotations

from typing import Any

import click

from kubectl_clv.edit import author, done, edit
from kubectl_clv.invocation import Invocation, connected, writing
from kubectl_clv.names import incident_names
from kubectl_clv.output import times
from kubectl_clv.views.incident import IncidentView


@click.command()
@click.argument("name", shell_complete=incident_names)
@click.argument("text", nargs=-1, required=True)
@click.option("--by", metavar="WHO", help="Else the name under which the API server knows you.")
@writing
@connected
@click.pass_obj
def note(invocation: Invocation, name: str, text: tuple[str, ...], by: str | None) -> None:
    """Add a remark to the timeline; 20 of 1,024 characters fit."""
    who = author(invocation, by)
    remark = {"text": " ".join(text), "by": who, "at": times.rfc3339(invocation.now)}
    before: list[Any] = []

    def add(each: IncidentView) -> dict[str, Any]:
        before[:] = each.notes
        return {"notes": [*each.notes, remark]}

    each, _ = edit(invocation, name, add)
    done(invocation, each, f"{each.name}: note {len(each.notes)} of 20 added by {who}", undo={"notes": before})
