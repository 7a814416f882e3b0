"""The one writer of what the leader says in statuses: only what changed, the urgent first, at a bounded rate.

A queue with one slot per object: the newest desired status wins, so a slow API server makes statuses late but never
makes the queue long. An identical apply costs the API server as much as a change, so equality is judged here
(`ledger`), before and after waiting in the queue.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from time import monotonic
from typing import Any, Protocol

import structlog
from prometheus_client import Counter, Gauge

from clv_operator.kube.ledger import Ledger, SlotKey
from clv_operator.kube.resource import Resource
from clv_operator.kube.store import Store
from clv_operator.settings import StatusSettings
from sloengine.errors import ClusterError

JsonObject = dict[str, Any]
log = structlog.get_logger(__name__)

WRITES = Counter("clv_status_writes_total", "Status writes, by kind and by what came of them.", ["kind", "outcome"])
WAITING = Gauge("clv_status_writes_waiting", "Objects whose status waits to be written.")
TRIES = 6
REFUSED_FOR_SECONDS = 300.0
WRITE_DEADLINE_SECONDS = 5.0


class Priority(IntEnum):
    """What goes first when not everything can."""

    BUDGET_EXHAUSTED = 0
    INCIDENT = 1
    ROLLOUT = 2
    REST = 3


class NotLeading(ClusterError):
    """This replica does not lead (any more), so it did not write."""

    def __init__(self) -> None:
        super().__init__("this replica does not lead: nothing was written", reason="NotLeading", retryable=False)


class Applier(Protocol):
    """What the writer needs of the cluster."""

    async def apply_status(
        self, resource: Resource, namespace: str, name: str, status: JsonObject, *, deadline: float = ...
    ) -> JsonObject:
        """Server-side apply of a full status; the object as it is then."""


@dataclass(slots=True)
class _Slot:
    key: SlotKey
    status: JsonObject
    volatile: frozenset[str]
    priority: int
    waiters: list[asyncio.Future[None]] = field(default_factory=list)
    tries: int = 0

    def answer(self, error: BaseException | None = None) -> None:
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None) if error is None else waiter.set_exception(error)
        self.waiters = []


class StatusWriter:
    """Statuses out. `submit` returns at once; `write` waits until the status is in etcd; `run` does the work.

    Kinds are those of the store, by name. is_leading: asked immediately before every write. cut: a kind's status
    within the bounds of its schema and without nulls, because one value over a bound loses the whole write.
    foreign: per kind the top-level status fields that others own.
    """

    def __init__(
        self,
        *,
        cluster: Applier,
        store: Store,
        settings: StatusSettings,
        is_leading: Callable[[], bool],
        cut: Callable[[str, JsonObject], JsonObject],
        foreign: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self._cluster = cluster
        self._store = store
        self._settings = settings
        self._is_leading = is_leading
        self._cut = cut
        self._ledger = Ledger(store, foreign or {})
        self._queues: tuple[dict[SlotKey, _Slot], ...] = tuple({} for _ in Priority)
        self._parked: dict[SlotKey, _Slot] = {}
        self._busy: set[SlotKey] = set()
        self._refused: dict[SlotKey, tuple[bytes, float]] = {}
        self._tokens = float(settings.burst)
        self._filled_at = 0.0
        self._changed = asyncio.Event()

    def submit(
        self,
        kind: str,
        namespace: str,
        name: str,
        status: JsonObject,
        *,
        priority: int = Priority.REST,
        volatile: Collection[str] = ("asOf",),
    ) -> None:
        """Say what the status should be: the full set of our fields, rounded, conditions without transition times.

        volatile: top-level fields whose change alone is no reason to write. `None` values are left out.
        """
        self._enqueue((kind, namespace, name), status, priority, frozenset(volatile))

    async def write(
        self,
        kind: str,
        namespace: str,
        name: str,
        status: JsonObject,
        *,
        priority: int = Priority.INCIDENT,
        volatile: Collection[str] = ("asOf",),
    ) -> None:
        """As submit, but returns only when that status, or a newer one of the object, is durable.

        Raises ClusterError: `NotLeading`, or what the API server said at last.
        """
        slot = self._enqueue((kind, namespace, name), status, priority, frozenset(volatile))
        if slot is not None:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            slot.waiters.append(waiter)
            await waiter

    async def run(self) -> None:
        """Write what is submitted, until cancelled."""
        async with asyncio.TaskGroup() as writes:
            while True:
                self._changed.clear()
                if len(self._busy) >= self._settings.in_flight or not any(self._queues):
                    await self._changed.wait()
                    continue
                await self._token()  # before choosing: what is the most urgent and the newest is decided then
                slot = self._next()
                self._busy.add(slot.key)
                writes.create_task(self._handle(slot), name=f"status {'/'.join(slot.key)}")

    async def drain(self, seconds: float) -> bool:
        """Wait until everything submitted is written, at most so long; whether it is."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._busy or self._parked or any(self._queues):
            if loop.time() >= deadline:
                return False
            await asyncio.sleep(0.02)
        return True

    def _enqueue(self, key: SlotKey, status: JsonObject, priority: int, volatile: frozenset[str]) -> _Slot | None:
        desired = self._ledger.completed(key, self._cut(key[0], status))
        slot = self._find(key)
        if slot is None:
            if key not in self._busy and self._is_settled(key, desired, volatile):
                return None
            slot = _Slot(key=key, status=desired, volatile=volatile, priority=priority)
            self._put(slot)
            return slot
        slot.status, slot.volatile = desired, volatile
        if priority < slot.priority:  # else it keeps its place: what changes at every tick must not starve for it
            self._take(key)
            slot.priority = priority
            self._put(slot)
        return slot

    def _is_settled(self, key: SlotKey, desired: JsonObject, volatile: frozenset[str]) -> bool:
        digest, until = self._refused.get(key, (b"", 0.0))
        if digest and monotonic() < until and digest == self._ledger.digest(key, desired, volatile):
            return True
        return self._ledger.is_unchanged(key, desired, volatile)

    def _find(self, key: SlotKey) -> _Slot | None:
        return next((queue[key] for queue in (*self._queues, self._parked) if key in queue), None)

    def _take(self, key: SlotKey) -> _Slot | None:
        return next((queue.pop(key) for queue in (*self._queues, self._parked) if key in queue), None)

    def _put(self, slot: _Slot) -> None:
        (self._parked if slot.key in self._busy else self._queues[slot.priority])[slot.key] = slot
        WAITING.set(len(self._parked) + sum(map(len, self._queues)))
        self._changed.set()

    def _next(self) -> _Slot:
        queue = next(queue for queue in self._queues if queue)
        return queue.pop(next(iter(queue)))

    async def _token(self) -> None:
        rate = self._settings.rate_per_second
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            self._tokens = min(float(self._settings.burst), self._tokens + (now - self._filled_at) * rate)
            self._filled_at = now
            if self._tokens >= 1:
                self._tokens -= 1
                return
            await asyncio.sleep(max(0.001, (1 - self._tokens) / rate))

    async def _handle(self, slot: _Slot) -> None:
        delay = 0.0
        try:
            delay = await self._attempt(slot)
        except asyncio.CancelledError:
            slot.answer(NotLeading())
            raise
        finally:
            self._busy.discard(slot.key)
            newer = self._parked.pop(slot.key, None)
            if newer is not None:
                newer.waiters += slot.waiters
                self._put(newer)
            elif delay:
                asyncio.get_running_loop().call_later(delay, self._again, slot)
            self._changed.set()
            WAITING.set(len(self._parked) + sum(map(len, self._queues)))

    def _again(self, slot: _Slot) -> None:
        newer = self._take(slot.key)
        if newer is not None:
            newer.waiters += slot.waiters
        self._put(newer or slot)

    async def _attempt(self, slot: _Slot) -> float:
        """Write once. 0.0 when the slot is answered, else the seconds after which to try again."""
        kind, namespace, name = slot.key
        if not self._is_leading():
            WRITES.labels(kind, "not_leading").inc()
            slot.answer(NotLeading())
            return 0.0
        if self._is_settled(slot.key, slot.status, slot.volatile):
            slot.answer()
            return 0.0
        resource = self._store.of_kind(kind).resource
        body = self._ledger.with_transition_times(slot.key, slot.status, datetime.now(UTC))
        try:
            said = await self._cluster.apply_status(resource, namespace, name, body, deadline=WRITE_DEADLINE_SECONDS)
        except ClusterError as error:
            return await self._failed(slot, resource, error)
        self._ledger.record(slot.key, slot.status, slot.volatile, said)
        self._refused.pop(slot.key, None)
        WRITES.labels(kind, "written").inc()
        slot.answer()
        return 0.0

    async def _failed(self, slot: _Slot, resource: Resource, error: ClusterError) -> float:
        kind, namespace, name = slot.key
        if error.reason == "NotFound":
            WRITES.labels(kind, "gone").inc()
            self._ledger.forget(slot.key)
            slot.answer(error)
            return 0.0
        slot.tries += 1
        if error.retryable and slot.tries < TRIES:
            WRITES.labels(kind, "retried").inc()
            backoff = min(8.0, 0.25 * 2**slot.tries) * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, no secret
            return float(max(error.retry_after_seconds or 0.0, backoff))
        WRITES.labels(kind, "failed").inc()
        log.error(
            "Failed to write status", kind=kind, namespace=namespace, name=name, reason=error.reason, error=str(error)
        )
        slot.answer(error)
        if not error.retryable:
            digest = self._ledger.digest(slot.key, slot.status, slot.volatile)
            self._refused[slot.key] = (digest, monotonic() + REFUSED_FOR_SECONDS)
        if error.reason in {"CRDOutdated", "TooLarge"}:
            await self._say_refused(slot, resource, error)
        return 0.0

    async def _say_refused(self, slot: _Slot, resource: Resource, error: ClusterError) -> None:
        """Put the reason into a condition beside the status that stands, since the new one cannot be had."""
        fixes = {
            "CRDOutdated": "the operator is newer than its CRDs: apply the CRDs of this release",
            "TooLarge": "the status has outgrown what etcd takes: report this with the object",
        }
        condition = {
            "type": error.reason,
            "status": "True",
            "reason": error.reason,
            "message": f"{fixes[error.reason]}. {error}"[:512],
        }
        kind, namespace, name = slot.key
        status = self._ledger.standing(slot.key)
        if status is None or not self._is_leading():
            return
        others = [item for item in status.get("conditions") or () if item.get("type") != error.reason]
        status["conditions"] = [*others, condition]
        if self._ledger.is_unchanged(slot.key, status, slot.volatile):
            return
        body = self._ledger.with_transition_times(slot.key, status, datetime.now(UTC))
        try:
            await self._cluster.apply_status(resource, namespace, name, body, deadline=WRITE_DEADLINE_SECONDS)
            WRITES.labels(kind, "refusal_said").inc()
        except ClusterError as second:
            log.warning("Failed to say why a status was refused", kind=kind, name=name, error=str(second))
