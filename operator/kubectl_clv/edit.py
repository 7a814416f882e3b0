"""A change that a person makes to an incident: said before, judged by the API server, with its undo after."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import click

from kubectl_clv import kinds
from kubectl_clv.exits import Exit
from kubectl_clv.failure import Failure
from kubectl_clv.invocation import Invocation
from kubectl_clv.views.incident import IncidentView
from sloengine.errors import ClusterError

TRIES = 5

Change = Callable[[IncidentView], Mapping[str, Any] | None]
"""From the incident as it is to the part of `spec` to merge in; None: there is nothing to do."""


def edit(invocation: Invocation, name: str, change: Change) -> tuple[IncidentView, bool]:
    """Reads, changes and writes, again when somebody was faster. Returns the incident and whether it was written.

    The resourceVersion goes with each write: a note that somebody adds at the same moment is never lost.
    """
    plain = kinds.without_kind(kinds.INCIDENT, name)
    for attempt in range(1, TRIES + 1):
        each = IncidentView.of(invocation.cluster.get(kinds.INCIDENT, plain, namespace=invocation.home))
        spec = change(each)
        if spec is None:
            return each, False
        body = {"metadata": {"resourceVersion": each.thing["metadata"]["resourceVersion"]}, "spec": spec}
        try:
            written = invocation.cluster.merge(
                kinds.INCIDENT, plain, body, namespace=invocation.home, dry_run=invocation.dry_run
            )
        except ClusterError as error:
            if error.reason == "Conflict" and attempt < TRIES:
                continue
            raise
        return IncidentView.of(written), True
    raise AssertionError("unreachable: the last attempt returns or raises")


def author(invocation: Invocation, by: str | None) -> str:
    """--by, else the name under which the API server knows us, else that of the machine."""
    return by or invocation.cluster.whoami() or getpass.getuser()


def confirm(invocation: Invocation, sentence: str) -> None:
    """Says what will be done, and asks; nothing is done without an answer."""
    if invocation.yes or invocation.dry_run:
        return
    click.echo(sentence, err=True)
    if not sys.stdin.isatty():
        raise Failure(
            "Nobody is there to answer", fix="add --yes, or --dry-run to see what would happen", code=Exit.USAGE
        )
    if not click.confirm("Do it?", default=False, err=True):
        raise Failure("Nothing was changed")


def done(invocation: Invocation, each: IncidentView, sentence: str, *, undo: Mapping[str, Any] | None) -> None:
    """On stdout what was done, on stderr how to take it back. undo: the part of `spec` that does."""
    if invocation.dry_run:
        click.echo(f"{sentence} (dry run: nothing was written)")
        return
    click.echo(sentence)
    if undo is not None:
        patch = json.dumps({"spec": undo}, separators=(",", ":"), ensure_ascii=False)
        target = f"{kinds.INCIDENT.short} {each.name} -n {each.namespace}"
        click.echo(f"Undo: kubectl patch {target} --type merge -p '{patch}'", err=True)
