"""Tiers and what their customers are worth; the shared vocabulary of weighting and revenue at risk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

UNKNOWN = "unknown"
"""The tier of telemetry that carries no known tier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with its 90 % interval; low and high are both given or both left out."""

    mean: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    """Extra churn probability of a bad spell. probability: 0 to 1. saturation_minutes: spell length for 95 % of it."""

    probability: Interval
    saturation_minutes: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TierValues:
    """What is known of a tier's customers, in one currency.

    customers: count. residual_value: money per customer, may be negative. revenue_per_hour: money per hour of the
    whole tier without a fault; None with revenue_query or where nobody said. margin: share of revenue, 0 to 1.
    deferral: share of failed purchases made up later, 0 to 1; None where unset (0 is taken, an upper bound).
    churn: None where unset (the component is then unknown, not 0).
    """

    customers: int
    currency: str
    residual_value: Interval
    revenue_per_hour: float | None = None
    revenue_query: str | None = None
    margin: float = 1.0
    deferral: Interval | None = None
    churn: Churn | None = None
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A class of customers. rank: 1 is the most valuable. label_value: what telemetry carries for `name`."""

    name: str
    rank: int
    label_value: str
    values: TierValues
    max_age_seconds: float
