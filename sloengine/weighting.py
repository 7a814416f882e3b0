"""Weights of the tiers, and one figure out of several: by value, by the value of requests, or the worst."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sloengine.slo import Weighting
from sloengine.tier import UNKNOWN, Tier

DAILY_MOVE = 0.10
"""How much of itself a weight moves in a day at most: values are estimates, and a jump would move every figure."""

UNKNOWN_LIMIT = 0.20
"""Above this share of traffic without a tier nobody should steer by weights: of whom?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """share: by tier's name, sums to 1. day: of the last move. equal: whether all values are 0, so that all are alike."""

    share: Mapping[str, float]
    day: date
    equal: bool = False


def targets(tiers: Iterable[Tier]) -> tuple[dict[str, float], bool]:
    """Each tier's share of total residual value (customers x mean), which weights move towards; whether all are equal.

    A negative residual value counts 0; where nothing is left all tiers weigh the same, and the flag says so.
    """
    worth = {
        tier.name: tier.values.customers * max(0.0, tier.values.residual_value.mean)
        for tier in sorted(tiers, key=lambda tier: (tier.rank, tier.name))
    }
    total = sum(worth.values())
    if total <= 0:
        return {name: 1 / len(worth) for name in worth}, True
    return {name: value / total for name, value in worth.items()}, False


def smoothed(tiers: Iterable[Tier], *, previous: Weights | None, today: date) -> Weights:
    """The weights of `today` from those of an earlier day; each moves at most 10 % of itself a day and they sum to 1.

    One step a day whatever the number of days missed, and none on the day of the last: a pure function of the record
    in status, so a restart or a second replica changes nothing. The step is the largest fraction of the way to the
    targets that no tier's rail forbids: moving all tiers by one fraction keeps the sum at 1. A tier that came or
    went has no previous weight to be held to, and a weight of 0 could never leave it: both take the targets at once.
    """
    goal, equal = targets(tiers)
    if previous is None or set(previous.share) != set(goal) or any(share <= 0 for share in previous.share.values()):
        return Weights(share=goal, day=today, equal=equal)
    if today <= previous.day:
        return Weights(share=previous.share, day=previous.day, equal=equal)
    fraction = 1.0
    for name, old in previous.share.items():
        move = abs(goal[name] - old)
        if move > 0:
            fraction = min(fraction, DAILY_MOVE * old / move)
    if fraction >= 1:
        return Weights(share=goal, day=today, equal=equal)
    return Weights(
        share={name: old + fraction * (goal[name] - old) for name, old in previous.share.items()},
        day=today,
        equal=equal,
    )


def relative_values(tiers: Iterable[Tier]) -> dict[str, float]:
    """Residual value per customer relative to the best tier (1), negative as 0; `unknown` as the lowest tier.

    All 1 where no tier has a value: then requests of all tiers count alike.
    """
    ordered = sorted(tiers, key=lambda tier: (tier.rank, tier.name))
    worth = {tier.name: max(0.0, tier.values.residual_value.mean) for tier in ordered}
    best = max(worth.values(), default=0.0)
    relative = {name: value / best if best > 0 else 1.0 for name, value in worth.items()}
    relative[UNKNOWN] = min(relative.values(), default=1.0)
    return relative


@dataclass(frozen=True, slots=True, kw_only=True)
class TierError:
    """One tier that has a ratio. error: bad / total. total: events of the window. budget: share that may be bad."""

    tier: str
    error: float
    total: float
    budget: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """error: weighted error ratio. burn: of the weighted budget."""

    error: float
    burn: float


def weigh(
    how: Weighting, errors: Iterable[TierError], *, weights: Mapping[str, float], values: Mapping[str, float]
) -> Weighted | None:
    """One figure over the tiers that have a ratio; None where none of them counts.

    weights: sum 1, `unknown` has none. values: relative, of one customer. Formulas: Σwxs/Σwx and Σwxs/Σwxb with
    wx = weight (Value) or value x total (RequestValue); Worst is the tier with the largest burn.
    """
    errors = tuple(errors)
    match how:
        case Weighting.WORST:
            if not errors:
                return None
            worst = max(errors, key=lambda e: e.error / e.budget)
            return Weighted(error=worst.error, burn=worst.error / worst.budget)
        case Weighting.VALUE:
            factors = [weights.get(e.tier, 0.0) for e in errors]
        case Weighting.REQUEST_VALUE:
            factors = [values.get(e.tier, 0.0) * e.total for e in errors]
    mass = sum(factors)
    if mass <= 0:
        return None
    bad = sum(factor * e.error for factor, e in zip(factors, errors, strict=True))
    allowed = sum(factor * e.budget for factor, e in zip(factors, errors, strict=True))
    return Weighted(error=bad / mass, burn=bad / allowed)


def coverage(tiers_with_data: Iterable[str], weights: Mapping[str, float]) -> float:
    """The share of all weight that had data, 0 to 1."""
    total = sum(weights.values())
    return sum(weights.get(tier, 0.0) for tier in set(tiers_with_data)) / total if total > 0 else 0.0
