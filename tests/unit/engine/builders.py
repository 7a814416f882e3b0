"""Tiers and SLOs with sensible defaults."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sloengine.slo import Indicator, Objective, RatioIndicator, RollingPeriod, Slo
from sloengine.tier import Interval, Tier, TierValues

RATIO = RatioIndicator(errors='http_errors_total{job="shop"}', total='http_requests_total{job="shop"}')


def tier(name, rank=1, *, label_value=None, customers=1, value=1.0):
    values = TierValues(
        customers=customers,
        currency="USD",
        residual_value=Interval(mean=value),
        as_of=datetime(2026, 11, 1, tzinfo=UTC),
    )
    return Tier(name=name, rank=rank, label_value=label_value or name, values=values, max_age_seconds=86_400)


FOUR = (
    tier("platinum", 1, customers=400, value=50_000),
    tier("gold", 2, customers=2_000, value=10_000),
    tier("silver", 3, customers=10_000, value=2_500),
    tier("bronze", 4, customers=40_000, value=500),
)
NAMES = tuple(t.name for t in FOUR)


def slo(name="checkout", *, days=30, indicator: Indicator = RATIO, objectives=None, **changes):
    made = Slo(
        namespace="shop",
        name=name,
        service="checkout",
        owner="payments",
        indicator=indicator,
        period=RollingPeriod(length=timedelta(days=days)),
        objectives=targets(objectives or {"*": "99.9"}),
    )
    return replace(made, **changes)


def targets(by_tier):
    return tuple(Objective(tier=name, target=Decimal(target)) for name, target in by_tier.items())
