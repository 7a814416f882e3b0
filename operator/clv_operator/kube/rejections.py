"""Tells the owner of an object that cannot be read, in its condition `Ready`; all else of its status stands."""

from __future__ import annotations

import asyncio
from typing import Any

from prometheus_client import Gauge

from clv_operator.kube.resource import Resource
from clv_operator.kube.status_writer import StatusWriter
from clv_operator.kube.store import Entry, Key, Rejected, Store

REJECTED = Gauge("clv_objects_rejected", "Objects that cannot be read, by kind.", ["kind"])


class Rejections:
    """A component of the leader. foreign fields are the writer's business."""

    def __init__(self, *, store: Store, writer: StatusWriter) -> None:
        self._store = store
        self._writer = writer
        self._changed = asyncio.Event()
        for kind in store:
            kind.listeners.append(self._notice)

    async def run(self) -> None:
        """Say what is rejected now, and whatever becomes so, until cancelled."""
        while True:
            self._changed.clear()
            for kind in self._store:
                rejected = [entry for entry in kind if isinstance(entry.model, Rejected)]
                REJECTED.labels(kind.resource.kind).set(len(rejected))
                for entry in rejected:
                    self._say(kind.resource, entry, entry.model)
            await self._changed.wait()
            await asyncio.sleep(0.2)  # one pass for a burst of changes

    def _say(self, resource: Resource, entry: Entry[Any], rejected: Rejected) -> None:
        status = entry.status
        others = [item for item in status.get("conditions") or () if item.get("type") != "Ready"]
        ready = {
            "type": "Ready",
            "status": "False",
            "reason": rejected.reason,
            "message": rejected.message[:512],
            "observedGeneration": entry.generation,
        }
        status["conditions"] = [*others, ready]
        self._writer.submit(resource.kind, entry.namespace, entry.name, status)

    def _notice(self, resource: Resource, key: Key) -> None:
        self._changed.set()
