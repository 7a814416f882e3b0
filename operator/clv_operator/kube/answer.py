"""What an answer of the API server means for whoever asked: again later, conflict, gone, or never.

A 500 is not always "again", and a 403 is not always "never": while it starts, the API server answers 403 before its
roles are loaded. The table is design knowledge, measured on 1.36; tests/contract/kube asks the running server.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sloengine.errors import ClusterError


class Retry(ClusterError):
    """Server starting, busy, or gone: nothing is known about the request; back off and ask again."""

    def __init__(self, message: str, *, reason: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message, reason=reason, retryable=True, retry_after_seconds=retry_after_seconds)


class Conflict(ClusterError):
    """409: a stale resourceVersion, or fields that another manager owns. fields: their paths, where it said."""

    def __init__(self, message: str, *, reason: str = "Conflict", fields: tuple[str, ...] = ()) -> None:
        super().__init__(message, reason=reason, retryable=False)
        self.fields = fields


class AlreadyExists(Conflict):
    """409 on create: somebody, or our own lost reply, created it. Mostly that is success."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="AlreadyExists")


class Gone(ClusterError):
    """404: there is no such object (reason `NotFound`), or 410: no such list any more (reason `Expired`)."""

    def __init__(self, message: str, *, reason: str = "NotFound") -> None:
        super().__init__(message, reason=reason, retryable=False)


class Permanent(ClusterError):
    """The same request will never be taken.

    reason: `Invalid` (422; a failed `test` of a JSON Patch too), `BadRequest`, `CRDOutdated` (the operator is newer
    than its CRD), `TooLarge`, else as the server said.
    fields: paths of what was wrong, where the server said.
    """

    def __init__(self, message: str, *, reason: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message, reason=reason, retryable=False)
        self.fields = fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status code, body and headers as they came. request: `PATCH /apis/…` for the message."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    request: str


def error_of(answer: Answer) -> ClusterError | None:
    """None for success, else the error to raise."""
    if 200 <= answer.status < 300:
        return None
    said = _said(answer.body)
    message = str(said.get("message") or answer.body[:300].decode("utf-8", "replace")).strip()
    text = f"{answer.request} answered {answer.status}: {message[:1000]}"
    fields = tuple(str(cause.get("field", "")) for cause in (said.get("details") or {}).get("causes") or ())
    match answer.status:
        case 409:
            return AlreadyExists(text) if said.get("reason") == "AlreadyExists" else Conflict(text, fields=fields)
        case 404:
            return Gone(text)
        case 410:
            return Gone(text, reason="Expired")
        case 400 | 422:
            return Permanent(text, reason="Invalid" if answer.status == 422 else "BadRequest", fields=fields)
        case 413:
            return Permanent(text, reason="TooLarge")
        case 500 if "field not declared in schema" in message:
            return Permanent(text, reason="CRDOutdated")
        case 500 if "failed to create typed patch object" in message:
            return Permanent(text, reason="Invalid")
        case 500 if "request is too large" in message:
            return Permanent(text, reason="TooLarge")
        case 401 | 403:
            # A rotated token is read again before the next try, and a starting server does not know its roles yet.
            reason = "Unauthorized" if answer.status == 401 else "Forbidden"
            return Retry(text, reason=reason, retry_after_seconds=_retry_after(answer.headers))
        case 429:
            return Retry(text, reason="TooManyRequests", retry_after_seconds=_retry_after(answer.headers))
        case status if status >= 500 or status == 408:
            return Retry(text, reason="ServerError", retry_after_seconds=_retry_after(answer.headers))
        case _:
            return Permanent(text, reason=str(said.get("reason") or answer.status))


def _said(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers["Retry-After"]))
    except (KeyError, ValueError):
        return None
