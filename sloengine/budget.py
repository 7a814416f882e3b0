"""Error budgets by tier, exact."""

from __future__ import annotations

from decimal import Decimal

from sloengine.errors import InvalidSpec
from sloengine.slo import ANY_TIER, Slo
from sloengine.tier import UNKNOWN


def per_tier(slo: Slo, tiers: tuple[str, ...]) -> dict[str, Decimal]:
    """The share of events that may be bad, by tier, for every covered tier of `tiers` and `unknown`.

    tiers: names in order of rank. Exact decimals: 0.0005 for a target of 99.95. Raises InvalidSpec for a target
    outside (0, 100), for two objectives of one tier, and where an objective's tier does not exist.
    """
    check(slo, tiers)
    covered = ((tier, slo.objective_of(tier)) for tier in (*tiers, UNKNOWN))
    return {tier: objective.error_budget for tier, objective in covered if objective is not None}


def check(slo: Slo, tiers: tuple[str, ...]) -> None:
    """Raise InvalidSpec where the objectives give some tier no budget or two."""
    seen: set[str] = set()
    for position, objective in enumerate(slo.objectives):
        field = f"spec.objectives[{position}]"
        if not 0 < objective.target < 100:
            raise InvalidSpec(
                field=f"{field}.target",
                problem=f"{objective.target} leaves no budget or is no promise",
                fix="write a percentage above 0 and below 100, such as 99.9",
                reason="InvalidTarget",
            )
        if objective.tier in seen:
            raise InvalidSpec(
                field=f"{field}.tier", problem=f"{objective.tier!r} has an objective already", fix="keep one of the two"
            )
        seen.add(objective.tier)
        if objective.tier not in {*tiers, UNKNOWN, ANY_TIER}:
            raise InvalidSpec(
                field=f"{field}.tier",
                problem=f"no CLVTier is called {objective.tier!r} (there are: {', '.join(tiers) or 'none'})",
                fix="create the CLVTier or correct the name",
                reason="UnknownTier",
            )
    missing = [tier for tier in (*tiers, UNKNOWN) if slo.objective_of(tier) is None]
    if missing:
        raise InvalidSpec(
            field="spec.objectives",
            problem=f"nothing is promised to {', '.join(missing)}",
            fix='add an objective for them or for everyone else: {tier: "*", target: "99.5"}',
            reason="UncoveredTier",
        )
