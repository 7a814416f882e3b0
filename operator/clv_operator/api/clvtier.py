"""CLVTier: a class of customers and what one of them is worth."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from clv_operator.api.base import Model, Rule
from clv_operator.api.resource import Conditions, Interval, Resource
from clv_operator.api.text import (
    CalendarDay,
    Currency,
    LongDuration,
    Money,
    Number,
    Share,
    SignedMoney,
    Text,
    Time,
    Whole,
    free,
    matcher,
)
from sloengine import duration
from sloengine.tier import Churn, Tier, TierValues
from sloengine.tier import Interval as EngineInterval

DECLARED_MAX_AGE = "90d"
_TIER_NAME = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"


def _both_or_none(value: Any) -> bool:
    return (value.low is None) == (value.high is None)


def _ordered(low: str | None, high: str | None) -> bool:
    return low is None or high is None or Decimal(low) <= Decimal(high)


# Guards as in `!isQuantity(...) || ...`: without them a malformed number adds the parser's own error to the message.
def _interval_rules() -> tuple[Rule, ...]:
    return (
        Rule(
            cel="has(self.low) == has(self.high)",
            holds=_both_or_none,
            problem="an interval has two ends",
            fix="give both low and high, or neither",
        ),
        Rule(
            cel="!has(self.low) || !isQuantity(self.low) || !isQuantity(self.mean)"
            " || quantity(self.low).compareTo(quantity(self.mean)) <= 0",
            holds=lambda value: _ordered(value.low, value.mean),
            field="low",
            problem="low is above mean",
            fix="write low <= mean <= high",
        ),
        Rule(
            cel="!has(self.high) || !isQuantity(self.high) || !isQuantity(self.mean)"
            " || quantity(self.mean).compareTo(quantity(self.high)) <= 0",
            holds=lambda value: _ordered(value.mean, value.high),
            field="high",
            problem="high is below mean",
            fix="write low <= mean <= high",
        ),
    )


def _engine_interval(value: Any) -> EngineInterval:
    low, high = (None if end is None else float(end) for end in (value.low, value.high))
    return EngineInterval(mean=float(value.mean), low=low, high=high)


class ResidualValue(Interval):
    """Mean remaining discounted contribution margin per customer, with its 90 % interval; never past revenue."""

    RULES: ClassVar[tuple[Rule, ...]] = _interval_rules()


class ShareInterval(Model):
    """A share with its 90 % interval."""

    RULES: ClassVar[tuple[Rule, ...]] = _interval_rules()

    mean: Share
    """Best estimate. Unit: share from 0 to 1. Example: "0.60"."""
    low: Share | None = None
    """Lower end of the 90 % interval; give both ends or none. Unit: share from 0 to 1. Example: "0.40"."""
    high: Share | None = None
    """Upper end of the 90 % interval; give both ends or none. Unit: share from 0 to 1. Example: "0.80"."""


class ChurnEffect(ShareInterval):
    """Extra probability that a customer leaves after a bad spell, with its 90 % interval."""

    saturation_minutes: Annotated[int, Whole(1, 10_080)] = 60
    """How long a bad spell lasts until it has 95 % of its effect. Unit: minutes. Example: 60."""


class DeclaredValues(Model):
    """What a team says about the tier's customers, in one currency."""

    customers: Annotated[int, Whole(0, 10_000_000_000)]
    """Active customers of the tier. Unit: customers. Example: 400."""
    currency: Currency
    """ISO 4217 code of all money here; one currency across all tiers. Example: USD."""
    residual_value: ResidualValue
    """Mean remaining discounted contribution margin of one customer. Unit: money per customer. Example: {mean: "50000.00", low: "42000.00", high: "61000.00"}."""
    revenue_per_hour: Money | None = None
    """What the whole tier would spend without a fault. Left out, the immediate loss of an incident is unknown and said to be. Unit: money per hour. Example: "40000.00"."""
    margin: Share | None = None
    """Contribution margin of that revenue. Left out, 1 is taken, an upper bound. Unit: share from 0 to 1. Example: "0.70"."""
    deferral: ShareInterval | None = None
    """Share of failed purchases made up within 7 days. Left out, 0 is taken, an upper bound. Unit: share from 0 to 1. Example: {mean: "0.60", low: "0.40", high: "0.80"}."""
    churn: ChurnEffect | None = None
    """Extra churn probability of a bad spell. Left out, the loss by churn is unknown and said to be. Unit: probability from 0 to 1. Example: {mean: "0.001", low: "0.0003", high: "0.004", saturationMinutes: 60}."""
    as_of: Time
    """The day that the figures speak of; older than `maxAge` they are stale. Unit: RFC 3339 time. Example: "2026-11-20T00:00:00Z"."""


class Definition(Model):
    """How the value is defined, and who stands for it."""

    basis: Literal["ContributionMargin", "Revenue"]
    """What is added up per customer. Revenue is refused without a margin. Example: ContributionMargin."""
    horizon_months: Annotated[int, Whole(1, 240)] | None = None
    """How far ahead value is counted. Unit: months. Example: 36."""
    annual_discount_rate: Share | None = None
    """Yearly rate by which later money counts less. Unit: share from 0 to 1 a year. Example: "0.12"."""
    approved_by: Annotated[str, free(128, min_length=1)] | None = None
    """Who approved the definition. Example: finance."""
    review_by: CalendarDay | None = None
    """The day by which it must be looked at again. Unit: calendar day. Example: "2027-01-31"."""


class CLVTierSpec(Model):
    """What is declared about a tier."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="!has(self.definition) || self.definition.basis != 'Revenue' || has(self.values.margin)",
            holds=lambda spec: (
                spec.definition is None or spec.definition.basis != "Revenue" or spec.values.margin is not None
            ),
            field="definition.basis",
            problem="revenue is no margin",
            fix="set spec.values.margin, or use basis ContributionMargin",
        ),
    )

    rank: Annotated[int, Whole(1, 5)]
    """Place among the tiers; 1 is the most valuable, and no two tiers share one. Unit: place. Example: 1."""
    label_value: (
        Annotated[
            str,
            Text(
                max_length=63,
                min_length=1,
                pattern=r"^[^\x00-\x1f\x7f\"\\]{1,63}$",
                problem="it cannot be the value of a tier label",
                fix='leave out quotes, backslashes and control characters, such as "platinum"',
            ),
        ]
        | None
    ) = None
    """What telemetry carries for this tier; left out, the object's name. Example: platinum."""
    values: DeclaredValues
    """What its customers are worth. Example: {customers: 400, currency: USD, residualValue: {mean: "50000.00"}, asOf: "2026-11-20T00:00:00Z"}."""
    definition: Definition | None = None
    """How the value is defined. Example: {basis: ContributionMargin, horizonMonths: 36, approvedBy: finance}."""
    max_age: LongDuration | None = None
    """Older values are stale, three times older expired; left out, 90d. Unit: duration. Example: 90d."""


class ValuesInUse(Model):
    """The figures that the operator works with."""

    customers: Annotated[int, Whole(0)] | None = None
    """Active customers of the tier. Unit: customers. Example: 400."""
    currency: Annotated[str, free(3)] | None = None
    """ISO 4217 code. Example: USD."""
    residual_value: SignedMoney | None = None
    """Mean residual value of one customer. Unit: money per customer. Example: "50000.00"."""
    as_of: Time | None = None
    """The time that the figures speak of. Unit: RFC 3339 time. Example: 2026-11-20T00:00:00Z."""


class CLVTierStatus(Model):
    """What the operator makes of the tier."""

    OURS: ClassVar[bool] = True

    weight: Number | None = None
    """Smoothed share of the tier in the residual value of all tiers. Unit: share from 0 to 1. Example: "0.41"."""
    weight_as_of: Time | None = None
    """When the weight last moved; it moves at most 10 % of itself a day. Unit: RFC 3339 time. Example: 2026-11-20T00:00:00Z."""
    values: ValuesInUse | None = None
    """The figures in use. Example: {customers: 400, currency: USD, residualValue: "50000.00"}."""
    definition_hash: Annotated[str, free(64)] | None = None
    """Hash of the definition that the figures follow. Unit: hexadecimal digits. Example: 3f1c9a02b7d4."""
    conditions: Conditions | None = None
    """Ready and Fresh, with reason and what mends it. Example: [{type: Ready, status: "True", reason: Accepted}]."""


class CLVTier(Resource):
    """A class of customers with one value per customer. Two to five of them; rank 1 is the most valuable."""

    KIND: ClassVar[str] = "CLVTier"
    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel=f"self.metadata.name.matches('{_TIER_NAME}')",
            holds=lambda tier: bool(matcher(_TIER_NAME).match(tier.metadata.name)),
            field="metadata.name",
            problem="metadata.name of a tier becomes a label value",
            fix="use lower-case letters, digits and '-', at most 63",
        ),
        Rule(
            cel="self.metadata.name != 'unknown'",
            holds=lambda tier: tier.metadata.name != "unknown",
            field="metadata.name",
            problem="metadata.name unknown is what requests without a known tier are called",
            fix="choose another name",
        ),
    )

    spec: CLVTierSpec
    """What is declared about the tier. Example: {rank: 1, values: {customers: 400}}."""
    status: CLVTierStatus = CLVTierStatus()
    """What the operator makes of it. Example: {weight: "0.41"}."""

    def to_tier(self) -> Tier:
        """As the engine knows it; figures as float, maximum age in seconds."""
        values = self.spec.values
        churn = None
        if values.churn is not None:
            churn = Churn(
                probability=_engine_interval(values.churn), saturation_minutes=float(values.churn.saturation_minutes)
            )
        return Tier(
            name=self.metadata.name,
            rank=self.spec.rank,
            label_value=self.spec.label_value or self.metadata.name,
            values=TierValues(
                customers=values.customers,
                currency=values.currency,
                residual_value=_engine_interval(values.residual_value),
                revenue_per_hour=None if values.revenue_per_hour is None else float(values.revenue_per_hour),
                margin=1.0 if values.margin is None else float(values.margin),
                deferral=None if values.deferral is None else _engine_interval(values.deferral),
                churn=churn,
                as_of=values.as_of,
            ),
            max_age_seconds=self.max_age.total_seconds(),
        )

    @property
    def max_age(self) -> timedelta:
        """How old the values may be."""
        return duration.parse(self.spec.max_age or DECLARED_MAX_AGE)
