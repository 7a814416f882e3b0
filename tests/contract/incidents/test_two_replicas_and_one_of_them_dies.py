"""Real Alertmanager posts to two replicas; the one that leads is killed in the middle."""

from __future__ import annotations

import pytest

from devstack import AlertmanagerConfig
from sloengine.incidents.fingerprint import fingerprint
from sloengine.incidents.ledger import unpack
from tests.contract.incidents.house import TOKEN, House, Receiver, fired

pytestmark = [pytest.mark.needs("apiserver", "alertmanager")]
ALERTS = 40


def test_every_alert_is_in_the_ledger_and_nobody_is_paged_twice(house: House, receiver: Receiver) -> None:
    other = House(house.stack, house.api, house.namespace)
    config = AlertmanagerConfig(webhooks=[house.url, other.url], token=TOKEN, group_by=["service", "instance"])
    alertmanager = house.stack.add_alertmanager(config)
    house.policy(receiver, steps=[{"after": "0s", "notify": ["pager"]}])
    first = house.start()
    second = other.start(leads=False)
    alerts = [fired(severity="page", instance=str(number)) for number in range(ALERTS)]
    try:
        alertmanager.post(alerts[: ALERTS // 2])
        house.wait("the first alerts", lambda: house.incidents() and receiver.at("/pager"))
        # Until a page is marked it may be sent again, under the same key; after that never.
        house.wait("the mark", lambda: house.incident()["status"]["outbox"][0]["state"] == "Sent")
        alertmanager.post(alerts[ALERTS // 2 :])
        first.kill()
        house.wait("every alert", lambda: house.incident()["status"]["alerts"]["firing"] == ALERTS, seconds=60)
        ledger = unpack(house.incident()["status"]["alerts"]["ledger"])
        assert set(ledger) == {fingerprint(alert["labels"]) for alert in alerts}
        other.operator = second
        name = house.incident()["metadata"]["name"]
        house.api.merge(house.path(name), {"spec": {"closed": {"reason": "Resolved", "by": "ann"}}})
        house.wait("the other one leads", lambda: house.phase() == "Resolved", seconds=40)
        keys = [item.headers["Idempotency-Key"] for item in receiver.at("/pager") if item.json["kind"] == "page"]
        assert len(keys) == 1
    finally:
        second.kill()
