"""A TieredSLO as the look verbs read it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kubectl_clv.output.money import number
from kubectl_clv.views.condition import Condition, conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLine:
    """One tier of one SLO; figures as the API writes them, None where there is none."""

    tier: str
    target: str | None = None
    sli: str | None = None
    budget_remaining: str | None = None
    burn_5m: str | None = None
    burn_1h: str | None = None
    burn_6h: str | None = None
    exhausts: dict[str, str]
    quality: str = ""
    at_risk_per_hour: str | None = None

    @property
    def left(self) -> Decimal | None:
        return number(self.budget_remaining)


@dataclass(frozen=True, slots=True, kw_only=True)
class SloView:
    namespace: str
    name: str
    service: str
    owner: str
    period: str
    as_of: str | None
    weighting: str
    weighted: dict[str, Any]
    tiers: tuple[TierLine, ...]
    at_risk: dict[str, str]
    rules: dict[str, Any]
    conditions: tuple[Condition, ...]

    @classmethod
    def of(cls, thing: dict[str, Any]) -> SloView:
        metadata, spec, status = thing["metadata"], thing.get("spec", {}), thing.get("status", {})
        return cls(
            namespace=metadata.get("namespace", ""),
            name=metadata["name"],
            service=spec.get("service", ""),
            owner=spec.get("owner") or "",
            period=status.get("period") or spec.get("period", {}).get("rolling", "30d"),
            as_of=status.get("asOf"),
            weighting=spec.get("weighting", "Value"),
            weighted=status.get("weighted") or {},
            tiers=tuple(_tier(each) for each in status.get("tiers") or ()),
            at_risk=status.get("atRiskPerHour") or {},
            rules=status.get("rules") or {},
            conditions=conditions(thing),
        )

    @property
    def currency(self) -> str:
        return self.at_risk.get("currency", "")

    @property
    def worst_left(self) -> Decimal | None:
        """Budget left of the worst tier; None where no tier has a figure."""
        known = [tier.left for tier in self.tiers if tier.left is not None]
        return min(known) if known else None

    @property
    def worst_burn(self) -> Decimal:
        return max((number(tier.burn_1h) or Decimal(0) for tier in self.tiers), default=Decimal(0))

    @property
    def has_data(self) -> bool:
        return any(tier.quality in {"Ok", "NoTraffic"} for tier in self.tiers)

    @property
    def data(self) -> dict[str, Any]:
        """For json and yaml: the keys of the resource itself."""
        return {
            "namespace": self.namespace,
            "name": self.name,
            "service": self.service,
            "owner": self.owner or None,
            "period": self.period,
            "asOf": self.as_of,
            "weighting": self.weighting,
            "weighted": self.weighted or None,
            "tiers": [_data(tier) for tier in self.tiers],
            "atRiskPerHour": self.at_risk or None,
            "rules": self.rules or None,
            "conditions": [
                {"type": each.type, "status": each.status, "reason": each.reason, "message": each.message}
                for each in self.conditions
            ],
        }


def _tier(status: dict[str, Any]) -> TierLine:
    return TierLine(
        tier=status["tier"],
        target=status.get("target"),
        sli=status.get("sli"),
        budget_remaining=status.get("budgetRemaining"),
        burn_5m=status.get("burnRate5m"),
        burn_1h=status.get("burnRate1h"),
        burn_6h=status.get("burnRate6h"),
        exhausts=status.get("exhausts") or {},
        quality=status.get("dataQuality") or "",
        at_risk_per_hour=status.get("atRiskPerHour"),
    )


def _data(tier: TierLine) -> dict[str, Any]:
    return {
        "tier": tier.tier,
        "target": tier.target,
        "sli": tier.sli,
        "budgetRemaining": tier.budget_remaining,
        "burnRate5m": tier.burn_5m,
        "burnRate1h": tier.burn_1h,
        "burnRate6h": tier.burn_6h,
        "exhausts": tier.exhausts or None,
        "dataQuality": tier.quality or None,
        "atRiskPerHour": tier.at_risk_per_hour,
    }
