"""What a message changes in an incident's alerts: the same message again changes nothing.

Only the status of each alert is believed; never the status of the message, and never an alert's absence. One entry a
fingerprint: a later or earlier start while it fires is the same alert (the earliest wins), a later start after its end
is a new one.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sloengine.incidents.alert import NAME_BYTES, SUMMARY_BYTES, Alert, link, short_labels
from sloengine.incidents.ledger import MAX_ENTRIES, AlertState, Counts, Group, Ledger, Line, milliseconds, tier_index
from sloengine.incidents.phase import REORDER_WINDOW
from sloengine.incidents.text import clip

MAX_TOP = 10
MAX_GROUPS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One alert as people read it. labels: 400 bytes at most; summary: 256; links: whole or absent."""

    fingerprint: str
    name: str
    tier: str
    severity: str
    state: AlertState
    starts_at: datetime
    labels: Mapping[str, str]
    summary: str = ""
    runbook: str = ""
    generator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """The alerts of one incident as stored. seq: of the last write. top: the ten that people see first.

    quiet_since: when the last firing alert ended; None while one fires. last_resolved_at: of the newest resolve.
    stale: firings that were older news than the ledger. last_fired_at: when an alert was last seen firing anew.
    """

    seq: int = 0
    ledger: Ledger = field(default_factory=Ledger)
    top: tuple[Evidence, ...] = ()
    quiet_since: datetime | None = None
    last_fired_at: datetime | None = None
    last_resolved_at: datetime | None = None
    stale: int = 0
    truncated: bool = False
    clock_skew: bool = False

    @property
    def counts(self) -> Counts:
        return self.ledger.counts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One message's alerts of one incident. group: hash of the group key. dropped: what the message says it cut.

    truncated: the message itself was cut, by its sender or by us.
    """

    group: str
    alerts: tuple[Alert, ...]
    dropped: int = 0
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """accepted: alerts that told something new. duplicate: those that did not. fired, resolved: changes of state."""

    alerts: Alerts
    accepted: int = 0
    duplicate: int = 0
    stale: int = 0
    fired: int = 0
    resolved: int = 0
    changed: bool = False


def suspects(alerts: Alerts, batch: Sequence[Alert], *, now: datetime, over: bool = False) -> frozenset[str]:
    """Fingerprints of firings that may be older news: resolved less than 90 s ago, and no later start.

    over: the incident is closed, so an old start is doubted however long ago it was resolved.
    Alertmanager's API decides about them before `merge`.
    """
    recent = alerts.last_resolved_at is not None and now - alerts.last_resolved_at < REORDER_WINDOW
    if not recent and not over:
        return frozenset()
    return frozenset(
        alert.fingerprint
        for alert in batch
        if alert.firing
        and (line := alerts.ledger.lines.get(alert.fingerprint)) is not None
        and line.state is AlertState.RESOLVED
        and milliseconds(alert.starts_at) <= line.start_ms
    )


def fires_anew(alerts: Alerts, batch: Sequence[Alert]) -> bool:
    """Whether `batch` holds a firing that the ledger does not know: another alert, or a later start."""
    lines = alerts.ledger.lines
    return any(
        alert.firing
        and (
            (line := lines.get(alert.fingerprint)) is None
            or (line.state is AlertState.RESOLVED and milliseconds(alert.starts_at) > line.start_ms)
        )
        for alert in batch
    )


def merge(
    alerts: Alerts,
    batch: Batch,
    *,
    now: datetime,
    ranks: Mapping[str, int] | None = None,
    disbelieved: frozenset[str] = frozenset(),
) -> Merged:
    """The incident's alerts after one message. `seq` is left to the writer.

    ranks: of the tiers, for the order in which people see alerts. disbelieved: fingerprints whose firing is old news.
    """
    lines = dict(alerts.ledger.lines)
    tiers = alerts.ledger.tiers
    changed: dict[str, Alert] = {}
    accepted = duplicate = stale = fired = resolved = 0
    over = {True: 0, False: 0}
    resolved_at = alerts.last_resolved_at
    seen_over: set[str] = set()
    for alert in batch.alerts:
        line = lines.get(alert.fingerprint)
        if line is None and len(lines) >= MAX_ENTRIES:
            if alert.fingerprint not in seen_over:
                seen_over.add(alert.fingerprint)
                over[alert.firing] += 1
            continue
        if alert.firing and alert.fingerprint in disbelieved:
            stale += 1
            continue
        tiers, tier = tier_index(tiers, alert.labels.get("clv_tier", ""))
        after = _line_after(line, alert, tier)
        if after == line:
            duplicate += 1
            continue
        accepted += 1
        if line is None or line.is_active != after.is_active:
            fired += after.is_active
            resolved += not after.is_active
        if not after.is_active:
            ended = min(alert.ends_at or now, now)
            resolved_at = ended if resolved_at is None else max(resolved_at, ended)
        lines[alert.fingerprint] = after
        changed[alert.fingerprint] = alert
    groups, group_changed = _groups_after(alerts.ledger.groups, batch, over)
    told_over = over[True] + over[False]
    accepted += told_over if group_changed else 0
    duplicate += 0 if group_changed else told_over
    skewed = any(alert.clamped for alert in changed.values())
    if not changed and not group_changed and not (batch.truncated and not alerts.truncated):
        return Merged(alerts=alerts, duplicate=duplicate, stale=stale)
    ledger = Ledger(lines=lines, tiers=tiers, groups=groups)
    quiet_since = alerts.quiet_since
    if ledger.counts().active:
        quiet_since = None
    elif quiet_since is None:
        quiet_since = now
    after_all = replace(
        alerts,
        ledger=ledger,
        top=top_after(alerts.top, changed, ledger, ranks or {}),
        quiet_since=quiet_since,
        last_fired_at=now if fired else alerts.last_fired_at,
        last_resolved_at=resolved_at,
        stale=alerts.stale + stale,
        truncated=alerts.truncated or batch.truncated,
        clock_skew=alerts.clock_skew or skewed,
    )
    return Merged(
        alerts=after_all,
        accepted=accepted,
        duplicate=duplicate,
        stale=stale,
        fired=fired,
        resolved=resolved,
        changed=True,
    )


def _line_after(line: Line | None, alert: Alert, tier: int) -> Line:
    start = milliseconds(alert.starts_at)
    if line is None:
        return Line(start, AlertState.FIRING if alert.firing else AlertState.RESOLVED, alert.is_page, tier)
    if alert.firing:
        if line.state is AlertState.RESOLVED:
            return replace(line, start_ms=start, state=AlertState.FIRING)
        return replace(line, start_ms=min(start, line.start_ms), state=AlertState.FIRING)
    if line.is_active:
        # The end of an earlier occurrence that comes late must not end this one.
        if alert.ends_at is not None and milliseconds(alert.ends_at) <= line.start_ms and start != line.start_ms:
            return line
        return replace(line, start_ms=max(start, line.start_ms), state=AlertState.RESOLVED)
    return replace(line, start_ms=max(start, line.start_ms))


def _groups_after(
    groups: Mapping[str, Group], batch: Batch, over: Mapping[bool, int]
) -> tuple[Mapping[str, Group], bool]:
    was = groups.get(batch.group, Group())
    now = Group(firing=over[True], resolved=max(over[False], was.resolved), dropped=batch.dropped)
    if now == was:
        return groups, False
    if batch.group not in groups and len(groups) >= MAX_GROUPS:
        # The group that says least makes room, so that the counts stay as near the truth as the bound allows.
        least = min(groups, key=lambda name: (groups[name].firing, groups[name].dropped, groups[name].resolved))
        groups = {name: group for name, group in groups.items() if name != least}
    return {**groups, batch.group: now}, True


def top_after(
    top: Sequence[Evidence], changed: Mapping[str, Alert], ledger: Ledger, ranks: Mapping[str, int]
) -> tuple[Evidence, ...]:
    """The ten alerts that people see first: active before ended, pages, tiers by rank, then by start."""
    last = max(ranks.values(), default=0) + 1

    def order(fingerprint: str, severity: str, tier: str, start: datetime) -> tuple[bool, bool, int, datetime, str]:
        ended = not ledger.lines[fingerprint].is_active
        return ended, severity != "page", ranks.get(tier, last), start, fingerprint

    ordered: list[tuple[tuple[bool, bool, int, datetime, str], Alert | Evidence]] = [
        (order(item.fingerprint, item.severity, item.tier, item.starts_at), item)
        for item in top
        if item.fingerprint not in changed and item.fingerprint in ledger.lines
    ]
    ordered += [
        (order(fingerprint, alert.severity, alert.labels.get("clv_tier", ""), alert.starts_at), alert)
        for fingerprint, alert in changed.items()
    ]
    first = heapq.nsmallest(MAX_TOP, ordered, key=lambda pair: pair[0])
    return tuple(
        evidence(item, ledger.lines[item.fingerprint])
        if isinstance(item, Alert)
        else replace(item, state=ledger.lines[item.fingerprint].state)
        for _, item in first
    )


def evidence(alert: Alert, line: Line) -> Evidence:
    text = alert.annotations.get("summary") or alert.annotations.get("description") or ""
    return Evidence(
        fingerprint=alert.fingerprint,
        name=clip(alert.name, NAME_BYTES),
        tier=clip(alert.labels.get("clv_tier", ""), 63),
        severity=clip(alert.severity, 63),
        state=line.state,
        starts_at=alert.starts_at,
        labels=short_labels(alert.labels),
        summary=clip(text, SUMMARY_BYTES),
        runbook=link(alert.annotations.get("runbook_url", "")),
        generator=alert.generator,
    )
