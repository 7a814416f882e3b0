"""What this room needs of the API server; `kube.client.Cluster` is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from clv_operator.kube.resource import Resource

JsonObject = dict[str, Any]


class Cluster(Protocol):
    """Reads past every cache, and conditional writes. All raise ClusterError with a `reason` to decide by.

    `Timeout` and `Unreachable` leave open whether the server did what was asked.
    """

    async def get(self, resource: Resource, namespace: str, name: str, *, deadline: float = ...) -> JsonObject: ...

    async def list_all(
        self, resource: Resource, namespace: str = ..., *, label_selector: str = ...
    ) -> list[JsonObject]: ...

    async def create(
        self, resource: Resource, namespace: str, body: JsonObject, *, deadline: float = ...
    ) -> JsonObject: ...

    async def replace(
        self, resource: Resource, namespace: str, name: str, body: JsonObject, *, deadline: float = ...
    ) -> JsonObject: ...

    async def json_patch_status(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        operations: list[JsonObject],
        *,
        manager: str = ...,
        deadline: float = ...,
    ) -> JsonObject: ...

    async def merge_patch_status(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        body: JsonObject,
        *,
        manager: str = ...,
        deadline: float = ...,
    ) -> JsonObject: ...


class Secrets(Protocol):
    async def get_secret(self, namespace: str, name: str) -> Mapping[str, bytes]:
        """The decoded data of a Secret; raises ClusterError `NotFound` or `Forbidden`."""
