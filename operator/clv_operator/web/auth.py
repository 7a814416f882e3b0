"""Who may post to us: a bearer token that the API server vouches for, or a shared one from a file.

401 and 403 are said only when somebody who knows has said no. What cannot be checked now is 503, because Alertmanager
sends again after 5xx and, after 401 or 403, drops the notification until the next group interval.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

import structlog

from clv_operator.kube.identity import Identity
from clv_operator.kube.resource import Resource
from clv_operator.settings import IntakeSettings
from sloengine.errors import ClusterError, ClvError

log = structlog.get_logger(__name__)
GOOD_SECONDS = 60.0
BAD_SECONDS = 10.0
FILES_SECONDS = 10.0
CACHED = 1000
ANONYMOUS = Identity(username="system:anonymous")


class Refused(ClvError):
    """status: 401 (who are you), 403 (you may not), or 503 (cannot be checked now). The message holds no secret."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Reviewer(Protocol):
    """What is asked of the cluster."""

    async def token_review(self, token: str, audience: str) -> Identity | None:
        """Whom the token belongs to; None if it is not good."""

    async def subject_access_review(
        self, user: Identity, *, verb: str, resource: Resource, subresource: str = "", namespace: str = ""
    ) -> bool:
        """Whether they may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What the caller wants to do; a virtual subresource, such as `create revenueincidents/intake`, is fine."""

    verb: str
    resource: Resource
    subresource: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    until: float
    user: Identity | None
    status: int
    message: str


class BearerAuth:
    """Checks `Authorization` headers for one `access`. Tokens are kept only as SHA-256."""

    def __init__(
        self, *, reviewer: Reviewer, settings: IntakeSettings, access: Access, clock: Callable[[], float] = monotonic
    ) -> None:
        self._reviewer = reviewer
        self._settings = settings
        self._access = access
        self._clock = clock
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._checks: dict[bytes, asyncio.Task[_Known]] = {}
        self._shared = SharedTokens(settings.token_files, clock)

    async def check(self, authorization: str | None) -> Identity:
        """Who calls. Raises Refused with the status to answer."""
        if self._settings.insecure_demo:
            return ANONYMOUS
        scheme, _, token = (authorization or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Refused(401, "send Authorization: Bearer <token>")
        name = self._shared.name_of(token)
        if name:
            return Identity(username=f"shared-token:{name}")
        known = await self._look_up(hashlib.sha256(token.encode()).digest(), token)
        if known.user is None:
            if known.status == 401 and self._shared.is_incomplete:
                raise Refused(503, "a file of shared tokens cannot be read, so this token cannot be judged")
            raise Refused(known.status, known.message)
        return known.user

    async def _look_up(self, digest: bytes, token: str) -> _Known:
        known = self._known.get(digest)
        if known is not None and self._clock() < known.until:
            self._known.move_to_end(digest)
            return known
        # One question for all who hold the same token, however many connections they opened at once.
        check = self._checks.get(digest)
        if check is None:
            check = self._checks[digest] = asyncio.create_task(self._ask(token))
            check.add_done_callback(lambda _: self._checks.pop(digest, None))
        known = await asyncio.shield(check)
        if known.status != 503:
            self._known[digest] = known
            while len(self._known) > CACHED:
                self._known.popitem(last=False)
        return known

    async def _ask(self, token: str) -> _Known:
        now = self._clock()
        try:
            user = await self._reviewer.token_review(token, self._settings.audience)
            if user is None:
                message = f"the API server does not know this token for the audience {self._settings.audience}"
                return _Known(now + BAD_SECONDS, None, 401, message)
            if self._is_listed(user) or await self._may(user):
                return _Known(now + GOOD_SECONDS, user, 200, "")
        except ClusterError as error:
            log.warning("Failed to check a token", reason=error.reason)
            return _Known(now, None, 503, "the token cannot be checked now; send again")
        access = self._access
        what = f"{access.verb} {access.resource.plural}" + (f"/{access.subresource}" if access.subresource else "")
        return _Known(now + BAD_SECONDS, None, 403, f"{user.username} may not {what}: grant it by a ClusterRole")

    def _is_listed(self, user: Identity) -> bool:
        accounts = (account.partition("/") for account in self._settings.service_accounts)
        return user.username in {f"system:serviceaccount:{namespace}:{name}" for namespace, _, name in accounts}

    async def _may(self, user: Identity) -> bool:
        access = self._access
        return await self._reviewer.subject_access_review(
            user,
            verb=access.verb,
            resource=access.resource,
            subresource=access.subresource,
            namespace=access.namespace,
        )


class SharedTokens:
    """Tokens from files: one, and a second while the first is being replaced. Read again every few seconds."""

    def __init__(self, files: Sequence[Path], clock: Callable[[], float] = monotonic) -> None:
        self._files = files
        self._clock = clock
        self._read_at = float("-inf")
        self._digests: dict[str, bytes] = {}
        self.is_incomplete = False

    def name_of(self, token: str) -> str:
        """The file that holds `token`; empty for none. Takes as long for a near miss as for a far one."""
        self._refresh()
        digest = hashlib.sha256(token.encode()).digest()
        found = ""
        for name, good in self._digests.items():
            if hmac.compare_digest(good, digest):
                found = name
        return found

    def _refresh(self) -> None:
        if not self._files or self._clock() - self._read_at < FILES_SECONDS:
            return
        self._read_at = self._clock()
        self._digests, self.is_incomplete = {}, False
        for path in self._files:
            try:
                token = path.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                self.is_incomplete = True
                log.warning("Failed to read a file of shared tokens", path=str(path), error=type(error).__name__)
                continue
            if token:
                self._digests[path.name] = hashlib.sha256(token.encode()).digest()
