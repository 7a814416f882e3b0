"""`kubectl clv validate -f PATH…`: everything that is wrong with manifests, before anybody applies them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeVar

import click

from kubectl_clv.crosscheck import Valid, together, twice
from kubectl_clv.exits import EXIT_CODES
from kubectl_clv.finding import PAGE, TICKET, UNKNOWN, Finding, exit_code, invalid
from kubectl_clv.invocation import Invocation, connected, files, measuring, shown
from kubectl_clv.manifests import Manifest, read
from kubectl_clv.output.report import Block, Report
from kubectl_clv.output.table import Cell
from sloengine.errors import InvalidSpec
from sloengine.tier import Tier

T = TypeVar("T")
MANY = 20
"""SLOs; asking about so many takes a second or two."""
_COLOURS = {PAGE: "red", TICKET: "yellow", UNKNOWN: "yellow"}
_WORDS = {PAGE: "invalid", TICKET: "warning", UNKNOWN: "not checked"}


@click.command(epilog=EXIT_CODES)
@files
@click.option("--cluster-tiers", is_flag=True, help="Judge SLOs by the CLVTiers of the cluster.")
@measuring
@shown
@connected
@click.pass_obj
def validate(invocation: Invocation, paths: tuple[str, ...], cluster_tiers: bool) -> None:  # noqa: FBT001  # click passes by name
    """Check manifests: fields, rules, PromQL, and what only several objects together can know.

    Needs no cluster. With --prometheus it also asks whether each metric exists, carries the tier label, and has the
    threshold as a bucket. Objects of other kinds are passed over.
    """
    manifests = read(paths)
    ours = [manifest for manifest in manifests if manifest.is_ours]
    tiers: tuple[Tier, ...] = ()
    if cluster_tiers:
        from kubectl_clv.declared import tiers_of

        tiers, _ = tiers_of(invocation.cluster)
    found = examine(ours, now=invocation.now, tiers=tiers, prometheus=invocation.prometheus)
    invocation.emit(report(ours, found, passed_over=len(manifests) - len(ours)))
    click.get_current_context().exit(exit_code({finding.severity for finding in found}))


def examine(
    ours: Sequence[Manifest], *, now: datetime, tiers: Sequence[Tier] = (), prometheus: str | None = None
) -> list[Finding]:
    """All findings. tiers: those of the cluster, where the manifests have none. prometheus: address to ask, or None."""
    found = [finding for manifest in ours for finding in _alone(manifest)]
    found += twice(ours)
    broken = {id(finding.manifest) for finding in found}
    valid = _valid([manifest for manifest in ours if id(manifest) not in broken], found)
    found += together(valid, tiers=tiers, now=now)
    if prometheus:
        from kubectl_clv.live import LiveCheck, open_source

        source = open_source(prometheus)
        declared = [tier for _, tier in valid.tiers] or list(tiers)
        try:
            with _progress(valid.slos) as asked:
                for manifest, slo in asked:
                    live = LiveCheck(manifest=manifest, slo=slo, tiers=declared, source=source, now=now)
                    found += live.findings()
        finally:
            source.close()
    order = {id(manifest): place for place, manifest in enumerate(ours)}
    return sorted(found, key=lambda finding: order[id(finding.manifest)])


def _progress(slos: Sequence[T]) -> AbstractContextManager[Iterable[T]]:
    """A bar with the time that is left, on a terminal, where it will take longer than a moment."""
    hidden = not sys.stderr.isatty() or len(slos) < MANY
    return click.progressbar(slos, label="Asking Prometheus", file=sys.stderr, show_eta=True, hidden=hidden)


def _alone(manifest: Manifest) -> list[Finding]:
    from clv_operator.api import problems

    try:
        return [invalid(manifest, error) for error in problems(manifest.kind, manifest.body)]
    except InvalidSpec as error:
        return [invalid(manifest, error)]


def _valid(manifests: Sequence[Manifest], found: list[Finding]) -> Valid:
    from clv_operator.api import CLVTier, TieredSLO, parse

    tiers, slos = [], []
    for manifest in manifests:
        try:
            match parse(manifest.kind, manifest.body):
                case CLVTier() as tier:
                    tiers.append((manifest, tier.to_tier()))
                case TieredSLO() as slo:
                    slos.append((manifest, slo.to_slo()))
        except InvalidSpec as error:
            found.append(invalid(manifest, error))
    return Valid(tiers=tiers, slos=slos)


def report(ours: Sequence[Manifest], found: Sequence[Finding], *, passed_over: int = 0) -> Report:
    """passed_over: objects of other kinds."""
    blocks: list[Block] = []
    for manifest in ours:
        mine = [finding for finding in found if finding.manifest is manifest]
        if mine:
            blocks += [*([""] if blocks else []), Cell(f"{manifest.origin}: {manifest.label}", bold=True)]
            blocks += [_sentence(finding) for finding in mine]
    wrong = {id(finding.manifest) for finding in found if finding.severity == PAGE}
    counted = [f"{len(ours) - len(wrong)} valid", f"{len(wrong)} invalid"]
    warnings = sum(1 for finding in found if finding.severity == TICKET)
    unasked = sum(1 for finding in found if finding.severity == UNKNOWN)
    counted += [f"{warnings} warnings"] if warnings else []
    counted += [f"{unasked} not checked"] if unasked else []
    counted += [f"{passed_over} of other kinds passed over"] if passed_over else []
    blocks += [*([""] if blocks else []), f"{len(ours)} object{'' if len(ours) == 1 else 's'}: {', '.join(counted)}"]
    return Report(
        data={
            "objects": [
                {
                    "file": manifest.origin,
                    "line": manifest.line_of("kind"),
                    "kind": manifest.kind,
                    "namespace": manifest.namespace or None,
                    "name": manifest.name,
                    "valid": id(manifest) not in wrong,
                    "findings": [_data(finding) for finding in found if finding.manifest is manifest],
                }
                for manifest in ours
            ],
            "passedOver": passed_over,
        },
        blocks=blocks,
        names=[f"{finding.place}: {finding.field}" for finding in found],
        empty="" if ours else f"None of {passed_over} objects is of group clvsre.io: there is nothing to check.",
    )


def _sentence(finding: Finding) -> Cell:
    line = finding.manifest.line_of(finding.field)
    text = f"  line {line}: {_WORDS[finding.severity]}: {finding.field}: {finding.problem}; {finding.fix}"
    return Cell(text, _COLOURS[finding.severity])


def _data(finding: Finding) -> dict[str, str | int]:
    return {
        "severity": finding.severity,
        "field": finding.field,
        "line": finding.manifest.line_of(finding.field),
        "problem": finding.problem,
        "fix": finding.fix,
    }
