"""A CLVTier as the look verbs read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kubectl_clv.views.condition import Condition, conditions, state


@dataclass(frozen=True, slots=True, kw_only=True)
class TierView:
    name: str
    rank: int
    label_value: str
    weight: str | None
    values: dict[str, Any]
    max_age: str
    conditions: tuple[Condition, ...]

    @classmethod
    def of(cls, thing: dict[str, Any]) -> TierView:
        name, spec, status = thing["metadata"]["name"], thing.get("spec", {}), thing.get("status", {})
        return cls(
            name=name,
            rank=spec.get("rank", 0),
            label_value=spec.get("labelValue") or name,
            weight=status.get("weight"),
            values=spec.get("values") or {},
            max_age=spec.get("maxAge") or "90d",
            conditions=conditions(thing),
        )

    @property
    def currency(self) -> str:
        return str(self.values.get("currency", ""))

    @property
    def ready(self) -> str:
        return state(self.conditions, "Ready")

    @property
    def fresh(self) -> str:
        return state(self.conditions, "Fresh")

    @property
    def data(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "rank": self.rank,
            "labelValue": self.label_value,
            "weight": self.weight,
            "values": self.values,
            "maxAge": self.max_age,
            "conditions": [
                {"type": each.type, "status": each.status, "reason": each.reason, "message": each.message}
                for each in self.conditions
            ],
        }
