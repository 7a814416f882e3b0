"""Objects as the watch brings them, and an API server in memory for the paths that a real one takes too rarely."""

from __future__ import annotations

from typing import Any

from clv_operator.kube.resource import TIERED_SLO, Resource
from clv_operator.kube.store import Store
from sloengine.errors import ClusterError, InvalidSpec

Json = dict[str, Any]


def body(
    name: str = "checkout", *, version: int = 1, uid: str = "u1", status: Json | None = None, spec: Json | None = None
) -> Json:
    return {
        "metadata": {
            "namespace": "shop",
            "name": name,
            "uid": uid,
            "resourceVersion": str(version),
            "generation": 3,
            "creationTimestamp": "2026-11-20T00:00:00Z",
            "labels": {"team": "payments"},
        },
        "spec": spec if spec is not None else {"service": name},
        "status": status if status is not None else {},
    }


def service_of(read: Json) -> str:
    if "service" not in read["spec"]:
        raise InvalidSpec(field="spec.service", problem="is missing", fix="name the service")
    return str(read["spec"]["service"])


def store_with(*bodies: Json) -> Store:
    store = Store()
    kind = store.add(TIERED_SLO, service_of)
    for item in bodies:
        kind.put(item)
    return store


class StatusServer:
    """Takes status applies; `failures` are raised first, one an attempt. `extra` is what a server adds by itself."""

    def __init__(self, store: Store, *, failures: list[ClusterError] | None = None, extra: Json | None = None) -> None:
        self.store = store
        self.failures = failures or []
        self.extra = extra or {}
        self.version = 100
        self.writes: list[tuple[str, Json]] = []
        self.attempts: list[str] = []

    async def apply_status(
        self, resource: Resource, namespace: str, name: str, status: Json, *, deadline: float = 5.0
    ) -> Json:
        self.attempts.append(name)
        if self.failures:
            raise self.failures.pop(0)
        self.version += 1
        self.writes.append((name, status))
        entry = self.store.of(resource).get(namespace, name)
        uid = entry.uid if entry else "u1"
        return body(name, version=self.version, uid=uid, status={**status, **self.extra})

    def echo(self) -> None:
        """What the watch brings of the last write."""
        name, status = self.writes[-1]
        held = self.store.of(TIERED_SLO).get("shop", name)
        assert held is not None
        self.store.of(TIERED_SLO).put(body(name, version=self.version, uid=held.uid, status={**status, **self.extra}))
