"""Every alert of one incident in one packed string, and the counts that follow from it.

One entry a fingerprint, 15 bytes or 20 characters of base64: 8 bytes fingerprint, 6 bytes start in milliseconds, 1 byte
state (2 bits), page level (1 bit), tier (3 bits: 0 none, 1 to 6 an index into the incident's tiers, 7 another).
As one string because the time of a status write grows with the number of its nodes, not of its bytes.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum

from sloengine.incidents.text import clip

MAX_ENTRIES = 1_000
ENTRY_CHARACTERS = 20
MAX_TIERS = 6
OTHER_TIER = 7
TIER_BYTES = 63
_ENTRY = struct.Struct(">QHIB")
_MS = 1_000


class AlertState(IntEnum):
    FIRING = 0
    RESOLVED = 1
    MUTED = 2
    """Alertmanager silences or inhibits it; it counts as firing."""

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Line:
    """start_ms: since the epoch. tier: 0 none, 1 to 6 an index, 7 another."""

    start_ms: int
    state: AlertState
    page: bool
    tier: int

    @property
    def is_active(self) -> bool:
        return self.state is not AlertState.RESOLVED


def milliseconds(moment: datetime) -> int:
    """Since the epoch, never negative: six bytes hold the years 1970 to 10889."""
    return max(0, int(moment.timestamp() * _MS))


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / _MS, tz=UTC)


def pack(lines: Mapping[str, Line]) -> str:
    """The lines by fingerprint (16 hex digits), in their order."""
    return base64.b64encode(
        b"".join(
            _ENTRY.pack(
                int(fingerprint, 16),
                line.start_ms >> 32,
                line.start_ms & 0xFFFFFFFF,
                line.state | line.page << 2 | line.tier << 3,
            )
            for fingerprint, line in lines.items()
        )
    ).decode()


def unpack(text: str) -> dict[str, Line]:
    """Raises ValueError for anything that `pack` did not write."""
    raw = base64.b64decode(text, validate=True)
    if len(raw) % _ENTRY.size:
        raise ValueError(f"a ledger of {len(raw)} bytes is no multiple of {_ENTRY.size}")
    return {
        f"{fingerprint:016x}": Line(high << 32 | low, AlertState(flags & 3), bool(flags & 4), flags >> 3)
        for fingerprint, high, low, flags in _ENTRY.iter_unpack(raw)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What one notification group of Alertmanager said beyond the ledger: its alerts past 1,000, and those it cut.

    Each message states its whole group, so these are set and never added.
    """

    firing: int = 0
    resolved: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """firing: muted ones not included. page: firing or muted alerts of page level, by tier name ("" is none)."""

    firing: int
    muted: int
    resolved: int
    dropped: int
    page_tiers: frozenset[str] = field(default_factory=frozenset)

    @property
    def active(self) -> int:
        return self.firing + self.muted


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The alerts of one incident. tiers: by index, from 1. groups: by hash of the group key."""

    lines: Mapping[str, Line] = field(default_factory=dict)
    tiers: tuple[str, ...] = ()
    groups: Mapping[str, Group] = field(default_factory=dict)

    def counts(self) -> Counts:
        by_state = [0, 0, 0]
        pages: set[str] = set()
        for line in self.lines.values():
            by_state[line.state] += 1
            if line.page and line.is_active:
                pages.add(self.tier_name(line.tier))
        groups = self.groups.values()
        return Counts(
            firing=by_state[AlertState.FIRING] + sum(group.firing for group in groups),
            muted=by_state[AlertState.MUTED],
            resolved=by_state[AlertState.RESOLVED] + sum(group.resolved for group in groups),
            dropped=sum(group.dropped for group in groups),
            page_tiers=frozenset(pages - {""}),
        )

    def tier_name(self, index: int) -> str:
        return self.tiers[index - 1] if 0 < index <= len(self.tiers) else ""

    def first_start(self) -> datetime | None:
        """The earliest start of any of its alerts."""
        starts = [line.start_ms for line in self.lines.values()]
        return moment(min(starts)) if starts else None

    def with_states(self, states: Mapping[str, AlertState]) -> Ledger:
        """The ledger with the given states put in; unknown fingerprints are passed over."""
        lines = dict(self.lines)
        for fingerprint, state in states.items():
            if fingerprint in lines:
                lines[fingerprint] = replace(lines[fingerprint], state=state)
        return replace(self, lines=lines)


def tier_index(tiers: tuple[str, ...], name: str) -> tuple[tuple[str, ...], int]:
    """The tiers with `name` among them, and its index: at most six names, then `another`."""
    if not name:
        return tiers, 0
    name = clip(name, TIER_BYTES)
    if name in tiers:
        return tiers, tiers.index(name) + 1
    if len(tiers) >= MAX_TIERS:
        return tiers, OTHER_TIER
    return (*tiers, name), len(tiers) + 1


def fingerprints(lines: Mapping[str, Line], states: Iterable[AlertState]) -> frozenset[str]:
    wanted = set(states)
    return frozenset(fingerprint for fingerprint, line in lines.items() if line.state in wanted)
