"""A service level objective by tier, as the engine reads it: the shared vocabulary of rules and evaluator."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

ANY_TIER = "*"
"""In an objective: every tier that has none of its own, `unknown` included."""


class Weighting(StrEnum):
    VALUE = "Value"
    REQUEST_VALUE = "RequestValue"
    WORST = "Worst"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioIndicator:
    """Bad events over all events, both counters. errors, total: PromQL vector selectors without range or function."""

    errors: str
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyIndicator:
    """Requests slower than a threshold. histogram: selector of the base name, without `_bucket`."""

    histogram: str
    threshold: timedelta


Indicator = RatioIndicator | LatencyIndicator


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingPeriod:
    """The last `length`, moving; 1 to 90 days."""

    length: timedelta


Period = RollingPeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """target: percent of good events, exact, in (0, 100). tier: a CLVTier's name, `unknown`, or ANY_TIER."""

    tier: str
    target: Decimal

    @property
    def error_budget(self) -> Decimal:
        """Share of events that may be bad; exact (0.0005 for 99.95)."""
        return (100 - self.target) / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTweak:
    """labels: added to the alert. disabled: the alert is not rendered."""

    labels: dict[str, str] = field(default_factory=dict)
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """min_errors: below so many bad events in the long window nobody is alerted."""

    min_errors: int = 5
    page: AlertTweak = field(default_factory=AlertTweak)
    ticket: AlertTweak = field(default_factory=AlertTweak)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """One TieredSLO. revenue_share: share of each tier's revenue that runs through the service, 0 to 1.

    core: a fault of it is senior business (label `clvsre.io/core=true`).
    """

    namespace: str
    name: str
    service: str
    owner: str = ""
    indicator: Indicator
    period: Period
    tier_label: str = "clv_tier"
    objectives: tuple[Objective, ...]
    weighting: Weighting = Weighting.VALUE
    alerting: Alerting = field(default_factory=Alerting)
    playbook: str = ""
    revenue_share: float = 1.0
    core: bool = False

    @property
    def key(self) -> str:
        """`<namespace>/<name>`: the value of the label `clv_slo`."""
        return f"{self.namespace}/{self.name}"

    def objective_of(self, tier: str) -> Objective | None:
        """The tier's own objective, else that of everyone else; None where the tier is not covered."""
        everyone: Objective | None = None
        for objective in self.objectives:
            if objective.tier == tier:
                return objective
            if objective.tier == ANY_TIER:
                everyone = objective
        return everyone
