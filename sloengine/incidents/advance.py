"""One step of an incident: what is stored and what is observed in, what is to be stored out. Nothing is sent here.

Level-triggered: the result follows from the two arguments alone, so a step that is repeated, late, or taken by another
leader ends in the same place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sloengine.incidents import outbox as box
from sloengine.incidents.escalation import Standing, due, next_step_at
from sloengine.incidents.outbox import Entry, Kind, Outbox
from sloengine.incidents.phase import ACKNOWLEDGEMENT_LASTS, MITIGATED_FOR, Event, Phase, Settling, after, settled
from sloengine.incidents.policy import UNRATED, Policy
from sloengine.incidents.severity import Facts, Severity, judge
from sloengine.incidents.timeline import Moment, extended


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """by, at: what the person wrote. seen_at: when we saw it. severity: for which it holds. cleared: it holds no more."""

    by: str
    at: datetime
    seen_at: datetime
    severity: str
    cleared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the leader keeps of an incident. phase: None before its first step."""

    phase: Phase | None = None
    severity: Severity = field(default_factory=Severity)
    generation: int = 1
    since: datetime | None = None
    planned_until: datetime | None = None
    transitions: int = 0
    mitigated_at: datetime | None = None
    resolved_at: datetime | None = None
    reopened_at: datetime | None = None
    acknowledgement: Acknowledgement | None = None
    timeline: tuple[Moment, ...] = ()
    outbox: Outbox = field(default_factory=Outbox)
    next_step_at: datetime | None = None

    @property
    def is_acknowledged(self) -> bool:
        return self.acknowledgement is not None and not self.acknowledgement.cleared


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something that a person wrote into the object. at: None where nobody wrote a time."""

    by: str
    at: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """uid: of the object. active: alerts that fire, muted ones included. heard: an intake wrote alerts at all.

    policy: as of opening. burn_below_one: of the affected tiers; None without data.
    """

    uid: str
    opened_at: datetime
    heard: bool
    active: int
    quiet_since: datetime | None
    facts: Facts
    policy: Policy
    has_slo: bool = False
    burn_below_one: bool | None = None
    acknowledged: Said | None = None
    closed: Said | None = None
    override: str | None = None
    mitigated_for: timedelta = MITIGATED_FOR


def advance(state: State, seen: Observed, *, now: datetime) -> State:
    """The incident's next state."""
    if not seen.heard:
        return state  # created, and its alerts not yet written: the next moment says what it is
    state = _begun(state, seen, now)
    state = _acknowledged(state, seen, now)
    state = _phased(state, seen, now)
    if state.phase is not None and not state.phase.is_closed:
        state = _rated(state, seen, now)
    state = _escalated(state, seen, now)
    return replace(state, outbox=box.fold(state.outbox, generation=state.generation))


def _begun(state: State, seen: Observed, now: datetime) -> State:
    if state.phase is not None:
        return state
    if seen.active:
        text = f"Opened: {seen.active} alert{'s' if seen.active > 1 else ''} firing"
        return replace(
            state, phase=Phase.OPEN, since=seen.opened_at, timeline=extended((), Moment(seen.opened_at, text))
        )
    ended = seen.quiet_since or now
    text = "Opened and over: its alerts had ended before they were heard of"
    return replace(
        state,
        phase=Phase.RESOLVED,
        since=seen.opened_at,
        mitigated_at=ended,
        resolved_at=now,
        timeline=extended((), Moment(seen.opened_at, text)),
    )


def _acknowledged(state: State, seen: Observed, now: datetime) -> State:
    said = seen.acknowledged
    if said is None or said.at is None or state.phase is None or state.phase.is_closed:
        return state
    before = state.acknowledgement
    if before is not None and (before.by, before.at) == (said.by, said.at):
        return state
    given = Acknowledgement(by=said.by, at=said.at, seen_at=now, severity=state.severity.name)
    phase = after(state.phase, Event.ACKNOWLEDGED)
    state = replace(state, acknowledgement=given, phase=phase)
    return _told(state, seen, now, f"Acknowledged by {said.by}", kind=Kind.UPDATE, subject="Acknowledged")


def _phased(state: State, seen: Observed, now: datetime) -> State:
    phase = state.phase
    if phase is None or phase is Phase.REVIEWED:
        return state
    if seen.closed is not None:
        if phase is Phase.RESOLVED:
            return state
        state = replace(
            state,
            phase=after(phase, Event.CLOSED),
            resolved_at=now,
            mitigated_at=state.mitigated_at or seen.quiet_since or now,
        )
        who = f" by {seen.closed.by}" if seen.closed.by else ""
        return _told(state, seen, now, f"Closed{who}: {seen.closed.text}", kind=Kind.RESOLVE, subject="Resolved")
    if seen.active:
        return _fired(state, phase, seen, now)
    if phase in {Phase.OPEN, Phase.ACKNOWLEDGED}:
        quiet = seen.quiet_since or now
        state = replace(state, phase=after(phase, Event.QUIET), mitigated_at=quiet)
        state = _told(state, seen, now, "Mitigated: no alert fires any more", kind=Kind.UPDATE, subject="Mitigated")
        phase = Phase.MITIGATED
    if phase is Phase.MITIGATED:
        settling = Settling(
            quiet_since=state.mitigated_at or now, has_slo=seen.has_slo, burn_below_one=seen.burn_below_one
        )
        if settled(settling, now=now, mitigated_for=seen.mitigated_for):
            state = replace(state, phase=after(phase, Event.SETTLED), resolved_at=now)
            return _told(state, seen, now, "Resolved", kind=Kind.RESOLVE, subject="Resolved")
    return state


def _fired(state: State, phase: Phase, seen: Observed, now: datetime) -> State:
    if phase is Phase.MITIGATED:
        given = state.acknowledgement
        fresh = state.is_acknowledged and given is not None and now - given.seen_at < ACKNOWLEDGEMENT_LASTS
        event = Event.FIRED_ACKNOWLEDGED if fresh else Event.FIRED
        state = replace(state, phase=after(phase, event), mitigated_at=None)
        state = state if fresh else _cleared(state)
        return _noted(state, now, "Fires again")
    if phase is Phase.RESOLVED:
        state = _cleared(state)
        state = replace(
            state,
            phase=after(phase, Event.FIRED),
            generation=state.generation + 1,
            since=now,
            planned_until=None,
            reopened_at=now,
            mitigated_at=None,
            resolved_at=None,
            transitions=state.transitions + 1,
        )
        return _noted(state, now, "Reopened: an alert fires again")
    return state


def _rated(state: State, seen: Observed, now: datetime) -> State:
    rating = judge(seen.policy.severities, state.severity, seen.facts, now=now, override=seen.override)
    before, order = state.severity, seen.policy.order_of
    state = replace(state, severity=rating)
    if rating.name == before.name:
        return state
    if before.name == UNRATED:
        return _noted(state, now, f"Rated {rating.name}: {rating.reason}")
    rose = order(rating.name) < order(before.name)
    state = _noted(
        state, now, f"{'Raised' if rose else 'Lowered'} from {before.name} to {rating.name}: {rating.reason}"
    )
    if not rose:
        return state
    if state.is_acknowledged and state.phase is not None:
        state = replace(_cleared(state), phase=after(state.phase, Event.ESCALATED))
    return replace(state, generation=state.generation + 1, since=now, planned_until=None)


def _escalated(state: State, seen: Observed, now: datetime) -> State:
    if state.phase is None or state.since is None:
        return state
    if state.phase.is_closed:
        return replace(state, next_step_at=None)
    standing = Standing(
        severity=state.severity.name,
        since=state.since,
        planned_until=state.planned_until,
        acknowledged=state.is_acknowledged,
        quiet=state.phase is Phase.MITIGATED,
    )
    new: list[Entry] = []
    planned = state.planned_until
    for item in due(seen.policy, standing, now=now):
        planned = item.at if planned is None else max(planned, item.at)
        new += [
            box.entry(
                uid=seen.uid,
                kind=Kind.PAGE,
                step=item.step,
                repeat=item.repeat,
                channel=channel,
                generation=state.generation,
                due=now,
                subject="Reopened" if state.reopened_at == state.since else "",
            )
            for channel in seen.policy.steps[item.step].notify
        ]
    entries = box.added(state.outbox.entries, new)
    return replace(
        state,
        planned_until=planned,
        outbox=replace(state.outbox, entries=entries),
        next_step_at=next_step_at(seen.policy, replace(standing, planned_until=planned), now=now),
    )


def _cleared(state: State) -> State:
    given = state.acknowledgement
    return state if given is None else replace(state, acknowledgement=replace(given, cleared=True))


def _noted(state: State, now: datetime, text: str) -> State:
    return replace(state, timeline=extended(state.timeline, Moment(now, text)))


def _told(state: State, seen: Observed, now: datetime, text: str, *, kind: Kind, subject: str) -> State:
    """Into the timeline, and to every channel that was paged: acknowledgement and end go through the outbox too."""
    number = state.transitions + 1
    new = updates(
        box.told(state.outbox.entries),
        uid=seen.uid,
        kind=kind,
        number=number,
        generation=state.generation,
        now=now,
        subject=subject,
    )
    state = replace(
        state,
        transitions=number,
        outbox=replace(state.outbox, entries=box.added(state.outbox.entries, new)),
    )
    return _noted(state, now, text)


def updates(
    channels: Iterable[str], *, uid: str, kind: Kind, number: int, generation: int, now: datetime, subject: str
) -> list[Entry]:
    return [
        box.entry(uid=uid, kind=kind, step=number, channel=channel, generation=generation, due=now, subject=subject)
        for channel in channels
    ]
