from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from clv_operator.api import read
from clv_operator.incidents.auditor import audit
from tests import manifests

NOW = datetime(2026, 11, 25, 14, 10, tzinfo=UTC)


def incident(*, status: dict[str, Any], opened: str = "2026-11-25T14:00:00Z", with_policy: bool = True) -> Any:
    body = manifests.incident()
    body["metadata"] |= {"creationTimestamp": opened, "namespace": "shop"}
    body["spec"] = {"opening": body["spec"]["opening"]}
    if with_policy:
        spec = manifests.policy()["spec"]
        body["spec"]["policy"] = {"name": "p", "namespace": "shop", "resourceVersion": "1", "hash": "h", "spec": spec}
    return read("RevenueIncident", {**body, "status": status})


def page(state: str) -> dict[str, Any]:
    return {"id": "a" * 16, "kind": "page", "channel": "war-room", "state": state, "due": "2026-11-25T14:01:00Z"}


def test_a_step_that_is_a_minute_late_is_overdue() -> None:
    late = incident(status={"phase": "Open", "nextStepAt": "2026-11-25T14:08:00Z"})
    soon = incident(status={"phase": "Open", "nextStepAt": "2026-11-25T14:09:30Z"})
    over = incident(status={"phase": "Resolved", "nextStepAt": "2026-11-25T14:08:00Z"})
    assert [audit([one], now=NOW).overdue for one in (late, soon, over)] == [1, 0, 0]


def test_an_incident_that_nobody_has_looked_at_is_overdue() -> None:
    assert audit([incident(status={})], now=NOW).overdue == 1
    assert audit([incident(status={}, opened="2026-11-25T14:09:30Z")], now=NOW).overdue == 0


def test_the_gravest_without_a_sent_page_is_untold() -> None:
    def untold(severity: str, state: str, opened: str = "2026-11-25T14:00:00Z") -> int:
        status = {"phase": "Open", "severity": severity, "outbox": [page(state)]}
        return audit([incident(status=status, opened=opened)], now=NOW).untold

    assert untold("SEV1", "Pending") == 1
    assert untold("SEV1", "Sent") == 0
    assert untold("SEV2", "Pending") == 0
    assert untold("SEV1", "Pending", opened="2026-11-25T14:09:00Z") == 0


def test_a_page_that_waits_on_purpose_is_not_missed() -> None:
    status = {"phase": "Open", "severity": "SEV1", "outbox": [page("Pending")]}
    silenced = audit([incident(status={**status, "alerts": {"firing": 0, "muted": 2}})], now=NOW)
    assert (silenced.untold, silenced.oldest_seconds) == (0, 0)
    partly = audit([incident(status={**status, "alerts": {"firing": 1, "muted": 2}})], now=NOW)
    assert (partly.untold, partly.oldest_seconds) == (1, 540)
    taken = audit([incident(status={**status, "phase": "Acknowledged"})], now=NOW)
    assert taken.untold == 0


def test_waiting_messages_and_open_incidents_are_counted() -> None:
    found = audit(
        [
            incident(status={"phase": "Open", "severity": "SEV1", "outbox": [page("Pending")]}),
            incident(status={"phase": "Acknowledged", "severity": "SEV1"}),
        ],
        now=NOW,
    )
    assert found.oldest_seconds == 540
    assert found.open_by_severity == {"SEV1": 2}
