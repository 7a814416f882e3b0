"""Sends what is due, after a last look: the incident is read fresh, and the gate asked, before every message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from clv_operator.incidents.cluster import Cluster
from clv_operator.incidents.metrics import CHANNEL_FAILURES, SENDS
from clv_operator.incidents.record import moment
from clv_operator.incidents.situation import View, message_of, situation_of
from clv_operator.kube.resource import REVENUE_INCIDENT
from clv_operator.notify.dispatch import FALLBACK, Dispatcher
from sloengine.errors import ClusterError, DeliveryError
from sloengine.incidents import outbox as box
from sloengine.incidents.advance import State
from sloengine.incidents.outbox import Entry, Gate, Kind, Verdict
from sloengine.incidents.outbox import State as EntryState
from sloengine.incidents.phase import Phase
from sloengine.incidents.policy import Policy
from sloengine.rules.incidents import FAILURES

log = structlog.get_logger(__name__)


class Events(Protocol):
    def record(
        self, kind: str, namespace: str, name: str, uid: str, *, type_: str = ..., reason: str, note: str
    ) -> None:
        """An event for people."""


class Courier:
    def __init__(
        self,
        *,
        cluster: Cluster,
        dispatcher: Dispatcher,
        events: Events,
        is_leading: Callable[[], bool],
        now: Callable[[], datetime],
    ) -> None:
        self._cluster = cluster
        self._dispatcher = dispatcher
        self._events = events
        self._is_leading = is_leading
        self._now = now
        self._failures: dict[tuple[str, str, str], int] = {}

    @property
    def has_fallback(self) -> bool:
        return self._dispatcher.has_fallback

    async def deliver(self, view: View, state: State, problems: dict[str, str]) -> State:
        """The state with what was sent, refused or cancelled marked. problems: by channel, kept up to date."""
        for item in _in_order(state.outbox.entries, self._now()):
            if not self._is_leading():
                return state
            try:
                fresh = await self._cluster.get(REVENUE_INCIDENT, *view.key)
            except ClusterError as error:
                if error.reason != "NotFound":
                    return state  # it cannot be looked at, so nothing is sent on a guess
                fresh = {}
            verdict, why = box.judge(
                item, gate_of(state, fresh), unless_acknowledged=_minds_acknowledgement(item, view.policy)
            )
            if verdict is Verdict.HOLD:
                continue
            if verdict is Verdict.CANCEL:
                state = _with(state, box.cancelled(item, why))
                continue
            if not self._is_leading():
                return state
            state = await self._send(view, item, state, problems)
        return state

    async def _send(self, view: View, item: Entry, state: State, problems: dict[str, str]) -> State:
        snapshot = view.incident.spec.policy
        kind = self._dispatcher.kind_of(snapshot, item.channel)
        message = message_of(view.incident, item, situation_of(view, state), now=self._now())
        try:
            ref = await self._dispatcher.send(snapshot, item.channel, message)
        except DeliveryError as error:
            SENDS.labels(kind, "retried" if error.retryable else "failed").inc()
            problems[item.channel] = str(error)
            self._failed(view, item.channel, for_good=not error.retryable)
            return self._refused(view, item, state, error)
        SENDS.labels(kind, "sent").inc()
        problems.pop(item.channel, None)
        self._failures.pop(_channel_key(view, item.channel), None)
        CHANNEL_FAILURES.labels(*_channel_key(view, item.channel)).set(0)
        log.info("Sent notification", incident="/".join(view.key), channel=item.channel, kind=item.kind.value)
        return _with(state, box.sent(item, ref=ref))

    def _failed(self, view: View, channel: str, *, for_good: bool) -> None:
        key = _channel_key(view, channel)
        self._failures[key] = max(self._failures.get(key, 0) + 1, FAILURES if for_good else 0)
        CHANNEL_FAILURES.labels(*key).set(self._failures[key])

    def _refused(self, view: View, item: Entry, state: State, error: DeliveryError) -> State:
        wait = None if error.retry_after_seconds is None else timedelta(seconds=error.retry_after_seconds)
        after = box.refused(item, str(error), now=self._now(), retryable=error.retryable, retry_after=wait)
        log.warning("Failed to send notification", incident="/".join(view.key), channel=item.channel, error=str(error))
        state = _with(state, after)
        if after.state is not EntryState.FAILED:
            return state
        self._events.record(
            "RevenueIncident",
            *view.key,
            view.incident.metadata.uid,
            type_="Warning",
            reason="NotificationFailed",
            note=str(error),
        )
        return self._elsewhere(view, item, state) if item.kind is Kind.PAGE else state

    def _elsewhere(self, view: View, item: Entry, state: State) -> State:
        """A page that its channel will never take goes to the next one that has not been tried for this step."""
        siblings = [other for other in state.outbox.entries if _same_step(other, item)]
        if any(other.state in {EntryState.SENT, EntryState.PENDING} for other in siblings):
            return state
        tried = {other.channel for other in siblings}
        wanted = next(
            (name for name in _ladder(view.policy, item, has_fallback=self.has_fallback) if name not in tried), None
        )
        if wanted is None:
            return state
        new = box.entry(
            uid=view.incident.metadata.uid,
            kind=Kind.PAGE,
            step=item.step,
            repeat=item.repeat,
            channel=wanted,
            generation=item.generation,
            due=self._now(),
            subject=item.subject,
        )
        entries = box.added(state.outbox.entries, [new])
        return replace(state, outbox=replace(state.outbox, entries=entries))


def gate_of(state: State, fresh: dict[str, Any]) -> Gate:
    """From a fresh read; an object that is gone is closed."""
    if not fresh:
        return Gate(generation=state.generation, is_quiet=True, is_closed=True, is_acknowledged=True)
    spec, alerts = fresh.get("spec") or {}, (fresh.get("status") or {}).get("alerts") or {}
    firing, muted = int(alerts.get("firing", 0)), int(alerts.get("muted", 0))
    given, known = spec.get("acknowledged"), state.acknowledgement
    is_new = given is not None and (known is None or (known.by, known.at) != (given.get("by"), moment(given.get("at"))))
    return Gate(
        generation=state.generation,
        is_quiet=firing + muted == 0,
        is_closed=bool(spec.get("closed")) or (state.phase or Phase.OPEN).is_closed,
        is_acknowledged=state.is_acknowledged or is_new,
        is_muted=firing == 0 and muted > 0,
    )


def _channel_key(view: View, channel: str) -> tuple[str, str, str]:
    policy = view.incident.spec.policy
    return ("", "", channel) if policy is None else (policy.namespace, policy.name, channel)


def _in_order(entries: tuple[Entry, ...], now: datetime) -> list[Entry]:
    """Pages before updates, the older first."""
    due = [item for item in entries if item.state is EntryState.PENDING and item.due <= now]
    return sorted(due, key=lambda item: (item.kind is not Kind.PAGE, item.due, item.step))


def _minds_acknowledgement(item: Entry, policy: Policy) -> bool:
    if item.repeat:
        return True
    return item.step < len(policy.steps) and policy.steps[item.step].unless_acknowledged


def _same_step(one: Entry, other: Entry) -> bool:
    return (one.kind, one.step, one.repeat, one.generation) == (other.kind, other.step, other.repeat, other.generation)


def _ladder(policy: Policy, item: Entry, *, has_fallback: bool) -> list[str]:
    later = [name for step in policy.steps[item.step :] for name in step.notify]
    return [*later, *([FALLBACK] if has_fallback else [])]


def _with(state: State, item: Entry) -> State:
    entries = tuple(item if other.id == item.id else other for other in state.outbox.entries)
    return replace(state, outbox=replace(state.outbox, entries=entries))
