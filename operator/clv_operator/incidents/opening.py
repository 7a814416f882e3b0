"""Finding the incident that alerts belong to, and opening, reopening or following it up where there is none.

The order makes a crash harmless: first the slot, then the incident under the name that the slot says. A slot whose
incident is missing means a crash in between; the replay, on any replica, makes that very incident.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog

from clv_operator.api.escalationpolicy import PolicySnapshot
from clv_operator.incidents.cluster import Cluster, JsonObject
from clv_operator.incidents.record import alerts_of, evidence_json, moment, stamp
from clv_operator.incidents.slot import KEY_LABEL, Holder, Slots
from clv_operator.kube.resource import REVENUE_INCIDENT
from sloengine.errors import ClusterError
from sloengine.incidents.alert import Alert
from sloengine.incidents.identity import Key
from sloengine.incidents.merge import Alerts, Batch, fires_anew, merge
from sloengine.incidents.phase import Next, Phase, next_episode
from sloengine.incidents.text import clip

log = structlog.get_logger(__name__)


class PolicyChoice(Protocol):
    def snapshot_for(self, *, namespace: str, service: str, labels: Mapping[str, str]) -> PolicySnapshot | None: ...


class Doubt(Protocol):
    async def __call__(self, alerts: Alerts, batch: Sequence[Alert], *, over: bool) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The incident that a key's alerts go into, as last read.

    has_alerts: its status has been written once. version: of the object, needed while it has none.
    disbelieved: fingerprints whose firing is old news in this message.
    """

    namespace: str
    name: str
    phase: str
    closed_by_person: bool
    alerts: Alerts = field(default_factory=Alerts)
    has_alerts: bool = False
    version: str = ""
    disbelieved: frozenset[str] = frozenset()

    @property
    def is_over(self) -> bool:
        return self.closed_by_person or (bool(self.phase) and Phase(self.phase).is_closed)


class Opener:
    """fallback_namespace: for incidents whose own namespace is not there."""

    def __init__(self, *, cluster: Cluster, slots: Slots, policies: PolicyChoice, fallback_namespace: str) -> None:
        self._cluster = cluster
        self._slots = slots
        self._policies = policies
        self._fallback = fallback_namespace

    async def find(
        self,
        *,
        key: Key,
        namespace: str,
        labels: Mapping[str, str],
        alerts: Sequence[Alert],
        doubtful: Doubt,
        now: datetime,
        ranks: Mapping[str, int],
        deadline: float,
    ) -> Standing | None:
        """The incident for these alerts; None where they are only to be counted. Raises SlotTaken and ClusterError."""
        opens = any(alert.firing or _is_born_resolved(alert) for alert in alerts)
        new = _New(key=key, labels=labels, alerts=alerts, now=now, ranks=ranks, deadline=deadline)
        holder = await self._slots.read(key, deadline=deadline)
        if holder is None:
            if not opens:
                return None
            holder = await self._slots.claim(key, namespace=namespace, now=now, deadline=deadline)
        try:
            found = await self._cluster.get(REVENUE_INCIDENT, holder.namespace, holder.name, deadline=deadline)
        except ClusterError as error:
            if error.reason != "NotFound":
                raise
            return await self._open(new, holder) if opens else None
        standing = _standing(found)
        if not standing.is_over or not any(alert.firing for alert in alerts):
            return standing
        return await self._after_the_end(new, holder, found, standing, doubtful)

    async def _after_the_end(
        self, new: _New, holder: Holder, found: JsonObject, standing: Standing, doubtful: Doubt
    ) -> Standing | None:
        disbelieved = await doubtful(standing.alerts, new.alerts, over=True)
        believed = [alert for alert in new.alerts if alert.fingerprint not in disbelieved]
        if not any(alert.firing for alert in believed):
            return _standing(found, disbelieved=disbelieved)
        what = next_episode(
            phase=Phase(standing.phase or Phase.OPEN),
            resolved_at=moment(found.get("status", {}).get("resolvedAt")),
            closed_by_person=standing.closed_by_person,
            fires_anew=fires_anew(standing.alerts, believed),
            now=new.now,
        )
        match what:
            case Next.JOIN:
                return standing
            case Next.IGNORE:
                return None
            case Next.REOPEN:
                await self._slots.move(new.key, holder, holder, now=new.now, deadline=new.deadline)
                return _standing(found, disbelieved=disbelieved)
            case Next.NEW_EPISODE:
                episode = holder.episode + 1
                to = Holder(namespace=holder.namespace, name=new.key.incident_name(episode), episode=episode)
                moved = await self._slots.move(new.key, holder, to, now=new.now, deadline=new.deadline)
                return await self._open(new, moved, previous=holder.name)

    async def _open(self, new: _New, holder: Holder, *, previous: str = "") -> Standing:
        body = self._body(new, holder, previous)
        try:
            made = await self._cluster.create(REVENUE_INCIDENT, holder.namespace, body, deadline=new.deadline)
        except ClusterError as error:
            if error.reason == "AlreadyExists":
                return _standing(
                    await self._cluster.get(REVENUE_INCIDENT, holder.namespace, holder.name, deadline=new.deadline)
                )
            if not _is_no_namespace(error) or holder.namespace == self._fallback:
                raise
            # The label named a namespace that is not there (any more): better in the wrong place than nowhere.
            to = Holder(namespace=self._fallback, name=holder.name, episode=holder.episode)
            moved = await self._slots.move(new.key, holder, to, now=new.now, deadline=new.deadline)
            return await self._open(new, moved, previous=previous)
        log.info("Opened incident", incident=f"{holder.namespace}/{holder.name}", service=new.key.service)
        return _standing(made)

    def _body(self, new: _New, holder: Holder, previous: str) -> JsonObject:
        first = merge(Alerts(), Batch(group="", alerts=tuple(new.alerts)), now=new.now, ranks=new.ranks).alerts
        opening: JsonObject = {
            "key": new.key.digest,
            "episode": holder.episode,
            "service": clip(new.key.service, 253),
            "scope": clip(new.key.scope, 128),
            "cause": clip(new.key.cause, 253),
            "openedAt": stamp(first.ledger.first_start() or new.now),
            "alerts": [evidence_json(item) for item in first.top],
        }
        if previous:
            opening["previous"] = previous
        spec: JsonObject = {"opening": opening}
        snapshot = self._policies.snapshot_for(namespace=holder.namespace, service=new.key.service, labels=new.labels)
        if snapshot is not None:
            spec["policy"] = snapshot.as_json()
        labels = {"app.kubernetes.io/managed-by": "clv-sre", KEY_LABEL: new.key.digest}
        return {"metadata": {"name": holder.name, "namespace": holder.namespace, "labels": labels}, "spec": spec}


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    key: Key
    labels: Mapping[str, str]
    alerts: Sequence[Alert]
    now: datetime
    ranks: Mapping[str, int]
    deadline: float


def _is_born_resolved(alert: Alert) -> bool:
    """A page of a TieredSLO that was over before it reached us still cost money; any other is only counted."""
    return not alert.firing and alert.is_page and bool(alert.labels.get("clv_slo"))


def _is_no_namespace(error: ClusterError) -> bool:
    return error.reason == "NotFound" or (error.reason == "Forbidden" and "terminat" in str(error))


def _standing(found: JsonObject, *, disbelieved: frozenset[str] = frozenset()) -> Standing:
    status: dict[str, Any] = found.get("status") or {}
    raw = status.get("alerts")
    return Standing(
        namespace=found["metadata"]["namespace"],
        name=found["metadata"]["name"],
        phase=status.get("phase") or "",
        closed_by_person=bool((found.get("spec") or {}).get("closed")),
        alerts=Alerts() if raw is None else alerts_of(raw),
        has_alerts=raw is not None,
        version="" if raw is not None else found["metadata"]["resourceVersion"],
        disbelieved=disbelieved,
    )
