"""`kubectl clv explain KIND/NAME`: the formula, the numbers put in, the query to paste."""

from __future__ import annotations

import click

from kubectl_clv import kinds
from kubectl_clv.declared import from_manifests, slo_of, tiers_of
from kubectl_clv.exits import Exit
from kubectl_clv.failure import Failure, did_you_mean
from kubectl_clv.invocation import Invocation, connected, files, measuring, shown
from kubectl_clv.names import explainable
from kubectl_clv.output import times
from kubectl_clv.output.report import Report
from sloengine.errors import InvalidSpec


@click.command()
@click.argument("reference", metavar="KIND/NAME", shell_complete=explainable)
@click.option("--tier", metavar="NAME", default="", help="One tier of an SLO only.")
@files
@measuring
@shown
@connected
@click.pass_obj
def explain(invocation: Invocation, reference: str, tier: str, paths: tuple[str, ...]) -> None:
    """How the figures of tslo/NAME or rinc/NAME come about.

    For an SLO: budget, error ratio, burn and weighted burn, each with its formula, the numbers in it, the PromQL to
    paste and the rule that records it. Numbers come from Prometheus with --prometheus, else from the status; with -f
    no cluster is needed. For an incident: revenue at risk, replayed from the inputs in its status.
    """
    kind, name = kinds.split(reference, (kinds.SLO, kinds.INCIDENT))
    if kind is kinds.SLO:
        invocation.emit(_slo(invocation, name, tier, paths))
    else:
        invocation.emit(_incident(invocation, name))


def _slo(invocation: Invocation, name: str, tier: str, paths: tuple[str, ...]) -> Report:
    from kubectl_clv.explain.figures import Figures, from_prometheus, from_status
    from kubectl_clv.explain.slo import Subject, report
    from kubectl_clv.views.slo import SloView

    figures = Figures(by_tier={})
    if paths:
        from kubectl_clv.manifests import read

        declared = from_manifests(read(paths), namespace=invocation.namespace or "default")
        tiers, weights = declared.tiers, declared.weights
        slo = next((each for each in declared.slos if each.name == name), None)
        if slo is None:
            near = did_you_mean(name, (each.name for each in declared.slos))
            raise Failure(f"There is no SLO {name} in {', '.join(paths)}", fix=near or "check the name")
    else:
        thing = invocation.cluster.get(kinds.SLO, name, namespace=invocation.home)
        slo, view = slo_of(thing), SloView.of(thing)
        tiers, weights = tiers_of(invocation.cluster)
        if view.tiers:
            figures = from_status(view, as_of=times.both(view.as_of, invocation.now))
    if invocation.prometheus:
        from kubectl_clv.live import open_source

        source = open_source(invocation.prometheus)
        try:
            figures = from_prometheus(slo, source, now=invocation.now)
        finally:
            source.close()
    subject = Subject(slo=slo, tiers=tiers, weights=weights, figures=figures, only=tier)
    try:
        if tier and tier not in subject.budgets:
            everyone = Subject(slo=slo, tiers=tiers, weights=weights, figures=figures).budgets
            near = did_you_mean(tier, everyone) or f"tiers are {', '.join(everyone)}"
            raise Failure(f"{name} promises nothing to a tier {tier}", fix=near, code=Exit.USAGE)
        return report(subject)
    except InvalidSpec as error:
        why = f"{error.field}: {error.problem}"
        raise Failure(f"{name} cannot be explained by these tiers", why=why, fix=error.fix) from error


def _incident(invocation: Invocation, name: str) -> Report:
    from kubectl_clv.explain.incident import report
    from kubectl_clv.explain.replay import replay
    from kubectl_clv.views.incident import IncidentView

    each = IncidentView.of(invocation.cluster.get(kinds.INCIDENT, name, namespace=invocation.home))
    tiers, _ = tiers_of(invocation.cluster)
    return report(each, replay(each, tiers), now=invocation.now)
