"""A rule and a group of rules, in the shape of a Prometheus rule file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta

from sloengine import duration, series
from sloengine.windows import INTERVAL

RuleDict = dict[str, str | dict[str, str]]
GroupDict = dict[str, str | list[RuleDict]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """record or alert: exactly one is given. expr: PromQL. wait: the `for` of an alert."""

    expr: str
    record: str = ""
    alert: str = ""
    wait: timedelta = timedelta(0)
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if bool(self.record) == bool(self.alert):
            raise ValueError(f"a rule either records or alerts: {self.record!r}, {self.alert!r}")

    @property
    def name(self) -> str:
        return self.record or self.alert

    def to_dict(self) -> RuleDict:
        """The rule as it stands in a rule file; keys in a fixed order, empty ones left out."""
        out: RuleDict = {"record": self.record} if self.record else {"alert": self.alert}
        out["expr"] = self.expr
        if self.wait:
            out["for"] = duration.render(self.wait)
        if self.labels:
            out["labels"] = dict(sorted(self.labels.items()))
        if self.annotations:
            out["annotations"] = dict(sorted(self.annotations.items()))
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleGroup:
    """Rules that Prometheus evaluates one after the other, every `interval`.

    hash: of everything in the group but the label that carries it; the same declaration gives the same hash.
    """

    name: str
    rules: tuple[Rule, ...]
    hash: str
    interval: timedelta = INTERVAL

    def to_dict(self) -> GroupDict:
        """The group as it stands in a rule file (an item of `groups`) and in a PrometheusRule."""
        return {
            "name": self.name,
            "interval": duration.render(self.interval),
            "rules": [rule.to_dict() for rule in self.rules],
        }


def content_hash(name: str, rules: tuple[Rule, ...]) -> str:
    """12 hexadecimal digits; independent of the label `clv_hash`, which is set from it."""
    content = [rule.to_dict() for rule in rules]
    for rule in content:
        labels = rule.get("labels")
        if isinstance(labels, dict):
            labels.pop(series.HASH, None)
    text = json.dumps([name, content], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
