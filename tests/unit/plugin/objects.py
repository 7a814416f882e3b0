"""Objects as the API server gives them, for one fixed moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 11, 25, 14, 33, tzinfo=UTC)


def at(minutes: float) -> str:
    """So many minutes from NOW."""
    return (NOW + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(type_: str, status: str, reason: str, message: str) -> dict[str, Any]:
    return {"type": type_, "status": status, "reason": reason, "message": message, "lastTransitionTime": at(-30)}


def slo(name: str, *, tiers: list[dict[str, Any]], **status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"service": name, "owner": "payments", "period": {"rolling": "30d"}},
        "status": {"period": "30d", "asOf": at(-1), "tiers": tiers, **status},
    }


def burning() -> dict[str, Any]:
    """A checkout that has spent platinum's budget."""
    return slo(
        "checkout",
        tiers=[
            {
                "tier": "platinum",
                "target": "99.95",
                "sli": "99.94999",
                "budgetRemaining": "-0.1176",
                "burnRate1h": "143.2",
                "exhausts": {"expected": at(0)},
                "dataQuality": "Ok",
                "atRiskPerHour": "11490.00",
            },
            {
                "tier": "gold",
                "target": "99.9",
                "sli": "99.9512",
                "budgetRemaining": "0.512",
                "burnRate1h": "6.4",
                "exhausts": {"earliest": at(400), "expected": at(757), "latest": "never"},
                "dataQuality": "Ok",
                "atRiskPerHour": "820.00",
            },
            {"tier": "bronze", "target": "99.5", "dataQuality": "NoTraffic"},
            {"tier": "unknown", "target": "99.5", "dataQuality": "NoData"},
        ],
        weighted={"sli": "99.9471", "burnRate1h": "61.3", "budgetRemaining": "0.21"},
        atRiskPerHour={"mean": "12310.00", "low": "8200.00", "high": "19020.00", "currency": "USD"},
        conditions=[
            condition("Ready", "True", "Accepted", "In force"),
            condition("BudgetHealthy", "False", "Exhausted", "platinum has spent its budget"),
        ],
    )


def healthy(name: str = "search") -> dict[str, Any]:
    tier = {"tier": "platinum", "target": "99.5", "sli": "99.99", "budgetRemaining": "0.98", "burnRate1h": "0.02"}
    return slo(name, tiers=[{**tier, "exhausts": {"expected": "never"}, "dataQuality": "Ok"}])


def incident(name: str = "inc-checkout-rsvzgl7jaj-1", *, opened: float = -31, **parts: Any) -> dict[str, Any]:
    """parts: `spec` and `status`, merged over an open incident of 37k."""
    opening = {"key": "rsvzgl7jaj", "episode": 1, "service": "checkout", "scope": "*", "cause": "-"}
    return {
        "apiVersion": "clvsre.io/v1alpha1",
        "kind": "RevenueIncident",
        "metadata": {"name": name, "namespace": "shop", "resourceVersion": "7"},
        "spec": {
            "opening": {**opening, "openedAt": at(opened), "alerts": []},
            **parts.get("spec", {}),
        },
        "status": {
            "phase": "Open",
            "severity": "SEV2",
            "openedAt": at(opened),
            "tierNames": "platinum,gold",
            "atRisk": {
                "projected": "36790.00",
                "low": "9818.64",
                "high": "88277.31",
                "ratePerHour": "11490.00",
                "rateLow": "7101.51",
                "rateHigh": "17280.43",
                "currency": "USD",
            },
            **parts.get("status", {}),
        },
    }
