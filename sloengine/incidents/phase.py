"""The phases of an incident as a table: (phase, event) -> phase. The leader alone walks it, from what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MITIGATED_FOR = timedelta(minutes=5)
WITHOUT_SLO_FOR = timedelta(minutes=15)
REOPEN_WITHIN = timedelta(minutes=30)
ACKNOWLEDGEMENT_LASTS = timedelta(minutes=30)
REORDER_WINDOW = timedelta(seconds=90)
"""A firing with the start of an alert that was resolved less than this ago is believed only if Alertmanager lists it."""


class Phase(StrEnum):
    OPEN = "Open"
    ACKNOWLEDGED = "Acknowledged"
    MITIGATED = "Mitigated"
    RESOLVED = "Resolved"
    REVIEWED = "Reviewed"

    @property
    def is_closed(self) -> bool:
        return self in {Phase.RESOLVED, Phase.REVIEWED}


class Event(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    """A person took it."""
    ESCALATED = "escalated"
    """Its severity rose: the acknowledgement was given for less."""
    QUIET = "quiet"
    """No alert fires any more; a muted one counts as firing."""
    FIRED = "fired"
    """An alert fires again; the acknowledgement no longer holds."""
    FIRED_ACKNOWLEDGED = "fired while acknowledged"
    """An alert fires again; the acknowledgement still holds."""
    SETTLED = "settled"
    """Quiet for long enough, and the burn is back under 1."""
    CLOSED = "closed"
    """A person ended it."""
    REVIEWED = "reviewed"


TRANSITIONS: dict[tuple[Phase, Event], Phase] = {
    (Phase.OPEN, Event.ACKNOWLEDGED): Phase.ACKNOWLEDGED,
    (Phase.OPEN, Event.QUIET): Phase.MITIGATED,
    (Phase.OPEN, Event.CLOSED): Phase.RESOLVED,
    (Phase.ACKNOWLEDGED, Event.ESCALATED): Phase.OPEN,
    (Phase.ACKNOWLEDGED, Event.QUIET): Phase.MITIGATED,
    (Phase.ACKNOWLEDGED, Event.CLOSED): Phase.RESOLVED,
    (Phase.MITIGATED, Event.FIRED): Phase.OPEN,
    (Phase.MITIGATED, Event.FIRED_ACKNOWLEDGED): Phase.ACKNOWLEDGED,
    (Phase.MITIGATED, Event.SETTLED): Phase.RESOLVED,
    (Phase.MITIGATED, Event.CLOSED): Phase.RESOLVED,
    (Phase.RESOLVED, Event.FIRED): Phase.OPEN,
    (Phase.RESOLVED, Event.REVIEWED): Phase.REVIEWED,
}
"""What is not listed changes nothing."""


def after(phase: Phase, event: Event) -> Phase:
    return TRANSITIONS.get((phase, event), phase)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """What decides whether a quiet incident is over. burn_below_one: None where an SLO is known but has no data."""

    quiet_since: datetime
    has_slo: bool
    burn_below_one: bool | None


def settled(settling: Settling, *, now: datetime, mitigated_for: timedelta = MITIGATED_FOR) -> bool:
    """Quiet for `mitigated_for` and the affected tiers' 5 m burn fresh and below 1; 15 minutes where no SLO is known."""
    quiet = now - settling.quiet_since
    if not settling.has_slo:
        return quiet >= WITHOUT_SLO_FOR
    return quiet >= mitigated_for and settling.burn_below_one is True


class Next(StrEnum):
    """What an alert that finds the slot's incident does with it."""

    JOIN = "join"
    REOPEN = "reopen"
    NEW_EPISODE = "new episode"
    IGNORE = "ignore"


def next_episode(
    *, phase: Phase, resolved_at: datetime | None, closed_by_person: bool, fires_anew: bool, now: datetime
) -> Next:
    """Where an alert belongs. fires_anew: it fires, and its start is not in that incident's ledger.

    A person's word is not undone by the alerts that the person saw. `resolved_at` may be unknown in a crash between
    two writes: then it was just now.
    """
    if closed_by_person:
        return Next.NEW_EPISODE if fires_anew else Next.IGNORE
    if not phase.is_closed:
        return Next.JOIN
    if phase is Phase.RESOLVED and now - (resolved_at or now) <= REOPEN_WITHIN:
        return Next.REOPEN
    return Next.NEW_EPISODE
