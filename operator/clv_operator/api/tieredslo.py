"""TieredSLO: one service level objective with a target per tier."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from clv_operator.api.base import Model, Rule
from clv_operator.api.resource import Conditions, ListMap, MoneyRate, Resource
from clv_operator.api.text import (
    Duration,
    Flag,
    HistogramSelector,
    LabelName,
    Number,
    Selector,
    Text,
    Time,
    Whole,
    Word,
    free,
    matcher,
)
from sloengine import duration
from sloengine.errors import InvalidSpec
from sloengine.slo import (
    Alerting,
    AlertTweak,
    Indicator,
    LatencyIndicator,
    Objective,
    RatioIndicator,
    RollingPeriod,
    Slo,
    Weighting,
)

REVENUE_SHARE = "clvsre.io/revenue-share"
"""Annotation: share of each tier's revenue that runs through the service, 0 to 1; without it 1, an upper bound."""
PLAYBOOK = "clvsre.io/playbook"
"""Annotation: address of the business playbook, linked from every page."""
CORE = "clvsre.io/core"
"""Label: `true` marks a core service."""

_RESERVED = ("alertname", "severity", "service", "owner", "clv_slo", "clv_tier", "clv_burn", "clv_reason")
_IN_LIST = "[" + ", ".join(f"'{name}'" for name in _RESERVED) + "]"
_LABEL_NAME = matcher(r"^[a-zA-Z_][a-zA-Z0-9_]{0,62}$")
_SUFFIXED = r"^\s*[a-zA-Z0-9_:]*_(bucket|count|sum)\s*(\{|$)"

AlertLabels = Annotated[
    dict[str, Annotated[str, free(256)]],
    Field(max_length=16),
    Rule(
        cel=f"self.all(name, !(name in {_IN_LIST}))",
        holds=lambda labels: not set(labels) & set(_RESERVED),
        problem=f"{', '.join(_RESERVED)} are set by the rules themselves, so that an alert keeps its identity",
        fix="choose another label name",
    ),
    Rule(
        cel="self.all(name, name.matches('^[a-zA-Z_][a-zA-Z0-9_]{0,62}$'))",
        holds=lambda labels: all(_LABEL_NAME.match(name) for name in labels),
        problem="a key is not a Prometheus label name",
        fix="use letters, digits and '_', at most 63, not beginning with a digit",
    ),
]


class RatioSource(Model):
    """Bad events over all events, two counters."""

    errors: Selector
    """Counter of bad events. Unit: PromQL vector selector. Example: http_requests_total{job="checkout",code=~"5.."}."""
    total: Selector
    """Counter of all events. Unit: PromQL vector selector. Example: http_requests_total{job="checkout"}."""


class LatencySource(Model):
    """Requests slower than a threshold, from a histogram with buckets."""

    histogram: Annotated[
        HistogramSelector,
        Rule(
            cel="!self.matches('" + _SUFFIXED.replace("\\", "\\\\") + "')",
            holds=lambda text: not matcher(_SUFFIXED).match(text),
            problem="the rules add _bucket and _count themselves",
            fix="write the base name, such as http_request_duration_seconds",
        ),
    ]
    """Histogram in seconds, by its base name. Unit: PromQL vector selector. Example: http_request_duration_seconds{job="checkout"}."""
    threshold: Annotated[
        Duration,
        Rule(
            cel="self.matches('[1-9]')",
            holds=lambda text: bool(matcher("[^1-9]*[1-9]").match(text)),
            problem="nothing is faster than 0",
            fix="write the slowest good response, such as 300ms",
        ),
    ]
    """The slowest response that is still good; must be a bucket bound of the histogram. Unit: duration. Example: 300ms."""


class IndicatorSource(Model):
    """What counts as an event and what as a bad one; exactly one of the fields."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="has(self.ratio) != has(self.latency)",
            holds=lambda indicator: (indicator.ratio is None) != (indicator.latency is None),
            problem="an indicator has exactly one source",
            fix="set one of ratio and latency",
        ),
    )

    ratio: RatioSource | None = None
    """Errors over total. Example: {errors: 'http_requests_total{code=~"5.."}', total: http_requests_total}."""
    latency: LatencySource | None = None
    """Slow over all. Example: {histogram: http_request_duration_seconds, threshold: 300ms}."""


class PeriodSpec(Model):
    """The time over which the budget counts."""

    rolling: Annotated[
        str,
        Text(
            max_length=16,
            pattern=r"^([1-9]|[1-8][0-9]|90)d$",
            problem="it is not a period",
            fix="write whole days from 1d to 90d, such as 30d",
        ),
    ]
    """The last days, moving. Unit: duration in whole days, 1d to 90d. Example: 30d."""


_TIER = r"^(\*|[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)$"


class ObjectiveSpec(Model):
    """The target of one tier."""

    tier: Annotated[
        str,
        Text(
            max_length=63,
            pattern=_TIER,
            problem="it names no tier",
            fix='write the name of a CLVTier, "unknown", or "*" for everyone else',
        ),
    ]
    """Name of a CLVTier; `unknown` for requests without one; "*" for everyone else. Example: platinum."""
    target: Annotated[
        str,
        Text(
            max_length=14,
            pattern=r"^[0-9]{1,3}(\.[0-9]{1,9})?$",
            problem="it is not a percentage",
            fix='write it as a decimal string, such as "99.95"',
        ),
        Rule(
            cel="!isQuantity(self) || (quantity(self).isGreaterThan(quantity('0'))"
            " && quantity(self).isLessThan(quantity('100')))",
            holds=lambda text: 0 < Decimal(text) < 100,
            problem="a target lies above 0 and below 100 (100 leaves no budget to spend)",
            fix='write what customers notice, such as "99.9"',
        ),
    ]
    """Good events that are promised. Unit: percent, in (0, 100). Example: "99.95"."""


class BudgetSpec(Model):
    """How the error budget is shared among the tiers."""

    policy: Literal["PerTier"] = "PerTier"
    """PerTier: each tier has 100 minus its own target. Example: PerTier."""


class AlertSpec(Model):
    """How one class of alerts differs from the default."""

    labels: AlertLabels = Field(default_factory=dict)
    """Labels added to the alert, for its routing. Example: {team: payments}."""
    disabled: Flag = False
    """True: these alerts are not rendered. Example: false."""


class AlertingSpec(Model):
    """When and how the budget's burn is alerted on."""

    min_errors: Annotated[int, Whole(0, 1_000_000)] = 5
    """Fewer bad events in the long window alert nobody. Unit: events. Example: 5."""
    page: AlertSpec = AlertSpec()
    """Fast burn. Example: {labels: {team: payments}, disabled: false}."""
    ticket: AlertSpec = AlertSpec()
    """Slow burn. Example: {labels: {team: payments}, disabled: false}."""


class TieredSLOSpec(Model):
    """One promise, with a target per tier."""

    service: Word
    """The service that is promised; the label `service` of its alerts. Example: checkout."""
    owner: Word | None = None
    """Who answers for it; the label `owner` of its alerts. Example: payments."""
    period: PeriodSpec = PeriodSpec(rolling="30d")
    """The time over which the budget counts. Example: {rolling: 30d}."""
    tier_label: Annotated[
        LabelName,
        Rule(
            cel="!self.startsWith('__') && !(self in ['le', 'clv_t', 'clv_slo', 'clv_event', 'clv_window'])",
            holds=lambda text: (
                not text.startswith("__") and text not in {"le", "clv_t", "clv_slo", "clv_event", "clv_window"}
            ),
            problem="that label is used by Prometheus or by the rules themselves",
            fix="carry the tier in a label of its own, such as clv_tier",
        ),
    ] = "clv_tier"
    """The Prometheus label that carries the tier. Example: clv_tier."""
    indicator: IndicatorSource
    """What counts as an event and what as a bad one. Example: {latency: {histogram: http_request_duration_seconds, threshold: 300ms}}."""
    objectives: Annotated[
        tuple[ObjectiveSpec, ...],
        Field(min_length=1, max_length=6),
        ListMap("tier"),
        Rule(
            cel="self.exists(o, o.tier == '*' || o.tier == 'unknown')",
            holds=lambda objectives: any(objective.tier in {"*", "unknown"} for objective in objectives),
            problem="nothing is promised to everyone else",
            fix='add {tier: "*", target: …}, or list every tier and "unknown"',
        ),
    ]
    """Targets by tier; "*" is required unless every tier and `unknown` are listed. Example: [{tier: platinum, target: "99.95"}, {tier: "*", target: "99.5"}]."""
    budget: BudgetSpec = BudgetSpec()
    """How the error budget is shared among the tiers. Example: {policy: PerTier}."""
    weighting: Literal["Value", "RequestValue", "Worst"] = "Value"
    """How tiers become one figure: by their share of value, by the value of each request, or the worst tier alone. Example: Value."""
    alerting: AlertingSpec = AlertingSpec()
    """When and how the budget's burn is alerted on. Example: {minErrors: 5}."""


class WeightedStatus(Model):
    """All tiers as one figure, by `spec.weighting`."""

    sli: Number | None = None
    """Good events over the period. Unit: percent. Example: "99.93"."""
    burn_rate_1h: Number | None = None
    """How many times faster than sustainable the budget burned in the last hour. Unit: factor. Example: "1.2"."""
    budget_remaining: Number | None = None
    """1 is untouched, 0 spent, below 0 overspent. Unit: share. Example: "0.41"."""
    coverage: Number | None = None
    """Share of the weight that had data. Unit: share from 0 to 1. Example: "1"."""
    simpson: Flag | None = None
    """True: the figure moved against every tier, because traffic shifted between tiers. Example: false."""
    note: Annotated[str, free(256)] | None = None
    """What a reader of the figure must know. Example: bronze had no data; the figure covers 95 % of the value."""


class Exhaustion(Model):
    """When the budget is spent if the burn goes on; `never` where it is not."""

    earliest: Annotated[str, free(32)] | None = None
    """At the upper bound of the burn. Unit: RFC 3339 time, or never. Example: 2026-11-25T16:20:00Z."""
    expected: Annotated[str, free(32)] | None = None
    """At the measured burn. Unit: RFC 3339 time, or never. Example: 2026-11-26T03:10:00Z."""
    latest: Annotated[str, free(32)] | None = None
    """At the lower bound of the burn. Unit: RFC 3339 time, or never. Example: never."""


class TierStatus(Model):
    """One tier of the SLO."""

    tier: Annotated[str, free(63)]
    """Name of the tier, or `unknown`. Example: platinum."""
    target: Annotated[str, free(14)] | None = None
    """Good events that are promised. Unit: percent. Example: "99.95"."""
    sli: Number | None = None
    """Good events over the period; absent without data. Unit: percent. Example: "99.97"."""
    budget_remaining: Number | None = None
    """1 is untouched, 0 spent, below 0 overspent. Unit: share. Example: "0.62"."""
    burn_rate_5m: Number | None = None
    """Burn of the last five minutes. Unit: factor. Example: "0.5"."""
    burn_rate_1h: Number | None = None
    """Burn of the last hour. Unit: factor. Example: "0.4"."""
    burn_rate_6h: Number | None = None
    """Burn of the last six hours. Unit: factor. Example: "0.3"."""
    exhausts: Exhaustion | None = None
    """When the budget is spent if the burn goes on. Example: {expected: 2026-11-26T03:10:00Z}."""
    data_quality: Literal["Ok", "NoTraffic", "NoData"] | None = None
    """Whether there is a figure at all. Example: Ok."""
    at_risk_per_hour: Number | None = None
    """Margin lost now by failures above the baseline. Unit: money per hour. Example: "120.00"."""


class RulesStatus(Model):
    """The rules that were rendered."""

    output: Annotated[str, free(63)] | None = None
    """Where they were written. Example: PrometheusRule."""
    hash: Annotated[str, free(64)] | None = None
    """Hash of the rules; the series clv:slo_info carries that of the rules which Prometheus evaluates. Unit: hexadecimal digits. Example: 3f1c9a02b7d4."""
    count: Annotated[int, Whole(0, 1000)] | None = None
    """Recording and alerting rules. Unit: rules. Example: 19."""


class TieredSLOStatus(Model):
    """What was measured last. No heartbeat: it is written only when a figure moves."""

    OURS: ClassVar[bool] = True

    weighted: WeightedStatus | None = None
    """All tiers as one figure. Example: {sli: "99.93", burnRate1h: "1.2"}."""
    tiers: Annotated[tuple[TierStatus, ...], Field(max_length=6)] | None = None
    """Each tier by itself. Example: [{tier: platinum, budgetRemaining: "0.62", dataQuality: Ok}]."""
    as_of: Time | None = None
    """Time of the last figure that moved. Unit: RFC 3339 time. Example: 2026-11-25T14:20:00Z."""
    period: Annotated[str, free(16)] | None = None
    """The period as one word. Unit: duration. Example: 30d."""
    worst_tier: Annotated[str, free(63)] | None = None
    """The tier with the least budget left. Example: gold."""
    budget_remaining: Number | None = None
    """Budget left of the worst tier. Unit: share. Example: "0.41"."""
    weighted_burn: Number | None = None
    """Weighted burn of the last hour. Unit: factor. Example: "1.2"."""
    at_risk_per_hour: MoneyRate | None = None
    """Margin lost now, all tiers. Unit: money per hour. Example: {mean: "120.00", low: "40.00", high: "310.00", currency: USD}."""
    rules: RulesStatus | None = None
    """The rules that were rendered. Example: {output: PrometheusRule, hash: 3f1c9a02b7d4, count: 19}."""
    conditions: Conditions | None = None
    """Ready, RulesInSync, DataAvailable and BudgetHealthy, with reason and what mends it. Example: [{type: Ready, status: "True", reason: Accepted}]."""


def _share_of_revenue(annotations: dict[str, str]) -> float:
    text = annotations.get(REVENUE_SHARE, "1")
    if not matcher(r"^(0(\.[0-9]{1,12})?|1(\.0{1,12})?)$").match(text):
        raise InvalidSpec(
            field=f"metadata.annotations[{REVENUE_SHARE}]",
            problem=f'"{text}" is not a share from 0 to 1',
            fix='write it as a decimal string, such as "0.25"',
        )
    return float(text)


class TieredSLO(Resource):
    """A service level objective with a target, a budget and alerts per customer tier."""

    KIND: ClassVar[str] = "TieredSLO"

    spec: TieredSLOSpec
    """What is promised. Example: {service: checkout, objectives: [{tier: "*", target: "99.5"}]}."""
    status: TieredSLOStatus = TieredSLOStatus()
    """What was measured last. Example: {worstTier: gold, budgetRemaining: "0.41"}."""

    def to_slo(self) -> Slo:
        """As the engine knows it. Raises InvalidSpec where an annotation that we read makes no sense."""
        spec = self.spec
        return Slo(
            namespace=self.metadata.namespace,
            name=self.metadata.name,
            service=spec.service,
            owner=spec.owner or "",
            indicator=self._indicator(),
            period=RollingPeriod(length=self.period),
            tier_label=spec.tier_label,
            objectives=tuple(Objective(tier=each.tier, target=Decimal(each.target)) for each in spec.objectives),
            weighting=Weighting(spec.weighting),
            alerting=Alerting(
                min_errors=spec.alerting.min_errors,
                page=AlertTweak(labels=dict(spec.alerting.page.labels), disabled=spec.alerting.page.disabled),
                ticket=AlertTweak(labels=dict(spec.alerting.ticket.labels), disabled=spec.alerting.ticket.disabled),
            ),
            playbook=self.metadata.annotations.get(PLAYBOOK, ""),
            revenue_share=_share_of_revenue(self.metadata.annotations),
            core=self.metadata.labels.get(CORE) == "true",
        )

    @property
    def period(self) -> timedelta:
        return duration.parse(self.spec.period.rolling)

    def _indicator(self) -> Indicator:
        source: Any = self.spec.indicator
        if source.ratio is not None:
            return RatioIndicator(errors=source.ratio.errors.strip(), total=source.ratio.total.strip())
        return LatencyIndicator(
            histogram=source.latency.histogram.strip(), threshold=duration.parse(source.latency.threshold)
        )
