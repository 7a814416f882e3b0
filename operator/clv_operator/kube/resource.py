"""The resources that the operator reads or writes, and their paths at the API server."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

GROUP = "clvsre.io"
VERSION = "v1alpha1"
MANAGER = "clv-operator"
"""Field manager of everything that the leader applies."""
INTAKE_MANAGER = "clv-intake"
"""Field manager of `status.alerts` of incidents, on every replica."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of object. group: empty for the core group."""

    group: str
    version: str
    plural: str
    kind: str
    is_namespaced: bool = True

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The path of an object, of all objects in a namespace, or (both empty) of all there are."""
        parts = ["apis", self.group, self.version] if self.group else ["api", self.version]
        if self.is_namespaced and namespace:
            parts += ["namespaces", namespace]
        parts += [part for part in (self.plural, name, subresource) if part]
        return "/" + "/".join(quote(part, safe="") for part in parts)


def _ours(plural: str, kind: str, *, is_namespaced: bool = True) -> Resource:
    return Resource(group=GROUP, version=VERSION, plural=plural, kind=kind, is_namespaced=is_namespaced)


CLV_TIER = _ours("clvtiers", "CLVTier", is_namespaced=False)
TIERED_SLO = _ours("tieredslos", "TieredSLO")
ESCALATION_POLICY = _ours("escalationpolicies", "EscalationPolicy")
REVENUE_INCIDENT = _ours("revenueincidents", "RevenueIncident")

LEASE = Resource(group="coordination.k8s.io", version="v1", plural="leases", kind="Lease")
EVENT = Resource(group="events.k8s.io", version="v1", plural="events", kind="Event")
SECRET = Resource(group="", version="v1", plural="secrets", kind="Secret")
CONFIG_MAP = Resource(group="", version="v1", plural="configmaps", kind="ConfigMap")
PROMETHEUS_RULE = Resource(group="monitoring.coreos.com", version="v1", plural="prometheusrules", kind="PrometheusRule")
TOKEN_REVIEW = Resource(
    group="authentication.k8s.io", version="v1", plural="tokenreviews", kind="TokenReview", is_namespaced=False
)
ACCESS_REVIEW = Resource(
    group="authorization.k8s.io",
    version="v1",
    plural="subjectaccessreviews",
    kind="SubjectAccessReview",
    is_namespaced=False,
)
