"""A RevenueIncident as the verbs read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from kubectl_clv.output import times
from kubectl_clv.output.money import money, number
from kubectl_clv.views.condition import Condition, conditions

OVER = frozenset({"Resolved", "Reviewed"})
_INFORMING = frozenset({"Folded", "Truncated"})


def _started(opening: dict[str, Any], status: dict[str, Any]) -> str | None:
    """The start of its earliest alert; `status.openedAt` is when the object was made."""
    first = (status.get("alerts") or {}).get("firstStartsAt")
    return first or opening.get("openedAt") or status.get("openedAt")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """thing: the object as it is, for the parts that only one verb shows."""

    namespace: str
    name: str
    service: str
    phase: str
    severity: str
    severity_override: str
    at_risk: dict[str, Any]
    tier_names: str
    opened_at: str | None
    ended_at: str | None
    next_step_at: str | None
    acknowledged: dict[str, Any]
    acknowledgement_holds: bool
    commander: str
    closed: dict[str, Any]
    notes: tuple[dict[str, Any], ...]
    conditions: tuple[Condition, ...]
    thing: dict[str, Any]

    @classmethod
    def of(cls, thing: dict[str, Any]) -> IncidentView:
        metadata, spec, status = thing["metadata"], thing.get("spec", {}), thing.get("status", {})
        opening = spec.get("opening") or {}
        given = spec.get("acknowledged") or {}
        return cls(
            namespace=metadata.get("namespace", ""),
            name=metadata["name"],
            service=opening.get("service", ""),
            phase=status.get("phase") or ("Closed" if spec.get("closed") else "Open"),
            severity=spec.get("severityOverride") or status.get("severity") or "",
            severity_override=spec.get("severityOverride") or "",
            at_risk=status.get("atRisk") or {},
            tier_names=status.get("tierNames") or "",
            opened_at=_started(opening, status) or metadata.get("creationTimestamp"),
            ended_at=status.get("mitigatedAt") or status.get("resolvedAt"),
            next_step_at=status.get("nextStepAt"),
            acknowledged=given,
            acknowledgement_holds=bool(given) and not (status.get("acknowledgement") or {}).get("cleared"),
            commander=spec.get("commander") or "",
            closed=spec.get("closed") or {},
            notes=tuple(spec.get("notes") or ()),
            conditions=conditions(thing),
            thing=thing,
        )

    @property
    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self.thing.get("status") or {}
        return found

    @property
    def is_open(self) -> bool:
        return self.phase not in OVER and not self.closed

    @property
    def currency(self) -> str:
        return str(self.at_risk.get("currency", ""))

    @property
    def has_figure(self) -> bool:
        return number(self.at_risk.get("projected")) is not None

    @property
    def projected(self) -> Decimal:
        """For sorting; an unknown figure sorts as nothing, the severity puts it in its place."""
        return number(self.at_risk.get("projected")) or Decimal(0)

    @property
    def is_over(self) -> bool:
        return self.phase in OVER

    def risk(self, currency: str | None = None) -> str:
        """`37k (9.8k to 88k) USD`, with `at least` and `stale` where they are true. currency: its own, unless said."""
        risk, shown = self.at_risk, self.currency if currency is None else currency
        text = money(risk.get("projected"), low=risk.get("low"), high=risk.get("high"), currency=shown)
        if risk.get("atLeast") and "projected" in risk:
            text = f"at least {text}"
        return f"{text}, stale" if risk.get("stale") else text

    def rate(self, currency: str | None = None) -> str:
        risk, shown = self.at_risk, self.currency if currency is None else currency
        if self.ended_at:
            return "over"
        if risk.get("stale"):
            return "no data"
        return money(risk.get("ratePerHour"), low=risk.get("rateLow"), high=risk.get("rateHigh"), currency=shown)

    def lasted(self, now: datetime) -> str:
        return times.lasted(self.opened_at, self.ended_at, now)

    @property
    def worries(self) -> tuple[Condition, ...]:
        """Conditions that somebody should know of: here True is the bad news, but for Ready."""
        return tuple(
            each
            for each in self.conditions
            if (each.status == "True") != (each.type == "Ready") or each.type in _INFORMING
        )

    @property
    def data(self) -> dict[str, Any]:
        """For json and yaml: the keys of the resource itself."""
        return {
            "namespace": self.namespace,
            "name": self.name,
            "service": self.service,
            "phase": self.phase,
            "severity": self.severity or None,
            "atRisk": self.at_risk or None,
            "tiers": [each for each in self.tier_names.split(",") if each],
            "openedAt": self.opened_at,
            "endedAt": self.ended_at,
            "nextStepAt": self.next_step_at,
            "acknowledged": self.acknowledged or None,
            "commander": self.commander or None,
            "closed": self.closed or None,
        }
