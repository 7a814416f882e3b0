"""An escalation policy as the incident that it governs sees it: who is told what, when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

UNRATED = "Unrated"
"""The severity of an incident that no entry of its policy matches, or that has no policy."""


class Bound(StrEnum):
    """Which end of a figure is held against a threshold."""

    LOW = "Low"
    MEAN = "Mean"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityRule:
    """One entry; no condition at all matches everything, else any one condition is enough.

    at_risk: money, projected. rate_per_hour: money per hour. tiers: a page-level alert of one of them.
    """

    name: str
    at_risk: float | None = None
    rate_per_hour: float | None = None
    bound: Bound = Bound.LOW
    tiers: frozenset[str] = frozenset()
    core: bool = False

    @property
    def is_catch_all(self) -> bool:
        return self.at_risk is None and self.rate_per_hour is None and not self.tiers and not self.core


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`after` the opening, tell the channels in `notify`. severities: empty means every one."""

    after: timedelta
    notify: tuple[str, ...]
    severities: frozenset[str] = frozenset()
    unless_acknowledged: bool = False

    def concerns(self, severity: str) -> bool:
        return not self.severities or severity in self.severities


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Send the last reached step again `every`, up to `times`, until acknowledged or mitigated."""

    every: timedelta
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """severities: in order, the first that matches counts, so the gravest stands first."""

    services: frozenset[str] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)
    severities: tuple[SeverityRule, ...] = ()
    steps: tuple[Step, ...] = ()
    repeat: Repeat | None = None

    @property
    def is_default(self) -> bool:
        return not self.services and not self.labels

    def matches(self, service: str, labels: Mapping[str, str]) -> bool:
        """Every label that it names has that value, and the service is listed; the default one matches all."""
        if self.services and service not in self.services:
            return False
        return all(labels.get(name) == value for name, value in self.labels.items())

    def order_of(self, severity: str) -> int:
        """0 is the gravest; unknown names come last."""
        return next((i for i, rule in enumerate(self.severities) if rule.name == severity), len(self.severities))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A policy with what decides between several."""

    namespace: str
    name: str
    policy: Policy


def choose(
    candidates: Sequence[Candidate], *, namespace: str, service: str, labels: Mapping[str, str]
) -> Candidate | None:
    """The policy for an incident, or None: the most specific match in its own namespace, then anywhere.

    Specific: names the service, then the number of labels; ties go to the first by namespace and name, so that every
    replica and every restart chooses the same one.
    """
    fitting = [c for c in candidates if c.policy.matches(service, labels)]
    return min(
        fitting,
        key=lambda c: (
            c.namespace != namespace,
            not c.policy.services,
            -len(c.policy.labels),
            c.namespace,
            c.name,
        ),
        default=None,
    )
