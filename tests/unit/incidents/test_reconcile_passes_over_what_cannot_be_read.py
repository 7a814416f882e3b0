from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from clv_operator.api import read
from clv_operator.incidents.committer import Outcome, Part
from clv_operator.incidents.reconcile import Reconciler
from clv_operator.prometheus.alertmanager import PeerAlert, PeerAnswer
from sloengine.incidents.fingerprint import fingerprint
from sloengine.incidents.identity import Key
from tests import manifests

NOW = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)
LABELS = {"alertname": "Errors", "service": "search", "clv_slo": "search", "severity": "page"}


@dataclass
class Entry:
    model: Any


def incident(service: str, ledger: str) -> Any:
    body = manifests.incident()
    key = Key(service=service, scope="*", cause="-")
    body["metadata"]["name"] = key.incident_name(1)
    opening = {"key": key.digest, "service": service, "scope": "*", "cause": "-"}
    body["spec"] = {"opening": body["spec"]["opening"] | opening}
    alerts = {"seq": 1, "firing": 1, "ledger": ledger}
    return read("RevenueIncident", {**body, "status": {"phase": "Open", "alerts": alerts}})


class Incidents:
    def __init__(self, *models: Any) -> None:
        self.models, self.listeners = models, []

    def snapshot(self) -> dict[tuple[str, str], Entry]:
        return {("shop", model.metadata.name): Entry(model) for model in self.models}


class Peers:
    async def ask(self) -> tuple[PeerAnswer, ...]:
        alert = PeerAlert(labels=LABELS, annotations={}, starts_at=NOW - timedelta(minutes=1), is_active=True)
        return (PeerAnswer(url="http://one", alerts=(alert,)),)


class Commits:
    def __init__(self) -> None:
        self.parts: list[Part] = []

    async def commit(self, part: Part) -> Outcome:
        self.parts.append(part)
        return Outcome()


def test_an_incident_whose_ledger_was_broken_by_hand_stops_no_other() -> None:
    commits = Commits()
    made: Any = {"incidents": Incidents(incident("checkout", "@@@@"), incident("search", "")), "peers": Peers()}
    reconciler = Reconciler(
        **made,
        commits=commits,
        service_labels=(),
        incident_namespace="shop",
        is_ours=lambda _: True,
        is_leading=lambda: True,
        now=lambda: NOW,
    )
    asyncio.run(reconciler.once())
    assert [alert.fingerprint for part in commits.parts for alert in part.batch.alerts] == [fingerprint(LABELS)]
