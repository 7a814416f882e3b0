"""Real Alertmanager whose webhooks go nowhere: only its API tells what fires."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devstack import AlertmanagerConfig
from tests.contract.incidents.house import House, Receiver, fired, post

pytestmark = [pytest.mark.needs("apiserver", "alertmanager")]


def silence(url: str, alertname: str) -> None:
    now = datetime.now(UTC)
    body = {
        "matchers": [{"name": "alertname", "value": alertname, "isRegex": False, "isEqual": True}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "ann",
        "comment": "known",
    }
    request = urllib.request.Request(
        f"{url}/api/v2/silences", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.status == 200


def alerts(house: House) -> dict[str, Any]:
    found: dict[str, Any] = house.incident()["status"]["alerts"]
    return found


def test_a_missed_alert_is_found_and_a_silenced_one_is_muted_and_not_over(house: House, receiver: Receiver) -> None:
    alertmanager = house.stack.add_alertmanager(AlertmanagerConfig(webhooks=["http://127.0.0.1:9/nowhere"]))
    page = fired("ClvBudgetBurnPage", severity="page", clv_slo=f"{house.namespace}/checkout")
    alertmanager.post([page, fired("NotForUs", service="other")])
    house.policy(receiver)
    operator = house.start(alertmanagers=[{"url": alertmanager.url}])
    house.wait("the missed alert", lambda: house.incidents() and receiver.at("/pager"))
    assert house.incident()["spec"]["opening"]["service"] == "checkout"
    assert alerts(house)["firing"] == 1
    silence(alertmanager.url, "ClvBudgetBurnPage")
    operator.kill()
    house.start(alertmanagers=[{"url": alertmanager.url}])
    house.wait("it is muted", lambda: alerts(house)["muted"] == 1)
    assert house.phase() == "Open"
    assert alerts(house)["firing"] == 0
    # A page-level alert of another name fires: the incident pages no less for the muted one.
    assert post(house, fired("Latency", severity="page")) == 200
    house.wait("the other one", lambda: alerts(house)["firing"] == 1)
