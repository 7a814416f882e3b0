"""What the leader keeps of an incident, as its status and as the engine's values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clv_operator.incidents.record import JsonObject, moment, stamp
from sloengine.incidents.accrual import Loss, TierLoss
from sloengine.incidents.advance import Acknowledgement, State
from sloengine.incidents.figure import cents
from sloengine.incidents.outbox import Entry, Folded, Kind, Outbox
from sloengine.incidents.outbox import State as EntryState
from sloengine.incidents.phase import Phase
from sloengine.incidents.policy import UNRATED
from sloengine.incidents.severity import Severity
from sloengine.incidents.timeline import Moment


def state_json(state: State) -> JsonObject:
    """Phase, severity, escalation, timeline and outbox; what is absent is left out."""
    given, counts = state.acknowledgement, state.outbox.folded
    made: JsonObject = {
        "phase": None if state.phase is None else state.phase.value,
        "severity": state.severity.name,
        "severityReason": state.severity.reason or None,
        "severityFallingSince": _stamp(state.severity.falling_since),
        "mitigatedAt": _stamp(state.mitigated_at),
        "resolvedAt": _stamp(state.resolved_at),
        "reopenedAt": _stamp(state.reopened_at),
        "nextStepAt": _stamp(state.next_step_at),
        "acknowledgement": None
        if given is None
        else {
            "by": given.by,
            "at": stamp(given.at),
            "seenAt": stamp(given.seen_at),
            "severity": given.severity,
            "cleared": given.cleared,
        },
        "escalation": present(
            generation=state.generation,
            since=_stamp(state.since),
            plannedUntil=_stamp(state.planned_until),
            transitions=state.transitions,
        ),
        "timeline": [{"at": stamp(item.at), "text": item.text} for item in state.timeline],
        "outbox": [_entry_json(item) for item in state.outbox.entries],
        "outboxFolded": {"sent": counts.sent, "failed": counts.failed, "cancelled": counts.cancelled},
    }
    return present(**made)


def state_of(status: Mapping[str, Any]) -> State:
    """What `state_json` wrote; a fresh State where nothing was written yet."""
    if not status.get("phase"):
        return State()
    escalation = status.get("escalation") or {}
    given = status.get("acknowledgement")
    folded = status.get("outboxFolded") or {}
    return State(
        phase=Phase(status["phase"]),
        severity=Severity(
            name=status.get("severity") or UNRATED,
            reason=status.get("severityReason") or "",
            falling_since=moment(status.get("severityFallingSince")),
        ),
        generation=int(escalation.get("generation", 1)),
        since=moment(escalation.get("since")),
        planned_until=moment(escalation.get("plannedUntil")),
        transitions=int(escalation.get("transitions", 0)),
        mitigated_at=moment(status.get("mitigatedAt")),
        resolved_at=moment(status.get("resolvedAt")),
        reopened_at=moment(status.get("reopenedAt")),
        acknowledgement=None
        if not given
        else Acknowledgement(
            by=given.get("by", ""),
            at=_moment(given["at"]),
            seen_at=_moment(given["seenAt"]),
            severity=given.get("severity", ""),
            cleared=bool(given.get("cleared")),
        ),
        timeline=tuple(Moment(_moment(item["at"]), item["text"]) for item in status.get("timeline") or ()),
        outbox=Outbox(
            entries=tuple(_entry(item) for item in status.get("outbox") or ()),
            folded=Folded(
                sent=folded.get("sent", 0), failed=folded.get("failed", 0), cancelled=folded.get("cancelled", 0)
            ),
        ),
        next_step_at=moment(status.get("nextStepAt")),
    )


def loss_of(status: Mapping[str, Any]) -> Loss:
    """What was counted of the loss up to `accruedUntil`."""
    tiers: dict[str, TierLoss] = {}
    for raw in status.get("tiers") or ():
        tiers[raw["tier"]] = TierLoss(
            tier=raw["tier"],
            baseline=float(raw.get("baseline", 0)),
            gross=None if "grossLost" not in raw else float(raw["grossLost"]),
            dose_minutes=float(raw.get("doseMinutes", 0)),
            failed_requests=float(raw.get("failedRequests", 0)),
            failed_share=None if "failedShare" not in raw else float(raw["failedShare"]),
        )
    return Loss(
        tiers=tiers,
        until=moment(status.get("accruedUntil")),
        stale_since=moment((status.get("atRisk") or {}).get("stale")),
    )


def tier_loss_json(tier: TierLoss) -> JsonObject:
    return present(
        tier=tier.tier,
        baseline=f"{tier.baseline:.6f}",
        grossLost=None if tier.gross is None else cents(tier.gross),
        doseMinutes=f"{tier.dose_minutes:.2f}",
        failedRequests=f"{tier.failed_requests:.1f}",
        failedShare=None if tier.failed_share is None else f"{tier.failed_share:.6f}",
    )


def present(**fields: object) -> JsonObject:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def _entry_json(item: Entry) -> JsonObject:
    return present(
        id=item.id,
        kind=item.kind.value,
        step=item.step,
        repeat=item.repeat,
        channel=item.channel,
        generation=item.generation,
        state=item.state.value,
        due=stamp(item.due),
        tries=item.tries,
        ref=item.ref or None,
        error=item.error or None,
        subject=item.subject or None,
    )


def _entry(raw: Mapping[str, Any]) -> Entry:
    return Entry(
        id=raw["id"],
        kind=Kind(raw["kind"]),
        step=raw.get("step", 0),
        repeat=raw.get("repeat", 0),
        channel=raw["channel"],
        generation=raw.get("generation", 0),
        due=_moment(raw["due"]),
        state=EntryState(raw["state"]),
        tries=raw.get("tries", 0),
        ref=raw.get("ref", ""),
        error=raw.get("error", ""),
        subject=raw.get("subject", ""),
    )


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def _moment(text: object) -> datetime:
    found = moment(text)
    if found is None:
        raise ValueError("a time is missing in a stored status")
    return found
