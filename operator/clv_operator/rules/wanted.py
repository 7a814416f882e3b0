"""The rules that should be there, and what an output answers: a problem by key, or nothing where all is well."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import yaml

Document = Mapping[str, Any]
"""A Prometheus rule file: `{groups: [{name, interval, rules}]}`."""

SHARED = ""
"""The key of the one group that belongs to no SLO."""

MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGER_NAME = "clv-sre"
SLO_LABEL = "clvsre.io/rules-of"
"""On each object that we write; `shared` for the group of no SLO, else the SLO's name where it fits a label."""
HASH = "clvsre.io/rules-hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The TieredSLO that goes, and takes its rules with it."""

    name: str
    uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRules:
    """One group. key: `<namespace>/<name>` of its SLO, or SHARED. hash: of the rules; equal hash, equal rules.

    render: the rules themselves, made anew each time: a thousand of them would fill the memory for nothing.
    """

    key: str
    namespace: str
    name: str
    hash: str
    count: int
    render: Callable[[], Document]
    owner: Owner | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why rules are not where they should be. reason: CamelCase, for RulesInSync. message: ends with the mend."""

    reason: str
    message: str


class RuleOutput(Protocol):
    """One way to hand rules to Prometheus."""

    @property
    def name(self) -> str:
        """As in `rules.output` of the settings."""

    async def sync(self, wanted: Mapping[str, WantedRules], kept: frozenset[str]) -> dict[str, Problem]:
        """Make what is there equal to `wanted`, and remove ours that nobody wants, except the keys in `kept`.

        kept: SLOs that exist but whose rules cannot be rendered now; their last good rules go on alerting.
        Returns the problems by key; a faulty one never stops another.
        """


class Objects(Protocol):
    """What the outputs need of the API server; errors are ClusterErrors with a `reason`."""

    async def get(self, resource: Any, namespace: str, name: str) -> dict[str, Any]: ...
    async def list_metadata(self, resource: Any, namespace: str = "") -> list[dict[str, Any]]: ...
    async def create(self, resource: Any, namespace: str, body: dict[str, Any]) -> dict[str, Any]: ...
    async def replace(self, resource: Any, namespace: str, name: str, body: dict[str, Any]) -> dict[str, Any]: ...
    async def delete(
        self, resource: Any, namespace: str, name: str, *, uid: str = "", resource_version: str = ""
    ) -> None: ...


def is_ours(metadata: Mapping[str, Any]) -> bool:
    """Whether we made the object: it says so in two labels. All others are never touched."""
    labels = metadata.get("labels") or {}
    return labels.get(MANAGED_BY) == MANAGER_NAME and SLO_LABEL in labels


def shortened(name: str, longest: int) -> str:
    """The name, or its beginning and a hash where it is too long; the same for the same name."""
    if len(name) <= longest:
        return name
    return f"{name[: longest - 11]}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def as_yaml(document: Document) -> str:
    """As a rule file; long expressions keep to one line, so that a diff shows whole rules."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1 << 20, allow_unicode=True)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # which of the two is known at run time only
    """No anchors: a rule file is read by people."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def expressions(document: Document) -> Sequence[tuple[str, str]]:
    """(name of the rule, its PromQL) of all groups."""
    return [
        (str(rule.get("record") or rule.get("alert")), str(rule["expr"]))
        for group in document["groups"]
        for rule in group["rules"]
    ]
