"""`kubectl clv incident …`."""

from __future__ import annotations

import click

from kubectl_clv.cli import LazyGroup, Verb
from kubectl_clv.invocation import connected

VERBS = {
    "list": Verb("list:list_", "All incidents, also those that are over, newest first.", "Look"),
    "show": Verb("show:show", "One incident in full.", "Look"),
    "summary": Verb("summary:summary", "What the commander reads first, as every channel tells it.", "Look"),
    "ack": Verb("ack:ack", "Acknowledge: somebody has taken it on; pages that allow it stop.", "Act"),
    "note": Verb("note:note", "Add a remark to the timeline.", "Act"),
    "resolve": Verb("resolve:resolve", "End it; its alerts do not reopen it.", "Act"),
}


@click.group(cls=LazyGroup, verbs=VERBS, package="kubectl_clv.verbs.incident")
@connected
def incident() -> None:
    """Incidents ranked by revenue at risk."""
