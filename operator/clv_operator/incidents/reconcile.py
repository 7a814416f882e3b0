"""The leader asks every Alertmanager once a minute what fires, and mends what messages did not say."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from clv_operator.api.revenueincident import RevenueIncident
from clv_operator.incidents.committer import Outcome, Part
from clv_operator.incidents.metrics import PEERS_BLIND, RECONCILED
from clv_operator.incidents.peers import Peers
from clv_operator.incidents.record import alerts_of
from clv_operator.kube.store import Collection, Rejected
from clv_operator.prometheus.alertmanager import PeerAlert, PeerAnswer
from sloengine.errors import ClusterError
from sloengine.incidents.alert import WATCHDOG, Alert, link
from sloengine.incidents.alert import compact as compacted
from sloengine.incidents.fingerprint import fingerprint
from sloengine.incidents.identity import Key, key_of, namespace_of
from sloengine.incidents.ledger import AlertState
from sloengine.incidents.merge import Alerts, Batch
from sloengine.incidents.phase import Phase
from sloengine.incidents.reconcile import OLD_ENOUGH, Listing, absent, overdue, reconciled, without_overflow
from sloengine.incidents.text import clean

log = structlog.get_logger(__name__)

EVERY_SECONDS = 60.0
SETTLE_SECONDS = 2.0


class Commits(Protocol):
    async def commit(self, part: Part) -> Outcome: ...


class Reconciler:
    """missing: by incident, since when no peer lists an alert that its ledger says fires.

    is_ours: whether an alert of Alertmanager is meant for us, given that nobody posted it.
    """

    def __init__(
        self,
        *,
        peers: Peers,
        commits: Commits,
        incidents: Collection[RevenueIncident],
        service_labels: Sequence[str],
        incident_namespace: str,
        is_ours: Callable[[PeerAlert], bool],
        is_leading: Callable[[], bool],
        now: Callable[[], datetime],
    ) -> None:
        self._peers = peers
        self._commits = commits
        self._incidents = incidents
        self._service_labels = tuple(service_labels)
        self._namespace = incident_namespace
        self._is_ours = is_ours
        self._is_leading = is_leading
        self._now = now
        self._missing: dict[tuple[str, str], dict[str, datetime]] = {}
        self._soon = asyncio.Event()
        self._truncated: set[tuple[str, str]] = set()

    async def run(self) -> None:
        """Once at start, then every minute, and soon after a message that was cut."""

        def look(_: object, key: tuple[str, str]) -> None:
            entry = self._incidents.get(*key)
            if entry is None or isinstance(entry.model, Rejected) or entry.model.status.alerts is None:
                return
            if entry.model.status.alerts.truncated and key not in self._truncated:
                self._truncated.add(key)
                self._soon.set()

        self._incidents.listeners.append(look)
        try:
            while True:
                await self.once()
                self._soon.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(EVERY_SECONDS):
                        await self._soon.wait()
        finally:
            self._incidents.listeners.remove(look)

    async def once(self) -> None:
        """Ask, and mend every incident that is not over."""
        answers = await self._peers.ask()
        now = self._now()
        blind = [answer for answer in answers if not answer.answered]
        PEERS_BLIND.set(len(blind))
        for answer in blind:
            log.warning("Failed to ask an Alertmanager", peer=answer.url, error=str(answer.error))
        if not self._is_leading() or len(blind) == len(answers):
            return
        listing, alerts = listing_of(answers, now)
        by_key: dict[Key, list[tuple[Alert, PeerAlert]]] = defaultdict(list)
        for alert, peer in alerts:
            by_key[key_of(peer.labels, self._service_labels)].append((alert, peer))
        seen: set[str] = set()
        for where, entry in self._incidents.snapshot().items():
            if isinstance(entry.model, Rejected) or _is_over(entry.model):
                self._missing.pop(where, None)
                continue
            opening = entry.model.spec.opening
            key = Key(service=opening.service, scope=opening.scope, cause=opening.cause)
            if key.digest != opening.key:
                continue  # a service name beyond its bound; its alerts still come by webhook
            seen.add(key.digest)
            firing = [alert for alert, _ in by_key.get(key, ())]
            try:
                await self._mend(where, entry.model, key, listing=listing, firing=firing, now=now)
            except (ValueError, KeyError):
                # Such as a ledger that was edited by hand: nobody can mend it, and the others must be.
                log.exception("Failed to read the alerts of an incident", incident="/".join(where))
        for key, members in by_key.items():
            if key.digest not in seen:
                await self._missed(key, [(alert, peer) for alert, peer in members if self._is_ours(peer)])

    async def _mend(
        self,
        where: tuple[str, str],
        incident: RevenueIncident,
        key: Key,
        *,
        listing: Listing,
        firing: Sequence[Alert],
        now: datetime,
    ) -> None:
        stored = incident.status.alerts
        if stored is None:
            return
        alerts = alerts_of(stored.as_json())
        first, ended = overdue(absent(alerts, listing), self._missing.get(where, {}), now=now)
        self._missing[where] = first
        known = alerts.ledger.lines
        new = tuple(
            alert
            for alert in firing
            if alert.fingerprint not in known or known[alert.fingerprint].state is AlertState.RESOLVED
        )
        beyond = len({alert.fingerprint for alert in firing} - set(known)) if len(known) >= 1_000 else 0

        def edit(current: Alerts, at: datetime) -> Alerts:
            mended = reconciled(current, listing, ended, now=at)
            full = len(current.ledger.lines) >= 1_000 and listing.complete
            return without_overflow(mended, beyond=beyond, now=at) if full else mended

        if edit(alerts, now) == alerts and not new:
            return
        batch = () if beyond else new
        part = Part(
            key=key,
            namespace=where[0],
            labels=firing[0].labels if firing else {},
            batch=Batch(group="reconcile", alerts=batch),
            edit=edit,
        )
        await self._commit(part, where[1])
        RECONCILED.labels("resolved").inc(len(ended))
        RECONCILED.labels("firing").inc(len(batch))

    async def _missed(self, key: Key, members: Sequence[tuple[Alert, PeerAlert]]) -> None:
        """Fires, and nobody told us: hole 1 of the sender."""
        if not members:
            return
        labels = members[0][1].labels
        part = Part(
            key=key,
            namespace=namespace_of(labels, self._namespace),
            labels=labels,
            batch=Batch(group="reconcile", alerts=tuple(alert for alert, _ in members)),
        )
        await self._commit(part, key.service)
        RECONCILED.labels("firing").inc(len(members))

    async def _commit(self, part: Part, name: str) -> None:
        try:
            await self._commits.commit(part)
        except ClusterError as error:
            log.warning("Failed to reconcile", incident=name, reason=error.reason, error=str(error))


def listing_of(answers: Sequence[PeerAnswer], now: datetime) -> tuple[Listing, list[tuple[Alert, PeerAlert]]]:
    """The union of what the peers list, and every active alert once."""
    active: dict[str, tuple[Alert, PeerAlert]] = {}
    muted: set[str] = set()
    for answer in answers:
        for peer in answer.alerts:
            if peer.labels.get("alertname") == WATCHDOG or not peer.labels:
                continue
            alert = _alert(peer)
            if peer.is_active:
                active.setdefault(alert.fingerprint, (alert, peer))
            else:
                muted.add(alert.fingerprint)
    complete = bool(answers) and all(
        answer.answered and answer.status is not None and now - answer.status.started_at >= OLD_ENOUGH
        for answer in answers
    )
    return Listing(active=frozenset(active), muted=frozenset(muted), complete=complete), list(active.values())


def _alert(peer: PeerAlert) -> Alert:
    labels: Mapping[str, str] = {clean(name): clean(value) for name, value in peer.labels.items()}
    annotations = {clean(name): clean(value) for name, value in peer.annotations.items()}
    return compacted(
        Alert(
            fingerprint=fingerprint(labels),
            labels=labels,
            annotations=annotations,
            firing=True,
            starts_at=peer.starts_at,
            generator=link(peer.generator_url),
        )
    )


def _is_over(incident: RevenueIncident) -> bool:
    phase = incident.status.phase
    return incident.spec.closed is not None or (phase is not None and Phase(phase).is_closed)
