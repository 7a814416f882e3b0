"""`kubectl clv incident resolve NAME`."""

from __future__ import annotations

from typing import Any

import click

from kubectl_clv.edit import author, confirm, done, edit
from kubectl_clv.exits import Exit
from kubectl_clv.failure import Failure
from kubectl_clv.invocation import Invocation, asking, connected, writing
from kubectl_clv.names import incident_names
from kubectl_clv.output import times
from kubectl_clv.views.incident import IncidentView

REASONS = ("Resolved", "Duplicate", "FalseAlarm")


@click.command()
@click.argument("name", shell_complete=incident_names)
@click.option("--reason", type=click.Choice(REASONS, case_sensitive=False), default="Resolved", show_default=True)
@click.option("--of", metavar="INCIDENT", help="With reason Duplicate: the incident that it repeats.")
@click.option("--by", metavar="WHO", help="Else the name under which the API server knows you.")
@asking
@writing
@connected
@click.pass_obj
def resolve(invocation: Invocation, name: str, reason: str, of: str | None, by: str | None) -> None:
    """End it. Alerts that it already has do not reopen it; one that fires anew opens the next episode."""
    if (reason == "Duplicate") != (of is not None):
        raise Failure(
            "A duplicate names the incident that it repeats",
            fix="use --reason Duplicate --of INCIDENT",
            code=Exit.USAGE,
        )
    who = author(invocation, by)

    def close(each: IncidentView) -> dict[str, Any] | None:
        if each.closed or each.is_over:
            return None
        confirm(
            invocation,
            f"This ends {each.name} ({each.severity or 'no severity yet'}, {each.phase}, {each.risk()} at risk) as {reason}: "
            "nobody is paged for it any more, and the alerts that it has do not reopen it.",
        )
        closed = {"reason": reason, "by": who, "at": times.rfc3339(invocation.now), **({"of": of} if of else {})}
        return {"closed": closed}

    each, written = edit(invocation, name, close)
    if not written:
        ended = each.closed.get("by")
        click.echo(f"{each.name} is over already ({f'closed by {ended}' if ended else each.phase})")
        return
    done(invocation, each, f"{each.name} resolved by {who} as {reason}", undo={"closed": None})
