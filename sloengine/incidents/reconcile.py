"""What Alertmanager's API says, held against a ledger: level-triggered, so a lost message heals by itself.

Listed and active: it fires. Listed and suppressed: it is muted, which is not an end. Not listed: it ended, but only
when it is missing twice, minutes apart, and every peer answered and is old enough to have heard of everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sloengine.incidents.ledger import AlertState, Group
from sloengine.incidents.merge import Alerts, Evidence

ABSENT_FOR = timedelta(minutes=5)
OLD_ENOUGH = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All peers together. active, muted: fingerprints; one that any peer has active is active.

    complete: every peer answered, and none is younger than ten minutes.
    """

    active: frozenset[str]
    muted: frozenset[str]
    complete: bool


def absent(alerts: Alerts, listing: Listing) -> frozenset[str]:
    """Fingerprints that the ledger says fire and no peer lists; nothing where the listing is not complete."""
    if not listing.complete:
        return frozenset()
    return frozenset(
        fingerprint
        for fingerprint, line in alerts.ledger.lines.items()
        if line.is_active and fingerprint not in listing.active and fingerprint not in listing.muted
    )


def overdue(
    missing: frozenset[str], since: Mapping[str, datetime], *, now: datetime
) -> tuple[dict[str, datetime], frozenset[str]]:
    """When each was first missing, carried on, and those that have been missing for long enough to be over."""
    first = {fingerprint: since.get(fingerprint, now) for fingerprint in missing}
    return first, frozenset(fingerprint for fingerprint, at in first.items() if now - at >= ABSENT_FOR)


def reconciled(alerts: Alerts, listing: Listing, ended: frozenset[str], *, now: datetime) -> Alerts:
    """The alerts with states as listed; `ended` are resolved. The same object where nothing changes."""
    states: dict[str, AlertState] = {}
    for fingerprint, line in alerts.ledger.lines.items():
        if line.is_active and fingerprint in ended:
            states[fingerprint] = AlertState.RESOLVED
        elif line.state is AlertState.FIRING and fingerprint in listing.muted - listing.active:
            states[fingerprint] = AlertState.MUTED
        elif line.state is AlertState.MUTED and fingerprint in listing.active:
            states[fingerprint] = AlertState.FIRING
    if not states:
        return alerts
    ledger = alerts.ledger.with_states(states)
    resolved = AlertState.RESOLVED in states.values()
    quiet_since = None if ledger.counts().active else (alerts.quiet_since or now)
    return replace(
        alerts,
        ledger=ledger,
        top=tuple(_as_in(ledger.lines[item.fingerprint].state, item) for item in alerts.top),
        quiet_since=quiet_since,
        last_resolved_at=now if resolved else alerts.last_resolved_at,
    )


def without_overflow(alerts: Alerts, *, beyond: int, now: datetime) -> Alerts:
    """Past 1,000 alerts the listing knows the count: `beyond` fire that the ledger has no room for."""
    counts = sum(group.firing for group in alerts.ledger.groups.values())
    if counts == beyond:
        return alerts
    groups: dict[str, Group] = {
        name: replace(group, firing=0, resolved=group.resolved + group.firing if beyond == 0 else group.resolved)
        for name, group in alerts.ledger.groups.items()
    }
    if beyond and groups:
        first = next(iter(groups))
        groups[first] = replace(groups[first], firing=beyond)
    ledger = replace(alerts.ledger, groups=groups)
    return replace(alerts, ledger=ledger, quiet_since=None if ledger.counts().active else (alerts.quiet_since or now))


def _as_in(state: AlertState, item: Evidence) -> Evidence:
    return replace(item, state=state)
