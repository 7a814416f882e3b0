"""What happened, in order, for people: bounded, the beginning and the end are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sloengine.incidents.text import clip

FIRST = 10
LAST = 50
TEXT_BYTES = 256


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime
    text: str


def extended(timeline: Sequence[Moment], *moments: Moment) -> tuple[Moment, ...]:
    """The timeline with `moments` at its end; past 60 entries the oldest after the first 10 go."""
    whole = [*timeline, *(Moment(moment.at, clip(moment.text, TEXT_BYTES)) for moment in moments)]
    if len(whole) > FIRST + LAST:
        whole = whole[:FIRST] + whole[-LAST:]
    return tuple(whole)
