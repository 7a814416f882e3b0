"""What has to be told to whom, as records that survive a crash between writing and sending."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sloengine.incidents.text import clip

MAX_ENTRIES = 96
MAX_SENT = 32
ERROR_BYTES = 96
REF_BYTES = 64
SUBJECT_BYTES = 32
_SEPARATOR = "\x1f"
RETRY_FIRST = timedelta(seconds=5)
RETRY_MOST = timedelta(minutes=5)


class Kind(StrEnum):
    PAGE = "page"
    UPDATE = "update"
    RESOLVE = "resolve"
    BUSINESS = "business"


class State(StrEnum):
    PENDING = "Pending"
    SENT = "Sent"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message to one channel.

    step: index in the policy for a page, the number of the transition for an update. repeat: of the step.
    generation: rises when the incident reopens or becomes graver. due: not before. tries: so far.
    ref: what the channel calls the message. error: of the last try, without addresses. subject: what it tells.
    """

    id: str
    kind: Kind
    step: int
    repeat: int
    channel: str
    generation: int
    due: datetime
    state: State = State.PENDING
    tries: int = 0
    ref: str = ""
    error: str = ""
    subject: str = ""


def entry_id(*, uid: str, kind: Kind, step: int, repeat: int, channel: str, generation: int) -> str:
    """16 hex digits that any leader computes alike for the same sending."""
    joined = _SEPARATOR.join((uid, kind.value, str(step), str(repeat), channel, str(generation)))
    return hashlib.sha256(joined.encode()).hexdigest()[:16]


def entry(
    *, uid: str, kind: Kind, step: int, repeat: int = 0, channel: str, generation: int, due: datetime, subject: str = ""
) -> Entry:
    return Entry(
        id=entry_id(uid=uid, kind=kind, step=step, repeat=repeat, channel=channel, generation=generation),
        kind=kind,
        step=step,
        repeat=repeat,
        channel=channel,
        generation=generation,
        due=due,
        subject=clip(subject, SUBJECT_BYTES),
    )


def added(entries: Sequence[Entry], new: Sequence[Entry]) -> tuple[Entry, ...]:
    """`entries` with those of `new` whose id is not there yet."""
    known = {item.id for item in entries}
    fresh = []
    for item in new:
        if item.id not in known:
            known.add(item.id)
            fresh.append(item)
    return (*entries, *fresh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """How many finished entries left the list."""

    sent: int = 0
    failed: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    entries: tuple[Entry, ...] = ()
    folded: Folded = field(default_factory=Folded)


def fold(outbox: Outbox, *, generation: int) -> Outbox:
    """The outbox within its bounds: finished entries of old generations go first, the oldest before the newer."""
    entries = list(outbox.entries)
    counts = {
        State.SENT: outbox.folded.sent,
        State.FAILED: outbox.folded.failed,
        State.CANCELLED: outbox.folded.cancelled,
    }

    def surplus() -> bool:
        return len(entries) > MAX_ENTRIES or sum(item.state is State.SENT for item in entries) > MAX_SENT

    while surplus():
        finished = [item for item in entries if item.state is not State.PENDING]
        if not finished:
            # Unsent and over the bound: the newest is dropped and counted as failed, the oldest page keeps its place.
            entries.pop()
            counts[State.FAILED] += 1
            continue
        # The newest sent page of a channel stays longest: it says who has to hear of the end.
        newest = {item.channel: item.id for item in entries if item.kind is Kind.PAGE and item.state is State.SENT}
        victim = min(
            finished,
            key=lambda item: (newest.get(item.channel) == item.id, item.generation >= generation, item.due),
        )
        entries.remove(victim)
        counts[victim.state] += 1
    return Outbox(
        entries=tuple(entries),
        folded=Folded(sent=counts[State.SENT], failed=counts[State.FAILED], cancelled=counts[State.CANCELLED]),
    )


def told(entries: Sequence[Entry]) -> tuple[str, ...]:
    """The channels that got a page, and so have to hear of acknowledgement and end; in order of the pages."""
    return tuple(dict.fromkeys(item.channel for item in entries if item.kind is Kind.PAGE and item.state is State.SENT))


class Verdict(StrEnum):
    SEND = "send"
    HOLD = "hold"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What is true of the incident at the moment of sending, from a fresh read."""

    generation: int
    is_quiet: bool
    is_closed: bool
    is_acknowledged: bool
    is_muted: bool = False


def judge(item: Entry, gate: Gate, *, unless_acknowledged: bool) -> tuple[Verdict, str]:
    """Whether `item` may go out now, and why not. unless_acknowledged: the page's step says so, or it is a repeat."""
    if item.kind in {Kind.UPDATE, Kind.RESOLVE}:
        return Verdict.SEND, ""
    if item.generation < gate.generation:
        return Verdict.CANCEL, "superseded by a later escalation"
    if gate.is_closed:
        return Verdict.CANCEL, "resolved before it was sent"
    if gate.is_quiet:
        return Verdict.CANCEL, "no alert fires any more"
    if gate.is_acknowledged and unless_acknowledged:
        return Verdict.CANCEL, "acknowledged before it was sent"
    if gate.is_muted:
        return Verdict.HOLD, "every firing alert is silenced"
    return Verdict.SEND, ""


def sent(item: Entry, *, ref: str = "") -> Entry:
    return replace(item, state=State.SENT, tries=item.tries + 1, ref=clip(ref, REF_BYTES), error="")


def cancelled(item: Entry, why: str) -> Entry:
    return replace(item, state=State.CANCELLED, error=clip(why, ERROR_BYTES))


def refused(item: Entry, why: str, *, now: datetime, retryable: bool, retry_after: timedelta | None = None) -> Entry:
    """After a failed try: again later, or given up. The wait doubles from 5 s to 5 min; the jitter follows from the id."""
    failed = replace(item, tries=item.tries + 1, error=clip(why, ERROR_BYTES))
    if not retryable:
        return replace(failed, state=State.FAILED)
    wait = min(RETRY_MOST, RETRY_FIRST * 2 ** min(item.tries, 10))
    jitter = 1 + int(item.id[:4], 16) / 0xFFFF * 0.25
    return replace(failed, due=now + max(wait * jitter, retry_after or timedelta()))
