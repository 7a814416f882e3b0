"""`kubectl clv generate -f PATH… --out DIR`: the rules that the operator would load, without an operator."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from kubectl_clv.declared import Declared, from_manifests, tiers_of
from kubectl_clv.exits import Exit
from kubectl_clv.failure import Failure
from kubectl_clv.invocation import Invocation, connected, files
from kubectl_clv.manifests import read
from sloengine.errors import InvalidSpec

FORMATS = ("rules", "prometheusrule", "configmap")
MANAGED_BY = {"app.kubernetes.io/managed-by": "kubectl-clv", "app.kubernetes.io/part-of": "clv-sre"}
"""Not the operator's own mark: it removes what carries that and belongs to no SLO of its cluster."""
MAX_CONFIG_MAP_BYTES = 900 * 1024


@click.command()
@files
@click.option("--out", metavar="DIR", type=click.Path(file_okay=False), help="Else to stdout.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="rules", show_default=True)
@click.option("--runbooks", metavar="URL", help="Where runbooks/ is served, for the links in alerts.")
@click.option("--cluster-tiers", is_flag=True, help="Take tiers and weights from the cluster, not from -f.")
@click.option("--dry-run", "dry", is_flag=True, help="Say what would be written, and write nothing.")
@connected
@click.pass_obj
def generate(  # noqa: PLR0917  # click passes by name
    invocation: Invocation,
    paths: tuple[str, ...],
    out: str | None,
    form: str,
    runbooks: str | None,
    cluster_tiers: bool,  # noqa: FBT001  # click passes by name
    dry: bool,  # noqa: FBT001  # click passes by name
) -> None:
    r"""Write Prometheus rules: one file for each TieredSLO, and a shared one for weights and weighted figures.

    \b
    rules           rule files, for rule_files of Prometheus, Thanos Ruler, Mimir, vmalert
    prometheusrule  PrometheusRule objects, for prometheus-operator
    configmap       ConfigMaps with those files

    The same manifests give the same bytes. Needs CLVTiers among the manifests, or --cluster-tiers.
    """
    declared = from_manifests(read(paths), namespace=invocation.namespace or "default")
    if cluster_tiers:
        tiers, weights = tiers_of(invocation.cluster)
        declared = Declared(slos=declared.slos, tiers=tiers, weights=weights)
    documents = rendered(declared, runbooks=runbooks)
    texts = dict(_formatted(documents, form, namespace=invocation.namespace))
    if out is None:
        click.echo("---\n".join(texts.values()), nl=False)
        return
    for name, text in texts.items():
        click.echo(place_file(Path(out) / name, text, dry=dry))


def rendered(declared: Declared, *, runbooks: str | None = None) -> dict[tuple[str, str], dict[str, Any]]:
    """Rule files by (namespace, name of the SLO); the shared one under ("", "")."""
    from sloengine import weighting
    from sloengine.rules import RuleSettings, shared_group, slo_group

    if not declared.slos:
        raise Failure("There is no TieredSLO among the manifests", fix="name its file with -f", code=Exit.USAGE)
    if not declared.tiers:
        fix = "add the CLVTiers with -f, or take those of the cluster with --cluster-tiers"
        raise Failure("There is no CLVTier among the manifests", fix=fix, code=Exit.USAGE)
    settings = RuleSettings(runbook_base_url=runbooks) if runbooks else RuleSettings()
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for slo in declared.slos:
        try:
            made[slo.namespace, slo.name] = {"groups": [slo_group(slo, declared.tiers, settings).to_dict()]}
        except InvalidSpec as error:
            why = f"{error.field}: {error.problem}"
            raise Failure(f"{slo.key} cannot be rendered", why=why, fix=error.fix, code=Exit.NO) from error
    shared = shared_group(
        weights=declared.weights or weighting.targets(declared.tiers)[0],
        values=weighting.relative_values(declared.tiers),
        periods={slo.period for slo in declared.slos},
        settings=settings,
    )
    made["", ""] = {"groups": [shared.to_dict()]}
    return made


def _formatted(
    documents: Mapping[tuple[str, str], dict[str, Any]], form: str, *, namespace: str | None
) -> Iterator[tuple[str, str]]:
    """(file name, text) of each file."""
    from clv_operator.rules.configmap import file_of
    from clv_operator.rules.wanted import as_yaml, shortened

    names = {key: file_of("/".join(key) if key[1] else "") for key in documents}
    match form:
        case "rules":
            for key, document in documents.items():
                yield names[key], as_yaml(document)
        case "prometheusrule":
            for key, document in documents.items():
                metadata: dict[str, Any] = {
                    "name": shortened(f"clv-slo-{key[1]}", 253) if key[1] else "clv-shared",
                    **({"namespace": key[0] or namespace} if key[0] or namespace else {}),
                    "labels": MANAGED_BY,
                }
                head = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": metadata}
                yield names[key], as_yaml({**head, "spec": document})
        case _:
            shards = _shards({names[key]: as_yaml(document) for key, document in documents.items()})
            for place, data in enumerate(shards):
                name = f"clv-rules-{place}"
                metadata = {"name": name, **({"namespace": namespace} if namespace else {}), "labels": MANAGED_BY}
                yield (
                    f"{name}.yaml",
                    as_yaml({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}),
                )


def _shards(texts: Mapping[str, str]) -> list[dict[str, str]]:
    """As many ConfigMaps as their limit of 1 MiB needs."""
    shards: list[dict[str, str]] = [{}]
    size = 0
    for name, text in sorted(texts.items()):
        bytes_ = len(name) + len(text.encode())
        if shards[-1] and size + bytes_ > MAX_CONFIG_MAP_BYTES:
            shards.append({})
            size = 0
        shards[-1][name] = text
        size += bytes_
    return shards


def place_file(place: Path, text: str, *, dry: bool) -> str:
    """Write the file where it changes, and say so in a line."""
    state = _state(place, text)
    if state != "unchanged" and not dry:
        _write(place, text)
    return f"{place} {state}{' (dry run: nothing was written)' if dry else ''}"


def _state(place: Path, text: str) -> str:
    if not place.exists():
        return "created"
    return "unchanged" if place.read_text(encoding="utf-8") == text else "changed"


def _write(place: Path, text: str) -> None:
    """Whole or not at all: a Prometheus that reloads in this moment must not read half a file."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(place)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Failure(
            f"{place} cannot be written", why=error.strerror or str(error), fix="choose another --out"
        ) from error
