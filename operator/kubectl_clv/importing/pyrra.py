"""Pyrra: objects of kind ServiceLevelObjective."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kubectl_clv.importing import indicators
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
from sloengine import selector
from sloengine.selector import Selector
from sloengine.slo import Indicator, RatioIndicator

GROUP = "pyrra.dev"
KIND = "ServiceLevelObjective"
PREFIX = f"{GROUP}/"
"""Pyrra puts labels and annotations of this prefix onto its rules, without the prefix."""


class Pyrra:
    """Reads the documents that are Pyrra's."""

    def __init__(self, documents: Sequence[Mapping[str, Any]], settings: Settings) -> None:
        self._settings = settings

    @staticmethod
    def reads(document: Mapping[str, Any]) -> bool:
        return str(document.get("apiVersion") or "").partition("/")[0] == GROUP or document.get("kind") == KIND

    def objectives(self, document: Mapping[str, Any]) -> Iterator[tuple[str, Callable[[], Draft]]]:
        """(label, how to make it): one for each document."""
        yield _label(document), lambda: self._draft(Fields(document))

    def _draft(self, root: Fields) -> Draft:
        root.ignore("status")
        if root.text("kind") != KIND:
            root.refuse("kind", "it is no objective", f"name only objects of kind {KIND}")
        if root.text("apiVersion") != f"{GROUP}/v1alpha1":
            root.refuse("apiVersion", "it is another version of the format", f"convert it to {GROUP}/v1alpha1 first")
        notes: list[Note] = []
        name, namespace, labels, annotations = metadata(root.inside("metadata"), self._settings)
        spec = root.inside("spec")
        root.done()
        ours = {key.removeprefix(PREFIX): value for key, value in labels.items() if key.startswith(PREFIX)}
        owner, service = ours.pop("owner", ""), ours.pop("service", "") or self._settings.service
        for key in annotations:
            if key.startswith(PREFIX):
                problem = f"{key} is no annotation of the alerts: they write theirs themselves"
                notes.append(
                    Note(field="metadata.annotations", problem=problem, fix="it stays on the object, for people")
                )
        if not service:
            problem = f"Pyrra names no service: the SLO's own name, {name}, stands in for it"
            notes.append(
                Note(field="metadata.name", problem=problem, fix=f"say --service, or label it {PREFIX}service")
            )
        if spec.optional_text("partial_response_strategy") == "warn":
            problem = "partial responses of a Thanos Ruler are set at the ruler, not by the SLO"
            notes.append(Note(field=spec.at("partial_response_strategy"), problem=problem, fix="set it for the rules"))
        # Recording rules of the 5 minutes make the long windows exact and cheap at once: nothing to choose.
        spec.ignore("performanceOverAccuracy")
        description = spec.optional_text("description")
        indicator = self._indicator(spec.inside("indicator"))
        target, period = spec.number("target"), days(spec.text("window"), spec.at("window"))
        on_alerts = alert_labels([("metadata.labels", ours)], owner, notes)
        alert = Alert(labels=on_alerts, disabled=_disabled(spec.inside("alerting"), notes))
        spec.done()
        return Draft(
            name=object_name(name, "metadata.name", notes),
            namespace=namespace,
            service=service or name,
            owner=owner,
            period=period,
            target=target,
            indicator=indicator,
            tier_label=self._settings.tier_label,
            labels=object_labels(
                {k: v for k, v in labels.items() if not k.startswith(PREFIX)}, "metadata.labels", notes
            ),
            annotations={**annotations, **({DESCRIPTION: description} if description else {})},
            page=alert,
            ticket=alert,
            notes=notes,
            places={
                "metadata": "metadata",
                "spec.service": "metadata.labels" if service else "metadata.name",
                "spec.owner": "metadata.labels",
                "spec.indicator": "spec.indicator",
                "spec.objectives": "spec.target",
                "spec.alerting": "metadata.labels",
            },
        )

    def _indicator(self, fields: Fields) -> Indicator:
        given = [name for name in ("ratio", "latency", "latencyNative", "bool_gauge") if fields.has(name)]
        fields.done()
        if len(given) != 1:
            fields.refuse("ratio", "an indicator has exactly one source", "write one of ratio and latency")
        if given == ["latencyNative"]:
            fix = "keep a classic histogram beside it, and write latency with its bucket and count"
            fields.refuse("latencyNative", "native histograms are not read", fix)
        if given == ["bool_gauge"]:
            fix = "count good and bad probes with a counter, and write a ratio"
            fields.refuse("bool_gauge", "gauges are not read", fix)
        source = fields.inside(given[0])
        total = _metric(source, "total")
        part = "errors" if given == ["ratio"] else "success"
        counted = _metric(source, part)
        self._grouping(source)
        source.done()
        if part == "errors":
            return RatioIndicator(errors=str(counted), total=str(total))
        return indicators.from_selectors(
            total=total, good=counted, total_field=source.at("total.metric"), good_field=source.at("success.metric")
        )

    def _grouping(self, fields: Fields) -> None:
        labels = fields.words("grouping")
        if labels and labels != [self._settings.tier_label]:
            fix = "write one SLO for each value; where the label carries the customer's tier, say --tier-label"
            fields.refuse("grouping", f"it has a budget for each value of {', '.join(labels)[:120]}", fix)


def _label(document: Mapping[str, Any]) -> str:
    head = document.get("metadata")
    return str(head.get("name") or KIND) if isinstance(head, dict) else KIND


def _metric(fields: Fields, name: str) -> Selector:
    inner = fields.inside(name)
    found = selector.parse(inner.text("metric"), field=inner.at("metric"))
    inner.done()
    return found


def _disabled(fields: Fields, notes: list[Note]) -> bool:
    disabled = fields.flag("disabled") or not fields.flag("burnrates", default=True)
    for name in ("name", "absentName"):
        alert_name = fields.optional_text(name)
        if alert_name and not disabled:
            ours = "ClvBudgetBurnPage and ClvBudgetBurnTicket" if name == "name" else "ClvSLINoData"
            problem = f"the alerts are not called {alert_name[:80]} but {ours}"
            notes.append(Note(field=fields.at(name), problem=problem, fix="route and silence by clv_slo and severity"))
    if not fields.flag("absent", default=True):
        problem = (
            "the alert on lost data, ClvSLINoData, cannot be left out; it is silent where there is just no traffic"
        )
        notes.append(
            Note(field=fields.at("absent"), problem=problem, fix="silence it by clv_slo where nobody wants it")
        )
    fields.done()
    return disabled
