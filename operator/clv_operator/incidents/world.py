"""What the store says about a service: its SLOs, its tiers and what they are worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clv_operator.api.clvtier import CLVTier
from clv_operator.api.tieredslo import TieredSLO
from clv_operator.kube.store import Collection
from sloengine.errors import InvalidSpec
from sloengine.incidents.accrual import Stake
from sloengine.incidents.summary import TierBudget
from sloengine.slo import Slo
from sloengine.tier import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """stakes: by tier name. budgets: as the evaluator last wrote them. playbook: of the first SLO that has one."""

    name: str
    slos: tuple[Slo, ...] = ()
    stakes: Mapping[str, Stake] = field(default_factory=dict)
    budgets: tuple[TierBudget, ...] = ()

    @property
    def core(self) -> bool:
        return any(slo.core for slo in self.slos)

    @property
    def playbook(self) -> str:
        return next((slo.playbook for slo in self.slos if slo.playbook), "")

    @property
    def currency(self) -> str:
        return next((stake.tier.values.currency for stake in self.stakes.values()), "")

    def budget_of(self, tier: str) -> float | None:
        """The smallest error budget that any SLO gives the tier: the share of requests that may fail."""
        found = [objective.error_budget for slo in self.slos if (objective := slo.objective_of(tier)) is not None]
        return float(min(found)) if found else None


class World:
    """Remembers what it made of the store until the store changes."""

    def __init__(self, *, tiers: Collection[CLVTier], slos: Collection[TieredSLO]) -> None:
        self.tiers = tiers
        self.slos = slos
        self._seen = (-1, -1)
        self._known: dict[str, Service] = {}

    def names(self) -> Mapping[str, str]:
        """Tier name by what telemetry and alerts may carry for it: its label value, or its name."""
        found: dict[str, str] = {}
        for (_, name), tier in self.tiers.models().items():
            found[name] = name
            found[tier.spec.label_value or name] = name
        return found

    def services(self, wanted: Iterable[str]) -> dict[str, Service]:
        """The services by name; one without a readable TieredSLO has none, and no stakes."""
        seen = (self.tiers.seq, self.slos.seq)
        if seen != self._seen:
            self._seen, self._known = seen, {}
        names = set(wanted)
        new = names - set(self._known)
        if new:
            self._known |= self._made(new)
        return {name: self._known[name] for name in names}

    def _made(self, names: set[str]) -> dict[str, Service]:
        tiers = {name: tier.to_tier() for (_, name), tier in self.tiers.models().items()}
        slos: dict[str, list[Slo]] = {name: [] for name in names}
        budgets: dict[str, list[TierBudget]] = {name: [] for name in names}
        for model in self.slos.models().values():
            if model.spec.service not in names:
                continue
            try:
                slos[model.spec.service].append(model.to_slo())
            except InvalidSpec:
                continue
            budgets[model.spec.service] += _budgets(model)
        return {
            name: Service(
                name=name,
                slos=tuple(slos[name]),
                stakes=_stakes(slos[name], tiers),
                budgets=tuple(sorted(worst_by_tier(budgets[name]), key=lambda item: _rank(item.tier, tiers))),
            )
            for name in names
        }


def _stakes(slos: list[Slo], tiers: Mapping[str, Tier]) -> dict[str, Stake]:
    if not slos:
        return {}
    share = max(slo.revenue_share for slo in slos)
    return {name: Stake(tier=tier, revenue_share=share) for name, tier in tiers.items()}


def worst_by_tier(budgets: Iterable[TierBudget]) -> list[TierBudget]:
    """Of several SLOs of one service the one that burns a tier's budget fastest; then the one with the least left."""
    worst: dict[str, TierBudget] = {}
    for each in budgets:
        known = worst.get(each.tier)
        if known is None or _urgency(each) > _urgency(known):
            worst[each.tier] = each
    return list(worst.values())


def _urgency(budget: TierBudget) -> tuple[float, float]:
    return budget.burn or 0.0, -(1.0 if budget.left is None else budget.left)


def _budgets(model: TieredSLO) -> list[TierBudget]:
    return [
        TierBudget(
            tier=each.tier,
            burn=None if each.burn_rate_1h is None else float(each.burn_rate_1h),
            left=None if each.budget_remaining is None else float(each.budget_remaining),
            as_of=model.status.as_of,
        )
        for each in model.status.tiers or ()
    ]


def _rank(tier: str, tiers: Mapping[str, Tier]) -> int:
    return tiers[tier].rank if tier in tiers else len(tiers) + 1
