"""Names from the cluster, for completion; silent about every fault, because a prompt is no place for errors."""

from __future__ import annotations

import click

from kubectl_clv import kinds
from kubectl_clv.invocation import Invocation
from sloengine.errors import ClvError


def slo_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    return _names(context, kinds.SLO, incomplete)


def incident_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    return _names(context, kinds.INCIDENT, incomplete)


def explainable(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """`tslo/NAME` and `rinc/NAME`, once the kind is typed; else the two beginnings."""
    before, slash, name = incomplete.partition("/")
    if not slash:
        return [f"{kind.short}/" for kind in (kinds.SLO, kinds.INCIDENT) if kind.short.startswith(before)]
    kind = next((kind for kind in (kinds.SLO, kinds.INCIDENT) if before in kind.spellings), None)
    return [f"{before}/{found}" for found in _names(context, kind, name)] if kind else []


def _names(context: click.Context, kind: kinds.Kind, incomplete: str) -> list[str]:
    invocation = context.find_object(Invocation) or Invocation()
    try:
        found = [thing["metadata"]["name"] for thing in invocation.list(kind)]
    except ClvError:
        return []
    return sorted(name for name in found if name.startswith(incomplete))
