"""A TieredSLO in the making, with the place in the file that each part came from, and what changed on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from clv_operator.api import API_VERSION
from kubectl_clv.importing.fields import Fields
from kubectl_clv.importing.indicators import as_source
from sloengine import duration
from sloengine.errors import InvalidSpec
from sloengine.slo import ANY_TIER, Indicator

DESCRIPTION = "kubernetes.io/description"
_NAME = re.compile(r"^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?\Z")
_LABEL_KEY = re.compile(r"^([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?\Z")
_LABEL_VALUE = re.compile(r"^([A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?\Z")
# Labels that the rules set themselves; that of the owner has a field of its own.
_RESERVED = frozenset({"alertname", "severity", "service", "owner", "clv_slo", "clv_tier", "clv_burn", "clv_reason"})
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the files do not say. service: for formats without one. namespace: for objects without one.

    period: such as `28d`, or empty where the format's own default counts.
    """

    tier_label: str = "clv_tier"
    service: str = ""
    namespace: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that is not as it was. field: in the file."""

    field: str
    problem: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One class of alerts."""

    labels: Mapping[str, str] = field(default_factory=dict)
    disabled: bool = False

    def as_spec(self) -> dict[str, Any]:
        return {
            **({"labels": dict(sorted(self.labels.items()))} if self.labels else {}),
            **({"disabled": True} if self.disabled else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One objective. places: path in the file by path in the TieredSLO, for the refusals of its model."""

    name: str
    namespace: str
    service: str
    owner: str = ""
    period: str
    target: Decimal
    indicator: Indicator
    tier_label: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    page: Alert = field(default_factory=Alert)
    ticket: Alert = field(default_factory=Alert)
    notes: Sequence[Note] = ()
    places: Mapping[str, str] = field(default_factory=dict)

    def as_manifest(self) -> dict[str, Any]:
        alerting = {
            **({"page": self.page.as_spec()} if self.page.as_spec() else {}),
            **({"ticket": self.ticket.as_spec()} if self.ticket.as_spec() else {}),
        }
        return {
            "apiVersion": API_VERSION,
            "kind": "TieredSLO",
            "metadata": {
                "name": self.name,
                **({"namespace": self.namespace} if self.namespace else {}),
                **({"labels": dict(sorted(self.labels.items()))} if self.labels else {}),
                **({"annotations": dict(sorted(self.annotations.items()))} if self.annotations else {}),
            },
            "spec": {
                "service": self.service,
                **({"owner": self.owner} if self.owner else {}),
                "period": {"rolling": self.period},
                "tierLabel": self.tier_label,
                "indicator": as_source(self.indicator),
                "objectives": [{"tier": ANY_TIER, "target": decimal(self.target)}],
                **({"alerting": alerting} if alerting else {}),
            },
        }

    def place_of(self, path: str) -> str:
        """Where in the file the part of the TieredSLO at `path` came from; `path` itself where nowhere."""
        known = [each for each in self.places if path == each or path.startswith((f"{each}.", f"{each}["))]
        return self.places[max(known, key=len)] if known else path


def decimal(number: Decimal) -> str:
    """Without exponent and without trailing zeros: 99.9."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def object_name(text: str, place: str, notes: list[Note]) -> str:
    """The name of a Kubernetes object; notes where it had to change. Raises InvalidSpec where none comes of it."""
    name = text.lower().replace("_", "-").replace(" ", "-")
    if not _NAME.match(name):
        fix = "use lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit"
        raise InvalidSpec(field=place, problem=f"{text[:80]!r} is no name of an object", fix=fix)
    if name != text:
        notes.append(
            Note(field=place, problem=f"{text} is called {name}", fix="use this name in dashboards and routes")
        )
    return name


def days(text: str, place: str) -> str:
    """A period of whole days, such as 30d from 30d, 720h or 4w. Raises InvalidSpec for others."""
    try:
        length = duration.parse(text)
    except (ValueError, OverflowError):
        length = timedelta(0)
    if length % _DAY or not _DAY <= length <= 90 * _DAY:
        fix = "use a rolling period of whole days from 1d to 90d, such as 30d"
        raise InvalidSpec(field=place, problem=f"{text[:40]!r} is no such period", fix=fix)
    return f"{length // _DAY}d"


def alert_labels(given: Iterable[tuple[str, Mapping[str, str]]], owner: str, notes: list[Note]) -> dict[str, str]:
    """Labels for alerts, the later ones first in rank; (place, labels) each. Those that the rules set are noted."""
    merged: dict[str, str] = {}
    for place, labels in given:
        for name, value in labels.items():
            if name == "owner" and value == owner:
                continue
            if name not in _RESERVED:
                merged[name] = value
                continue
            note = Note(
                field=f"{place}.{name}",
                problem=f"{name}={value} is left out: the rules set {name} themselves",
                fix=_ROUTES.get(name, "route by another label"),
            )
            if note not in notes:
                notes.append(note)
    return merged


_ROUTES = {
    "severity": "route by severity=page and severity=ticket",
    "service": "route by service, which is that of the SLO",
    "owner": "route by owner, which is that of the SLO",
}


def object_labels(labels: Mapping[str, str], place: str, notes: list[Note]) -> dict[str, str]:
    """Those that Kubernetes takes; the others are noted."""
    kept = {}
    for name, value in labels.items():
        if _LABEL_KEY.match(name) and _LABEL_VALUE.match(value):
            kept[name] = value
        else:
            problem = f"{name[:63]} is left out: Kubernetes takes no such label"
            notes.append(Note(field=place, problem=problem, fix="keep it as an annotation"))
    return kept


def metadata(fields: Fields, settings: Settings) -> tuple[str, str, dict[str, str], dict[str, str]]:
    """Name, namespace, labels and annotations of an object, without what the API server adds to it."""
    fields.ignore(
        "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink", "ownerReferences",
        "finalizers", "deletionTimestamp", "deletionGracePeriodSeconds", "generateName",
    )  # fmt: skip
    annotations = fields.texts("annotations")
    annotations.pop("kubectl.kubernetes.io/last-applied-configuration", None)
    found = (
        fields.text("name"),
        fields.optional_text("namespace") or settings.namespace,
        fields.texts("labels"),
        annotations,
    )
    fields.done()
    return found
