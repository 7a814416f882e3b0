"""The leader's part: every open incident is looked at, moved on, written, and what is due is sent.

Per incident one step at a time; incidents beside each other. What a step decides is in etcd before anything is sent;
a step that cannot be written is forgotten and decided anew.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Protocol

import structlog

from clv_operator.api import read
from clv_operator.api.revenueincident import RevenueIncident
from clv_operator.incidents.cluster import Cluster
from clv_operator.incidents.conditions import conditions_of
from clv_operator.incidents.counting import Counter, Kept
from clv_operator.incidents.courier import Courier
from clv_operator.incidents.figures import figured, shown
from clv_operator.incidents.keeping import loss_of, state_json, state_of
from clv_operator.incidents.meter import Meter, Sheet, burn_below_one
from clv_operator.incidents.observe import fallback_policy, observed
from clv_operator.incidents.policies import policy_of
from clv_operator.incidents.record import JsonObject, stamp
from clv_operator.incidents.situation import View, started_at
from clv_operator.incidents.world import Service, World
from clv_operator.kube.resource import REVENUE_INCIDENT
from clv_operator.kube.store import Collection, Rejected
from sloengine.errors import ClusterError, QueryError
from sloengine.incidents.accrual import Loss
from sloengine.incidents.advance import State, advance
from sloengine.incidents.outbox import State as EntryState
from sloengine.incidents.phase import Phase

log = structlog.get_logger(__name__)

PASS_SECONDS = 1.0
RETRY_SECONDS = 5.0
SHEET_SECONDS = 15.0
ANSWER_SECONDS = 3.0
"""How long Prometheus may take to answer for figures: a page with figures is worth that wait, and no longer one."""
FIGURES_EVERY = timedelta(seconds=5)
AT_ONCE = 8
KIND = "RevenueIncident"


class Writer(Protocol):
    async def write(self, kind: str, namespace: str, name: str, status: dict[str, Any], *, priority: int = ...) -> None:
        """Returns when the status is durable. Raises ClusterError."""


class Escalator:
    """mitigated_for: quiet this long before it is over. now: the wall clock."""

    def __init__(
        self,
        *,
        incidents: Collection[RevenueIncident],
        world: World,
        cluster: Cluster,
        writer: Writer,
        meter: Meter,
        counter: Counter,
        courier: Courier,
        is_leading: Callable[[], bool],
        mitigated_for: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._incidents = incidents
        self._world = world
        self._cluster = cluster
        self._writer = writer
        self._meter = meter
        self._counter = counter
        self._courier = courier
        self._is_leading = is_leading
        self._mitigated_for = mitigated_for
        self._now = now
        self._kept: dict[tuple[str, str], Kept] = {}
        self._busy: set[tuple[str, str]] = set()
        self._dirty: set[tuple[str, str]] = set()
        self._failed: dict[tuple[str, str], float] = {}
        self._sheet: Sheet | None = None
        self._asked: set[str] = set()
        self._sheet_at = float("-inf")
        self._woken = asyncio.Event()
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Work until cancelled; whoever leads next reads everything anew."""
        self._kept.clear()
        self._busy.clear()
        self._dirty = set(self._incidents.snapshot())

        def changed(_: object, key: tuple[str, str]) -> None:
            self._dirty.add(key)
            self._woken.set()

        self._incidents.listeners.append(changed)
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    self._woken.clear()
                    await self._look(tasks)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(PASS_SECONDS):
                            await self._woken.wait()
        finally:
            self._incidents.listeners.remove(changed)

    async def _look(self, tasks: asyncio.TaskGroup) -> None:
        """Begin a step of every incident that changed, or whose time has come; the others cost nothing."""
        now = monotonic()
        due = {key for key, kept in self._kept.items() if kept.look_at <= now}
        due |= {key for key, retry_at in self._failed.items() if retry_at <= now}
        chosen: dict[tuple[str, str], str] = {}
        for key in (self._dirty | due) - self._busy:
            self._dirty.discard(key)
            self._failed.pop(key, None)
            entry = self._incidents.get(*key)
            if entry is None:
                self._kept.pop(key, None)
            elif not isinstance(entry.model, Rejected) and self._needs(key, entry.model):
                chosen[key] = entry.model.spec.opening.service
            elif key in self._kept:
                self._kept[key].look_at = float("inf")
        if not chosen:
            return
        services = self._world.services(chosen.values())
        await self._measure(services)
        for key, name in chosen.items():
            self._busy.add(key)
            tasks.create_task(self._guarded(key, services[name]), name=f"incident {key[1]}")

    def _needs(self, key: tuple[str, str], model: RevenueIncident) -> bool:
        """Whether it may change: it is not over, or something is left to do about it."""
        status, kept = model.status, self._kept.get(key)
        if status.phase is None or not Phase(status.phase).is_closed:
            return True
        if any(entry.state == "Pending" for entry in status.outbox or ()):
            return True
        if kept is not None and (not kept.finished or kept.pending):
            return True
        active = status.alerts is not None and status.alerts.firing + status.alerts.muted > 0
        return active and model.spec.closed is None

    async def _measure(self, chosen: Mapping[str, Service]) -> None:
        """Keep the sheet of every service with an open incident fresh; one that is new to it is asked for at once."""
        new = {slo.key for service in chosen.values() for slo in service.slos} - self._asked
        if not new and monotonic() - self._sheet_at < SHEET_SECONDS:
            return
        open_ = {kept.service for kept in self._kept.values() if kept.look_at != float("inf")}
        services = self._world.services(open_ | set(chosen))
        self._asked = {slo.key for service in services.values() for slo in service.slos}
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                self._sheet = await self._meter.now(services.values(), self._world.names(), at=self._now())
        except (QueryError, TimeoutError) as error:
            # Missing is unknown, never 0: the figures stay as they are and are marked stale.
            log.warning("Failed to read failed shares", error=str(error) or f"no answer in {ANSWER_SECONDS:g} s")
            self._sheet = None
        self._sheet_at = monotonic()

    async def _guarded(self, key: tuple[str, str], service: Service) -> None:
        try:
            async with self._slots:
                entry = self._incidents.get(*key)
                if entry is not None and not isinstance(entry.model, Rejected):
                    await self._step(key, entry.model, service)
        except ClusterError as error:
            log.warning("Failed to move an incident on", incident="/".join(key), reason=error.reason, error=str(error))
            self._later(key)
        except Exception:
            # One incident that cannot be handled must not stop the others from being escalated.
            log.exception("Failed to handle an incident", incident="/".join(key))
            self._later(key)
        finally:
            self._busy.discard(key)
            if key in self._dirty:
                self._woken.set()

    def _later(self, key: tuple[str, str]) -> None:
        if key in self._kept:
            self._kept[key].look_at = monotonic() + RETRY_SECONDS
        else:
            self._failed[key] = monotonic() + RETRY_SECONDS  # it could not even be loaded

    async def _step(self, key: tuple[str, str], model: RevenueIncident, service: Service) -> None:
        kept = self._kept.get(key)
        if kept is None or kept.uid != model.metadata.uid:
            kept = await self._load(key)
            if kept is None:
                return
        now = self._now()
        loss, finished = kept.loss, False
        if self._sheet is not None:
            # Whoever did not answer just now is not asked again before the page; its buckets are counted later.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_SECONDS):
                    loss, finished = await self._counter.counted(kept, model, service, now=now)
        view = self._view(key, model, service, kept, loss)
        readings = (self._sheet or Sheet()).readings_of(service)
        seen = observed(
            view,
            opened_at=kept.opened_at,
            names=self._world.names(),
            burn_below_one=burn_below_one(service, readings, view.tiers or tuple(service.stakes)),
            mitigated_for=self._mitigated_for,
        )
        state = advance(kept.state, seen, now=now)
        if state.phase is None:
            return
        await self._save(view, kept, state, now)
        kept.loss, kept.finished, kept.last = loss, finished, view.figures
        await self._deliver(view, kept)
        kept.look_at = monotonic() + kept.seconds_until_due(self._now(), at_most=SHEET_SECONDS)

    def _view(self, key: tuple[str, str], model: RevenueIncident, service: Service, kept: Kept, loss: Loss) -> View:
        sheet, now = self._sheet or Sheet(), self._now()
        alerts = model.status.alerts
        ended_at = alerts.quiet_since if alerts is not None else None
        readings = sheet.readings_of(service)
        if not readings and ended_at is None and service.slos and kept.last is not None and kept.last.risk is not None:
            # No data: what was accrued stays, and says since when.
            figures = replace(kept.last, loss=loss, stale_since=kept.last.stale_since or now)
        else:
            figures = figured(
                service,
                loss,
                readings,
                baselines=kept.baselines or {},
                affected=sheet.affected_in(service.name),
                since=started_at(model),
                ended_at=ended_at,
                now=now,
            )
        names = self._world.names()
        hit = {names.get(tier, tier) for tier in (alerts.tiers if alerts else ())} | set(figures.hit)
        snapshot = model.spec.policy
        policy = policy_of(snapshot.spec) if snapshot else fallback_policy(has_channel=self._courier.has_fallback)
        return View(
            key=key, incident=model, service=service, policy=policy, figures=figures, tiers=_ordered(hit, service)
        )

    async def _save(self, view: View, kept: Kept, state: State, now: datetime) -> None:
        fresh = shown(view.figures, view.tiers, now=now)
        soon = kept.shown.at is not None and now - kept.shown.at < FIGURES_EVERY
        moved = state != kept.state
        figures = kept.shown
        if not figures.fields or moved or (fresh.digest != figures.digest and not soon):
            figures = fresh
        status: JsonObject = {
            **state_json(state),
            **figures.fields,
            "openedAt": stamp(kept.opened_at),
            "conditions": conditions_of(view.incident, kept.problems, stale_since=view.figures.stale_since),
        }
        await self._writer.write(KIND, *view.key, status, priority=1)
        if (state.severity.name, state.phase) != (kept.state.severity.name, kept.state.phase):
            log.info(
                "Moved incident on",
                incident="/".join(view.key),
                phase=state.phase.value if state.phase else "",
                severity=state.severity.name,
            )
        kept.state, kept.shown = state, figures

    async def _deliver(self, view: View, kept: Kept) -> None:
        now = self._now()
        if not any(item.state is EntryState.PENDING and item.due <= now for item in kept.state.outbox.entries):
            return
        delivered = await self._courier.deliver(view, kept.state, kept.problems)
        if delivered != kept.state:
            # A fact, whether or not it can be written now: forgetting it would send again.
            kept.state = delivered
            self._dirty.add(view.key)

    async def _load(self, key: tuple[str, str]) -> Kept | None:
        """From a fresh read: the store may lag behind what the last leader wrote."""
        try:
            body = await self._cluster.get(REVENUE_INCIDENT, *key)
        except ClusterError as error:
            if error.reason == "NotFound":
                return None
            raise
        model = read(KIND, body)
        status: dict[str, Any] = body.get("status") or {}
        kept = Kept(
            uid=model.metadata.uid,
            service=str(body["spec"]["opening"]["service"]),
            state=state_of(status),
            loss=loss_of(status),
            opened_at=model.metadata.creation_timestamp or self._now(),
        )
        if kept.loss.tiers:
            kept.baselines = {name: tier.baseline for name, tier in kept.loss.tiers.items()}
        self._kept[key] = kept
        return kept


def _ordered(tiers: set[str], service: Service) -> tuple[str, ...]:
    ranks = {name: stake.tier.rank for name, stake in service.stakes.items()}
    return tuple(sorted(tiers, key=lambda name: (ranks.get(name, len(ranks) + 1), name)))
