"""`kubectl clv version`: client, operator, CRDs, and whether they fit together."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from typing import Any

import click

from kubectl_clv import kinds
from kubectl_clv.failure import Failure
from kubectl_clv.invocation import Invocation, connected, shown
from kubectl_clv.output.report import Block, Report
from kubectl_clv.output.table import Cell, Column, Table
from kubectl_clv.schema import lacking
from sloengine.errors import ClusterError, ClvError

_OPERATORS = "/apis/apps/v1/deployments"
_LABELS = "app.kubernetes.io/name=clv-sre"
_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
COLUMNS = (Column(title="PART"), Column(title="VERSION"), Column(title="FITS"), Column(title="WHERE", priority=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """skew: why it does not fit the client; empty where it does. known: False where nothing could be seen."""

    part: str
    version: str
    where: str = ""
    skew: str = ""
    known: bool = True


@click.command()
@click.option("--client", "only_client", is_flag=True, help="Ask no cluster.")
@shown
@connected
@click.pass_obj
def version(invocation: Invocation, only_client: bool) -> None:  # noqa: FBT001  # click passes by name
    """Versions of client, operator and CRDs, and whether they fit.

    Client and operator may differ by one minor version. A CRD fits when it has every field that the client knows.
    """
    client = metadata.version("clv-sre")
    parts = [Part(part="client", version=client)]
    if not only_client:
        try:
            cluster = invocation.cluster
            parts += [*_operators(cluster, client), *_crds(cluster)]
        except ClvError as error:
            why = error.why if isinstance(error, Failure) else str(error)
            parts.append(Part(part="cluster", version="unknown", skew=why, known=False))
    invocation.emit(report(parts))


def report(parts: list[Part]) -> Report:
    notes: list[Block] = [f"{part.part}: {part.skew}" for part in parts if part.skew]
    blocks: list[Block] = [
        Table(columns=COLUMNS, rows=[_row(part) for part in parts]),
        *(["", *notes] if notes else []),
    ]
    return Report(
        data=[
            {"part": part.part, "version": part.version, "where": part.where or None, "skew": part.skew or None}
            for part in parts
        ],
        blocks=blocks,
        names=[part.part for part in parts],
    )


def _row(part: Part) -> list[Cell | str]:
    fits = "yes" if not part.skew else Cell("no", "red") if part.known else Cell("unknown", "yellow")
    return [part.part, part.version, fits, part.where]


def _operators(cluster: Any, client: str) -> list[Part]:
    try:
        found = cluster.raw(_OPERATORS, query={"labelSelector": _LABELS}).get("items", [])
    except ClusterError as error:
        return [Part(part="operator", version="unknown", skew=str(error), known=False)]
    if not found:
        skew = "no Deployment is labelled app.kubernetes.io/name=clv-sre; it may run outside the cluster"
        return [Part(part="operator", version="not found", skew=skew, known=False)]
    parts = []
    for each in found:
        labels = each["metadata"].get("labels", {})
        running = str(labels.get("app.kubernetes.io/version", "unknown"))
        ready, wanted = each.get("status", {}).get("readyReplicas", 0), each.get("spec", {}).get("replicas", 1)
        where = f"{each['metadata']['namespace']}/{each['metadata']['name']}, {ready} of {wanted} ready"
        parts.append(Part(part="operator", version=running, where=where, skew=skew_of(client, running)))
    return parts


def skew_of(client: str, operator: str) -> str:
    """Why these two do not fit; empty where they do: same major version, minor versions at most one apart."""
    ours, theirs = _numbers(client), _numbers(operator)
    if ours is None or theirs is None:
        return f"{operator} cannot be compared with {client}"
    if ours[0] == theirs[0] and abs(ours[1] - theirs[1]) <= 1:
        return ""
    older = "the client" if ours < theirs else "the operator"
    return f"more than one minor version apart from {client}; upgrade {older}"


def _numbers(version_: str) -> tuple[int, int] | None:
    major, _, rest = version_.partition(".")
    minor = rest.partition(".")[0]
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None


def _crds(cluster: Any) -> list[Part]:
    parts = []
    for kind in kinds.ALL:
        name = f"{kind.plural}.{kinds.GROUP}"
        try:
            installed = cluster.raw(f"{_CRDS}/{name}")
        except ClusterError as error:
            absent = error.reason in {"NotFound", "NoSuchKind"}
            skew = "not installed: kubectl apply -f crds/" if absent else str(error)
            parts.append(Part(part=name, version="absent" if absent else "unknown", skew=skew, known=absent))
            continue
        served = next((each for each in installed["spec"]["versions"] if each["name"] == kinds.VERSION), None)
        missing = lacking(kind.kind, served["schema"]["openAPIV3Schema"]) if served else []
        skew = "" if served else f"does not serve {kinds.VERSION}"
        if missing:
            skew = f"older than the client: lacks {', '.join(missing[:3])}" + (" …" if len(missing) > 3 else "")
        parts.append(Part(part=name, version=kinds.VERSION if served else "other", skew=skew))
    return parts
