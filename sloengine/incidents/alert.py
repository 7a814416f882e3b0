"""One alert as a webhook states it, checked by itself, with its text made storable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sloengine.errors import ClvError
from sloengine.incidents.fingerprint import fingerprint
from sloengine.incidents.text import clean, clip

NO_NAME = "(no alertname)"
WATCHDOG = "ClvWatchdog"
FUTURE_TOLERANCE = timedelta(minutes=10)
LABELS_BYTES = 400
SUMMARY_BYTES = 256
URL_BYTES = 256
NAME_BYTES = 128
_YEAR_ONE = 1


class MalformedAlert(ClvError):
    """One alert that cannot be read. reason: for the counter. The others of its message go on."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """fingerprint: recomputed from the labels. starts_at: UTC. ends_at: None while it fires. clamped: it began ahead
    of our clock by more than ten minutes, so the arrival was taken.
    """

    fingerprint: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    firing: bool
    starts_at: datetime
    ends_at: datetime | None = None
    generator: str = ""
    clamped: bool = False

    @property
    def name(self) -> str:
        return self.labels.get("alertname") or NO_NAME

    @property
    def severity(self) -> str:
        return self.labels.get("severity", "")

    @property
    def is_page(self) -> bool:
        return self.severity == "page"


def read(raw: object, *, arrived: datetime) -> Alert:
    """The alert in `raw`, as parsed from JSON. Raises MalformedAlert with a reason that is safe to count and log."""
    if not isinstance(raw, Mapping):
        raise MalformedAlert("an alert is an object", reason="shape")
    labels = _texts(raw.get("labels"), "labels")
    if not labels:
        raise MalformedAlert("labels are empty", reason="labels")
    status = raw.get("status")
    if status not in ("firing", "resolved"):  # a set would hash whatever came
        raise MalformedAlert("status is neither firing nor resolved", reason="status")
    starts_at = _time(raw.get("startsAt"), "startsAt")
    if starts_at is None:
        raise MalformedAlert("startsAt is missing", reason="startsAt")
    firing = status == "firing"
    ends_at = None if firing else _time(raw.get("endsAt"), "endsAt")
    if ends_at is not None and ends_at < starts_at:
        raise MalformedAlert("endsAt is before startsAt", reason="endsAt")
    clamped = starts_at > arrived + FUTURE_TOLERANCE
    if clamped:
        starts_at = arrived
        ends_at = None if ends_at is None else arrived
    generator = raw.get("generatorURL")
    return Alert(
        fingerprint=fingerprint(labels),
        labels=labels,
        annotations=_texts(raw.get("annotations") or {}, "annotations"),
        firing=firing,
        starts_at=starts_at,
        ends_at=ends_at,
        generator=link(generator) if isinstance(generator, str) else "",
        clamped=clamped,
    )


def compact(alert: Alert) -> Alert:
    """The alert with no more text than an incident keeps: a message of 20,000 alerts must fit in memory."""
    text = alert.annotations.get("summary") or alert.annotations.get("description") or ""
    kept = {"summary": clip(text, SUMMARY_BYTES), "runbook_url": link(alert.annotations.get("runbook_url", ""))}
    return replace(alert, labels=short_labels(alert.labels), annotations=kept)


def link(url: str) -> str:
    """`url` when it is an http or https link of at most 256 bytes, else nothing: half a link leads nowhere."""
    url = clean(url)
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        return ""
    return url if scheme in {"http", "https"} and len(url.encode()) <= URL_BYTES else ""


def short_labels(labels: Mapping[str, str], *, max_bytes: int = LABELS_BYTES) -> dict[str, str]:
    """Labels that fit in `max_bytes` of names and values together: tier, service and name first, then in order."""
    first = ("clv_tier", "service", "alertname", "severity", "clv_slo")
    names = [name for name in first if name in labels] + sorted(set(labels) - set(first))
    kept: dict[str, str] = {}
    left = max_bytes
    for name in names:
        value = clip(labels[name], min(128, max(0, left - len(name.encode()))))
        size = len(name.encode()) + len(value.encode())
        if size > left or (labels[name] and not value):
            continue
        kept[name] = value
        left -= size
    return kept


def _texts(raw: object, field: str) -> dict[str, str]:
    if not isinstance(raw, Mapping):
        raise MalformedAlert(f"{field} are no object", reason=field)
    for name, value in raw.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise MalformedAlert(f"{field} hold something that is no string", reason=field)
    return {clean(name): clean(value) for name, value in raw.items()}


def _time(raw: object, field: str) -> datetime | None:
    """RFC 3339 with any offset and any number of decimals, in UTC; year 1, Go's zero, is none."""
    if raw is None or raw == "":
        return None
    if not isinstance(raw, str):
        raise MalformedAlert(f"{field} is no time", reason=field)
    try:
        parsed = datetime.fromisoformat(raw)
        if parsed.tzinfo is None:
            raise MalformedAlert(f"{field} has no offset", reason=field)
        if parsed.year == _YEAR_ONE:
            return None
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedAlert(f"{field} is no time", reason=field) from error
