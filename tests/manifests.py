"""Good manifests of our kinds to start a test from, and the way to spoil one place of them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Manifest = dict[str, Any]

API_VERSION = "clvsre.io/v1alpha1"


def tier(name: str = "platinum", **spec: Any) -> Manifest:
    return {
        "apiVersion": API_VERSION,
        "kind": "CLVTier",
        "metadata": {"name": name},
        "spec": {
            "rank": 1,
            "labelValue": "platinum",
            "values": {
                "customers": 400,
                "currency": "USD",
                "residualValue": {"mean": "50000.00", "low": "42000.00", "high": "61000.00"},
                "revenuePerHour": "40000.00",
                "margin": "0.70",
                "deferral": {"mean": "0.60", "low": "0.40", "high": "0.80"},
                "churn": {"mean": "0.001", "low": "0.0003", "high": "0.004", "saturationMinutes": 60},
                "asOf": "2026-11-20T00:00:00Z",
            },
            "definition": {
                "basis": "ContributionMargin",
                "horizonMonths": 36,
                "annualDiscountRate": "0.12",
                "approvedBy": "finance",
                "reviewBy": "2027-01-31",
            },
            "maxAge": "90d",
            **spec,
        },
    }


def slo(name: str = "checkout", namespace: str = "default", **spec: Any) -> Manifest:
    return {
        "apiVersion": API_VERSION,
        "kind": "TieredSLO",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "service": "checkout",
            "owner": "payments",
            "period": {"rolling": "30d"},
            "tierLabel": "clv_tier",
            "indicator": {
                "ratio": {
                    "errors": 'http_requests_total{job="checkout",code=~"5.."}',
                    "total": 'http_requests_total{job="checkout"}',
                }
            },
            "objectives": [{"tier": "platinum", "target": "99.95"}, {"tier": "*", "target": "99.5"}],
            "budget": {"policy": "PerTier"},
            "weighting": "Value",
            "alerting": {"minErrors": 5, "page": {"labels": {"team": "payments"}, "disabled": False}},
            **spec,
        },
    }


def latency_slo(name: str = "latency", namespace: str = "default") -> Manifest:
    source = {"histogram": 'http_request_duration_seconds{job="checkout"}', "threshold": "300ms"}
    return slo(name, namespace, indicator={"latency": source})


def policy(name: str = "default", namespace: str = "default", **spec: Any) -> Manifest:
    return {
        "apiVersion": API_VERSION,
        "kind": "EscalationPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "match": {"services": ["checkout", "billing"], "labels": {"team": "payments"}},
            "severities": [
                {
                    "name": "SEV1",
                    "atRisk": "50000",
                    "ratePerHour": "20000",
                    "bound": "Mean",
                    "tiers": ["platinum"],
                    "core": True,
                },
                {"name": "SEV2", "atRisk": "5000"},
                {"name": "SEV3"},
            ],
            "steps": [
                {"after": "0s", "severities": ["SEV1"], "notify": ["war-room"]},
                {"after": "15m", "unless": "Acknowledged", "severities": ["SEV1", "SEV2"], "notify": ["ticket"]},
            ],
            "repeat": {"every": "30m", "times": 5},
            "channels": [
                {"name": "war-room", "slack": {"webhookRef": {"name": "slack", "key": "url"}}},
                {
                    "name": "ticket",
                    "webhook": {
                        "urlRef": {"name": "tickets", "key": "url"},
                        "tokenRef": {"name": "tickets", "key": "token"},
                        "hmacRef": {"name": "tickets", "key": "hmac"},
                    },
                },
            ],
            **spec,
        },
    }


def incident(name: str = "inc-checkout-rsvzgl7jaj-1", namespace: str = "default", **spec: Any) -> Manifest:
    return {
        "apiVersion": API_VERSION,
        "kind": "RevenueIncident",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "opening": {
                "key": "rsvzgl7jaj",
                "episode": 1,
                "service": "checkout",
                "scope": "*",
                "cause": "-",
                "openedAt": "2026-11-25T14:02:00Z",
                "alerts": [
                    {
                        "fingerprint": "f404ecabc8dd5cd7",
                        "name": "ClvBudgetBurnPage",
                        "state": "firing",
                        "startsAt": "2026-11-25T14:02:00.123456789+03:00",
                        "labels": {"clv_tier": "platinum"},
                    }
                ],
            },
            "acknowledged": {"by": "jane@example.com", "at": "2026-11-25T14:05:00Z", "via": "kubectl"},
            "commander": "jane@example.com",
            "severityOverride": "SEV1",
            "closed": {"reason": "Duplicate", "of": "inc-checkout-rsvzgl7jaj-2"},
            "notes": [{"text": "Rolled back", "by": "jane@example.com"}],
            **spec,
        },
    }


GOOD: dict[str, Callable[[], Manifest]] = {
    "CLVTier": tier,
    "TieredSLO": slo,
    "EscalationPolicy": policy,
    "RevenueIncident": incident,
}


def put(manifest: Manifest, path: str, value: Any) -> Manifest:
    """A copy with `value` at `path`, such as `spec.objectives.0.target`; a number counts items."""
    changed = copy.deepcopy(manifest)
    *parents, last = path.split(".")
    node: Any = changed
    for part in parents:
        node = node[int(part)] if isinstance(node, list) else node.setdefault(part, {})
    if isinstance(node, list):
        node[int(last)] = value
    else:
        node[last] = value
    return changed


def drop(manifest: Manifest, path: str) -> Manifest:
    """A copy without what lies at `path`."""
    changed = copy.deepcopy(manifest)
    *parents, last = path.split(".")
    node: Any = changed
    for part in parents:
        node = node[int(part)] if isinstance(node, list) else node[part]
    del node[int(last) if isinstance(node, list) else last]
    return changed
