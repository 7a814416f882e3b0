"""OpenSLO: SLOs of `openslo/v1` and `openslo/v1alpha` whose data source is Prometheus."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from kubectl_clv.importing import indicators
from kubectl_clv.importing.counts import Query
from kubectl_clv.importing.draft import DESCRIPTION, Alert, Draft, Note, Settings, days, object_labels, object_name
from kubectl_clv.importing.fields import Fields
from sloengine.errors import InvalidSpec
from sloengine.slo import Indicator

V1, V1ALPHA = "openslo/v1", "openslo/v1alpha"
_VERSIONS = (V1, V1ALPHA)
_KINDS_BESIDE = frozenset({"SLI", "DataSource", "Service", "AlertPolicy", "AlertCondition", "AlertNotificationTarget"})
_SHORTHAND = re.compile(r"^([0-9]{1,6})([mhdwMQY])$")
_PROMETHEUS = "prometheus"
_UNNAMED = "write type: Prometheus at the metricSource, or add its DataSource to PATH"


class OpenSlo:
    """Reads the documents that are OpenSLO's. documents: all, since an SLO may refer to an SLI or a DataSource."""

    def __init__(self, documents: Sequence[Mapping[str, Any]], settings: Settings) -> None:
        self._settings = settings
        self._beside = {
            (str(each["kind"]), _name(each)): each
            for each in documents
            if self.reads(each) and str(each.get("kind")) in _KINDS_BESIDE
        }

    @staticmethod
    def reads(document: Mapping[str, Any]) -> bool:
        return str(document.get("apiVersion") or "").partition("/")[0] == "openslo"

    def objectives(self, document: Mapping[str, Any]) -> Iterator[tuple[str, Callable[[], Draft]]]:
        """(label, how to make it) of each objective; nothing for the kinds that SLOs refer to."""
        root = Fields(document)
        kind, version = root.text("kind"), root.text("apiVersion")
        if version not in _VERSIONS:
            root.refuse("apiVersion", f"{version[:40]!r} is another version of the format", f"convert it to {V1} first")
        if kind in _KINDS_BESIDE:
            return
        if kind != "SLO":
            root.refuse(
                "kind", f"{kind[:40]} is no kind of OpenSLO", f"write SLO, or one of {', '.join(sorted(_KINDS_BESIDE))}"
            )
        spec = root.inside("spec")
        objectives = spec.each("objectives")
        if not objectives:
            spec.refuse("objectives", "it promises nothing", "add an objective with a target")
        for place, objective in enumerate(objectives):
            suffix = f"-{place + 1}" if len(objectives) > 1 else ""
            yield f"{_name(document)}{suffix}" or objective.place, partial(self._draft, document, place, suffix)

    def _draft(self, document: Mapping[str, Any], at: int, suffix: str) -> Draft:
        root = Fields(document)
        is_alpha = root.text("apiVersion") == V1ALPHA
        root.ignore("kind")
        head, spec = root.inside("metadata"), root.inside("spec")
        root.done()
        notes: list[Note] = []
        name, display = head.text("name"), head.optional_text("displayName")
        labels, owner = _labels(head.inside("labels"), notes)
        annotations = head.texts("annotations")
        namespace = head.optional_text("namespace") or self._settings.namespace
        head.ignore("project")
        head.done()
        objective = spec.each("objectives")[at]
        _whole_method(spec, objective)
        if suffix:
            problem = f"each objective is an SLO of its own: this one is {name}{suffix}"
            notes.append(Note(field=objective.place, problem=problem, fix="rename it before you apply it, if you like"))
        indicator = self._alpha(objective) if is_alpha else self._v1(spec)
        target = _target(objective)
        objective.ignore("displayName")
        period = self._period(spec, is_alpha=is_alpha)
        alert = _alert(spec, notes)
        service = spec.text("service")
        description = spec.optional_text("description") or objective.optional_text("displayName") or display
        spec.ignore("objectives", "indicator", "indicatorRef")
        spec.done()
        objective.done()
        return Draft(
            name=object_name(f"{name}{suffix}", "metadata.name", notes),
            namespace=namespace,
            service=service,
            owner=owner,
            period=period,
            target=target,
            indicator=indicator,
            tier_label=self._settings.tier_label,
            labels=object_labels(labels, "metadata.labels", notes),
            annotations={**annotations, **({DESCRIPTION: description} if description else {})},
            page=alert,
            ticket=alert,
            notes=notes,
            places={
                "metadata": "metadata",
                "spec.service": "spec.service",
                "spec.owner": "metadata.labels.owner",
                "spec.indicator": "spec.indicator",
                "spec.objectives": objective.place,
            },
        )

    def _v1(self, spec: Fields) -> Indicator:
        if spec.has("indicator") == spec.has("indicatorRef"):
            spec.refuse("indicator", "an SLO has exactly one of indicator and indicatorRef", "write one of the two")
        if spec.has("indicatorRef"):
            name = spec.text("indicatorRef")
            found = self._beside.get(("SLI", name))
            if found is None:
                spec.refuse("indicatorRef", f"there is no SLI {name[:80]} in PATH", "add its file, or name the folder")
            inner = Fields(found, f"SLI {name}")
            inner.ignore("apiVersion", "kind")
        else:
            inner = spec.inside("indicator")
        inner.ignore("metadata")
        body = inner.inside("spec")
        inner.done()
        if body.has("thresholdMetric"):
            fix = "record good and bad events as counters, and write a ratioMetric"
            body.refuse("thresholdMetric", "it judges a value and counts no events", fix)
        body.ignore("description")
        ratio = body.inside("ratioMetric")
        body.done()
        return self._ratio(ratio, is_alpha=False)

    def _alpha(self, objective: Fields) -> Indicator:
        if not objective.has("ratioMetrics"):
            fix = "record good and bad events as counters, and write ratioMetrics"
            objective.refuse("ratioMetrics", "it counts no events", fix)
        return self._ratio(objective.inside("ratioMetrics"), is_alpha=True)

    def _ratio(self, fields: Fields, *, is_alpha: bool) -> Indicator:
        label = self._settings.tier_label
        is_counter = fields.flag("counter") or fields.flag("incremental")
        given = [name for name in ("good", "bad", "raw") if fields.has(name)]
        if len(given) != 1:
            fields.refuse("good", "a ratio has exactly one of good, bad and raw", "write one of them")
        part = self._query(fields, given[0], is_counter=is_counter, is_alpha=is_alpha)
        kind = fields.optional_text("rawType")
        if given == ["raw"]:
            fields.done()
            if kind not in {"success", "failure"}:
                fields.refuse(
                    "rawType", "nobody can tell whether the ratio is of good or bad events", "write success or failure"
                )
            return indicators.from_ratio(part, is_success=kind == "success", tier_label=label)
        total = self._query(fields, "total", is_counter=is_counter, is_alpha=is_alpha)
        fields.done()
        make = indicators.from_good if given == ["good"] else indicators.from_errors
        return make(part, total, tier_label=label)

    def _query(self, fields: Fields, name: str, *, is_counter: bool, is_alpha: bool) -> Query:
        if is_alpha:
            source = fields.inside(name)
            kind, language = source.optional_text("source"), source.optional_text("queryType")
            if kind.lower() != _PROMETHEUS or language.lower() not in {"", "promql"}:
                what = f"{kind or 'an unnamed source'} is asked"
                source.refuse(
                    "source", f"{what}, not Prometheus by PromQL", "write source: prometheus and queryType: promql"
                )
        else:
            metric = fields.inside(name).inside("metricSource")
            self._is_prometheus(metric)
            source = metric.inside("spec")
            metric.done()
            if source.optional_text("queryType").lower() not in {"", "promql"}:
                source.refuse("queryType", "it is not PromQL", "write the query in PromQL")
        query = Query(text=source.text("query"), field=source.at("query"), is_counter=is_counter)
        source.done()
        return query

    def _is_prometheus(self, metric: Fields) -> None:
        kind, reference = metric.optional_text("type"), metric.optional_text("metricSourceRef")
        field = "type" if kind else "metricSourceRef"
        if not kind and reference:
            found = self._beside.get(("DataSource", reference))
            if found is None:
                metric.refuse("metricSourceRef", f"there is no DataSource {reference[:80]} in PATH", _UNNAMED)
            kind = Fields(found, f"DataSource {reference}").inside("spec").optional_text("type")
        if kind.lower() != _PROMETHEUS:
            metric.refuse(field, f"{kind[:40] or 'an unnamed source'} is asked, not Prometheus", _UNNAMED)

    def _period(self, spec: Fields, *, is_alpha: bool) -> str:
        name = "timeWindows" if is_alpha else "timeWindow"
        windows = spec.each(name)
        if not windows:
            if not self._settings.period:
                spec.refuse(name, "it is missing", "write the period of the budget, or say --period 30d")
            return days(self._settings.period, "--period")
        if len(windows) > 1:
            spec.refuse(name, "an SLO has one period", "keep one, or write an SLO for each")
        (window,) = windows
        if window.has("calendar") or not window.flag("isRolling"):
            window.refuse("isRolling", "the period follows the calendar", "write a rolling period, such as 30d")
        if is_alpha:
            length = _alpha_length(window)
        else:
            length = window.text("duration")
            if not (found := _SHORTHAND.match(length)) or found[2] in "MQY":
                window.refuse("duration", f"{length[:40]!r} is no fixed number of days", "write days, such as 30d")
        window.done()
        return days(length, window.at("duration"))


def _name(document: Mapping[str, Any]) -> str:
    head = document.get("metadata")
    return str(head.get("name") or "") if isinstance(head, dict) else ""


def _labels(fields: Fields, notes: list[Note]) -> tuple[dict[str, str], str]:
    """The labels with one value, and the owner among them."""
    kept = {}
    for name in fields.names():
        try:
            kept[name] = fields.optional_text(name)
        except InvalidSpec:
            many = fields.words(name)
            problem = f"{name[:63]} is left out: a label of Kubernetes has one value, not {len(many)}"
            notes.append(Note(field=fields.at(name), problem=problem, fix="keep it as an annotation"))
    return kept, kept.get("owner", "")


def _whole_method(spec: Fields, objective: Fields) -> None:
    method = spec.text("budgetingMethod")
    if method != "Occurrences":
        fix = "write budgetingMethod: Occurrences: every event counts, whenever it happens"
        spec.refuse("budgetingMethod", f"{method[:40]} judges slices of time and counts no events", fix)
    for name in ("timeSliceTarget", "timeSliceWindow"):
        if objective.has(name):
            objective.refuse(name, "slices of time are not judged", "remove it: with Occurrences it has no meaning")
    for name in ("compositeWeight", "indicator", "indicatorRef"):
        if objective.has(name):
            objective.refuse(
                name, "a composite of several indicators has no events of its own", "write an SLO for each"
            )
    for name in ("op", "value"):
        if objective.has(name):
            objective.refuse(name, "it compares a value and counts no events", "choose good events in the query")


def _target(objective: Fields) -> Decimal:
    if objective.has("target") == objective.has("targetPercent"):
        objective.refuse("target", "an objective has exactly one of target and targetPercent", "write one of the two")
    if objective.has("targetPercent"):
        return objective.number("targetPercent")
    share = objective.number("target")
    if share >= 1:
        objective.refuse("target", f"{share:f} is no share below 1", "write 0.999, or targetPercent: 99.9")
    return share * 100


def _alert(spec: Fields, notes: list[Note]) -> Alert:
    policies = spec.has("alertPolicies")
    if not policies:
        problem = "there are no alert policies, so alerts stay off"
        fix = "remove alerting.page.disabled and alerting.ticket.disabled to have them"
        notes.append(Note(field=spec.at("alertPolicies"), problem=problem, fix=fix))
        return Alert(disabled=True)
    problem = (
        "conditions and targets of the alert policies are left out: pages and tickets on fast and slow burn stand in"
    )
    notes.append(
        Note(field=spec.at("alertPolicies"), problem=problem, fix="route by clv_slo and severity in Alertmanager")
    )
    return Alert()


def _alpha_length(window: Fields) -> str:
    count, unit = window.number("count"), window.text("unit").rstrip("s")
    factors = {"Day": 1, "Week": 7}
    if unit not in factors:
        window.refuse("unit", f"a {unit[:20]} is no fixed number of days", "write unit: Day, and count days")
    if count != count.to_integral_value():
        window.refuse("count", f"{count:f} is no whole number", "write whole days")
    return f"{int(count) * factors[unit]}d"
