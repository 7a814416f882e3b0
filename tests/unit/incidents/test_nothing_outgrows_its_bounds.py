"""The largest incident that any input can make fits its schema, uncut, and etcd."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clv_operator.api import cut_status
from clv_operator.incidents.keeping import state_json, state_of
from clv_operator.incidents.record import alerts_json, alerts_of
from sloengine.incidents import outbox
from sloengine.incidents.advance import Acknowledgement, State
from sloengine.incidents.alert import MalformedAlert, compact, read
from sloengine.incidents.merge import Alerts, Batch, merge
from sloengine.incidents.outbox import Kind, Outbox
from sloengine.incidents.phase import Phase
from sloengine.incidents.severity import Severity
from sloengine.incidents.timeline import Moment, extended

NOW = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)
HARD_CAP = 128 * 1024
ALERTS_CAP = 48 * 1024
POLICY_CAP = 8 * 1024
WORST = ['"' * 600, "\\" * 600, "€" * 600, "𝕏" * 600, "\x01" * 600]


def raw(i: int, text: str) -> dict[str, Any]:
    return {
        "status": "firing" if i % 3 else "resolved",
        "labels": {
            "alertname": text,
            "clv_tier": f"{text}{i % 9}",
            "severity": text,
            "service": text,
            text[:90]: text,
            "i": str(i),
        },
        "annotations": {"summary": text * 200, "runbook_url": "https://x/" + "a" * 240},
        "startsAt": (NOW - timedelta(milliseconds=i)).isoformat(),
        "generatorURL": "https://x/" + "b" * 240,
    }


def test_the_largest_alerts_fit() -> None:
    alerts = Alerts()
    for group in range(70):
        text = WORST[group % len(WORST)]
        batch = tuple(compact(read(raw(i + 40 * group, text), arrived=NOW)) for i in range(40))
        alerts = merge(
            alerts, Batch(group=f"{group:016x}", alerts=batch, dropped=10**9, truncated=True), now=NOW
        ).alerts
    status = {"alerts": alerts_json(alerts)}
    cut = cut_status("RevenueIncident", status)
    assert cut.paths == ()
    assert len(alerts.ledger.lines) == 1_000
    assert len(alerts.ledger.groups) == 64
    assert len(json.dumps(status, ensure_ascii=False).encode()) < ALERTS_CAP
    assert alerts_of(status["alerts"]) == alerts


def full_state() -> State:
    entries = [
        outbox.refused(
            outbox.entry(
                uid="u", kind=Kind.PAGE, step=i, channel="c" * 63, generation=999_999, due=NOW, subject="s" * 99
            ),
            "é" * 999,
            now=NOW,
            retryable=i % 2 == 0,
        )
        for i in range(200)
    ]
    return State(
        phase=Phase.ACKNOWLEDGED,
        severity=Severity(name="S" * 63, reason="r" * 256, falling_since=NOW),
        generation=999_999,
        since=NOW,
        planned_until=NOW,
        transitions=999_999,
        mitigated_at=NOW,
        resolved_at=NOW,
        reopened_at=NOW,
        acknowledgement=Acknowledgement(by="b" * 128, at=NOW, seen_at=NOW, severity="S" * 63),
        timeline=extended((), *(Moment(NOW, "ü" * 999) for _ in range(200))),
        outbox=outbox.fold(Outbox(entries=tuple(entries)), generation=999_999),
        next_step_at=NOW,
    )


def test_the_largest_state_fits_beside_them() -> None:
    state = full_state()
    status = state_json(state)
    assert cut_status("RevenueIncident", status).paths == ()
    assert len(json.dumps(status, ensure_ascii=False).encode()) < HARD_CAP - ALERTS_CAP - POLICY_CAP
    assert state_of(status) == state


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=40),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
        max_leaves=12,
    ),
    st.dictionaries(
        st.sampled_from(["status", "labels", "annotations", "startsAt", "endsAt", "generatorURL"]),
        st.none() | st.text(max_size=30) | st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=4),
    ),
)
def test_any_json_is_an_alert_or_malformed_and_nothing_else(anything: object, spoiled: dict[str, object]) -> None:
    good = {"status": "firing", "labels": {"a": "b"}, "startsAt": "2026-11-25T14:00:00Z"}
    for candidate in (anything, {**good, **spoiled}):
        try:
            parsed = compact(read(candidate, arrived=NOW))
        except MalformedAlert:
            continue
        alerts = merge(Alerts(), Batch(group="g", alerts=(parsed,)), now=NOW).alerts
        json.dumps(alerts_json(alerts)).encode()
        assert cut_status("RevenueIncident", {"alerts": alerts_json(alerts)}).paths == ()
