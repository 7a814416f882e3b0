"""Rules as the engine renders them for a small shop, evaluated every second instead of every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from clv_operator.rules import Owner, WantedRules
from clv_operator.rules.wanted import Document
from sloengine.rules import shared_group, slo_group
from sloengine.slo import Objective, RatioIndicator, RollingPeriod, Slo
from sloengine.tier import UNKNOWN, Interval, Tier, TierValues

VALUES = TierValues(
    customers=10, currency="USD", residual_value=Interval(mean=1.0), as_of=datetime(2026, 11, 1, tzinfo=UTC)
)
TIERS = tuple(
    Tier(name=name, rank=rank, label_value=name, values=VALUES, max_age_seconds=1e9)
    for rank, name in enumerate(("platinum", "gold"), start=1)
)


def of_slo(namespace: str, name: str, *, target: str = "99.9", uid: str = "u1", spoil: str = "") -> WantedRules:
    """spoil: an expression that takes the place of the first rule's."""
    slo = Slo(
        namespace=namespace,
        name=name,
        service="checkout",
        indicator=RatioIndicator(errors='errors_total{job="shop"}', total='requests_total{job="shop"}'),
        period=RollingPeriod(length=timedelta(days=30)),
        objectives=(Objective(tier="*", target=Decimal(target)),),
    )
    group = slo_group(slo, TIERS)

    def render() -> Document:
        made = {**group.to_dict(), "interval": "1s"}
        if spoil:
            made["rules"] = [{**made["rules"][0], "expr": spoil}, *made["rules"][1:]]
        return {"groups": [made]}

    return WantedRules(
        key=slo.key,
        namespace=namespace,
        name=name,
        hash=f"{group.hash}{'-spoilt' if spoil else ''}",
        count=len(group.rules),
        render=render,
        owner=Owner(name=name, uid=uid),
    )


def shared() -> WantedRules:
    group = shared_group(
        weights={"platinum": 0.5, "gold": 0.5},
        values={"platinum": 1.0, "gold": 1.0, UNKNOWN: 1.0},
        periods=[RollingPeriod(length=timedelta(days=30))],
    )
    return WantedRules(
        key="", namespace="", name="shared", hash=group.hash, count=8, render=lambda: {"groups": [group.to_dict()]}
    )


def by_key(*rules: WantedRules) -> dict[str, WantedRules]:
    return {each.key: each for each in rules}
