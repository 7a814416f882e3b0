"""`kubectl clv import sloth|pyrra|openslo PATH`: objectives of other tools as TieredSLOs, and what changes with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kubectl_clv.failure import Failure
from kubectl_clv.finding import exit_code
from kubectl_clv.invocation import Invocation, connected
from kubectl_clv.manifests import read
from kubectl_clv.output.report import Block, Report, terminal_width
from kubectl_clv.output.table import Cell

if TYPE_CHECKING:
    from kubectl_clv.importing.conversion import Conversion, Outcome

FORMATS = ("sloth", "pyrra", "openslo")


@click.command(
    "import",
    epilog="Exit codes: 0 all carried as they were; 1 error; 2 wrong usage; 3 all carried, and something changed: read the "
    "summary; 4 an objective was refused; the others are written all the same.",
)
@click.argument("form", metavar="sloth|pyrra|openslo", type=click.Choice(FORMATS))
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option("--out", metavar="DIR", type=click.Path(file_okay=False), help="A file for each; else all to stdout.")
@click.option("--tier-label", default="clv_tier", show_default=True, metavar="LABEL", help="The label of the tier.")
@click.option("--service", default="", metavar="NAME", help="For Pyrra, which names none.")
@click.option("--period", default="", metavar="30d", help="For Sloth (30d) and where OpenSLO has no time window.")
@click.option("--dry-run", "dry", is_flag=True, help="Say what would be written, and write nothing.")
@connected
@click.pass_obj
def imports(  # noqa: PLR0917  # click passes by name
    invocation: Invocation,
    form: str,
    paths: tuple[str, ...],
    out: str | None,
    tier_label: str,
    service: str,
    period: str,
    dry: bool,  # noqa: FBT001  # click passes by name
) -> None:
    r"""Write the objectives of other tools as TieredSLOs; each target holds for everyone, until you add tiers.

    \b
    sloth    files of version prometheus/v1, and PrometheusServiceLevel
    pyrra    ServiceLevelObjective
    openslo  SLOs of openslo/v1 and openslo/v1alpha, with the SLIs and DataSources that they refer to

    PATH is a file, a folder (all .yaml, .yml, .json in it), or - for stdin. Needs no cluster. Queries are read as
    PromQL: what is not exactly a ratio of counters or a bucket of a histogram is refused, with what to write instead.
    What was carried, changed and refused stands on stderr.
    """
    from kubectl_clv.importing.conversion import convert, other_formats
    from kubectl_clv.importing.draft import Settings

    documents = read(paths)
    settings = Settings(tier_label=tier_label, service=service, namespace=invocation.namespace or "", period=period)
    conversion = convert(documents, form, settings)
    if not conversion.outcomes:
        others = other_formats(documents, form)
        fix = f"use import {others[0]}" if others else "name a file of that tool, or the folder with its files"
        raise Failure(f"Nothing in {', '.join(paths)} is an objective of {form}", fix=fix)
    _write(conversion, out, dry=dry)
    click.echo(summary(conversion).render("table", width=terminal_width()), err=True)
    click.get_current_context().exit(exit_code(conversion.severities))


def _write(conversion: Conversion, out: str | None, *, dry: bool) -> None:
    from clv_operator.rules.wanted import as_yaml
    from kubectl_clv.verbs.generate import place_file

    if out is None:
        click.echo("---\n".join(map(as_yaml, conversion.manifests)), nl=False)
        return
    for manifest in conversion.manifests:
        head = manifest["metadata"]
        name = f"{head['namespace']}.{head['name']}" if "namespace" in head else head["name"]
        click.echo(place_file(Path(out) / f"{name}.yaml", as_yaml(manifest), dry=dry))


def summary(conversion: Conversion) -> Report:
    """For people: each objective with what changed, then the count."""
    blocks: list[Block] = []
    for outcome in conversion.outcomes:
        blocks.append(Cell(_headline(outcome)))
        blocks += [
            f"  line {each.manifest.line_of(each.field)}: {each.field}: {each.problem}; {each.fix}"
            for each in outcome.findings
        ]
    refused = sum(1 for outcome in conversion.outcomes if outcome.made is None)
    changed = sum(1 for outcome in conversion.outcomes if outcome.made is not None and outcome.findings)
    whole = len(conversion.outcomes) - refused - changed
    counted = [f"{whole} carried", f"{changed} carried with changes", f"{refused} refused"]
    if conversion.passed_over:
        counted.append(f"{_many(len(conversion.passed_over), 'other object')} passed over")
    return Report(data=None, blocks=[*blocks, f"{_many(len(conversion.outcomes), 'objective')}: {', '.join(counted)}"])


def _headline(outcome: Outcome) -> str:
    origin = outcome.manifest.origin
    if outcome.made is None:
        return f"{origin}: {outcome.label}: refused"
    said = f", with {_many(len(outcome.findings), 'change')}" if outcome.findings else ""
    return f"{origin}: {outcome.label}: carried{said}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
