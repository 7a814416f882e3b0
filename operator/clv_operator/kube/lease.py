"""Who leads: one Lease, and a clock that is read at every question.

The holder of a Lease is not the actor that believes to be it: a process can be frozen between the belief and the act.
So leadership is a deadline on our own monotonic clock, counted from before the renewal was sent that set it, and
`valid()` compares that with now. Another replica's time is never compared with ours, only with itself: its Lease has
expired when we saw it unchanged for the length that it states.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog
from prometheus_client import Counter, Gauge

from clv_operator.kube.resource import LEASE, Resource
from clv_operator.settings import LeaderSettings
from sloengine.errors import ClusterError

JsonObject = dict[str, Any]
log = structlog.get_logger(__name__)

LEADER = Gauge("clv_leader", "1 on the replica that leads, else 0.")
TRANSITIONS = Counter("clv_leader_transitions_total", "How often this replica began or ceased to lead.", ["to"])
CALL_SECONDS = 5.0


def _clock() -> float:
    """Seconds that go on while the machine sleeps, where the system has such a clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class LeaseClient(Protocol):
    """What the elector needs of the cluster."""

    async def get(self, resource: Resource, namespace: str, name: str, *, deadline: float = ...) -> JsonObject:
        """The object now."""

    async def create(
        self, resource: Resource, namespace: str, body: JsonObject, *, deadline: float = ...
    ) -> JsonObject:
        """POST."""

    async def replace(
        self, resource: Resource, namespace: str, name: str, body: JsonObject, *, deadline: float = ...
    ) -> JsonObject:
        """PUT, conditional on its resourceVersion."""


class LeadershipLost(Exception):  # said at the root of the process; see style: errors name what happened
    """This replica led and does not any more: whatever the leader does must end now."""


@dataclass(slots=True)
class _Observed:
    """Another's record, and when on our clock we saw it change last."""

    holder: str
    renewed: str
    transitions: int
    since: float
    lasts_seconds: float


class Elector:
    """Campaigns for the Lease, renews it, and lets go of it.

    identity: unique to this process, so that a restart under the same name does not take itself for its forerunner.
    clock: monotonic seconds. `initialised` is set when the Lease was read once: then we know who leads.
    """

    def __init__(
        self,
        *,
        cluster: LeaseClient,
        namespace: str,
        identity: str,
        settings: LeaderSettings,
        clock: Callable[[], float] = _clock,
    ) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._identity = identity
        self._settings = settings
        self._clock = clock
        self._valid_until = float("-inf")
        self._observed: _Observed | None = None
        self._lease: JsonObject = {}
        self.initialised = asyncio.Event()

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def holder(self) -> str:
        """Who led when we looked last; empty for nobody."""
        return self._observed.holder if self._observed else ""

    def valid(self) -> bool:
        """Whether this process may act as the leader at this very moment. Ask immediately before each side effect."""
        return self._clock() < self._valid_until

    async def campaign(self) -> None:
        """Return when this replica leads. What fails is tried again for ever."""
        while not await self._try(self._acquire, CALL_SECONDS):  # noqa: ASYNC110  # asks the cluster, not this process
            await asyncio.sleep(self._pause())
        LEADER.set(1)
        TRANSITIONS.labels("leader").inc()
        log.info("Began to lead", identity=self._identity, lease=self._settings.lease_name)

    async def keep(self) -> None:
        """Renew until it cannot be renewed; raises LeadershipLost at the deadline, or when another holds the Lease.

        Cancelled, it leaves the validity as it is: what was decided may still be written until `release`.
        """
        try:
            while True:
                await asyncio.sleep(min(self._pause(), max(0.0, self._valid_until - self._clock())))
                left = self._valid_until - self._clock()
                if left <= 0:
                    raise self._too_late()
                await self._try(self._renew, min(CALL_SECONDS, left))
        except LeadershipLost:
            self._resign()
            raise

    async def release(self, seconds: float = 2.0) -> None:
        """Let go of a Lease that we hold, so that another can take it at once. Failing is no harm: it expires."""
        self._resign()
        spec = self._lease.get("spec") or {}
        if spec.get("holderIdentity") != self._identity:
            return
        freed = {
            **self._lease,
            "spec": {**spec, "holderIdentity": "", "renewTime": _stamp(), "leaseDurationSeconds": 1},
        }
        try:
            await self._cluster.replace(LEASE, self._namespace, self._settings.lease_name, freed, deadline=seconds)
            log.info("Released the Lease", identity=self._identity)
        except ClusterError as error:
            log.warning("Failed to release the Lease", error=str(error))
        self._lease = {}

    def _too_late(self) -> LeadershipLost:
        seconds = self._settings.renew_deadline.total_seconds()
        return LeadershipLost(f"the Lease could not be renewed for {seconds:g} s")

    def _resign(self) -> None:
        self._valid_until = float("-inf")
        LEADER.set(0)
        TRANSITIONS.labels("follower").inc()

    async def _try(self, step: Callable[[float], Awaitable[bool]], deadline: float) -> bool:
        try:
            done = await step(deadline)
        except LeadershipLost:
            raise
        except ClusterError as error:
            log.debug("Failed to reach the Lease", reason=error.reason, error=str(error))
        except Exception:
            log.exception("Failed to understand the Lease")
        else:
            return done
        return False

    async def _acquire(self, deadline: float) -> bool:
        began = self._clock()
        name = self._settings.lease_name
        try:
            lease = await self._cluster.get(LEASE, self._namespace, name, deadline=deadline)
        except ClusterError as error:
            if error.reason != "NotFound":
                raise
            began = self._clock()
            body = {"metadata": {"name": name, "namespace": self._namespace}, "spec": self._spec(transitions=0)}
            self._won(await self._cluster.create(LEASE, self._namespace, body, deadline=deadline), began)
            return True
        observed = self._observe(lease)
        self.initialised.set()
        is_free = not observed.holder or self._clock() - observed.since > observed.lasts_seconds
        if not is_free:
            return False
        if observed.holder:
            log.info("Found the Lease expired", holder=observed.holder)
        began = self._clock()
        body = {**lease, "spec": {**(lease.get("spec") or {}), **self._spec(transitions=observed.transitions + 1)}}
        self._won(await self._cluster.replace(LEASE, self._namespace, name, body, deadline=deadline), began)
        return True

    async def _renew(self, deadline: float) -> bool:
        began = self._clock()
        try:
            await self._put(deadline)
        except ClusterError as error:
            # A conflict may be our own last renewal, whose answer was lost: look before giving up.
            left = deadline - (self._clock() - began)
            if error.reason not in {"Conflict", "NotFound"} or left <= 0:
                raise
            await self._reread(left)
            await self._put(max(0.1, deadline - (self._clock() - began)))
        return True

    async def _put(self, deadline: float) -> None:
        began = self._clock()
        body = {**self._lease, "spec": {**self._lease["spec"], "renewTime": _stamp()}}
        name = self._settings.lease_name
        self._won(await self._cluster.replace(LEASE, self._namespace, name, body, deadline=deadline), began)

    async def _reread(self, deadline: float) -> None:
        try:
            lease = await self._cluster.get(LEASE, self._namespace, self._settings.lease_name, deadline=deadline)
        except ClusterError as error:
            if error.reason == "NotFound":
                raise LeadershipLost("the Lease was deleted") from error
            raise
        holder = (lease.get("spec") or {}).get("holderIdentity")
        if holder != self._identity:
            raise LeadershipLost(f"the Lease is held by {holder or 'nobody'}")
        self._lease = lease

    def _won(self, lease: JsonObject, began: float) -> None:
        self._lease = lease
        self._observe(lease)
        self._valid_until = began + self._settings.renew_deadline.total_seconds()
        self.initialised.set()

    def _observe(self, lease: JsonObject) -> _Observed:
        spec = lease.get("spec") or {}
        holder, renewed = str(spec.get("holderIdentity") or ""), str(spec.get("renewTime") or "")
        held = self._observed
        if held is None or (held.holder, held.renewed) != (holder, renewed):
            held = self._observed = _Observed(
                holder=holder,
                renewed=renewed,
                transitions=int(spec.get("leaseTransitions") or 0),
                since=self._clock(),
                lasts_seconds=float(spec.get("leaseDurationSeconds") or self._settings.lease_duration.total_seconds()),
            )
        return held

    def _spec(self, *, transitions: int) -> JsonObject:
        stamp = _stamp()
        return {
            "holderIdentity": self._identity,
            # The API takes whole seconds of at least 1; a shorter lease of a test counts as the second above it.
            "leaseDurationSeconds": max(1, round(self._settings.lease_duration.total_seconds())),
            "acquireTime": stamp,
            "renewTime": stamp,
            "leaseTransitions": transitions,
        }

    def _pause(self) -> float:
        return self._settings.retry_period.total_seconds() * random.uniform(0.8, 1.2)  # noqa: S311  # jitter, no secret


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
