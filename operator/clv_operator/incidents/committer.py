"""Group commit: per incident one write in flight, and what arrives meanwhile goes into the next.

Memory changes only after the API server's answer. Marking first and writing later would acknowledge a replay from
memory, and lose the alert in a crash. After an unknown outcome everything remembered about the incident is forgotten.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Protocol

import structlog

from clv_operator.incidents.cluster import Cluster, JsonObject
from clv_operator.incidents.metrics import COMMITS
from clv_operator.incidents.opening import Opener, Standing
from clv_operator.incidents.record import alerts_json
from clv_operator.incidents.slot import SlotTaken
from clv_operator.kube.resource import INTAKE_MANAGER, REVENUE_INCIDENT
from sloengine.errors import ClusterError
from sloengine.incidents.alert import Alert
from sloengine.incidents.identity import Key
from sloengine.incidents.merge import Alerts, Batch, Merged, merge, suspects

log = structlog.get_logger(__name__)

TRIES = 8
REMEMBERED_SECONDS = 30.0
"""How long an incident is believed to be as it was last read; shorter than any phase that ends by itself."""
WRITE_SECONDS = 5.0


class Listing(Protocol):
    """What Alertmanager lists now."""

    async def active(self) -> frozenset[str] | None:
        """Fingerprints that fire; None when it cannot be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The alerts of one message that belong to one incident.

    namespace: where a new incident goes. labels: of its first alert, all of them, to choose a policy by.
    """

    key: Key
    namespace: str
    labels: Mapping[str, str]
    batch: Batch
    edit: Callable[[Alerts, datetime], Alerts] | None = None
    """For reconcile: a change that follows from the ledger as it is, after the batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    accepted: int = 0
    duplicate: int = 0
    stale: int = 0


@dataclass(slots=True)
class _Waiting:
    part: Part
    done: asyncio.Future[Outcome]


@dataclass(slots=True)
class _Line:
    """What is known and waiting for one key."""

    waiting: list[_Waiting] = field(default_factory=list)
    standing: Standing | None = None
    read_at: float = 0.0
    busy: bool = False


class _Moved(Exception):  # not an error: the incident is no longer as remembered
    pass


class Committers:
    """Every incident's writer on this replica. `run` must be running for `commit` to come back."""

    def __init__(
        self,
        *,
        cluster: Cluster,
        opener: Opener,
        listing: Listing,
        ranks: Callable[[], Mapping[str, int]],
        now: Callable[[], datetime],
    ) -> None:
        self._cluster = cluster
        self._opener = opener
        self._listing = listing
        self._ranks = ranks
        self._now = now
        self._lines: dict[str, _Line] = {}
        self._ready: asyncio.Queue[str] = asyncio.Queue()

    async def commit(self, part: Part) -> Outcome:
        """Make the part durable. Raises ClusterError when it could not be, or when nobody knows whether it is."""
        digest = part.key.digest
        line = self._lines.setdefault(digest, _Line())
        waiting = _Waiting(part, asyncio.get_running_loop().create_future())
        line.waiting.append(waiting)
        if not line.busy:
            line.busy = True
            self._ready.put_nowait(digest)
        return await waiting.done

    def forget(self, namespace: str, name: str) -> None:
        """The incident changed in a way that only a fresh read shows."""
        for line in self._lines.values():
            if line.standing is not None and (line.standing.namespace, line.standing.name) == (namespace, name):
                line.standing = None

    async def run(self) -> None:
        async with asyncio.TaskGroup() as writers:
            while True:
                digest = await self._ready.get()
                writers.create_task(self._drain(digest), name=f"commit {digest[:10]}")

    async def _drain(self, digest: str) -> None:
        line = self._lines[digest]
        try:
            while line.waiting:
                batch, line.waiting = line.waiting, []
                await self._settle(line, batch)
        finally:
            line.busy = False
            for left in line.waiting:
                left.done.cancel()
            self._sweep()

    def _sweep(self) -> None:
        if len(self._lines) > 2_000:
            old = monotonic() - REMEMBERED_SECONDS
            self._lines = {
                k: line for k, line in self._lines.items() if line.busy or line.waiting or line.read_at > old
            }

    async def _settle(self, line: _Line, batch: Sequence[_Waiting]) -> None:
        try:
            outcomes = await self._write(line, [waiting.part for waiting in batch])
        except ClusterError as error:
            self._fail(line, batch, error)
            return
        except Exception:
            # A status that nobody can read, such as one that was edited by hand, must not stop the other incidents.
            log.exception("Failed to commit alerts", service=batch[0].part.key.service)
            self._fail(line, batch, ClusterError("the incident cannot be read", reason="Invalid", retryable=True))
            return
        except BaseException:
            line.standing = None
            for waiting in batch:
                waiting.done.cancel()
            raise
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if not waiting.done.done():
                waiting.done.set_result(outcome)

    def _fail(self, line: _Line, batch: Sequence[_Waiting], error: ClusterError) -> None:
        line.standing = None
        COMMITS.labels("failed").inc()
        for waiting in batch:
            if not waiting.done.done():
                waiting.done.set_exception(error)

    async def _write(self, line: _Line, parts: Sequence[Part]) -> list[Outcome]:
        before: Standing | None = None
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  # jitter, no secret
            try:
                standing = line.standing
                if standing is None or monotonic() - line.read_at > REMEMBERED_SECONDS:
                    standing = await self._find(parts)
                    if standing is None:
                        return [Outcome(duplicate=len(part.batch.alerts)) for part in parts]
                    if standing == before:
                        # The test of the patch failed although nothing moved: not a race, but a bug of ours.
                        return await self._header_only(line, standing, parts)
                before = standing
                return await self._apply(line, standing, parts)
            except (SlotTaken, _Moved):
                COMMITS.labels("moved").inc()
                line.standing = None
        raise ClusterError("the incident kept changing under the write", reason="Conflict", retryable=True)

    async def _find(self, parts: Sequence[Part]) -> Standing | None:
        alerts = [alert for part in parts for alert in part.batch.alerts]
        return await self._opener.find(
            key=parts[0].key,
            namespace=parts[0].namespace,
            labels=parts[0].labels,
            alerts=alerts,
            doubtful=self._doubtful,
            now=self._now(),
            ranks=self._ranks(),
            deadline=WRITE_SECONDS,
        )

    async def _apply(self, line: _Line, standing: Standing, parts: Sequence[Part]) -> list[Outcome]:
        now = self._now()
        everything = [alert for part in parts for alert in part.batch.alerts]
        disbelieved = standing.disbelieved | await self._doubtful(standing.alerts, everything, over=False)
        alerts, outcomes, changed = self._merged(standing, parts, disbelieved, now)
        if changed or not standing.has_alerts:
            alerts = replace(alerts, seq=standing.alerts.seq + 1)
            await self._store(standing, alerts)
            COMMITS.labels("written").inc()
        if standing is not line.standing or changed:
            line.read_at = monotonic()
        kept = replace(standing, alerts=alerts, has_alerts=True, disbelieved=frozenset(), version="")
        # What is over is looked at anew each time: the next alert may reopen it, or belong to another episode.
        line.standing = None if standing.is_over else kept
        return outcomes

    def _merged(
        self, standing: Standing, parts: Sequence[Part], disbelieved: frozenset[str], now: datetime
    ) -> tuple[Alerts, list[Outcome], bool]:
        alerts, outcomes, changed = standing.alerts, [], False
        for part in parts:
            merged: Merged = merge(alerts, part.batch, now=now, ranks=self._ranks(), disbelieved=disbelieved)
            alerts, changed = merged.alerts, changed or merged.changed
            if part.edit is not None and (edited := part.edit(alerts, now)) != alerts:
                alerts, changed = edited, True
            outcomes.append(Outcome(accepted=merged.accepted, duplicate=merged.duplicate, stale=merged.stale))
        return alerts, outcomes, changed

    async def _store(self, standing: Standing, alerts: Alerts) -> None:
        where = (REVENUE_INCIDENT, standing.namespace, standing.name)
        if not standing.has_alerts:
            body: JsonObject = {
                "metadata": {"resourceVersion": standing.version},
                "status": {"alerts": alerts_json(alerts)},
            }
            try:
                await self._cluster.merge_patch_status(*where, body, manager=INTAKE_MANAGER, deadline=WRITE_SECONDS)
            except ClusterError as error:
                if error.reason in {"Conflict", "NotFound"}:
                    raise _Moved from error
                raise
            return
        tests: list[JsonObject] = [{"op": "test", "path": "/status/alerts/seq", "value": standing.alerts.seq}]
        if standing.phase:
            tests.append({"op": "test", "path": "/status/phase", "value": standing.phase})
        if not standing.closed_by_person:
            # Absent passes for null. Without it an alert could join an incident that a person has just closed.
            tests.append({"op": "test", "path": "/spec/closed", "value": None})
        patch = [*tests, {"op": "replace", "path": "/status/alerts", "value": alerts_json(alerts)}]
        try:
            await self._cluster.json_patch_status(*where, patch, manager=INTAKE_MANAGER, deadline=WRITE_SECONDS)
        except ClusterError as error:
            if error.reason in {"Invalid", "Conflict", "NotFound"}:
                raise _Moved from error
            raise

    async def _header_only(self, line: _Line, standing: Standing, parts: Sequence[Part]) -> list[Outcome]:
        alerts, outcomes, _ = self._merged(standing, parts, standing.disbelieved, self._now())
        COMMITS.labels("invalid").inc()
        log.error("Failed to write alerts of an incident; wrote their counts only", incident=standing.name)
        try:
            await self._store(standing, replace(alerts, seq=standing.alerts.seq + 1, top=()))
        except _Moved as moved:
            raise ClusterError("the alerts could not be written", reason="Invalid", retryable=True) from moved
        line.standing = None
        return outcomes

    async def _doubtful(self, alerts: Alerts, batch: Sequence[Alert], *, over: bool) -> frozenset[str]:
        """Firings that are older news: suspect by their start, and not listed by Alertmanager, which could be asked."""
        doubted = suspects(alerts, batch, now=self._now(), over=over)
        if not doubted:
            return doubted
        active = await self._listing.active()
        return frozenset() if active is None else doubted - active
