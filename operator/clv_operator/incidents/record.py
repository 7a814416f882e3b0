"""`status.alerts` and `spec.opening` of an incident, as JSON and as the engine's values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sloengine.incidents.ledger import AlertState, Group, Ledger, pack, unpack
from sloengine.incidents.merge import Alerts, Evidence

JsonObject = dict[str, Any]


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment(text: object) -> datetime | None:
    """The time in a stored field; None where the field is absent."""
    return datetime.fromisoformat(str(text)).astimezone(UTC) if text else None


def alerts_json(alerts: Alerts) -> JsonObject:
    """`status.alerts`, as one value; what is absent or empty is left out, counts are not."""
    counts = alerts.counts
    first = alerts.ledger.first_start()
    made: JsonObject = {
        "seq": alerts.seq,
        "firing": counts.firing,
        "muted": counts.muted,
        "resolved": counts.resolved,
        "dropped": counts.dropped,
        "stale": alerts.stale,
        "ledger": pack(alerts.ledger.lines),
        "tiers": list(alerts.ledger.tiers),
        "groups": [
            {"hash": name, "firing": group.firing, "resolved": group.resolved, "dropped": group.dropped}
            for name, group in alerts.ledger.groups.items()
            if group != Group()
        ],
        "top": [evidence_json(item) for item in alerts.top],
        "truncated": alerts.truncated,
        "clockSkew": alerts.clock_skew,
    }
    times = {
        "firstStartsAt": first,
        "lastFiredAt": alerts.last_fired_at,
        "lastResolvedAt": alerts.last_resolved_at,
        "quietSince": alerts.quiet_since,
    }
    return made | {name: stamp(time) for name, time in times.items() if time is not None}


def alerts_of(raw: Mapping[str, Any]) -> Alerts:
    """What `alerts_json` wrote. Raises ValueError or KeyError for anything else."""
    return Alerts(
        seq=int(raw.get("seq", 0)),
        ledger=Ledger(
            lines=unpack(raw.get("ledger", "")),
            tiers=tuple(raw.get("tiers") or ()),
            groups={
                group["hash"]: Group(
                    firing=group.get("firing", 0), resolved=group.get("resolved", 0), dropped=group.get("dropped", 0)
                )
                for group in raw.get("groups") or ()
            },
        ),
        top=tuple(_evidence(item) for item in raw.get("top") or ()),
        quiet_since=moment(raw.get("quietSince")),
        last_fired_at=moment(raw.get("lastFiredAt")),
        last_resolved_at=moment(raw.get("lastResolvedAt")),
        stale=int(raw.get("stale", 0)),
        truncated=bool(raw.get("truncated")),
        clock_skew=bool(raw.get("clockSkew")),
    )


def evidence_json(item: Evidence) -> JsonObject:
    made: JsonObject = {
        "fingerprint": item.fingerprint,
        "name": item.name,
        "state": item.state.word,
        "startsAt": stamp(item.starts_at),
        "labels": dict(item.labels),
    }
    optional = {
        "tier": item.tier,
        "severity": item.severity,
        "summary": item.summary,
        "runbook": item.runbook,
        "generator": item.generator,
    }
    return made | {name: text for name, text in optional.items() if text}


def _evidence(raw: Mapping[str, Any]) -> Evidence:
    return Evidence(
        fingerprint=raw["fingerprint"],
        name=raw.get("name", ""),
        tier=raw.get("tier", ""),
        severity=raw.get("severity", ""),
        state=AlertState[str(raw.get("state", "firing")).upper()],
        starts_at=datetime.fromisoformat(raw["startsAt"]),
        labels=raw.get("labels") or {},
        summary=raw.get("summary", ""),
        runbook=raw.get("runbook", ""),
        generator=raw.get("generator", ""),
    )
