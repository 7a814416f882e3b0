"""`kubectl clv incident summary NAME`: the lines that every channel tells, for pasting."""

from __future__ import annotations

import click

from kubectl_clv import kinds
from kubectl_clv.invocation import Invocation, connected, shown
from kubectl_clv.names import incident_names
from kubectl_clv.output.report import Report
from kubectl_clv.views.incident import IncidentView
from kubectl_clv.views.situation import summary_lines


@click.command()
@click.argument("name", shell_complete=incident_names)
@shown
@connected
@click.pass_obj
def summary(invocation: Invocation, name: str) -> None:
    """What the commander reads first: severity, money, who is hit, budget, what comes next."""
    plain = kinds.without_kind(kinds.INCIDENT, name)
    each = IncidentView.of(invocation.cluster.get(kinds.INCIDENT, plain, namespace=invocation.home))
    slos = invocation.cluster.list(kinds.SLO, namespace=invocation.home)
    lines = summary_lines(each, slos=slos, now=invocation.now)
    invocation.emit(
        Report(
            data={"namespace": each.namespace, "name": each.name, "lines": lines},
            blocks=lines,
            names=[f"{kinds.INCIDENT.full_name}/{each.name}"],
        )
    )
