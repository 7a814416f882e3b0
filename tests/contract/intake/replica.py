"""One replica's intake in this process, on a real API server: its own client, store, port and memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import aiohttp
from aiohttp import web

from clv_operator.api import read
from clv_operator.incidents.door import build_door
from clv_operator.kube.client import Cluster
from clv_operator.kube.connection import Connection
from clv_operator.kube.resource import CLV_TIER, ESCALATION_POLICY, REVENUE_INCIDENT, TIERED_SLO
from clv_operator.kube.store import Store
from clv_operator.settings import IncidentSettings, IntakeSettings, Settings
from clv_operator.web.auth import Access, BearerAuth
from devstack import until
from devstack.api import Api, ApiRefused

TOKEN = "let-me-in"
KINDS = (CLV_TIER, TIERED_SLO, ESCALATION_POLICY, REVENUE_INCIDENT)


def serves(api: Api) -> bool:
    """For some seconds after a CRD is established its storage answers 429."""
    try:
        api.get("/apis/clvsre.io/v1alpha1/revenueincidents")
    except ApiRefused:
        return False
    return True


def wait_until_served(api: Api) -> None:
    until(lambda: serves(api), what="the API server's storage of incidents", timeout_seconds=20)


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Peers:
    """What Alertmanager would list: fingerprints, or None for an Alertmanager that cannot be asked."""

    def __init__(self) -> None:
        self.listed: frozenset[str] | None = None

    async def active(self) -> frozenset[str] | None:
        return self.listed


class Replica:
    """The running intake, and the questions that a test asks of it."""

    def __init__(self, api: Api, namespace: str, *, watched: tuple[str, ...] = ()) -> None:
        self.api = api
        self.namespace = namespace
        self.clock = Clock()
        self.peers = Peers()
        self.store = Store()
        for kind in KINDS:
            self.store.add(kind, lambda body, kind=kind: read(kind.kind, body))
        self.url = ""
        self.blind = ""
        self.watched = (namespace, *watched)
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> Self:
        folder = Path(self._exits.enter_context(TemporaryDirectory()))
        token = folder / "token"
        token.write_text(TOKEN)
        settings = Settings(
            namespace=self.namespace,
            watch_namespaces=self.watched,
            incidents=IncidentSettings(namespace=self.namespace),
            intake=replace(IntakeSettings(), token_files=(token,)),
        )
        connection = Connection.find(self.api.kubeconfig)
        self.cluster = await self._exits.enter_async_context(Cluster(await connection.client()))
        auth = BearerAuth(
            reviewer=self.cluster,
            settings=settings.intake,
            access=Access(verb="create", resource=REVENUE_INCIDENT, subresource="intake"),
        )
        self.door = build_door(
            settings=settings,
            cluster=self.cluster,
            store=self.store,
            auth=auth,
            listing=self.peers,
            now=self.clock,
            blind=lambda: self.blind,
        )
        app = web.Application(client_max_size=1024 * 1024)
        app.add_routes(self.door.routes)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._exits.push_async_callback(runner.cleanup)
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/alertmanager"
        self._task = asyncio.create_task(self.door.committers.run())
        self._exits.push_async_callback(self._stop)
        self.http = await self._exits.enter_async_context(aiohttp.ClientSession())
        return self

    async def _stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def __aexit__(self, *_: object) -> None:
        await self._exits.aclose()

    async def post(
        self, body: object, *, token: str | None = TOKEN, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """The status and the answer to a webhook; a body that is bytes goes as it is."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        async with self.http.post(self.url, data=data, headers=sent) as response:
            text = await response.text()
            return response.status, json.loads(text) if text.startswith("{") else {"text": text}

    async def incidents(self) -> list[dict[str, Any]]:
        return await self.cluster.list_all(REVENUE_INCIDENT, self.namespace)

    async def only_incident(self) -> dict[str, Any]:
        found = await self.incidents()
        assert len(found) == 1, [item["metadata"]["name"] for item in found]
        return found[0]

    async def set_status(self, name: str, **fields: object) -> None:
        """What the leader would write."""
        await self.cluster.merge_patch_status(REVENUE_INCIDENT, self.namespace, name, {"status": fields})

    async def set_spec(self, name: str, **fields: object) -> None:
        """What a person would write."""
        await self.cluster.merge_patch(REVENUE_INCIDENT, self.namespace, name, {"spec": fields})


def alert(name: str = "Errors", *, start: str = "2026-11-24T14:02:00Z", end: str = "", **labels: str) -> dict[str, Any]:
    """As Alertmanager writes one; with an end it is resolved."""
    return {
        "status": "resolved" if end else "firing",
        "labels": {"alertname": name, "service": "checkout", **labels},
        "annotations": {"summary": f"{name} burns"},
        "startsAt": start,
        "endsAt": end or "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example/graph",
        "fingerprint": "0000000000000000",
    }


def message(*alerts: dict[str, Any], **fields: object) -> dict[str, Any]:
    """A webhook of version 4; its keys come in Alertmanager's order, the version after the alerts."""
    firing = any(item.get("status") == "firing" for item in alerts)
    body: dict[str, Any] = {
        "receiver": "clv",
        "status": "firing" if firing else "resolved",
        "alerts": list(alerts),
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "version": "4",
        "groupKey": '{}:{service="checkout"}',
        "truncatedAlerts": 0,
    }
    return {**body, **fields}
