"""Keeps the store equal to the cluster: what the watch brings, and what the sweep finds that it did not bring."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import structlog

from clv_operator.kube.client import Cluster
from clv_operator.kube.connection import Connection
from clv_operator.kube.discovery import require
from clv_operator.kube.resource import Resource
from clv_operator.kube.store import Store
from clv_operator.kube.sweep import Sweep
from clv_operator.kube.watch import Watch
from clv_operator.settings import StoreSettings

log = structlog.get_logger(__name__)


class Mirror:
    """Two components and a moment: `ready` returns when the store first equals the cluster. namespaces: empty is all."""

    def __init__(
        self,
        *,
        connection: Connection,
        cluster: Cluster,
        store: Store,
        settings: StoreSettings,
        namespaces: Collection[str],
    ) -> None:
        self._cluster = cluster
        self._store = store
        self._is_served = asyncio.Event()
        self._sweep = Sweep(cluster=cluster, store=store, settings=settings, namespaces=namespaces)
        self._swept = asyncio.Event()
        self._watch = Watch(
            connection=connection,
            resources=[kind.resource for kind in store],
            namespaces=namespaces,
            on_event=self._take,
        )

    async def run(self) -> None:
        """Watch, and sweep at intervals, until cancelled. MissingCrds and what ends the watch escape."""
        await require(self._cluster, [kind.resource for kind in self._store])
        self._is_served.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch.run())
            group.create_task(self._sweep_on())

    async def ready(self) -> None:
        """Return when the store equals the cluster; `run` runs meanwhile."""
        await self._is_served.wait()
        await self._sweep.first()
        self._swept.set()
        log.info("Read the cluster", objects={kind.resource.kind: len(kind) for kind in self._store})

    def problem(self) -> str:
        """For readiness: empty, or why not."""
        return "" if self._swept.is_set() else "the store does not equal the cluster yet"

    async def _sweep_on(self) -> None:
        await self._swept.wait()
        await self._sweep.run()

    def _take(self, resource: Resource, change: str | None, body: dict[str, Any]) -> None:
        kind, metadata = self._store.of(resource), body["metadata"]
        if change == "DELETED":
            kind.drop(str(metadata.get("namespace", "")), str(metadata["name"]), uid=str(metadata["uid"]))
            return
        kind.put(body)
        if change is None and self._swept.is_set():
            self._sweep.request()  # listed anew: the watch may have been blind
