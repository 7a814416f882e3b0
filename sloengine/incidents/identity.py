"""Which incident an alert belongs to: a pure function of its labels and of static configuration.

Replicas with different caches must agree, so nothing that is watched may enter here. The alert's name is not part of
the key either: errors and latency of one service are one incident, each alert a line of evidence.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEFAULT_SERVICE_LABELS = ("app_kubernetes_io_name", "app", "deployment", "job")
ALL_TIERS = "*"
NO_CAUSE = "-"
UNMAPPED = "unmapped"
_SEPARATOR = "\x1f"
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_NAMESPACE = re.compile(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What makes two alerts one incident. scope: `*`, or a separate stack (cell, region). cause: `-`, or who did it."""

    service: str
    scope: str = ALL_TIERS
    cause: str = NO_CAUSE

    @property
    def digest(self) -> str:
        """The whole sha256 in lower-case base32 without padding: 52 characters, fit for a Kubernetes label."""
        joined = _SEPARATOR.join((self.service, self.scope, self.cause))
        return base64.b32encode(hashlib.sha256(joined.encode()).digest()).decode().rstrip("=").lower()

    def incident_name(self, episode: int) -> str:
        """`inc-<slug of the service>-<10 of the digest>-<episode>`; an object name of at most 63 characters."""
        return f"inc-{slug(self.service)}-{self.digest[:10]}-{episode}"

    @property
    def slot_name(self) -> str:
        """The Lease that says which episode is the current one."""
        return f"clv-slot-{self.digest[:16]}"


def slug(text: str) -> str:
    """At most 40 characters of `a-z0-9-`, never empty: the only thing of an alert that enters a name unhashed."""
    return _NOT_SLUG.sub("-", text.lower())[:40].strip("-") or "x"


def key_of(labels: Mapping[str, str], service_labels: Sequence[str] = DEFAULT_SERVICE_LABELS) -> Key:
    """The correlation key of an alert with these labels; service_labels: where to look when `service` is absent."""
    return Key(
        service=service_of(labels, service_labels),
        scope=labels.get("clv_scope") or ALL_TIERS,
        cause=labels.get("clv_cause") or NO_CAUSE,
    )


def service_of(labels: Mapping[str, str], service_labels: Sequence[str] = DEFAULT_SERVICE_LABELS) -> str:
    """Label `service`, else the first of service_labels that has a value, else `unmapped`, per namespace."""
    for name in ("service", *service_labels):
        if labels.get(name):
            return labels[name]
    namespace = labels.get("namespace")
    return f"{UNMAPPED}/{namespace}" if namespace else UNMAPPED


def namespace_of(labels: Mapping[str, str], default: str) -> str:
    """The namespace of the TieredSLO that raised the alert (label `clv_slo`), else `default`."""
    namespace, _, name = labels.get("clv_slo", "").partition("/")
    return namespace if name and _NAMESPACE.match(namespace) else default
