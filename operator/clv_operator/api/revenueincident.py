"""RevenueIncident: what happened, what it costs, who was told; the operator creates it, people edit a few fields."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from clv_operator.api.base import Model, Rule
from clv_operator.api.escalationpolicy import PolicySnapshot
from clv_operator.api.incidentstatus import AlertRecord, RevenueIncidentStatus
from clv_operator.api.resource import Resource
from clv_operator.api.text import Time, Whole, Word, free


class Opening(Model):
    """What was known when it opened; never changed afterwards."""

    OURS: ClassVar[bool] = True

    key: Annotated[str, free(512)]
    """Hash of service, tier scope and cause: what makes two alerts one incident. Unit: base32. Example: rsvzgl7jaj."""
    episode: Annotated[int, Whole(1, 1_000_000_000)]
    """How many incidents this key has had. Unit: count. Example: 1."""
    service: Annotated[str, free(253)]
    """The service that is hit; `unmapped` where no alert names one. Example: checkout."""
    scope: Annotated[str, free(128)]
    """Separate stack (cell, region) that is hit; "*" for all. Example: "*"."""
    cause: Annotated[str, free(253)]
    """Known cause, such as a rollout; "-" where there is none. Example: rollout/checkout-v2."""
    opened_at: Time
    """Start of the earliest alert. Unit: RFC 3339 time. Example: 2026-11-25T14:02:00Z."""
    previous: Annotated[str, free(253)] | None = None
    """Name of the episode before this one. Example: inc-checkout-rsvzgl7jaj-1."""
    alerts: Annotated[tuple[AlertRecord, ...], Field(max_length=10)] = ()
    """The first alerts, ten at most. Example: [{fingerprint: f404ecabc8dd5cd7, name: ClvBudgetBurnPage}]."""


class Acknowledgement(Model):
    """Somebody has taken the incident on."""

    by: Annotated[str, free(128, min_length=1)]
    """Who. Example: jane@example.com."""
    at: Time
    """When. Unit: RFC 3339 time. Example: 2026-11-25T14:05:00Z."""
    via: Annotated[str, free(32)] | None = None
    """Through what. Example: kubectl."""


class Closure(Model):
    """Somebody has ended the incident; its alerts do not reopen it."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="(self.reason == 'Duplicate') == has(self.of)",
            holds=lambda closed: (closed.reason == "Duplicate") == (closed.of is not None),
            field="reason",
            problem="a duplicate names the incident that it repeats, and nothing else does",
            fix="set `of` with reason Duplicate only",
        ),
    )

    reason: Literal["Resolved", "Duplicate", "FalseAlarm"]
    """Why. Example: Resolved."""
    of: Annotated[str, free(253, min_length=1)] | None = None
    """The incident of which this is a duplicate. Example: inc-checkout-rsvzgl7jaj-1."""
    by: Annotated[str, free(128, min_length=1)] | None = None
    """Who. Example: jane@example.com."""
    at: Time | None = None
    """When. Unit: RFC 3339 time. Example: 2026-11-25T14:55:00Z."""


class Note(Model):
    """A remark for the timeline."""

    text: Annotated[str, free(1024, min_length=1)]
    """The remark. Example: Rolled back checkout-v2."""
    by: Annotated[str, free(128)] | None = None
    """Who. Example: jane@example.com."""
    at: Time | None = None
    """When. Unit: RFC 3339 time. Example: 2026-11-25T14:20:00Z."""


class RevenueIncidentSpec(Model):
    """What was known at the start, and what people say since."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="self.opening == oldSelf.opening",
            holds=None,
            field="opening",
            problem="what was known at the start does not change",
            fix="leave spec.opening as it is; write spec.notes instead",
        ),
        Rule(
            cel="!has(oldSelf.policy) || (has(self.policy) && self.policy == oldSelf.policy)",
            holds=None,
            problem="spec.policy is the escalation policy as of the start",
            fix="leave it as it is; edit the EscalationPolicy for later incidents, or set spec.severityOverride",
        ),
    )

    opening: Opening
    """What was known when it opened; immutable. Example: {service: checkout, episode: 1}."""
    policy: PolicySnapshot | None = None
    """The escalation policy as of the opening; immutable once written; absent where none matched. Example: {name: default, hash: 3f1c9a02b7d4}."""
    acknowledged: Acknowledgement | None = None
    """Set by people: somebody has taken it on. Example: {by: jane@example.com, at: 2026-11-25T14:05:00Z, via: kubectl}."""
    commander: Annotated[str, free(128)] | None = None
    """Set by people: who leads. Example: jane@example.com."""
    severity_override: Word | None = None
    """Set by people: the severity that counts until it is removed. Example: SEV1."""
    closed: Closure | None = None
    """Set by people: it is over. Example: {reason: Resolved, by: jane@example.com}."""
    notes: Annotated[tuple[Note, ...], Field(max_length=20)] = ()
    """Set by people: remarks, the newest last; twenty at most. Example: [{text: Rolled back checkout-v2}]."""


class RevenueIncident(Resource):
    """An incident ranked by the revenue it puts at risk. The operator creates it."""

    KIND: ClassVar[str] = "RevenueIncident"

    spec: RevenueIncidentSpec
    """What was known at the start, and what people say since. Example: {opening: {service: checkout}}."""
    status: RevenueIncidentStatus = RevenueIncidentStatus()
    """What is known now. Example: {phase: Open, severity: SEV1}."""
