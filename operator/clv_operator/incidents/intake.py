"""The door for Alertmanager, on every replica: an answer of 200 means that every alert is in etcd.

What cannot be done now is 503, never 429, 413 or 401: Alertmanager sends again within a flush only after a 5xx.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Protocol

import structlog
from aiohttp import web

from clv_operator.incidents.committer import Outcome, Part
from clv_operator.incidents.metrics import ALERTS, PENDING, REFUSED, REQUESTS, SECONDS, WATCHDOG_AGE
from clv_operator.incidents.webhook import UnreadableMessage, WebhookReader
from clv_operator.settings import IntakeSettings
from clv_operator.web.auth import Refused
from sloengine.errors import ClusterError
from sloengine.incidents.alert import WATCHDOG, Alert, MalformedAlert, compact, read
from sloengine.incidents.identity import Key, key_of, namespace_of
from sloengine.incidents.merge import Batch

log = structlog.get_logger(__name__)

PATH = "/alertmanager"
DEADLINE_SECONDS = 8.0
MAX_PENDING_ALERTS = 50_000
CHUNK_BYTES = 64 * 1024


class Auth(Protocol):
    async def check(self, authorization: str | None) -> object:
        """Raises Refused with the status to answer."""


class Commits(Protocol):
    async def commit(self, part: Part) -> Outcome:
        """Returns when the part is durable; raises ClusterError when it could not be made so."""


@dataclass(slots=True)
class _Split:
    """Alerts of one message by incident, as they come out of the parser."""

    arrived: datetime
    service_labels: tuple[str, ...]
    default_namespace: str
    watched: tuple[str, ...]
    alerts: dict[Key, list[Alert]] = field(default_factory=lambda: defaultdict(list))
    places: dict[Key, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    rejected: Counter[str] = field(default_factory=Counter)
    total: int = 0
    watchdog: bool = False

    def take(self, raw: object) -> None:
        try:
            alert = read(raw, arrived=self.arrived)
        except MalformedAlert as error:
            self.rejected[error.reason] += 1
            return
        if alert.labels.get("alertname") == WATCHDOG:
            self.watchdog = self.watchdog or alert.firing
            return
        key = key_of(alert.labels, self.service_labels)
        if key not in self.places:
            namespace = namespace_of(alert.labels, self.default_namespace)
            if self.watched and namespace not in self.watched:
                namespace = self.default_namespace  # a label must not put an incident where no leader looks
            self.places[key] = (namespace, alert.labels)
        self.alerts[key].append(compact(alert))
        self.total += 1


class Intake:
    """incident_namespace: for alerts that no TieredSLO raised. watched: namespaces; empty means all. now: the wall clock.

    blind: why incidents cannot be opened yet, empty when they can: an incident keeps its policy for life, so it must not
    be opened by a replica that has not read the policies.
    """

    def __init__(
        self,
        *,
        settings: IntakeSettings,
        auth: Auth,
        commits: Commits,
        incident_namespace: str,
        watched: Sequence[str] = (),
        now: Callable[[], datetime],
        blind: Callable[[], str] = lambda: "",
    ) -> None:
        self._blind = blind
        self._settings = settings
        self._auth = auth
        self._commits = commits
        self._namespace = incident_namespace
        self._watched = tuple(watched)
        self._now = now
        self._pending: Counter[str] = Counter()
        self._watchdog_at: float | None = None
        WATCHDOG_AGE.set_function(self._watchdog_age)

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.handle)]

    async def handle(self, request: web.Request) -> web.Response:
        began = monotonic()
        response = await self._answer(request)
        REQUESTS.labels(str(response.status)).inc()
        SECONDS.observe(monotonic() - began)
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        if request.headers.get("Content-Encoding"):
            # aiohttp would inflate it by itself, and 48 kB became 50 MB.
            return _refusal(415, "post the body as it is, without Content-Encoding")
        try:
            await self._auth.check(request.headers.get("Authorization"))
        except Refused as error:
            return _refusal(error.status, str(error))
        blind = self._blind()
        if blind:
            return _refusal(503, f"{blind}; send again")
        sender = request.remote or "unknown"
        if self._is_full(sender):
            return _refusal(503, "too many alerts wait to be written; send again")
        split = _Split(self._now(), self._settings.service_labels, self._namespace, self._watched)
        counted = 0
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                reader = WebhookReader(split.take)
                seen = 0
                while chunk := await request.content.read(CHUNK_BYTES):
                    seen += len(chunk)
                    if seen > self._settings.max_bytes:
                        # A 413 would repeat for ever: the rest is read and thrown away.
                        reader.cut()
                    if not reader.is_cut:
                        reader.feed(chunk)
                    if split.total > counted:
                        self._count(sender, split.total - counted)
                        counted = split.total
                reader.finish()
                return await self._committed(split, reader)
        except UnreadableMessage as error:
            REFUSED.labels("message", error.reason).inc()
            log.warning("Refused a webhook", reason=error.reason, problem=str(error))
            return _refusal(400, str(error))
        except TimeoutError:
            return _refusal(503, "not everything was durable in time; send again")
        except ClusterError as error:
            log.warning("Failed to write alerts", reason=error.reason, error=str(error))
            return _refusal(503, f"the API server did not take it ({error.reason}); send again")
        finally:
            self._count(sender, -counted)

    async def _committed(self, split: _Split, reader: WebhookReader) -> web.Response:
        if split.watchdog:
            self._watchdog_at = monotonic()
        parts = [
            Part(
                key=key,
                namespace=split.places[key][0],
                labels=split.places[key][1],
                batch=Batch(
                    group=reader.group,
                    alerts=tuple(alerts),
                    dropped=reader.dropped,
                    truncated=reader.is_cut or reader.dropped > 0,
                ),
            )
            for key, alerts in split.alerts.items()
        ]
        # All parts run to their end even when one fails: what is durable makes the replay a no-op.
        results = await asyncio.gather(*map(self._commits.commit, parts), return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        if failures:
            raise failures[0]
        outcomes = [result for result in results if isinstance(result, Outcome)]
        rejected = sum(split.rejected.values())
        for reason, count in split.rejected.items():
            REFUSED.labels("alert", reason).inc(count)
        if rejected:
            log.warning("Rejected malformed alerts", count=rejected, reasons=dict(split.rejected))
        answer = {
            "accepted": sum(outcome.accepted for outcome in outcomes),
            "duplicate": sum(outcome.duplicate for outcome in outcomes),
            "stale": sum(outcome.stale for outcome in outcomes),
            "rejected": rejected,
        }
        for result, count in answer.items():
            ALERTS.labels(result).inc(count)
        return web.json_response({**answer, "truncated": reader.is_cut})

    def _is_full(self, sender: str) -> bool:
        waiting = self._pending.total()
        return waiting >= MAX_PENDING_ALERTS or self._pending[sender] >= MAX_PENDING_ALERTS // 2

    def _count(self, sender: str, change: int) -> None:
        self._pending[sender] += change
        if self._pending[sender] <= 0:
            del self._pending[sender]
        PENDING.set(self._pending.total())

    def _watchdog_age(self) -> float:
        return math.nan if self._watchdog_at is None else monotonic() - self._watchdog_at


def _refusal(status: int, why: str) -> web.Response:
    """At most a kilobyte, without labels or addresses: Alertmanager logs the body of a failed reply."""
    response = web.json_response({"error": why[:512]}, status=status)
    if status in {401, 403, 415, 503}:
        response.force_close()  # the body has not been read
    return response
