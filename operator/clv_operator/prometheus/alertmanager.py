"""What the configured Alertmanagers list now: every peer is asked, because a partition gives them different answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests

from clv_operator.prometheus.answer import refusal
from clv_operator.prometheus.endpoint import Endpoint, exchange, open_session
from sloengine.errors import QueryError


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAlert:
    """An alert as `GET /api/v2/alerts` lists it; resolved ones are never listed.

    is_active: firing and notified. Else it is suppressed, by `silenced_by` (ids of silences) or `inhibited_by`
    (fingerprints). starts_at: aware UTC. generator_url: as given, not checked.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    is_active: bool
    silenced_by: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()
    generator_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerStatus:
    """started_at: when the process began; a young one has not yet heard of everything that fires."""

    version: str
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAnswer:
    """What one peer said. error: None where it answered both questions in full; else alerts and status are empty."""

    url: str
    alerts: tuple[PeerAlert, ...] = ()
    status: PeerStatus | None = None
    error: QueryError | None = None

    @property
    def answered(self) -> bool:
        return self.error is None


class Alertmanagers:
    """All configured peers. `ask` never raises for a peer that fails: its answer says so."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._peers = [(endpoint, open_session(endpoint)) for endpoint in endpoints]
        self._threads = ThreadPoolExecutor(max_workers=max(1, len(self._peers)), thread_name_prefix="alertmanager")

    async def ask(self) -> tuple[PeerAnswer, ...]:
        """GET /api/v2/status and /api/v2/alerts of every peer at once, in the order of configuration."""
        loop = asyncio.get_running_loop()
        asked = [loop.run_in_executor(self._threads, _ask_peer, session, endpoint) for endpoint, session in self._peers]
        return tuple(await asyncio.gather(*asked))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for _, session in self._peers:
            session.close()


def _ask_peer(session: requests.Session, endpoint: Endpoint) -> PeerAnswer:
    try:
        status = exchange(session, endpoint, "GET", "/api/v2/status", read=_read_status, refusal=refusal)
        alerts = exchange(
            session,
            endpoint,
            "GET",
            "/api/v2/alerts",
            params={"active": "true", "silenced": "true", "inhibited": "true", "unprocessed": "true"},
            read=_read_alerts,
            refusal=refusal,
        )
    except QueryError as error:
        return PeerAnswer(url=endpoint.shown, error=error)
    return PeerAnswer(url=endpoint.shown, alerts=alerts, status=status)


def _read_status(pieces: Iterable[bytes]) -> PeerStatus:
    document = _parsed(pieces)
    try:
        return PeerStatus(version=str(document["versionInfo"]["version"]), started_at=_time(document["uptime"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise QueryError(f"its status cannot be read: {error!r}", kind="malformed") from error


def _read_alerts(pieces: Iterable[bytes]) -> tuple[PeerAlert, ...]:
    document = _parsed(pieces)
    if not isinstance(document, list):
        raise QueryError("its list of alerts is no list", kind="malformed")
    try:
        return tuple(_alert(entry) for entry in document)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise QueryError(f"an alert of its list cannot be read: {error!r}", kind="malformed") from error


def _alert(entry: Any) -> PeerAlert:
    status = entry["status"]
    return PeerAlert(
        labels={str(name): str(value) for name, value in entry["labels"].items()},
        annotations={str(name): str(value) for name, value in (entry.get("annotations") or {}).items()},
        starts_at=_time(entry["startsAt"]),
        # `unprocessed` is a new alert on its way to `active`: it fires.
        is_active=status["state"] != "suppressed",
        silenced_by=tuple(status.get("silencedBy") or ()),
        inhibited_by=tuple(status.get("inhibitedBy") or ()),
        generator_url=str(entry.get("generatorURL") or ""),
    )


def _time(text: str) -> datetime:
    # Go writes up to nine digits of a second; Python reads six.
    head, dot, tail = text.partition(".")
    if dot:
        digits = len(tail) - len(tail.lstrip("0123456789"))
        text = f"{head}.{tail[: min(digits, 6)]}{tail[digits:]}"
    return datetime.fromisoformat(text).astimezone(UTC)


def _parsed(pieces: Iterable[bytes]) -> Any:
    try:
        return json.loads(b"".join(pieces))
    except (ValueError, RecursionError) as error:
        raise QueryError("the answer is no JSON: is this the address of Alertmanager?", kind="malformed") from error
