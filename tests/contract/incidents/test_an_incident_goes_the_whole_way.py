"""Real Alertmanager, real API server, the operator as a process, receivers on loopback."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from devstack import AlertmanagerConfig
from devstack.alertmanager import Alertmanager
from tests.contract.incidents.house import TOKEN, House, Receiver, fired

pytestmark = [pytest.mark.needs("apiserver", "alertmanager")]


@pytest.fixture
def alertmanager(house: House) -> Alertmanager:
    config = AlertmanagerConfig(webhooks=[house.url], token=TOKEN, group_by=["service"])
    return house.stack.add_alertmanager(config)


def test_from_alert_to_page_to_acknowledgement_to_the_end(
    house: House, receiver: Receiver, alertmanager: Alertmanager
) -> None:
    house.policy(receiver)
    house.start(alertmanagers=[{"url": alertmanager.url}], incidents={"mitigatedFor": "2s"})
    page = fired(clv_tier="platinum", severity="page")
    alertmanager.post([page])
    house.wait("the page", lambda: receiver.at("/pager") and receiver.at("/room"))
    sent = receiver.at("/pager")[0]
    signature = hmac.new(b"signing-key", sent.body, hashlib.sha256).hexdigest()
    assert sent.headers["X-Clv-Signature"] == f"sha256={signature}"
    assert sent.headers["Authorization"] == "Bearer receivers-token"
    assert sent.headers["Idempotency-Key"] == sent.json["id"]
    assert sent.json["summary"] == "SEV1 checkout (platinum): revenue at risk unknown"
    assert sent.json["links"]["runbook"] == "https://runbooks.example/errors"
    assert receiver.at("/room")[0].json["text"].startswith("SEV1 checkout")
    house.wait("the page is marked", lambda: _sent(house.incident(), "page") == 2)
    name = house.incident()["metadata"]["name"]
    acknowledged = {"by": "ann", "at": page["startsAt"], "via": "kubectl"}
    house.api.merge(house.path(name), {"spec": {"acknowledged": acknowledged}})
    house.wait("Acknowledged", lambda: house.phase() == "Acknowledged")
    house.wait("the update", lambda: len(receiver.at("/pager")) == 2)
    assert receiver.at("/pager")[1].json["subject"] == "Acknowledged"
    alertmanager.post([{**page, "endsAt": fired(ended=True)["endsAt"]}])
    house.wait("Mitigated", lambda: house.phase() == "Mitigated")
    texts = [item["text"] for item in house.incident()["status"]["timeline"]]
    assert texts[0] == "Opened: 1 alert firing"
    assert texts[1].startswith("Rated SEV1: page-level alert for platinum")
    assert texts[2] == "Acknowledged by ann"
    assert _sent(house.incident(), "page") == 2


def _sent(incident: dict[str, Any], kind: str) -> int:
    return sum(
        item["kind"] == kind and item["state"] == "Sent" for item in incident.get("status", {}).get("outbox") or ()
    )
