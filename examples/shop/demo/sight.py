"""What can be seen from outside: in Prometheus, in the cluster, at the notification receiver. Reads, never acts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from examples.shop.demo.stage import NAMESPACE, Stage
from examples.shop.demo.telling import NotYet, Seen, Sight

TIERS = ("platinum", "gold", "silver", "bronze")
CHECKOUTS = 'http_requests_total{job="shop",route="/checkout"'
FEW = 3
"""Failed checkouts that are more than the shop's usual noise, in a minute."""


def budgets(stage: Stage) -> Sight:
    """Every TieredSLO is evaluated by Prometheus, and every tier has a figure."""
    slos = stage.cluster.objects("tieredslos", namespace=NAMESPACE)
    waiting = [f"{slo['metadata']['name']}: {missing}" for slo in slos if (missing := _missing(slo))]
    if not slos or waiting:
        return NotYet("; ".join(waiting) or "no TieredSLO is there")
    checkout = next(slo for slo in slos if slo["metadata"]["name"] == "checkout")
    left = {
        tier["tier"]: Decimal(tier["budgetRemaining"]) for tier in checkout["status"]["tiers"] if tier["tier"] in TIERS
    }
    return Seen("checkout budget left: " + ", ".join(f"{tier} {left[tier]:.0%}" for tier in TIERS))


def _missing(slo: dict[str, Any]) -> str:
    status = slo.get("status", {})
    conditions = {condition["type"]: condition for condition in status.get("conditions", [])}
    for needed in ("Ready", "RulesInSync", "DataAvailable"):
        if conditions.get(needed, {}).get("status") != "True":
            return f"{needed} is {conditions.get(needed, {}).get('reason', 'not known')}"
    measured = {
        tier["tier"]
        for tier in status.get("tiers", [])
        if tier.get("dataQuality") == "Ok" and "budgetRemaining" in tier
    }
    without = [tier for tier in TIERS if tier not in measured]
    if without:
        return f"no figure for {', '.join(without)}"
    return "" if "budgetRemaining" in status.get("weighted", {}) else "no figure weighted by value"


def checkouts_fail(stage: Stage) -> Sight:
    failed = _per_tier(stage, f'sum by (clv_tier) (increase({CHECKOUTS},code="503"}}[1m]))')
    others = sum(count for tier, count in failed.items() if tier != "platinum")
    text = f"{failed.get('platinum', 0):.0f} failed checkouts of platinum in a minute, {others:.0f} of all others"
    return Seen(text) if failed.get("platinum", 0) >= FEW else NotYet(text)


def checkouts_succeed(stage: Stage) -> Sight:
    failed = _per_tier(stage, f'sum by (clv_tier) (increase({CHECKOUTS},code="503"}}[30s]))').get("platinum", 0)
    taken = _per_tier(stage, f'sum by (clv_tier) (increase({CHECKOUTS},code="200"}}[30s]))').get("platinum", 0)
    text = f"platinum in the last 30 s: {taken:.0f} orders taken, {failed:.0f} failed"
    return Seen(text) if taken >= FEW and failed < 1 else NotYet(text)


def page_alert(stage: Stage) -> Sight:
    firing = stage.prometheus.query('ALERTS{alertname="ClvBudgetBurnPage",alertstate="firing"}')
    pages = [f"{labels['clv_slo']} {labels['clv_tier']}" for labels, _ in firing]
    expected = f"{NAMESPACE}/checkout platinum"
    if expected not in pages:
        return NotYet(f"pages firing: {', '.join(pages) or 'none'}")
    burn = stage.prometheus.query(
        f'clv:burn_rate:ratio{{clv_slo="{NAMESPACE}/checkout",clv_tier="platinum",clv_window="1h",clv_bound="mean"}}'
    )
    return Seen(
        f"ClvBudgetBurnPage for {' and '.join(pages)}; the hour burns {burn[0][1]:.0f} times too fast"
        if burn
        else "ClvBudgetBurnPage"
    )


def incident(stage: Stage) -> Sight:
    found = stage.incident()
    if found is None:
        return NotYet("no incident yet")
    status = found.get("status", {})
    at_risk = status.get("atRisk", {})
    text = f"{found['metadata']['name']}, {status.get('phase')}, {status.get('severity')}"
    if status.get("severity") != "SEV1" or Decimal(at_risk.get("projected", "0")) <= 0:
        return NotYet(f"{text}, at risk {at_risk.get('projected', 'not known')}")
    return Seen(
        f"{text}: {_money(at_risk['projected'])} {at_risk['currency']} at risk ({_money(at_risk['low'])} to {_money(at_risk['high'])})"
    )


def first_page(stage: Stage) -> Sight:
    return _notified(stage, "on-call", "war-room")


def second_step(stage: Stage) -> Sight:
    return _notified(stage, "manager")


def acknowledged(stage: Stage) -> Sight:
    found = stage.incident() or {}
    phase = found.get("status", {}).get("phase")
    by = found.get("spec", {}).get("acknowledged", {}).get("by", "")
    return Seen(f"Acknowledged by {by}") if phase == "Acknowledged" else NotYet(f"phase {phase}")


def mitigated(stage: Stage) -> Sight:
    return _phase(stage, "Mitigated", "Resolved")


def resolved(stage: Stage) -> Sight:
    sight = _phase(stage, "Resolved")
    told = [message for message in stage.received() if message["to"] == "war-room"]
    return Seen(f"{sight.text}; the war room got {len(told)} messages in all") if isinstance(sight, Seen) else sight


def _phase(stage: Stage, *wanted: str) -> Sight:
    status = (stage.incident() or {}).get("status", {})
    alerts = status.get("alerts", {})
    text = f"phase {status.get('phase')}, {alerts.get('firing', 0)} alerts firing, {alerts.get('resolved', 0)} resolved"
    return Seen(text) if status.get("phase") in wanted else NotYet(text)


def _notified(stage: Stage, *names: str) -> Sight:
    reached = {str(message["to"]): str(message["at"]) for message in reversed(stage.received())}
    text = ", ".join(f"{name} at {reached[name][11:19]} UTC" for name in names if name in reached)
    return Seen(text) if all(name in reached for name in names) else NotYet(text or "nothing arrived")


def _per_tier(stage: Stage, expression: str) -> dict[str, float]:
    return {labels["clv_tier"]: value for labels, value in stage.prometheus.query(expression)}


def _money(text: str) -> str:
    return f"{Decimal(text):,.0f}"
