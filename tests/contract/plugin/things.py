"""Objects with statuses, as the operator would have written them a moment ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.manifests import drop, incident, slo


def at(minutes: float) -> str:
    """So many minutes from now."""
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(type_: str, status: str, reason: str, message: str) -> dict[str, Any]:
    return {"type": type_, "status": status, "reason": reason, "message": message, "lastTransitionTime": at(-5)}


def checkout() -> dict[str, Any]:
    """A TieredSLO whose platinum tier has spent its budget."""
    return {
        **slo("checkout"),
        "status": {
            "period": "30d",
            "asOf": at(-1),
            "tiers": [
                {
                    "tier": "platinum",
                    "target": "99.95",
                    "sli": "99.94412",
                    "budgetRemaining": "-0.1176",
                    "burnRate1h": "143.2",
                    "dataQuality": "Ok",
                    "atRiskPerHour": "11490.00",
                },
                {"tier": "gold", "target": "99.5", "dataQuality": "NoTraffic"},
            ],
            "atRiskPerHour": {"mean": "11490.00", "low": "7101.51", "high": "17280.43", "currency": "USD"},
            "conditions": [condition("RulesInSync", "False", "Pending", "Prometheus has not evaluated them yet")],
        },
    }


def open_incident(name: str = "inc-checkout-rsvzgl7jaj-1", **status: Any) -> dict[str, Any]:
    made = incident(name)
    for part in ("acknowledged", "commander", "severityOverride", "closed", "notes"):
        made = drop(made, f"spec.{part}")
    made["spec"]["opening"]["openedAt"] = at(-31)
    return {
        **made,
        "status": {
            "phase": "Open",
            "severity": "SEV2",
            "openedAt": at(-31),
            "tierNames": "platinum,gold",
            "atRisk": {"projected": "36790.00", "low": "9818.64", "high": "88277.31", "currency": "USD"},
            **status,
        },
    }
