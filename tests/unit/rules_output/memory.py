"""The API server, as far as the outputs see it: objects in a dict, versions that count up, refusals on demand."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from typing import Any

from clv_operator.rules.wanted import Owner, WantedRules
from sloengine.errors import ClusterError, QueryError


class MemoryObjects:
    def __init__(self) -> None:
        self.there: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.calls: list[str] = []
        self.absent: set[str] = set()
        self.refuse: Callable[[str, str], ClusterError | None] = lambda verb, name: None
        self._count = itertools.count(1)

    def plant(self, resource: Any, namespace: str, name: str, **body: Any) -> dict[str, Any]:
        meta = {"name": name, "namespace": namespace, "uid": f"u{next(self._count)}", "resourceVersion": "0"}
        made = {**body, "metadata": {**body.get("metadata", {}), **meta}}
        self.there[resource.kind, namespace, name] = made
        return made

    def names(self) -> list[str]:
        return sorted(f"{namespace}/{name}" for _, namespace, name in self.there)

    async def get(self, resource: Any, namespace: str, name: str) -> dict[str, Any]:
        self._called("get", resource, name)
        found = self.there.get((resource.kind, namespace, name))
        if found is None:
            raise ClusterError(f"no {name}", reason="NotFound", retryable=False)
        return copy.deepcopy(found)

    async def list_metadata(self, resource: Any, namespace: str = "") -> list[dict[str, Any]]:
        self._called("list", resource, "")
        if resource.kind in self.absent:
            raise ClusterError("404", reason="NotFound", retryable=False)
        return [
            copy.deepcopy(each["metadata"])
            for (kind, where, _), each in self.there.items()
            if kind == resource.kind and namespace in ("", where)
        ]

    async def create(self, resource: Any, namespace: str, body: dict[str, Any]) -> dict[str, Any]:
        name = body["metadata"]["name"]
        self._called("create", resource, name)
        if (resource.kind, namespace, name) in self.there:
            raise ClusterError("409", reason="AlreadyExists", retryable=False)
        made = copy.deepcopy(body)
        made["metadata"] |= {"uid": f"u{next(self._count)}", "resourceVersion": str(next(self._count))}
        self.there[resource.kind, namespace, name] = made
        return copy.deepcopy(made)

    async def replace(self, resource: Any, namespace: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        self._called("replace", resource, name)
        held = self.there[resource.kind, namespace, name]
        if body["metadata"].get("resourceVersion") != held["metadata"]["resourceVersion"]:
            raise ClusterError("409", reason="Conflict", retryable=False)
        made = copy.deepcopy(body)
        made["metadata"] |= {"uid": held["metadata"]["uid"], "resourceVersion": str(next(self._count))}
        self.there[resource.kind, namespace, name] = made
        return copy.deepcopy(made)

    async def delete(
        self, resource: Any, namespace: str, name: str, *, uid: str = "", resource_version: str = ""
    ) -> None:
        self._called("delete", resource, name)
        held = self.there[resource.kind, namespace, name]
        assert held["metadata"]["uid"] == uid, "deleted without naming the very object"
        del self.there[resource.kind, namespace, name]

    def _called(self, verb: str, resource: Any, name: str) -> None:
        self.calls.append(verb)
        error = self.refuse(verb, name)
        if error is not None:
            raise error


class MemoryReloader:
    """A Prometheus that refuses the expressions in `bad`, and every reload while `says` is set."""

    def __init__(self, directory: Any) -> None:
        self.directory = directory
        self.bad: set[str] = set()
        self.says: QueryError | None = None
        self.loaded: dict[str, str] = {}
        self.reloads = 0

    async def reload(self) -> None:
        self.reloads += 1
        if self.says is not None:
            raise self.says
        files = {path.name: path.read_text() for path in self.directory.glob("*.yaml")}
        if any(expression in text for expression in self.bad for text in files.values()):
            raise QueryError("HTTP 500: failed to reload config", kind="http", status=500)
        self.loaded = files

    async def parse_problem(self, promql: str) -> str:
        return "parse error: unexpected end" if promql in self.bad else ""


def rules(key: str = "shop/checkout", expression: str = "vector(1)", *, size: int = 0) -> WantedRules:
    namespace, _, name = key.partition("/")
    document = {
        "groups": [
            {
                "name": f"clv.{namespace}.{name}",
                "interval": "60s",
                "rules": [{"record": "clv:slo_info", "expr": expression, "labels": {"pad": "x" * size}}],
            }
        ]
    }
    return WantedRules(
        key=key,
        namespace=namespace,
        name=name,
        hash=f"h-{expression}-{size}",
        count=1,
        render=lambda: copy.deepcopy(document),
        owner=Owner(name=name, uid=f"uid-{name}") if key else None,
    )


def wanted(*groups: WantedRules) -> dict[str, WantedRules]:
    return {group.key: group for group in groups}
