"""What several CLVTiers make together: who is in force, what each weighs, and what is wrong among them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from clv_operator.api.clvtier import CLVTier, CLVTierStatus
from clv_operator.evaluate.condition import Condition
from clv_operator.evaluate.figures import fixed
from clv_operator.kube.store import Entry, Rejected
from sloengine import duration
from sloengine.rules.shared import exact_shares
from sloengine.tier import UNKNOWN, Tier
from sloengine.weighting import Weights, relative_values, smoothed

FEWEST, MOST = 2, 5
EXPIRED_AFTER = 3
"""Times maxAge: then nobody should steer by the values at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedTier:
    """One CLVTier that could be read. declared: the same as the engine knows it."""

    entry: Entry[CLVTier]
    model: CLVTier
    declared: Tier
    is_in_force: bool
    ready: Condition
    fresh: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class TierSet:
    """in_force: by rank. weights: of those, exact to six digits, sum 1. values: relative, `unknown` included.

    currency: of all money; None where there is no tier.
    """

    judged: tuple[JudgedTier, ...] = ()
    in_force: tuple[Tier, ...] = ()
    weights: Weights | None = None
    values: Mapping[str, float]
    currency: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(tier.name for tier in self.in_force)

    @property
    def identity(self) -> tuple[tuple[str, int, str], ...]:
        """All of the tiers that the rules of an SLO depend on."""
        return tuple((tier.name, tier.rank, tier.label_value) for tier in self.in_force)

    def money_of(self, name: str) -> Tier | None:
        """The tier where its money may be added to that of the others."""
        found = next((tier for tier in self.in_force if tier.name == name), None)
        return found if found is not None and found.values.currency == self.currency else None


def judge(entries: Iterable[Entry[Any]], *, now: datetime) -> TierSet:
    """All CLVTiers together. Of two that collide the younger one is out of force: what ran before goes on."""
    by_age = sorted(entries, key=lambda entry: (entry.created, entry.name))
    readable: list[tuple[Entry[CLVTier], CLVTier]] = [
        (entry, entry.model) for entry in by_age if not isinstance(entry.model, Rejected)
    ]
    declared = {entry.name: model.to_tier() for entry, model in readable}
    collisions = _collisions(list(declared.values()))
    in_force = sorted((tier for name, tier in declared.items() if name not in collisions), key=lambda tier: tier.rank)
    currency = _common_currency(in_force)
    ages = {entry.name: now - model.spec.values.as_of for entry, model in readable}
    expired = [tier.name for tier in in_force if ages[tier.name] > EXPIRED_AFTER * _max_age(tier)]
    foreign = [tier.name for tier in in_force if tier.values.currency != currency]
    standing = {entry.name: model.status for entry, model in readable}
    weights, why_equal = _weights(standing, in_force, expired=expired, foreign=foreign, now=now)
    judged = tuple(
        JudgedTier(
            entry=entry,
            model=model,
            declared=declared[entry.name],
            is_in_force=entry.name not in collisions,
            ready=collisions.get(entry.name) or _ready(declared[entry.name], in_force, currency, why_equal),
            fresh=_fresh(declared[entry.name], ages[entry.name]),
        )
        for entry, model in readable
    )
    neutral = dict.fromkeys([*(tier.name for tier in in_force), UNKNOWN], 1.0)
    return TierSet(
        judged=judged,
        in_force=tuple(in_force),
        weights=weights,
        values=neutral if expired or foreign else relative_values(in_force),
        currency=currency,
    )


def status_of(judged: JudgedTier, tiers: TierSet) -> dict[str, Any]:
    """The whole status of a CLVTier, without the times of transition."""
    values = judged.declared.values
    conditions = [judged.ready, judged.fresh]
    status: dict[str, Any] = {
        "values": {
            "customers": values.customers,
            "currency": values.currency,
            "residualValue": judged.model.spec.values.residual_value.mean,
            "asOf": _time(values.as_of),
        },
        "conditions": [condition.to_dict(judged.entry.generation) for condition in conditions],
    }
    definition = judged.model.spec.definition
    if definition is not None:
        text = json.dumps(definition.as_json(), sort_keys=True)
        status["definitionHash"] = hashlib.sha256(text.encode()).hexdigest()[:12]
    if judged.is_in_force and tiers.weights is not None:
        day = tiers.weights.day
        status["weight"] = fixed(tiers.weights.share[judged.declared.name], 6)
        status["weightAsOf"] = _time(datetime(day.year, day.month, day.day, tzinfo=UTC))
    return status


def _collisions(tiers: Sequence[Tier]) -> dict[str, Condition]:
    """Those out of force, with the reason; tiers: oldest first."""
    lost: dict[str, Condition] = {}
    ranks: dict[int, str] = {}
    labels: dict[str, str] = {}
    for tier in tiers:
        problem: tuple[str, str] | None = None
        if tier.rank in ranks:
            problem = (
                "RankConflict",
                f"tier {ranks[tier.rank]} has rank {tier.rank} and is older; give {tier.name} another spec.rank",
            )
        elif tier.label_value in labels:
            problem = (
                "LabelConflict",
                f"tier {labels[tier.label_value]} has the same labelValue and is older; give {tier.name} another one",
            )
        elif len(ranks) >= MOST:
            problem = ("TooManyTiers", f"there are {MOST} tiers already, which is the most; delete one of them")
        if problem is None:
            ranks[tier.rank] = labels[tier.label_value] = tier.name
            continue
        out = f"{problem[1]}. Until then the tier is not in force and its requests count as {UNKNOWN}"
        lost[tier.name] = Condition(type="Ready", holds=False, reason=problem[0], message=out)
    return lost


def _common_currency(tiers: Sequence[Tier]) -> str | None:
    """That of most tiers; of equals the one of the more valuable tier."""
    counted = Counter(tier.values.currency for tier in tiers)
    return max(counted, key=lambda currency: counted[currency], default=None)


def _weights(
    standing: Mapping[str, CLVTierStatus],
    tiers: Sequence[Tier],
    *,
    expired: list[str],
    foreign: list[str],
    now: datetime,
) -> tuple[Weights | None, str]:
    """The weights, and why they are all equal where they are."""
    if not tiers:
        return None, ""
    today = now.date()
    if expired or foreign:
        why = (
            f"the values of {', '.join(expired)} expired"
            if expired
            else f"{', '.join(foreign)} is in another currency than the other tiers"
        )
        even = Weights(share={tier.name: 1 / len(tiers) for tier in tiers}, day=today, equal=True)
        return _exact(even), why
    weights = smoothed(tiers, previous=_previous(standing, tiers), today=today)
    return _exact(weights), "no tier has a positive residual value" if weights.equal else ""


def _exact(weights: Weights) -> Weights:
    # What stands in the status is what the rules carry, or a restart would render them anew for the seventh digit.
    return replace(weights, share={name: float(share) for name, share in exact_shares(weights.share).items()})


def _previous(standing: Mapping[str, CLVTierStatus], tiers: Sequence[Tier]) -> Weights | None:
    """The weights that stand in the statuses; None where one is missing, or they were equal for want of values."""
    share: dict[str, float] = {}
    days = []
    for tier in tiers:
        status = standing[tier.name]
        conditions = {condition.type: condition.reason for condition in status.conditions or ()}
        if status.weight is None or status.weight_as_of is None:
            return None
        if conditions.get("Fresh") == "Expired" or conditions.get("Ready") in {"CurrencyConflict", "EqualWeights"}:
            return None
        share[tier.name] = float(status.weight)
        days.append(status.weight_as_of.date())
    return Weights(share=share, day=min(days)) if days else None


def _ready(tier: Tier, in_force: Sequence[Tier], currency: str | None, why_equal: str) -> Condition:
    def ready(reason: str, message: str, *, holds: bool = True) -> Condition:
        return Condition(type="Ready", holds=holds, reason=reason, message=message)

    if len(in_force) < FEWEST:
        return ready(
            "TooFewTiers",
            f"{tier.name} is the only tier, so nothing can be weighted; apply another CLVTier",
            holds=False,
        )
    if tier.values.currency != currency:
        return ready(
            "CurrencyConflict",
            f"{tier.name} is in {tier.values.currency}, other tiers are in {currency}; write all values in one "
            "currency. Until then all tiers weigh the same and this tier's money is left out",
            holds=False,
        )
    if why_equal:
        return ready("EqualWeights", f"All tiers weigh the same, because {why_equal}; correct the values")
    if tier.values.residual_value.mean < 0:
        return ready(
            "NegativeValue",
            f"the residual value of {tier.name} is {tier.values.residual_value.mean:.2f} and weighs 0; "
            "check the value, or accept that this tier costs more than it brings",
        )
    return ready("Accepted", "In force")


def _fresh(tier: Tier, age: timedelta) -> Condition:
    limit = _max_age(tier)
    told = (
        f"the values of {tier.name} are older than {duration.render(limit)} (maxAge), of {tier.values.as_of:%Y-%m-%d}"
    )
    if age > EXPIRED_AFTER * limit:
        return Condition(
            type="Fresh",
            holds=False,
            reason="Expired",
            message=f"{told}, by more than three times: all tiers weigh the same; declare new values with their asOf",
        )
    if age > limit:
        return Condition(
            type="Fresh",
            holds=False,
            reason="Stale",
            message=f"{told}; declare new values with their asOf, or raise spec.maxAge",
        )
    return Condition(type="Fresh", holds=True, reason="Fresh", message=f"Values of {tier.values.as_of:%Y-%m-%d}")


def _max_age(tier: Tier) -> timedelta:
    return timedelta(seconds=tier.max_age_seconds)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
