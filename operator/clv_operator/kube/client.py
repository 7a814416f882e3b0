"""The API server, for everything but watching: one client, dicts in and out, a deadline on every call.

Errors are those of `answer`, all ClusterErrors with a `reason`, so callers outside this room decide on
`error.retryable` and `error.reason` and need no import from here.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio.client import ApiClient
from prometheus_client import Counter

from clv_operator.kube import resource as kinds
from clv_operator.kube.answer import Answer, Gone, Retry, error_of
from clv_operator.kube.identity import Identity
from clv_operator.kube.resource import MANAGER, Resource

JsonObject = dict[str, Any]
"""A Kubernetes object as JSON: the edge, where no type of ours holds yet."""

API_ERRORS = Counter(
    "clv_api_errors_total", "Requests to the API server that did not succeed, by what came of them.", ["verb", "reason"]
)
DEADLINE_SECONDS = 5.0

_APPLY = "application/apply-patch+yaml"
_JSON_PATCH = "application/json-patch+json"
_MERGE_PATCH = "application/merge-patch+json"
_METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


class Cluster:
    """The one client of the process. Close it at the end, or use `async with`."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._api.close()

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: object = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        deadline: float = DEADLINE_SECONDS,
    ) -> JsonObject:
        """One request, and the JSON object that it answers.

        deadline: seconds for the whole of it, from connecting to the last byte. Raises the errors of `answer`;
        silence past the deadline and a broken connection are `Retry` with reason `Timeout` or `Unreachable`: then
        nobody knows whether the server did what was asked.
        """
        url = self._api.configuration.host + path + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": accept, "Content-Type": content_type, "User-Agent": "clv-operator"}
        asked = f"{method} {path}"
        try:
            async with asyncio.timeout(max(deadline, 0.001)):
                await self._api.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
                reply = await self._api.rest_client.request(
                    method, url, headers=headers, body=body, _request_timeout=max(deadline, 0.001)
                )
                content: bytes = await reply.read()
        except TimeoutError as error:
            API_ERRORS.labels(method, "Timeout").inc()
            raise Retry(f"{asked} had no answer within {deadline:.1f} s", reason="Timeout") from error
        except (aiohttp.ClientError, OSError) as error:
            API_ERRORS.labels(method, "Unreachable").inc()
            raise Retry(f"{asked} got no answer: {error}", reason="Unreachable") from error
        failure = error_of(Answer(status=reply.status, body=content, headers=reply.headers, request=asked))
        if failure is not None:
            API_ERRORS.labels(method, failure.reason).inc()
            raise failure
        said = json.loads(content) if content.lstrip()[:1] == b"{" else {}
        return said if isinstance(said, dict) else {}

    async def get(
        self, resource: Resource, namespace: str, name: str, *, deadline: float = DEADLINE_SECONDS
    ) -> JsonObject:
        """The object as it is in etcd now, past every cache. Raises Gone."""
        return await self.request("GET", resource.path(namespace, name), deadline=deadline)

    async def list_all(
        self, resource: Resource, namespace: str = "", *, label_selector: str = "", page_size: int = 500
    ) -> list[JsonObject]:
        """Every object of a kind, of one namespace or of all."""
        selector = {"labelSelector": label_selector} if label_selector else {}
        return [item async for item in self._pages(resource, namespace, selector, page_size, "application/json")]

    async def list_metadata(self, resource: Resource, namespace: str = "", *, page_size: int = 500) -> list[JsonObject]:
        """The `metadata` of every object of a kind; about a quarter of the bytes of a list."""
        return [item["metadata"] async for item in self._pages(resource, namespace, {}, page_size, _METADATA_LIST)]

    async def _pages(
        self, resource: Resource, namespace: str, query: dict[str, str], page_size: int, accept: str
    ) -> AsyncIterator[JsonObject]:
        path = resource.path(namespace)
        tries = 3
        while True:
            token = ""
            items: list[JsonObject] = []
            try:
                while True:
                    page = {**query, "limit": str(page_size)} | ({"continue": token} if token else {})
                    said = await self.request("GET", path, query=page, accept=accept, deadline=30.0)
                    items += said.get("items") or []
                    token = (said.get("metadata") or {}).get("continue") or ""
                    if not token:
                        break
            except Gone as error:
                # 410: the list was compacted away while we read it, so what we have is of no single moment.
                tries -= 1
                if error.reason != "Expired" or not tries:
                    raise
                continue
            for item in items:
                yield item
            return

    async def create(
        self, resource: Resource, namespace: str, body: JsonObject, *, deadline: float = DEADLINE_SECONDS
    ) -> JsonObject:
        """POST. Raises AlreadyExists, which after a lost reply may be our own doing."""
        query = {"fieldManager": MANAGER, "fieldValidation": "Strict"}
        return await self.request(
            "POST", resource.path(namespace), query=query, body=_whole(resource, body), deadline=deadline
        )

    async def replace(
        self, resource: Resource, namespace: str, name: str, body: JsonObject, *, deadline: float = DEADLINE_SECONDS
    ) -> JsonObject:
        """PUT; with `metadata.resourceVersion` in the body it raises Conflict when anything changed since."""
        query = {"fieldManager": MANAGER, "fieldValidation": "Strict"}
        return await self.request(
            "PUT", resource.path(namespace, name), query=query, body=_whole(resource, body), deadline=deadline
        )

    async def apply(
        self, resource: Resource, namespace: str, name: str, body: JsonObject, *, manager: str = MANAGER
    ) -> JsonObject:
        """Server-side apply of `body`, without force: raises Conflict with the fields that somebody else owns."""
        return await self._apply(resource, namespace, name, "", body, manager=manager, force=False)

    async def apply_status(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        status: JsonObject,
        *,
        manager: str = MANAGER,
        deadline: float = DEADLINE_SECONDS,
    ) -> JsonObject:
        """Server-side apply of the full set of status fields of `manager`, with force.

        What the manager leaves out of its next apply is removed, unless somebody else owns it.
        """
        return await self._apply(
            resource, namespace, name, "status", {"status": status}, manager=manager, force=True, deadline=deadline
        )

    async def _apply(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        subresource: str,
        body: JsonObject,
        *,
        manager: str,
        force: bool,
        deadline: float = DEADLINE_SECONDS,
    ) -> JsonObject:
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        whole = _whole(resource, body)
        whole["metadata"] = {**(body.get("metadata") or {}), "name": name}
        return await self.request(
            "PATCH",
            resource.path(namespace, name, subresource),
            query=query,
            body=whole,
            content_type=_APPLY,
            deadline=deadline,
        )

    async def json_patch_status(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        operations: list[JsonObject],
        *,
        manager: str = MANAGER,
        deadline: float = DEADLINE_SECONDS,
    ) -> JsonObject:
        """JSON Patch of the status. A failed `test` is 422: raises Permanent with reason `Invalid`."""
        return await self._patch_status(
            resource, namespace, name, operations, kind=_JSON_PATCH, manager=manager, deadline=deadline
        )

    async def merge_patch_status(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        body: JsonObject,
        *,
        manager: str = MANAGER,
        deadline: float = DEADLINE_SECONDS,
    ) -> JsonObject:
        """Merge patch of the status; `metadata.resourceVersion` in the body makes it conditional (Conflict)."""
        return await self._patch_status(
            resource, namespace, name, body, kind=_MERGE_PATCH, manager=manager, deadline=deadline
        )

    async def _patch_status(
        self, resource: Resource, namespace: str, name: str, body: object, *, kind: str, manager: str, deadline: float
    ) -> JsonObject:
        return await self.request(
            "PATCH",
            resource.path(namespace, name, "status"),
            query={"fieldManager": manager, "fieldValidation": "Strict"},
            body=body,
            content_type=kind,
            deadline=deadline,
        )

    async def merge_patch(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        body: JsonObject,
        *,
        manager: str = MANAGER,
        deadline: float = DEADLINE_SECONDS,
    ) -> JsonObject:
        """Merge patch of the object itself."""
        return await self.request(
            "PATCH",
            resource.path(namespace, name),
            query={"fieldManager": manager, "fieldValidation": "Strict"},
            body=body,
            content_type=_MERGE_PATCH,
            deadline=deadline,
        )

    async def delete(
        self, resource: Resource, namespace: str, name: str, *, uid: str = "", resource_version: str = ""
    ) -> None:
        """Delete; with uid or resource_version only if that is the one (Conflict). Raises Gone."""
        conditions = {"uid": uid, "resourceVersion": resource_version}
        given = {key: value for key, value in conditions.items() if value}
        body = {"apiVersion": "v1", "kind": "DeleteOptions"} | ({"preconditions": given} if given else {})
        await self.request("DELETE", resource.path(namespace, name), body=body)

    async def get_secret(self, namespace: str, name: str) -> dict[str, bytes]:
        """The decoded data of a Secret, read when used and never kept. Raises Gone, and Retry `Forbidden`."""
        said = await self.get(kinds.SECRET, namespace, name)
        return {key: base64.b64decode(value) for key, value in (said.get("data") or {}).items()}

    async def token_review(self, token: str, audience: str) -> Identity | None:
        """Whom the token belongs to; None unless it is genuine *and* was made for `audience`."""
        spec = {"token": token, "audiences": [audience]}
        said = await self.request("POST", kinds.TOKEN_REVIEW.path(), body=_whole(kinds.TOKEN_REVIEW, {"spec": spec}))
        status = said.get("status") or {}
        # Garbage is answered with 201 and an empty user; a server that ignores audiences leaves ours out.
        if status.get("authenticated") is not True or audience not in (status.get("audiences") or ()):
            return None
        user = status.get("user") or {}
        return Identity(
            username=str(user.get("username", "")),
            uid=str(user.get("uid", "")),
            groups=tuple(user.get("groups") or ()),
            extra=dict(user.get("extra") or {}),
        )

    async def subject_access_review(
        self, user: Identity, *, verb: str, resource: Resource, subresource: str = "", namespace: str = ""
    ) -> bool:
        """Whether RBAC lets `user` do `verb`; namespace empty asks for all namespaces."""
        attributes = {
            "group": resource.group,
            "resource": resource.plural,
            "verb": verb,
            **({"subresource": subresource} if subresource else {}),
            **({"namespace": namespace} if namespace else {}),
        }
        spec = {
            "user": user.username,
            "uid": user.uid,
            "groups": list(user.groups),
            "extra": user.extra,
            "resourceAttributes": attributes,
        }
        said = await self.request("POST", kinds.ACCESS_REVIEW.path(), body=_whole(kinds.ACCESS_REVIEW, {"spec": spec}))
        return (said.get("status") or {}).get("allowed") is True

    async def served(self, group: str, version: str) -> frozenset[str]:
        """Plural names that the API server serves in a group; empty where it does not know the group."""
        try:
            said = await self.request("GET", f"/apis/{group}/{version}")
        except Gone:
            return frozenset()
        return frozenset(str(item["name"]) for item in said.get("resources") or ())


def _whole(resource: Resource, body: JsonObject) -> JsonObject:
    return {**body, "apiVersion": resource.api_version, "kind": resource.kind}
