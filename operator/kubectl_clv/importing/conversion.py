"""All documents of a path, through one format: what was carried, what changed, what was refused, and where it stood."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kubectl_clv.finding import PAGE, TICKET, Finding
from kubectl_clv.importing.draft import Draft, Note, Settings
from kubectl_clv.importing.openslo import OpenSlo
from kubectl_clv.importing.pyrra import Pyrra
from kubectl_clv.importing.sloth import Sloth
from kubectl_clv.manifests import Manifest
from sloengine import duration
from sloengine.errors import InvalidSpec
from sloengine.slo import LatencyIndicator

_NAMESPACE = re.compile(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")


class Format(Protocol):
    """One tool's way to write objectives."""

    def reads(self, document: Mapping[str, Any]) -> bool:
        """Whether the document is of this tool, however wrong."""

    def objectives(self, document: Mapping[str, Any]) -> Iterator[tuple[str, Callable[[], Draft]]]:
        """(label for people, how to make it) of each; both raise InvalidSpec."""


FORMATS: Mapping[str, Callable[[Sequence[Mapping[str, Any]], Settings], Format]] = {
    "sloth": Sloth,
    "pyrra": Pyrra,
    "openslo": OpenSlo,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one objective. made: its TieredSLO; None: refused. findings: page refuses, ticket changes."""

    manifest: Manifest
    label: str
    made: dict[str, Any] | None = None
    findings: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    outcomes: Sequence[Outcome] = field(default_factory=tuple)
    passed_over: Sequence[Manifest] = ()

    @property
    def manifests(self) -> list[dict[str, Any]]:
        return [outcome.made for outcome in self.outcomes if outcome.made is not None]

    @property
    def severities(self) -> set[str]:
        return {finding.severity for outcome in self.outcomes for finding in outcome.findings}


def convert(documents: Sequence[Manifest], form: str, settings: Settings) -> Conversion:
    """Never raises for what stands in the documents: each refusal is an outcome, and the others are carried."""
    bodies = [each.body for each in documents if isinstance(each.body, dict)]
    reader = FORMATS[form](bodies, settings)
    outcomes: list[Outcome] = []
    passed_over: list[Manifest] = []
    taken: dict[tuple[str, str], str] = {}
    for document in documents:
        if not isinstance(document.body, dict) or not reader.reads(document.body):
            passed_over.append(document)
            continue
        try:
            for label, make in reader.objectives(document.body):
                outcomes.append(_outcome(document, label, make, taken))
        except InvalidSpec as error:
            outcomes.append(
                Outcome(manifest=document, label="the whole document", findings=[_refusal(document, error)])
            )
    return Conversion(outcomes=outcomes, passed_over=passed_over)


def other_formats(documents: Sequence[Manifest], form: str) -> list[str]:
    """The formats, by their word on the command line, that would read what this one passes over."""
    known = {name: make((), Settings()) for name, make in FORMATS.items() if name != form}
    bodies = [each.body for each in documents if isinstance(each.body, dict)]
    return [name for name, reader in known.items() if any(map(reader.reads, bodies))]


def _outcome(document: Manifest, label: str, make: Callable[[], Draft], taken: dict[tuple[str, str], str]) -> Outcome:
    try:
        draft = make()
        label = f"{draft.namespace}/{draft.name}" if draft.namespace else draft.name
        made = draft.as_manifest()
        _judge(draft, made)
        key = (draft.namespace, draft.name)
        if key in taken:
            problem = f"there is a second {label}, after {taken[key]}"
            raise InvalidSpec(field=draft.place_of("metadata.name"), problem=problem, fix="rename one of them")  # noqa: TRY301  # one way out for all refusals of an objective
        taken[key] = f"{document.origin}:{document.line_of(draft.place_of('metadata.name'))}"
    except InvalidSpec as error:
        return Outcome(manifest=document, label=label, findings=[_refusal(document, error)])
    changes = [
        Finding(manifest=document, severity=TICKET, field=note.field, problem=note.problem, fix=note.fix)
        for note in (*draft.notes, *_unit(draft))
    ]
    return Outcome(manifest=document, label=label, made=made, findings=changes)


def _unit(draft: Draft) -> list[Note]:
    """A threshold is written in seconds; a bound of another unit keeps its number."""
    match draft.indicator:
        case LatencyIndicator(histogram=histogram, threshold=threshold) if "seconds" not in histogram.partition("{")[0]:
            seconds = duration.render(threshold)
            problem = f"the histogram's name says no seconds, and {seconds} stands for the bound {threshold.total_seconds():g}"
            fix = "leave it: the rules look for the bound, whatever its unit"
            return [Note(field=draft.place_of("spec.indicator"), problem=problem, fix=fix)]
    return []


def _judge(draft: Draft, made: Mapping[str, Any]) -> None:
    """As the API server and the engine would; raises InvalidSpec that points into the file."""
    from clv_operator.api import TieredSLO, parse
    from sloengine import indicator

    if draft.namespace and not _NAMESPACE.match(draft.namespace):
        fix = "use lower-case letters, digits and '-', at most 63"
        problem = f"{draft.namespace[:80]!r} is no name of a namespace"
        raise InvalidSpec(field=draft.place_of("metadata.namespace"), problem=problem, fix=fix)
    try:
        match parse("TieredSLO", made):
            case TieredSLO() as slo:
                indicator.check(slo.to_slo().indicator)
    except InvalidSpec as error:
        place = draft.place_of(error.field)
        raise InvalidSpec(field=place, problem=error.problem, fix=error.fix, reason=error.reason) from error


def _refusal(document: Manifest, error: InvalidSpec) -> Finding:
    return Finding(manifest=document, severity=PAGE, field=error.field, problem=error.problem, fix=error.fix)
