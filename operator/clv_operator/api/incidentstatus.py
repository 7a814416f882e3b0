"""The status of a RevenueIncident; every list and text is bounded, so that no storm makes the object too large."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from clv_operator.api.base import Model
from clv_operator.api.resource import Conditions
from clv_operator.api.text import Flag, Number, Time, free

Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000_000)]


class AlertRecord(Model):
    """One alert, cut to its bounds."""

    fingerprint: Annotated[str, free(16)]
    """Alertmanager's fingerprint of its labels. Unit: 16 hexadecimal digits. Example: f404ecabc8dd5cd7."""
    name: Annotated[str, free(128)] | None = None
    """Its alertname. Example: ClvBudgetBurnPage."""
    status: Literal["firing", "resolved", "muted"] | None = None
    """What is known of it. Example: firing."""
    starts_at: Time
    """When it began to fire. Unit: RFC 3339 time. Example: 2026-11-25T14:02:00Z."""
    ends_at: Time | None = None
    """When it ended. Unit: RFC 3339 time. Example: 2026-11-25T14:33:00Z."""
    labels: Annotated[dict[str, Annotated[str, free(256)]], Field(max_length=16)] = Field(default_factory=dict)
    """Its labels, tier and service first, 400 bytes in all. Example: {clv_tier: platinum, severity: page}."""
    summary: Annotated[str, free(256)] | None = None
    """Its annotation `summary`. Example: checkout burns its budget 14 times too fast for platinum."""
    link: Annotated[str, free(256)] | None = None
    """Where it came from. Example: http://prometheus.example.com/graph."""


class GroupCount(Model):
    """What one group of Alertmanager said last; used past 1,000 alerts."""

    hash: Annotated[str, free(16)]
    """Hash of the group's key. Unit: hexadecimal digits. Example: 9a41c07be2d5f310."""
    firing: Count
    """Firing alerts. Unit: alerts. Example: 12."""
    resolved: Count
    """Resolved alerts. Unit: alerts. Example: 3."""
    at: Time | None = None
    """When it said so. Unit: RFC 3339 time. Example: 2026-11-25T14:20:00Z."""


class AlertsStatus(Model):
    """Everything that alert intake knows; written by intake alone."""

    seq: Count = 0
    """Grows with each write; the guard between replicas. Unit: writes. Example: 7."""
    firing: Count = 0
    """Alerts that fire. Unit: alerts. Example: 3."""
    resolved: Count = 0
    """Alerts that ended. Unit: alerts. Example: 1."""
    muted: Count = 0
    """Alerts that fire under a silence or inhibition. Unit: alerts. Example: 0."""
    dropped: Count = 0
    """Alerts that the sender left out of its messages. Unit: alerts. Example: 0."""
    rejected: Count = 0
    """Alerts that could not be read. Unit: alerts. Example: 0."""
    stale_reorder: Count = 0
    """Messages that came late and changed nothing. Unit: messages. Example: 0."""
    last_at: Time | None = None
    """When intake wrote last. Unit: RFC 3339 time. Example: 2026-11-25T14:20:00Z."""
    ledger: Annotated[str, free(20_000)] = ""
    """1,000 alerts of 20 characters each: fingerprint, start and state, packed. Unit: base64. Example: 9ATsq8jdXNcBmrx9EgAB."""
    groups: Annotated[tuple[GroupCount, ...], Field(max_length=64)] = ()
    """Counts by group, used past 1,000 alerts. Example: [{hash: 9a41c07be2d5f310, firing: 12, resolved: 3}]."""
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
    stale: Flag | None = None
    """True: the figures are old, because data is missing now. Example: false."""
    stale_since: Time | None = None
    """Since when. Unit: RFC 3339 time. Example: 2026-11-25T14:20:00Z."""
    unknown: Annotated[tuple[Annotated[str, free(128)], ...], Field(max_length=8)] | None = None
    """Parts that are unknown, so that the figure is "at least". Example: [churn of bronze]."""
    as_of: Time | None = None
    """End of the last bucket that was counted. Unit: RFC 3339 time. Example: 2026-11-25T14:20:00Z."""


class TierAtRisk(Model):
    """One tier's part."""

    tier: Annotated[str, free(63)]
    """Name of the tier, or `unknown`. Example: platinum."""
    share: Number | None = None
    """Its share of what is projected. Unit: share from 0 to 1. Example: "0.23"."""
    immediate: Number | None = None
    """Margin lost at once so far. Unit: money. Example: "2520.00"."""
    churn: Number | None = None
    """Value lost by customers who will leave. Unit: money. Example: "6000.00"."""
    rate_per_hour: Number | None = None
    """Being lost now. Unit: money per hour. Example: "2800.00"."""
    projected: Number | None = None
    """Lost by the end. Unit: money. Example: "8520.00"."""
    baseline: Number | None = None
    """Failed share in the hour before, read once and kept. Unit: share from 0 to 1. Example: "0.0004"."""
    failed_share: Number | None = None
    """Failed share above the baseline in the last bucket. Unit: share from 0 to 1. Example: "0.20"."""
    bad_minutes: Number | None = None
    """Time with a failed share of 1 % or more. Unit: minutes. Example: "31"."""
    customers: Count | None = None
    """Customers hit. Unit: customers. Example: 120."""
    customers_how: Literal["Counted", "Bounded"] | None = None
    """Whether they were counted, or are an upper bound. Example: Counted."""
    data_quality: Literal["Ok", "NoTraffic", "NoData"] | None = None
    """Whether there is a figure at all. Example: Ok."""


class CustomersAffected(Model):
    """Customers hit, all tiers."""

    count: Count | None = None
    """How many. Unit: customers. Example: 21020."""
    how: Literal["Counted", "Bounded", "Unknown"]
    """Counted, an upper bound, or not known. Example: Counted."""


class TimelineEntry(Model):
    """One thing that happened."""

    at: Time
    """When. Unit: RFC 3339 time. Example: 2026-11-25T14:02:00Z."""
    kind: Annotated[str, free(32)] | None = None
    """What sort of thing. Example: SeverityRaised."""
    text: Annotated[str, free(256)]
    """What. Example: SEV2 to SEV1, 9,800 USD at least."""
    by: Annotated[str, free(64)] | None = None
    """Who. Example: clv-operator."""


class OutboxEntry(Model):
    """One message to one channel: written before it is sent, marked after."""

    id: Annotated[str, free(16)]
    """Hash of what it is; the receiver's key against duplicates. Unit: hexadecimal digits. Example: 5b8f0c2e91d7a364."""
    kind: Literal["page", "update", "resolve", "business"]
    """What is sent. Example: page."""
    step: Annotated[int, Field(strict=True, ge=0, le=1000)] | None = None
    """Index of the policy's step. Unit: index from 0. Example: 0."""
    repeat: Annotated[int, Field(strict=True, ge=0, le=1000)] | None = None
    """Which repetition. Unit: count. Example: 0."""
    channel: Annotated[str, free(63)]
    """Name of the channel. Example: slack-war-room."""
    generation: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] | None = None
    """Grows with each reopening and rise, so that a page is new again. Unit: count. Example: 1."""
    state: Literal["Pending", "Sent", "Failed", "Cancelled"]
    """How far it is. Example: Sent."""
    due: Time
    """When it is to be sent. Unit: RFC 3339 time. Example: 2026-11-25T14:02:10Z."""
    tries: Annotated[int, Field(strict=True, ge=0, le=10_000)] = 0
    """Attempts so far. Unit: attempts. Example: 1."""
    ref: Annotated[str, free(64)] | None = None
    """How the receiver calls it. Example: "1764079330.000100"."""
    reason: Annotated[str, free(96)] | None = None
    """Why it failed or was cancelled. Example: acknowledged before it was due."""


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
    phase_since: Time | None = None
    """Since when. Unit: RFC 3339 time. Example: 2026-11-25T14:05:00Z."""
    severity: Annotated[str, free(63)] | None = None
    """How severe, by the policy as of opening or by override. Example: SEV1."""
    severity_reason: Annotated[str, free(256)] | None = None
    """Why that severe. Example: projected 36,790 USD is above 5,000 (low bound 9,819)."""
    severity_since: Time | None = None
    """Since when. Unit: RFC 3339 time. Example: 2026-11-25T14:02:10Z."""
    severity_below_since: Time | None = None
    """Since when the high bound is under the thresholds; ten minutes of it let the severity fall. Unit: RFC 3339 time. Example: 2026-11-25T14:40:00Z."""
    generation: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] | None = None
    """Grows with each reopening and rise of severity. Unit: count. Example: 1."""
    started_at: Time | None = None
    """Start of the earliest alert. Unit: RFC 3339 time. Example: 2026-11-25T14:02:00Z."""
    mitigated_at: Time | None = None
    """When the last alert ended. Unit: RFC 3339 time. Example: 2026-11-25T14:33:00Z."""
    resolved_at: Time | None = None
    """When it was over. Unit: RFC 3339 time. Example: 2026-11-25T14:38:00Z."""
    reopened_at: Time | None = None
    """When it came back last. Unit: RFC 3339 time. Example: 2026-11-25T14:50:00Z."""
    acknowledged_at: Time | None = None
    """The acknowledgement that holds; cleared by a reopening or a rise. Unit: RFC 3339 time. Example: 2026-11-25T14:05:00Z."""
    acknowledged_severity: Annotated[str, free(63)] | None = None
    """The severity at which it was given. Example: SEV2."""
    at_risk: AtRisk | None = None
    """Revenue at risk. Example: {projected: "36790.00", low: "9818.64", high: "88277.31", currency: USD}."""
    tiers: Annotated[tuple[TierAtRisk, ...], Field(max_length=6)] | None = None
    """Each tier's part. Example: [{tier: platinum, projected: "8520.00"}]."""
    tier_names: Annotated[str, free(384)] | None = None
    """Tiers hit, as one word. Example: platinum,gold."""
    customers_affected: CustomersAffected | None = None
    """Customers hit. Example: {count: 21020, how: Counted}."""
    alerts: AlertsStatus | None = None
    """The alerts behind it; written by intake alone. Example: {seq: 7, firing: 3, resolved: 1}."""
    timeline: Annotated[tuple[TimelineEntry, ...], Field(max_length=60)] | None = None
    """The first ten and the last fifty things that happened. Example: [{at: 2026-11-25T14:02:00Z, text: Opened}]."""
    next_step_at: Time | None = None
    """When the next step of escalation falls due. Unit: RFC 3339 time. Example: 2026-11-25T14:17:00Z."""
    outbox: Annotated[tuple[OutboxEntry, ...], Field(max_length=96)] | None = None
    """Messages to channels, before and after they are sent. Example: [{id: 5b8f0c2e91d7a364, state: Sent}]."""
    outbox_folded: OutboxCounts | None = None
    """Messages no longer listed. Example: {sent: 40, failed: 0, cancelled: 2}."""
    conditions: Conditions | None = None
    """NoPolicy, ChannelFailing, Truncated and others, with reason and what mends it. Example: [{type: Truncated, status: "True", reason: MaxAlerts}]."""
