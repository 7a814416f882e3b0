"""The status of a RevenueIncident; every list and text is bounded, so that no storm makes the object too large."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from clv_operator.api.base import Model
from clv_operator.api.resource import Conditions
from clv_operator.api.text import Flag, Number, Time, Whole, free

Count = Annotated[int, Whole(0, 1_000_000_000_000)]


class AlertRecord(Model):
    """One alert, cut to its bounds."""

    fingerprint: Annotated[str, free(16)]
    """Alertmanager's fingerprint of its labels. Unit: 16 hexadecimal digits. Example: f404ecabc8dd5cd7."""
    name: Annotated[str, free(128)] | None = None
    """Its alertname. Example: ClvBudgetBurnPage."""
    tier: Annotated[str, free(63)] | None = None
    """The tier that it speaks of. Example: platinum."""
    severity: Annotated[str, free(63)] | None = None
    """Its label `severity`. Example: page."""
    state: Literal["firing", "resolved", "muted"] | None = None
    """What is known of it. Example: firing."""
    starts_at: Time
    """When it began to fire. Unit: RFC 3339 time. Example: 2026-11-25T14:02:00Z."""
    labels: Annotated[dict[str, Annotated[str, free(256)]], Field(max_length=32)] = Field(default_factory=dict)
    """Its labels, tier and service first, 400 bytes in all. Example: {clv_tier: platinum, severity: page}."""
    summary: Annotated[str, free(256)] | None = None
    """Its annotation `summary`. Example: checkout burns its budget 14 times too fast for platinum."""
    runbook: Annotated[str, free(256)] | None = None
    """Address of its runbook. Example: https://runbooks.example.com/ClvBudgetBurnPage."""
    generator: Annotated[str, free(256)] | None = None
    """Address of what raised it. Example: http://prometheus.example.com/graph."""


class GroupCount(Model):
    """What one group of Alertmanager said last, beyond the ledger."""

    hash: Annotated[str, free(16)]
    """Hash of the group's key. Unit: hexadecimal digits. Example: 9a41c07be2d5f310."""
    firing: Count = 0
    """Firing alerts past the ledger. Unit: alerts. Example: 12."""
    resolved: Count = 0
    """Resolved alerts past the ledger. Unit: alerts. Example: 3."""
    dropped: Count = 0
    """Alerts that the sender left out of its message. Unit: alerts. Example: 0."""


class AlertsStatus(Model):
    """Everything that alert intake knows; written by intake alone, as one value."""

    ATOMIC: ClassVar[bool] = True

    seq: Count = 0
    """Grows with each write; the guard between replicas. Unit: writes. Example: 7."""
    firing: Count = 0
    """Alerts that fire. Unit: alerts. Example: 3."""
    muted: Count = 0
    """Alerts that fire under a silence or inhibition. Unit: alerts. Example: 0."""
    resolved: Count = 0
    """Alerts that ended. Unit: alerts. Example: 1."""
    dropped: Count = 0
    """Alerts that the sender left out of its messages. Unit: alerts. Example: 0."""
    rejected: Count = 0
    """Alerts that could not be read. Unit: alerts. Example: 0."""
    stale: Count = 0
    """Firings that were older news than the ledger. Unit: alerts. Example: 0."""
    truncated: Flag | None = None
    """True: a message was cut by its sender or by us. Example: false."""
    clock_skew: Flag | None = None
    """True: an alert began ahead of our clock. Example: false."""
    first_starts_at: Time | None = None
    """Earliest start of any alert. Unit: RFC 3339 time. Example: 2026-11-25T14:02:00Z."""
    last_fired_at: Time | None = None
    """When an alert was last seen firing anew. Unit: RFC 3339 time. Example: 2026-11-25T14:20:00Z."""
    last_resolved_at: Time | None = None
    """When an alert last ended. Unit: RFC 3339 time. Example: 2026-11-25T14:33:00Z."""
    quiet_since: Time | None = None
    """When the last firing alert ended; absent while one fires. Unit: RFC 3339 time. Example: 2026-11-25T14:33:00Z."""
    ledger: Annotated[str, free(20_000)] = ""
    """1,000 alerts of 20 characters each: fingerprint, start and state, packed. Unit: base64. Example: 9ATsq8jdXNcBmrx9EgAB."""
    tiers: Annotated[tuple[Annotated[str, free(63)], ...], Field(max_length=6)] = ()
    """Tiers to which the ledger's entries point, by their place. Example: [platinum, gold]."""
    groups: Annotated[tuple[GroupCount, ...], Field(max_length=64)] = ()
    """Counts by group, beyond the ledger. Example: [{hash: 9a41c07be2d5f310, firing: 12, resolved: 3}]."""
    top: Annotated[tuple[AlertRecord, ...], Field(max_length=10)] = ()
    """The ten alerts that say most: by rank of their tier, then by start. Example: [{fingerprint: f404ecabc8dd5cd7}]."""


class AtRisk(Model):
    """Revenue at risk, with its 90 % interval."""

    accrued: Number | None = None
    """Lost so far. Unit: money. Example: "21000.00"."""
    rate_per_hour: Number | None = None
    """Being lost now; absent without data. Unit: money per hour. Example: "11000.00"."""
    rate_low: Number | None = None
    """Lower end of the rate's 90 % interval. Unit: money per hour. Example: "7100.00"."""
    rate_high: Number | None = None
    """Upper end of the rate's 90 % interval. Unit: money per hour. Example: "17000.00"."""
    projected: Number | None = None
    """Lost by the end, if it lasts as long again. Unit: money. Example: "36790.00"."""
    low: Number | None = None
    """Lower end of the 90 % interval of `projected`. Unit: money. Example: "9818.64"."""
    high: Number | None = None
    """Upper end of the 90 % interval of `projected`. Unit: money. Example: "88277.31"."""
    currency: Annotated[str, free(3)] | None = None
    """ISO 4217 code. Example: USD."""
    stale: Time | None = None
    """Since when the figures are old, because data is missing; absent while they are fresh. Unit: RFC 3339 time. Example: 2026-11-25T14:20:00Z."""
    at_least: Flag | None = None
    """True: a part is unknown, so that the figure reads "at least". Example: false."""
    unknown: Annotated[tuple[Annotated[str, free(128)], ...], Field(max_length=8)] | None = None
    """The parts that are unknown. Example: [churn of bronze]."""
    as_of: Time | None = None
    """The moment for which the figures were computed. Unit: RFC 3339 time. Example: 2026-11-25T14:22:10Z."""
    up_to: Flag | None = None
    """True: a customer count is a bound or a deferral unset, so that the figure reads "up to". Example: false."""
    lasted_hours: Number | None = None
    """How long it had lasted then, on which the horizon of `projected` depends. Unit: hours. Example: "0.516666666667"."""
    has_ended: Flag | None = None
    """True: nothing more is projected. Example: false."""
    model: Annotated[str, free(16)] | None = None
    """Version of the model that made the figures. Example: v1."""


class Estimate(Model):
    """A number with its 90 % interval, as it went into the figures."""

    mean: Number
    """Best estimate. Unit: that of the number. Example: "0.60"."""
    low: Number | None = None
    """Lower end of the interval. Unit: that of the number. Example: "0.40"."""
    high: Number | None = None
    """Upper end of the interval. Unit: that of the number. Example: "0.80"."""


class TierInputs(Model):
    """Everything that one tier's part was computed from, so that it can be computed again."""

    failed_revenue: Number | None = None
    """Revenue of failed requests, the running bucket included; absent where it is unknown. Unit: money. Example: "9000.00"."""
    failed_revenue_per_hour: Number | None = None
    """Revenue that fails now; absent without data. Unit: money per hour. Example: "12000.00"."""
    failed_share: Number | None = None
    """Failed share above the baseline that this rate comes from. Unit: share from 0 to 1. Example: "0.20"."""
    bad_minutes: Number
    """Time with a failed share of 1 % or more, the running bucket included. Unit: minutes. Example: "31.5"."""
    customers: Number | None = None
    """Customers hit, before rounding. Unit: customers. Example: "120.4"."""
    margin: Number
    """Contribution margin. Unit: share from 0 to 1. Example: "0.70"."""
    deferral: Estimate | None = None
    """Share of failed purchases made up later. Unit: share from 0 to 1. Example: {mean: "0.60", low: "0.40", high: "0.80"}."""
    churn: Estimate | None = None
    """Extra churn probability of a bad spell. Unit: probability from 0 to 1. Example: {mean: "0.001"}."""
    saturation_minutes: Number | None = None
    """How long a bad spell lasts until it has 95 % of its effect. Unit: minutes. Example: "60"."""
    residual_value: Estimate
    """Residual value of one customer. Unit: money per customer. Example: {mean: "50000.00"}."""
    values_as_of: Time
    """The day that the tier's values speak of. Unit: RFC 3339 time. Example: 2026-11-20T00:00:00Z."""


class TierAtRisk(Model):
    """One tier's part."""

    tier: Annotated[str, free(63)]
    """Name of the tier, or `unknown`. Example: platinum."""
    share: Number | None = None
    """Its share of what is projected. Unit: share from 0 to 1. Example: "0.23"."""
    failed_share: Number | None = None
    """Failed share above the baseline in the last complete bucket. Unit: share from 0 to 1. Example: "0.20"."""
    baseline: Number | None = None
    """Failed share in the hour before, read once and kept. Unit: share from 0 to 1. Example: "0.0004"."""
    gross_lost: Number | None = None
    """Revenue of requests that failed, before margin and deferral. Unit: money. Example: "9000.00"."""
    dose_minutes: Number | None = None
    """Time with a failed share of 1 % or more. Unit: minutes. Example: "31"."""
    failed_requests: Number | None = None
    """Requests that failed above the baseline. Unit: requests. Example: "412"."""
    affected: Count | None = None
    """Customers hit. Unit: customers. Example: 120."""
    affected_basis: Literal["Counted", "Bounded", "Unknown"] | None = None
    """Whether they were counted, or are an upper bound. Example: Counted."""
    immediate: Number | None = None
    """Margin lost at once so far. Unit: money. Example: "2520.00"."""
    churn: Number | None = None
    """Value lost by customers who will leave. Unit: money. Example: "6000.00"."""
    credit: Number | None = None
    """Contract credits that fall due. Unit: money. Example: "9000.00"."""
    rate_per_hour: Number | None = None
    """Being lost now. Unit: money per hour. Example: "2800.00"."""
    projected: Number | None = None
    """Lost by the end. Unit: money. Example: "8520.00"."""
    data_quality: Literal["Ok", "NoTraffic", "NoData"] | None = None
    """Whether there is a figure at all. Example: Ok."""
    inputs: TierInputs | None = None
    """What the part was computed from. Example: {badMinutes: "31.5", margin: "0.70", residualValue: {mean: "50000.00"}}."""


class CustomersAffected(Model):
    """Customers hit, all tiers."""

    count: Count | None = None
    """How many. Unit: customers. Example: 21020."""
    basis: Literal["Counted", "Bounded", "Unknown"]
    """Counted, an upper bound, or not known. Example: Counted."""


class AcknowledgementStatus(Model):
    """What became of an acknowledgement."""

    by: Annotated[str, free(128)] | None = None
    """Who gave it. Example: jane@example.com."""
    at: Time | None = None
    """When it was given. Unit: RFC 3339 time. Example: 2026-11-25T14:05:00Z."""
    seen_at: Time | None = None
    """When the operator saw it. Unit: RFC 3339 time. Example: 2026-11-25T14:05:01Z."""
    severity: Annotated[str, free(63)] | None = None
    """The severity for which it holds. Example: SEV2."""
    cleared: Flag | None = None
    """True: a reopening or a rise of severity ended it. Example: false."""


class EscalationStatus(Model):
    """Where the escalation stands."""

    generation: Annotated[int, Whole(0, 1_000_000)] = 0
    """Grows with each reopening and rise of severity, so that a page is new again. Unit: count. Example: 1."""
    since: Time | None = None
    """The time from which steps count. Unit: RFC 3339 time. Example: 2026-11-25T14:02:00Z."""
    planned_until: Time | None = None
    """Steps due until then are in the outbox. Unit: RFC 3339 time. Example: 2026-11-25T14:17:00Z."""
    transitions: Annotated[int, Whole(0, 1_000_000)] = 0
    """Updates that were sent. Unit: count. Example: 2."""


class TimelineEntry(Model):
    """One thing that happened."""

    at: Time
    """When. Unit: RFC 3339 time. Example: 2026-11-25T14:02:00Z."""
    text: Annotated[str, free(256)]
    """What. Example: Raised severity from SEV2 to SEV1."""


class OutboxEntry(Model):
    """One message to one channel: written before it is sent, marked after."""

    id: Annotated[str, free(16)]
    """Hash of what it is; the receiver's key against duplicates. Unit: hexadecimal digits. Example: 5b8f0c2e91d7a364."""
    kind: Literal["page", "update", "resolve", "business"]
    """What is sent. Example: page."""
    step: Annotated[int, Whole(0, 1_000_000)] = 0
    """Index of the policy's step; of an update, the number of the transition. Unit: index from 0. Example: 0."""
    repeat: Annotated[int, Whole(0, 1_000)] = 0
    """Which repetition. Unit: count. Example: 0."""
    channel: Annotated[str, free(63)]
    """Name of the channel. Example: slack-war-room."""
    generation: Annotated[int, Whole(0, 1_000_000)] = 0
    """The generation of the escalation that it belongs to. Unit: count. Example: 1."""
    state: Literal["Pending", "Sent", "Failed", "Cancelled"]
    """How far it is. Example: Sent."""
    due: Time
    """When it is to be sent. Unit: RFC 3339 time. Example: 2026-11-25T14:02:10Z."""
    tries: Annotated[int, Whole(0, 1_000_000)] = 0
    """Attempts so far. Unit: attempts. Example: 1."""
    ref: Annotated[str, free(256)] | None = None
    """How the receiver calls it. Example: C0123-1764079330.000100."""
    error: Annotated[str, free(256)] | None = None
    """Why the last try failed or it was cancelled; never an address. Example: acknowledged before it was sent."""
    subject: Annotated[str, free(256)] | None = None
    """What it tells. Example: severity rose to SEV1."""


class OutboxCounts(Model):
    """Entries that were folded away."""

    sent: Count = 0
    """Delivered. Unit: messages. Example: 40."""
    failed: Count = 0
    """Given up. Unit: messages. Example: 0."""
    cancelled: Count = 0
    """No longer needed. Unit: messages. Example: 2."""


class RevenueIncidentStatus(Model):
    """What is known now. `alerts` is written by intake, the rest by the leader."""

    OURS: ClassVar[bool] = True

    phase: Literal["Open", "Acknowledged", "Mitigated", "Resolved", "Reviewed"] | None = None
    """Where it stands. Example: Open."""
    severity: Annotated[str, free(63)] | None = None
    """How severe, by the policy as of opening or by override. Example: SEV1."""
    severity_reason: Annotated[str, free(256)] | None = None
    """Why that severe. Example: low bound of the projected loss is at least 5,000."""
    severity_falling_since: Time | None = None
    """Since when the high bound is under the thresholds; ten minutes of it let the severity fall. Unit: RFC 3339 time. Example: 2026-11-25T14:40:00Z."""
    at_risk: AtRisk | None = None
    """Revenue at risk. Example: {projected: "36790.00", low: "9818.64", high: "88277.31", currency: USD}."""
    tier_names: Annotated[str, free(384)] | None = None
    """Tiers hit, as one word. Example: platinum,gold."""
    tiers: Annotated[tuple[TierAtRisk, ...], Field(max_length=6)] | None = None
    """Each tier's part. Example: [{tier: platinum, projected: "8520.00"}]."""
    customers_affected: CustomersAffected | None = None
    """Customers hit. Example: {count: 21020, basis: Counted}."""
    accrued_until: Time | None = None
    """End of the last bucket that was counted. Unit: RFC 3339 time. Example: 2026-11-25T14:20:00Z."""
    opened_at: Time | None = None
    """When it opened. Unit: RFC 3339 time. Example: 2026-11-25T14:02:00Z."""
    mitigated_at: Time | None = None
    """When the last alert ended. Unit: RFC 3339 time. Example: 2026-11-25T14:33:00Z."""
    resolved_at: Time | None = None
    """When it was over. Unit: RFC 3339 time. Example: 2026-11-25T14:38:00Z."""
    reopened_at: Time | None = None
    """When it came back last. Unit: RFC 3339 time. Example: 2026-11-25T14:50:00Z."""
    acknowledgement: AcknowledgementStatus | None = None
    """What became of the acknowledgement. Example: {by: jane@example.com, severity: SEV2, cleared: false}."""
    escalation: EscalationStatus | None = None
    """Where the escalation stands. Example: {generation: 1, since: 2026-11-25T14:02:00Z}."""
    next_step_at: Time | None = None
    """When the next step of escalation falls due. Unit: RFC 3339 time. Example: 2026-11-25T14:17:00Z."""
    outbox: Annotated[tuple[OutboxEntry, ...], Field(max_length=96)] | None = None
    """Messages to channels, before and after they are sent. Example: [{id: 5b8f0c2e91d7a364, state: Sent}]."""
    outbox_folded: OutboxCounts | None = None
    """Messages no longer listed. Example: {sent: 40, failed: 0, cancelled: 2}."""
    timeline: Annotated[tuple[TimelineEntry, ...], Field(max_length=60)] | None = None
    """The first ten and the last fifty things that happened. Example: [{at: 2026-11-25T14:02:00Z, text: Opened}]."""
    alerts: AlertsStatus | None = None
    """The alerts behind it; written by intake alone. Example: {seq: 7, firing: 3, resolved: 1}."""
    conditions: Conditions | None = None
    """NoPolicy, ChannelFailing, Truncated and others, with reason and what mends it. Example: [{type: Truncated, status: "True", reason: MaxAlerts}]."""
