"""What happened at the shop's doors, minute by minute: requests, failures, slow answers. Seeded, so always the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from examples.shop.customers import ROUTES, SEGMENTS, Segment, daylight, failing

Counts = NDArray[np.int64]
"""One number a minute, oldest first."""

DAY = 24 * 60
SLOW = 0.0006
"""Share of answers over half a second on a normal day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadSpell:
    """Something that went wrong: a share of a route's requests failed, or was slow, for some minutes."""

    days_ago: float
    minutes: int
    route: str
    tiers: tuple[str, ...]
    failed: float = 0.0
    slow: float = 0.0


SPELLS = (
    BadSpell(days_ago=26.3, minutes=25, route="/checkout", tiers=("gold", "silver"), failed=0.15),
    BadSpell(days_ago=19.7, minutes=240, route="/checkout", tiers=("bronze", "silver"), failed=0.06),
    BadSpell(days_ago=12.2, minutes=90, route="/search", tiers=("gold", "silver", "bronze"), failed=0.10),
    BadSpell(days_ago=8.5, minutes=3, route="/checkout", tiers=("platinum",), failed=0.60),
    BadSpell(days_ago=5.6, minutes=75, route="/checkout", tiers=("platinum", "gold", "bronze"), slow=0.35),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorbook:
    """One route and tier: counts a minute. failed and slow are parts of total."""

    total: Counts
    failed: Counts
    slow: Counts


Past = dict[tuple[str, str], Doorbook]
"""By route and tier."""


def relive(*, until: datetime, days: int, seed: int = 1) -> Past:
    """The `days` before `until`; the last minute of every array ends at `until`, which is a whole minute."""
    chance = np.random.default_rng(seed)
    shape = _daylight_by_minute(until, days)
    return {
        (route, segment.tier): _doorbook(chance, segment, route, shape)
        for route in ROUTES
        for segment in SEGMENTS
        if segment.requests_per_second(route) > 0
    }


def _daylight_by_minute(until: datetime, days: int) -> NDArray[np.float64]:
    start = until - timedelta(days=1)
    one_day = [daylight(start + timedelta(minutes=minute)) for minute in range(DAY)]
    return np.tile(np.array(one_day), days)


def _doorbook(chance: np.random.Generator, segment: Segment, route: str, shape: NDArray[np.float64]) -> Doorbook:
    failed_share = np.full(shape.size, failing(segment, route))
    slow_share = np.full(shape.size, SLOW)
    for spell in SPELLS:
        if spell.route == route and segment.tier in spell.tiers:
            start = shape.size - int(spell.days_ago * DAY)
            failed_share[start : start + spell.minutes] += spell.failed
            slow_share[start : start + spell.minutes] += spell.slow
    total = chance.poisson(60 * segment.requests_per_second(route) * shape)
    return Doorbook(total=total, failed=chance.binomial(total, failed_share), slow=chance.binomial(total, slow_share))
