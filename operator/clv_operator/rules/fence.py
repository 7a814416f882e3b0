"""The API server as a leader may use it: each change is preceded by the question whether we still lead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clv_operator.rules.wanted import Objects
from sloengine.errors import ClusterError


class Fenced:
    """`Objects` that changes nothing once `is_leading` says no: raises ClusterError with the reason NotLeading."""

    def __init__(self, objects: Objects, is_leading: Callable[[], bool]) -> None:
        self._objects = objects
        self._is_leading = is_leading

    async def get(self, resource: Any, namespace: str, name: str) -> dict[str, Any]:
        return await self._objects.get(resource, namespace, name)

    async def list_metadata(self, resource: Any, namespace: str = "") -> list[dict[str, Any]]:
        return await self._objects.list_metadata(resource, namespace)

    async def create(self, resource: Any, namespace: str, body: dict[str, Any]) -> dict[str, Any]:
        self._check()
        return await self._objects.create(resource, namespace, body)

    async def replace(self, resource: Any, namespace: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        self._check()
        return await self._objects.replace(resource, namespace, name, body)

    async def delete(
        self, resource: Any, namespace: str, name: str, *, uid: str = "", resource_version: str = ""
    ) -> None:
        self._check()
        await self._objects.delete(resource, namespace, name, uid=uid, resource_version=resource_version)

    def _check(self) -> None:
        if not self._is_leading():
            raise ClusterError("this replica does not lead: nothing was written", reason="NotLeading", retryable=True)
