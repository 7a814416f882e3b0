"""Events that people see in `kubectl describe`: few, each once, repetitions as a series of the first.

An event is a courtesy, never a record: what cannot be posted is counted and forgotten.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Protocol

import structlog
from prometheus_client import Counter

from clv_operator.kube.resource import EVENT, Resource
from clv_operator.kube.store import Store
from sloengine.errors import ClusterError

JsonObject = dict[str, Any]
log = structlog.get_logger(__name__)

EVENTS = Counter("clv_events_total", "Events for people, by reason and by what came of them.", ["reason", "outcome"])
SERIES_SECONDS = 360.0
SERIES_UPDATE_SECONDS = 60.0
QUEUE = 500
CLUSTER_SCOPED_IN = "default"
"""Where events on cluster-scoped objects live; the API server takes no other namespace for them."""


class EventClient(Protocol):
    """What the recorder needs of the cluster."""

    async def create(
        self, resource: Resource, namespace: str, body: JsonObject, *, deadline: float = ...
    ) -> JsonObject:
        """POST."""

    async def merge_patch(
        self, resource: Resource, namespace: str, name: str, body: JsonObject, *, deadline: float = ...
    ) -> JsonObject:
        """Merge patch of an object."""


@dataclass(frozen=True, slots=True)
class _Event:
    kind: str
    namespace: str
    name: str
    uid: str
    type: str
    reason: str
    note: str

    @property
    def slug(self) -> str:
        text = f"{self.kind}\x1f{self.uid}\x1f{self.type}\x1f{self.reason}\x1f{self.note}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(slots=True)
class _Series:
    name: str
    count: int
    last: float
    told: float


class EventRecorder:
    """identity: the replica that reports."""

    def __init__(self, *, cluster: EventClient, store: Store, identity: str) -> None:
        self._cluster = cluster
        self._store = store
        self._identity = identity
        self._queue: asyncio.Queue[_Event] = asyncio.Queue(maxsize=QUEUE)
        self._series: dict[str, _Series] = {}

    def record(
        self, kind: str, namespace: str, name: str, uid: str, *, type_: str = "Normal", reason: str, note: str
    ) -> None:
        """Tell people that something happened to an object. type_: `Normal` or `Warning`. reason: UpperCamelCase."""
        event = _Event(kind, namespace, name, uid, type_, reason[:128], _cut(note))
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            EVENTS.labels(event.reason, "dropped").inc()

    async def run(self) -> None:
        """Post what is recorded, until cancelled."""
        while True:
            event = await self._queue.get()
            try:
                await self._post(event)
            except ClusterError as error:
                EVENTS.labels(event.reason, "failed").inc()
                log.debug("Failed to post an event", reason=event.reason, error=str(error))

    async def _post(self, event: _Event) -> None:
        now = monotonic()
        for slug in [slug for slug, series in self._series.items() if now - series.last > SERIES_SECONDS]:
            del self._series[slug]
        series = self._series.get(event.slug)
        namespace = event.namespace or CLUSTER_SCOPED_IN
        if series is None:
            name = f"{event.name[:200]}.{event.slug}.{int(datetime.now(UTC).timestamp()):x}"
            self._series[event.slug] = _Series(name, 1, now, now)
            await self._cluster.create(EVENT, namespace, self._body(event, name, namespace))
            EVENTS.labels(event.reason, "posted").inc()
            return
        series.count += 1
        series.last = now
        if series.count == 2 or now - series.told > SERIES_UPDATE_SECONDS:
            series.told = now
            body = {"series": {"count": series.count, "lastObservedTime": _stamp()}}
            await self._cluster.merge_patch(EVENT, namespace, series.name, body)
            EVENTS.labels(event.reason, "repeated").inc()

    def _body(self, event: _Event, name: str, namespace: str) -> JsonObject:
        regarding = {
            "apiVersion": self._store.of_kind(event.kind).resource.api_version,
            "kind": event.kind,
            "name": event.name,
            "uid": event.uid,
            **({"namespace": event.namespace} if event.namespace else {}),
        }
        return {
            "metadata": {"name": name, "namespace": namespace},
            "eventTime": _stamp(),
            "type": event.type,
            "reason": event.reason,
            "action": event.reason,
            "note": event.note,
            "regarding": regarding,
            "reportingController": "clvsre.io/operator",
            "reportingInstance": self._identity[:128],
        }


def _cut(note: str) -> str:
    encoded = note.encode("utf-8", "replace")
    return note if len(encoded) <= 1024 else encoded[:1020].decode("utf-8", "ignore") + "…"


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
