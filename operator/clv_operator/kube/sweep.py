"""Makes the store equal to the cluster, whatever the watch has missed.

A watch that was blind while an object was deleted never tells of it: after a re-list kopf knows what is there, not what
is gone. So at start, now and then, and after a re-list, the metadata of every object is listed and compared. Only
entries that did not change while we looked are judged.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Collection
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

from clv_operator.kube.client import Cluster
from clv_operator.kube.store import Collection as Kind
from clv_operator.kube.store import Entry, Key, Store
from clv_operator.settings import StoreSettings
from sloengine.errors import ClusterError

JsonObject = dict[str, Any]
log = structlog.get_logger(__name__)

CORRECTIONS = Counter(
    "clv_sweep_corrections_total", "Entries of the store that the watch had missed a change of.", ["kind", "change"]
)
SWEPT_AT = Gauge("clv_sweep_last_success_timestamp_seconds", "When the store was last found or made equal.")
DURATION = Histogram("clv_sweep_duration_seconds", "Length of a sweep.", buckets=(0.1, 0.3, 1, 3, 10, 30))
FIRST_EVENTS_SECONDS = 20.0
FETCHES_AT_ONCE = 8


class Sweep:
    """`first` before anything relies on the store, `run` ever after; `request` when the watch has listed anew."""

    def __init__(
        self, *, cluster: Cluster, store: Store, settings: StoreSettings, namespaces: Collection[str] = ()
    ) -> None:
        self._cluster = cluster
        self._store = store
        self._settings = settings
        self._namespaces = tuple(namespaces) or ("",)
        self._requested = asyncio.Event()

    def request(self) -> None:
        """Sweep soon: the watch has listed, so it may have been blind before."""
        self._requested.set()

    async def first(self) -> None:
        """Return when the store equals the cluster. What fails is tried again for ever."""
        while True:
            try:
                await self.once(patience=FIRST_EVENTS_SECONDS)
            except ClusterError as error:
                log.warning("Failed to read the cluster; trying again", reason=error.reason, error=str(error))
                await asyncio.sleep(max(1.0, error.retry_after_seconds or 0.0))
            else:
                return

    async def run(self) -> None:
        """Sweep at intervals and on request, until cancelled."""
        while True:
            interval = self._settings.sweep_interval.total_seconds() * random.uniform(0.9, 1.1)  # noqa: S311  # jitter
            try:
                async with asyncio.timeout(interval):
                    await self._requested.wait()
                # kopf lists kind after kind: let it finish, so that one sweep sees them all.
                await asyncio.sleep(self._settings.relist_delay.total_seconds())
                self._requested.clear()
            except TimeoutError:
                pass
            try:
                await self.once()
            except ClusterError as error:
                log.warning("Failed to sweep", reason=error.reason, error=str(error))
                self._requested.set()

    async def once(self, patience: float = 0.0) -> int:
        """Compare and mend all kinds; how many entries were wrong.

        patience: seconds to leave the watch to bring what is missing, before it is fetched one by one.
        """
        began = time.monotonic()
        wrong = sum([await self._mend(kind, patience) for kind in self._store])
        DURATION.observe(time.monotonic() - began)
        SWEPT_AT.set_to_current_time()
        if wrong and not patience:
            log.warning("Mended entries whose changes the watch had missed", entries=wrong)
        return wrong

    async def _mend(self, kind: Kind[Any], patience: float) -> int:
        before = kind.snapshot()
        listed = await self._list(kind)
        deadline = time.monotonic() + patience
        while (missing := self._differing(kind, before, listed)) and time.monotonic() < deadline:  # noqa: ASYNC110  # the watch works meanwhile
            await asyncio.sleep(0.05)
        gate = asyncio.Semaphore(FETCHES_AT_ONCE)
        async with asyncio.TaskGroup() as fetches:
            tasks = [fetches.create_task(self._fetch(kind, key, before.get(key), gate)) for key in missing]
        wrong = sum(task.result() for task in tasks)
        for key, entry in before.items():
            if key not in listed and kind.drop(*key, seq=entry.seq):
                CORRECTIONS.labels(kind.resource.kind, "dropped").inc()
                wrong += 1
        return wrong

    async def _list(self, kind: Kind[Any]) -> dict[Key, JsonObject]:
        listed: dict[Key, JsonObject] = {}
        namespaces = self._namespaces if kind.resource.is_namespaced else ("",)
        for namespace in namespaces:
            found = await self._cluster.list_metadata(kind.resource, namespace, page_size=self._settings.page_size)
            listed |= {(str(meta.get("namespace", "")), str(meta["name"])): meta for meta in found}
        return listed

    @staticmethod
    def _differing(kind: Kind[Any], before: dict[Key, Entry[Any]], listed: dict[Key, JsonObject]) -> list[Key]:
        differing = []
        for key, meta in listed.items():
            entry = kind.get(*key)
            if entry is not before.get(key):
                continue  # moved while we looked: the watch knows better than the list
            if entry is None or not entry.is_same_as(meta["uid"], meta["resourceVersion"]):
                differing.append(key)
        return differing

    async def _fetch(self, kind: Kind[Any], key: Key, before: Entry[Any] | None, gate: asyncio.Semaphore) -> int:
        async with gate:
            try:
                body = await self._cluster.get(kind.resource, *key)
            except ClusterError as error:
                if error.reason != "NotFound":
                    raise
                return 0 if before is None else self._count(kind, "dropped", is_wrong=kind.drop(*key, seq=before.seq))
        if kind.get(*key) is not before:
            return 0
        kind.put(body, is_certain=True)
        return self._count(kind, "fetched", is_wrong=True)

    @staticmethod
    def _count(kind: Kind[Any], change: str, *, is_wrong: bool) -> int:
        if is_wrong:
            CORRECTIONS.labels(kind.resource.kind, change).inc()
        return int(is_wrong)
