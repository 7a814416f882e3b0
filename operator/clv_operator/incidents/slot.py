"""The slot of a key: a Lease that says which incident, and which episode, is the current one.

Two replicas may decide differently (one reopens episode 3, the other opens 4); opening and reopening are therefore one
PUT of the slot with its resourceVersion. It is no second store: it can be rebuilt from the incidents by their label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clv_operator.incidents.cluster import Cluster, JsonObject
from clv_operator.kube.resource import LEASE, REVENUE_INCIDENT
from sloengine.errors import ClusterError
from sloengine.incidents.identity import Key

KEY_LABEL = "clvsre.io/key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The current incident of a key. version: of the slot as it was read, for the PUT that changes it."""

    namespace: str
    name: str
    episode: int
    version: str = ""


class SlotTaken(ClusterError):
    """Somebody changed the slot first: read it again and decide anew."""

    def __init__(self) -> None:
        super().__init__("the slot was changed by another replica", reason="Conflict", retryable=True)


class Slots:
    """namespace: of the operator, where the Leases lie. search: namespaces in which incidents may be; empty means all."""

    def __init__(self, cluster: Cluster, *, namespace: str, search: Sequence[str] = ()) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._search = tuple(search) or ("",)

    async def read(self, key: Key, *, deadline: float) -> Holder | None:
        """Who holds the slot of `key`, past every cache; None where there is no slot."""
        try:
            lease = await self._cluster.get(LEASE, self._namespace, key.slot_name, deadline=deadline)
        except ClusterError as error:
            if error.reason == "NotFound":
                return None
            raise
        return _holder(lease)

    async def claim(self, key: Key, *, namespace: str, now: datetime, deadline: float) -> Holder:
        """Make the missing slot: for the newest incident of the key that there is, else for its first episode.

        Raises SlotTaken where another was faster.
        """
        found: list[JsonObject] = []
        for where in self._search:
            found += await self._cluster.list_all(REVENUE_INCIDENT, where, label_selector=f"{KEY_LABEL}={key.digest}")
        newest = max(found, key=_episode, default=None)
        if newest is None:
            holder = Holder(namespace=namespace, name=key.incident_name(1), episode=1)
        else:
            metadata = newest["metadata"]
            holder = Holder(namespace=metadata["namespace"], name=metadata["name"], episode=_episode(newest))
        body = self._lease(key, holder, now)
        try:
            return _holder(await self._cluster.create(LEASE, self._namespace, body, deadline=deadline))
        except ClusterError as error:
            if error.reason == "AlreadyExists":
                raise SlotTaken from error
            raise

    async def move(self, key: Key, seen: Holder, to: Holder, *, now: datetime, deadline: float) -> Holder:
        """Set the slot to `to` (the same incident again when it reopens), if nobody changed it since `seen`.

        renewTime always changes: an identical PUT would be no write at all, and guard nothing. Raises SlotTaken.
        """
        body = self._lease(key, to, now)
        body["metadata"]["resourceVersion"] = seen.version
        try:
            moved = await self._cluster.replace(LEASE, self._namespace, key.slot_name, body, deadline=deadline)
        except ClusterError as error:
            if error.reason in {"Conflict", "NotFound"}:
                raise SlotTaken from error
            raise
        return _holder(moved)

    def _lease(self, key: Key, holder: Holder, now: datetime) -> JsonObject:
        return {
            "metadata": {
                "name": key.slot_name,
                "namespace": self._namespace,
                "labels": {"app.kubernetes.io/managed-by": "clv-sre", KEY_LABEL: key.digest},
            },
            "spec": {
                "holderIdentity": f"{holder.namespace}/{holder.name}",
                "leaseTransitions": holder.episode,
                "renewTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            },
        }


def _holder(lease: JsonObject) -> Holder:
    spec: dict[str, Any] = lease.get("spec") or {}
    namespace, _, name = str(spec.get("holderIdentity", "")).partition("/")
    return Holder(
        namespace=namespace,
        name=name,
        episode=int(spec.get("leaseTransitions", 1)),
        version=str(lease["metadata"]["resourceVersion"]),
    )


def _episode(incident: JsonObject) -> int:
    return int(incident.get("spec", {}).get("opening", {}).get("episode", 0))
