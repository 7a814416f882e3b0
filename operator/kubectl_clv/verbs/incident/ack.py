"""`kubectl clv incident ack NAME`."""

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
@click.option("--by", metavar="WHO", help="Else the name under which the API server knows you.")
@click.option("--take-over", is_flag=True, help="Also when somebody else has acknowledged it.")
@writing
@connected
@click.pass_obj
def ack(invocation: Invocation, name: str, by: str | None, take_over: bool) -> None:  # noqa: FBT001  # click passes by name
    """Acknowledge: somebody has taken it on, and steps that wait for that are not sent.

    It holds for the severity at which it is given: a rise clears it.
    """
    who = author(invocation, by)

    def acknowledge(each: IncidentView) -> dict[str, Any] | None:
        if each.acknowledged and each.acknowledgement_holds and not take_over:
            return None
        return {"acknowledged": {"by": who, "at": times.rfc3339(invocation.now), "via": "kubectl"}}

    each, written = edit(invocation, name, acknowledge)
    if not written:
        given = each.acknowledged
        when = times.both(given.get("at"), invocation.now)
        click.echo(f"{each.name} was acknowledged by {given.get('by')}, {when}; --take-over replaces that")
        return
    done(invocation, each, f"{each.name} acknowledged by {who}", undo={"acknowledged": None})
