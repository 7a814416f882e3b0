"""Which escalation policy an incident gets, from the objects in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clv_operator.api.escalationpolicy import EscalationPolicy, EscalationPolicySpec, PolicySnapshot
from clv_operator.kube.store import Collection
from sloengine import duration
from sloengine.errors import InvalidSpec
from sloengine.incidents.policy import Bound, Candidate, Policy, Repeat, SeverityRule, Step, choose


def policy_of(spec: EscalationPolicySpec) -> Policy:
    """A policy as the engine reads it."""
    return Policy(
        services=frozenset(spec.match.services),
        labels=spec.match.labels,
        severities=tuple(
            SeverityRule(
                name=severity.name,
                at_risk=None if severity.at_risk is None else float(severity.at_risk),
                rate_per_hour=None if severity.rate_per_hour is None else float(severity.rate_per_hour),
                bound=Bound(severity.bound),
                tiers=frozenset(severity.tiers),
                core=severity.core,
            )
            for severity in spec.severities
        ),
        steps=tuple(
            Step(
                after=duration.parse(step.after),
                notify=step.notify,
                severities=frozenset(step.severities),
                unless_acknowledged=step.unless == "Acknowledged",
            )
            for step in spec.steps
        ),
        repeat=None
        if spec.repeat is None
        else Repeat(every=duration.parse(spec.repeat.every), times=spec.repeat.times),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """collection: the store's EscalationPolicies."""

    collection: Collection[EscalationPolicy]

    def snapshot_for(self, *, namespace: str, service: str, labels: Mapping[str, str]) -> PolicySnapshot | None:
        """What the incident keeps for its whole life; None where no readable policy matches.

        labels: of its first alert. A policy that is too large to be kept counts as unreadable.
        """
        models = self.collection.models()
        candidates = [
            Candidate(
                namespace=key[0],
                name=key[1],
                policy=policy_of(model.spec),
            )
            for key, model in models.items()
        ]
        while candidates:
            chosen = choose(candidates, namespace=namespace, service=service, labels=labels)
            if chosen is None:
                return None
            try:
                return models[chosen.namespace, chosen.name].snapshot()
            except InvalidSpec:
                candidates.remove(chosen)
        return None
