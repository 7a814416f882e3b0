"""EscalationPolicy: how severe, who is told, when and through which channel."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from clv_operator.api.base import Model, Rule
from clv_operator.api.resource import Conditions, Resource, SecretRef
from clv_operator.api.text import Duration, Flag, LongDuration, Money, TierName, Whole, Word, free
from sloengine.errors import InvalidSpec

SNAPSHOT_BYTES = 8 * 1024


def _distinct_names(what: str) -> Rule:
    return Rule(
        cel="self.all(a, self.exists_one(b, b.name == a.name))",
        holds=lambda items: max(Counter(item.name for item in items).values(), default=1) == 1,
        problem=f"two {what} have one name",
        fix="give each its own",
    )


def _all_named(groups: Iterable[tuple[str, ...]], items: Iterable[Severity | Channel]) -> bool:
    names = {item.name for item in items}
    return all(name in names for group in groups for name in group)


class Match(Model):
    """Which incidents the policy is for; empty matches all that no other policy claims."""

    services: Annotated[tuple[Word, ...], Field(max_length=64)] = ()
    """Services, any of which; empty: all. Example: [checkout, billing]."""
    labels: Annotated[dict[str, Annotated[str, free(256)]], Field(max_length=16)] = Field(default_factory=dict)
    """Labels of the first alert, all of which must be equal. Example: {team: payments}."""


class Severity(Model):
    """One severity and what makes an incident that severe; without a condition it matches every incident."""

    name: Word
    """Its name; SEV1, SEV2, SEV3 are known to the channels. Example: SEV1."""
    at_risk: Money | None = None
    """Revenue at risk (projected, at `bound`) from which it matches. Unit: money. Example: "50000"."""
    rate_per_hour: Money | None = None
    """Loss rate (at `bound`) from which it matches. Unit: money per hour. Example: "20000"."""
    bound: Literal["Low", "Mean"] = "Low"
    """Which end of the interval is compared on the way up: the cautious one, or the best estimate. Example: Mean."""
    tiers: Annotated[tuple[TierName, ...], Field(max_length=5)] = ()
    """Tiers any of which, with a page-level alert, makes it match. Example: [platinum]."""
    core: Flag = False
    """True: a service labelled clvsre.io/core=true makes it match. Example: true."""

    @property
    def is_catch_all(self) -> bool:
        return self.at_risk is None and self.rate_per_hour is None and not self.tiers and not self.core


class Step(Model):
    """One step of the ladder."""

    after: Duration
    """Time since the incident opened, reopened or became more severe. Unit: duration. Example: 15m."""
    unless: Literal["Acknowledged"] | None = None
    """Skip the step when this holds as it falls due. Example: Acknowledged."""
    severities: Annotated[tuple[Word, ...], Field(max_length=6)] = ()
    """Severities for which the step is taken; empty: all. Example: [SEV1, SEV2]."""
    notify: Annotated[tuple[Word, ...], Field(min_length=1, max_length=8)]
    """Channels that are told. Example: [slack-war-room]."""


class Repeat(Model):
    """Sends the last reached step again until somebody acknowledges."""

    every: LongDuration
    """Time between two sends. Unit: duration. Example: 30m."""
    times: Annotated[int, Whole(1, 100)] = 5
    """How often at most. Unit: sends. Example: 5."""


class SlackChannel(Model):
    """An incoming webhook of Slack: messages that cannot be edited later."""

    webhook_ref: SecretRef
    """Secret key that holds the webhook's address. Example: {name: slack, key: url}."""


class WebhookChannel(Model):
    """A receiver of our versioned JSON."""

    url_ref: SecretRef
    """Secret key that holds the address. Example: {name: tickets, key: url}."""
    token_ref: SecretRef | None = None
    """Secret key that holds a bearer token. Example: {name: tickets, key: token}."""
    hmac_ref: SecretRef | None = None
    """Secret key that holds the key with which the body is signed. Example: {name: tickets, key: hmac}."""


class Channel(Model):
    """One way to tell somebody; exactly one kind of it."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="has(self.slack) != has(self.webhook)",
            holds=lambda channel: (channel.slack is None) != (channel.webhook is None),
            problem="a channel is of exactly one kind",
            fix="set one of slack and webhook",
        ),
    )

    name: Word
    """What steps call it. Example: slack-war-room."""
    slack: SlackChannel | None = None
    """A Slack webhook. Example: {webhookRef: {name: slack, key: url}}."""
    webhook: WebhookChannel | None = None
    """Any HTTP receiver. Example: {urlRef: {name: tickets, key: url}}."""


class EscalationPolicySpec(Model):
    """Which incidents, how severe, who is told."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="self.steps.all(s, s.notify.all(n, self.channels.exists(c, c.name == n)))",
            holds=lambda spec: _all_named((step.notify for step in spec.steps), spec.channels),
            field="steps",
            problem="it names a channel that spec.channels does not list",
            fix="add the channel, or mend the name",
        ),
        Rule(
            cel="self.steps.all(s, !has(s.severities) || s.severities.all(n, self.severities.exists(v, v.name == n)))",
            holds=lambda spec: _all_named((step.severities for step in spec.steps), spec.severities),
            field="steps",
            problem="it names a severity that spec.severities does not list",
            fix="add the severity, or mend the name",
        ),
    )

    match: Match = Match()
    """Which incidents; empty: the default policy. Example: {services: [checkout, billing]}."""
    severities: Annotated[
        tuple[Severity, ...],
        Field(min_length=1, max_length=6),
        _distinct_names("severities"),
        Rule(
            cel="self.all(s, has(s.atRisk) || has(s.ratePerHour) || (has(s.tiers) && s.tiers.size() > 0)"
            " || (has(s.core) && s.core) || s.name == self[self.size() - 1].name)",
            holds=lambda severities: not any(severity.is_catch_all for severity in severities[:-1]),
            problem="a severity without a condition matches every incident, so those below it are never reached",
            fix="move it to the end, or give it atRisk, ratePerHour, tiers or core",
        ),
    ]
    """Severities, most severe first; the first that matches counts. Example: [{name: SEV1, atRisk: "50000"}, {name: SEV2}]."""
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=16)]
    """Who is told, and when. Example: [{after: 0s, severities: [SEV1], notify: [slack-war-room]}]."""
    repeat: Repeat | None = None
    """Repetition of the last step until acknowledged; left out: none. Example: {every: 30m, times: 5}."""
    channels: Annotated[tuple[Channel, ...], Field(min_length=1, max_length=16), _distinct_names("channels")]
    """Ways to tell somebody; Secrets lie in the namespace of the policy. Example: [{name: slack-war-room, slack: {webhookRef: {name: slack, key: url}}}]."""


class PolicySnapshot(Model):
    """A policy as it was when the incident opened; later edits do not change an incident under way."""

    OURS: ClassVar[bool] = True

    name: Annotated[str, free(253)]
    """Name of the policy. Example: default."""
    namespace: Annotated[str, free(63)]
    """Namespace of the policy, where its Secrets lie. Example: clv."""
    resource_version: Annotated[str, free(64)]
    """The stored version that was copied. Unit: resourceVersion. Example: "48113"."""
    hash: Annotated[str, free(64)]
    """Hash of the copy. Unit: hexadecimal digits. Example: 3f1c9a02b7d4."""
    spec: EscalationPolicySpec
    """The policy's spec. Example: {severities: [{name: SEV1, atRisk: "50000"}]}."""


class EscalationPolicyStatus(Model):
    """What the operator makes of the policy."""

    OURS: ClassVar[bool] = True

    severity_names: Annotated[str, free(256)] | None = None
    """Severities as one word. Example: SEV1,SEV2,SEV3."""
    channel_names: Annotated[str, free(256)] | None = None
    """Channels as one word. Example: slack-war-room,ticket."""
    conditions: Conditions | None = None
    """Ready, with reason and what mends it. Example: [{type: Ready, status: "False", reason: SecretUnreadable}]."""


class EscalationPolicy(Resource):
    """Severities by revenue at risk, steps of escalation, and the channels they use."""

    KIND: ClassVar[str] = "EscalationPolicy"

    spec: EscalationPolicySpec
    """Which incidents, how severe, who is told. Example: {severities: [{name: SEV1, atRisk: "50000"}]}."""
    status: EscalationPolicyStatus = EscalationPolicyStatus()
    """What the operator makes of it. Example: {severityNames: "SEV1,SEV2"}."""

    def snapshot(self) -> PolicySnapshot:
        """What an incident keeps. Raises InvalidSpec where it is over 8 KiB as JSON, more than an incident holds."""
        text = json.dumps(self.spec.as_json(), sort_keys=True, separators=(",", ":"))
        snapshot = PolicySnapshot(
            name=self.metadata.name,
            namespace=self.metadata.namespace,
            resource_version=self.metadata.resource_version,
            hash=hashlib.sha256(text.encode()).hexdigest()[:16],
            spec=self.spec,
        )
        size = len(json.dumps(snapshot.as_json(), separators=(",", ":")).encode())
        if size > SNAPSHOT_BYTES:
            raise InvalidSpec(
                field="spec",
                problem=f"the policy is {size:,} bytes long and an incident keeps {SNAPSHOT_BYTES:,}",
                fix="split it into policies with their own match",
                reason="TooLarge",
            )
        return snapshot
