"""Sloth: files of `version: prometheus/v1` and objects of kind PrometheusServiceLevel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kubectl_clv.importing import indicators
from kubectl_clv.importing.counts import Query
from kubectl_clv.importing.draft import (
    DESCRIPTION,
    Alert,
    Draft,
    Note,
    Settings,
    alert_labels,
    days,
    metadata,
    object_labels,
    object_name,
)
from kubectl_clv.importing.fields import Fields
from sloengine.errors import InvalidSpec
from sloengine.slo import Indicator

VERSION = "prometheus/v1"
GROUP = "sloth.slok.dev"
KIND = "PrometheusServiceLevel"
DEFAULT_PERIOD = "30d"
"""Sloth's own, where it is not started with another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spelling:
    """The two forms differ in the spelling of their fields."""

    error_query: str = "error_query"
    total_query: str = "total_query"
    ratio_query: str = "error_ratio_query"
    page: str = "page_alert"
    ticket: str = "ticket_alert"
    chain: str = "slo_plugins"


_FILE = _Spelling()
_OBJECT = _Spelling(
    error_query="errorQuery",
    total_query="totalQuery",
    ratio_query="errorRatioQuery",
    page="pageAlert",
    ticket="ticketAlert",
    chain="sloPlugins",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What all SLOs of one document share."""

    service: str
    service_place: str
    namespace: str
    labels: Mapping[str, str]
    labels_place: str
    object_labels: Mapping[str, str]
    annotations: Mapping[str, str]
    spelling: _Spelling
    settings: Settings


class Sloth:
    """Reads the documents that are Sloth's."""

    def __init__(self, documents: Sequence[Mapping[str, Any]], settings: Settings) -> None:
        self._settings = settings

    @staticmethod
    def reads(document: Mapping[str, Any]) -> bool:
        version = str(document.get("version") or "")
        group = str(document.get("apiVersion") or "").partition("/")[0]
        return version.startswith("prometheus/") or document.get("kind") == KIND or group == GROUP

    def objectives(self, document: Mapping[str, Any]) -> Iterator[tuple[str, Callable[[], Draft]]]:
        """(label, how to make it) of each; raises InvalidSpec where the whole document cannot be carried."""
        root = Fields(document)
        around, slos = self._object(root) if root.has("kind") else self._file(root)
        for fields in slos:
            yield _label(fields, around), partial(_draft, fields, around)

    def _file(self, root: Fields) -> tuple[_Around, list[Fields]]:
        version = root.text("version")
        if version != VERSION:
            root.refuse("version", f"{version[:40]!r} is another format", f"convert it to {VERSION} first")
        return self._shared(root, _FILE, self._settings.namespace, {}, {})

    def _object(self, root: Fields) -> tuple[_Around, list[Fields]]:
        root.ignore("status")
        if root.text("apiVersion") != f"{GROUP}/v1":
            root.refuse("apiVersion", "it is another version of the format", f"convert it to {GROUP}/v1 first")
        if root.text("kind") != KIND:
            root.refuse("kind", "it is no service level", f"name only objects of kind {KIND}")
        _, namespace, labels, annotations = metadata(root.inside("metadata"), self._settings)
        spec = root.inside("spec")
        root.done()
        return self._shared(spec, _OBJECT, namespace, labels, annotations)

    def _shared(
        self, spec: Fields, spelling: _Spelling, namespace: str, labels: dict[str, str], annotations: dict[str, str]
    ) -> tuple[_Around, list[Fields]]:
        if spec.has(spelling.chain):
            fix = "remove the chain, and write what it changes into the SLOs: extra labels, other queries, an interval"
            spec.refuse(spelling.chain, "plugins change the rules of every SLO here, by code that is not read", fix)
        around = _Around(
            service=spec.text("service"),
            service_place=spec.at("service"),
            namespace=namespace,
            labels=spec.texts("labels"),
            labels_place=spec.at("labels"),
            object_labels=labels,
            annotations=annotations,
            spelling=spelling,
            settings=self._settings,
        )
        slos = spec.each("slos")
        spec.done()
        if not slos:
            spec.refuse("slos", "it lists no SLO", "add one, or leave the file out")
        return around, slos


def _label(fields: Fields, around: _Around) -> str:
    """For people, also where the name is wrong."""
    try:
        return f"{around.service}-{fields.text('name')}"
    except InvalidSpec:
        return fields.place


def _draft(fields: Fields, around: _Around) -> Draft:
    notes: list[Note] = []
    if fields.has("plugins"):
        fix = "remove them, and write what they change into the SLO: extra labels, other queries"
        fields.refuse("plugins", "plugins change its rules, by code that is not read", fix)
    name = fields.text("name")
    labels = {**around.labels, **fields.texts("labels")}
    owner = labels.get("owner", "")
    description = fields.optional_text("description")
    indicator = _indicator(fields.inside("sli"), around)
    common = [(around.labels_place, around.labels), (fields.at("labels"), fields.texts("labels"))]
    alerting = fields.inside("alerting")
    page, ticket = _alerting(alerting, common, owner, around.spelling, notes)
    target = fields.number("objective")
    fields.done()
    settings = around.settings
    annotations = {**around.annotations, **({DESCRIPTION: description} if description else {})}
    return Draft(
        name=object_name(f"{around.service}-{name}", fields.at("name"), notes),
        namespace=around.namespace,
        service=around.service,
        owner=owner,
        period=days(settings.period or DEFAULT_PERIOD, "--period"),
        target=target,
        indicator=indicator,
        tier_label=settings.tier_label,
        labels=object_labels(around.object_labels, "metadata.labels", notes),
        annotations=annotations,
        page=page,
        ticket=ticket,
        notes=notes,
        places={
            "metadata": fields.at("name"),
            "spec.service": around.service_place,
            "spec.owner": fields.at("labels") if "owner" in fields.texts("labels") else around.labels_place,
            "spec.indicator": fields.at("sli"),
            "spec.objectives": fields.at("objective"),
            "spec.alerting.page": alerting.at(around.spelling.page),
            "spec.alerting.ticket": alerting.at(around.spelling.ticket),
        },
    )


def _indicator(sli: Fields, around: _Around) -> Indicator:
    if sli.has("plugin"):
        plugin = sli.inside("plugin").optional_text("id") or "a plugin"
        fix = f"write what it returns as events.{around.spelling.error_query} and {around.spelling.total_query}"
        sli.refuse("plugin", f"{plugin} makes the query, by code that is not read", fix)
    label, spelling = around.settings.tier_label, around.spelling
    given = [name for name in ("raw", "events") if sli.has(name)]
    sli.done()
    if len(given) != 1:
        sli.refuse("events", "an SLI has exactly one of events and raw", "write one of the two")
    source = sli.inside(given[0])
    if given == ["raw"]:
        query = _query(source, spelling.ratio_query)
        source.done()
        return indicators.from_ratio(query, tier_label=label)
    errors, total = _query(source, spelling.error_query), _query(source, spelling.total_query)
    source.done()
    return indicators.from_errors(errors, total, tier_label=label)


def _query(fields: Fields, name: str) -> Query:
    return Query(text=fields.text(name), field=fields.at(name))


def _alerting(
    fields: Fields,
    common: list[tuple[str, Mapping[str, str]]],
    owner: str,
    spelling: _Spelling,
    notes: list[Note],
) -> tuple[Alert, Alert]:
    alert_name = fields.optional_text("name")
    if fields.has("annotations"):
        notes.append(_lost_annotations(fields))
    for_both = [*common, (fields.at("labels"), fields.texts("labels"))]
    made = []
    for name in (spelling.page, spelling.ticket):
        each = fields.inside(name)
        if each.has("annotations"):
            notes.append(_lost_annotations(each))
        labels = alert_labels([*for_both, (each.at("labels"), each.texts("labels"))], owner, notes)
        made.append(Alert(labels=labels, disabled=each.flag("disable")))
        each.done()
    fields.done()
    page, ticket = made
    if alert_name and not (page.disabled and ticket.disabled):
        problem = f"the alerts are not called {alert_name[:80]} but ClvBudgetBurnPage and ClvBudgetBurnTicket"
        notes.append(Note(field=fields.at("name"), problem=problem, fix="route and silence by clv_slo and severity"))
    return page, ticket


def _lost_annotations(fields: Fields) -> Note:
    names = ", ".join(fields.inside("annotations").names())[:120]
    problem = f"{names} left out: the alerts write their annotations themselves, with a runbook of their own"
    return Note(
        field=fields.at("annotations"),
        problem=problem,
        fix="link your own runbook from runbooks/, by name of the alert",
    )
