"""Looks, on every replica and leading or not, for incidents that nobody escalates and messages that nobody sends."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from clv_operator.api.revenueincident import RevenueIncident
from clv_operator.incidents.metrics import OPEN, OUTBOX_OLDEST, OVERDUE, UNTOLD
from clv_operator.incidents.policies import policy_of
from clv_operator.kube.store import Collection
from sloengine.incidents.phase import Phase

EVERY_SECONDS = 10.0
OVERDUE_AFTER = timedelta(seconds=60)
UNTOLD_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """overdue: their next step is a minute late, or they are open and nobody has looked at them.

    untold: of the gravest severity, two minutes old, not one page sent. oldest_seconds: of messages that are due.
    """

    overdue: int
    untold: int
    oldest_seconds: float
    open_by_severity: dict[str, int]


class Auditor:
    def __init__(self, *, incidents: Collection[RevenueIncident], now: Callable[[], datetime]) -> None:
        self._incidents = incidents
        self._now = now
        self._severities: set[str] = set()

    async def run(self) -> None:
        while True:
            self.publish(audit(self._incidents.models().values(), now=self._now()))
            await asyncio.sleep(EVERY_SECONDS)

    def publish(self, found: Findings) -> None:
        OVERDUE.set(found.overdue)
        UNTOLD.set(found.untold)
        OUTBOX_OLDEST.set(found.oldest_seconds)
        self._severities |= set(found.open_by_severity)
        for severity in self._severities:
            OPEN.labels(severity).set(found.open_by_severity.get(severity, 0))


def audit(incidents: Iterable[RevenueIncident], *, now: datetime) -> Findings:
    overdue = untold = 0
    oldest = timedelta()
    severities: Counter[str] = Counter()
    for incident in incidents:
        status = incident.status
        for entry in status.outbox or ():
            if entry.state == "Pending" and entry.due < now and not _is_muted(incident):
                oldest = max(oldest, now - entry.due)
        if incident.spec.closed is not None or (status.phase is not None and Phase(status.phase).is_closed):
            continue
        severities[status.severity or "Unrated"] += 1
        opened = incident.metadata.creation_timestamp or now
        if status.phase is None:
            overdue += now - opened > OVERDUE_AFTER
        elif status.next_step_at is not None:
            overdue += now - status.next_step_at > OVERDUE_AFTER
        untold += _is_untold(incident, opened, now)
    return Findings(
        overdue=overdue,
        untold=untold,
        oldest_seconds=oldest.total_seconds(),
        open_by_severity=dict(severities),
    )


def _is_muted(incident: RevenueIncident) -> bool:
    """Every alert that fires is silenced: its pages wait on purpose."""
    alerts = incident.status.alerts
    return alerts is not None and alerts.muted > 0 and alerts.firing == 0


def _is_untold(incident: RevenueIncident, opened: datetime, now: datetime) -> bool:
    snapshot, status = incident.spec.policy, incident.status
    if snapshot is None or now - opened <= UNTOLD_AFTER or status.phase in {"Acknowledged", "Mitigated"}:
        return False
    if _is_muted(incident):
        return False
    policy = policy_of(snapshot.spec)
    gravest = policy.severities[0].name if policy.severities else ""
    if status.severity != gravest or not any(step.concerns(gravest) for step in policy.steps):
        return False
    folded = status.outbox_folded.sent if status.outbox_folded is not None else 0
    sent = any(entry.kind == "page" and entry.state == "Sent" for entry in status.outbox or ())
    return not sent and not folded
