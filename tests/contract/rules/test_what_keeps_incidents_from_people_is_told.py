"""Each alert of the incidents room: when it fires, when it clears."""

from __future__ import annotations

from pathlib import Path

import pytest

from sloengine.rules.incidents import incident_group
from tests.contract.rules.promtool import Check, Scenario, play

pytestmark = pytest.mark.needs("promtool")


def fires(minute: float, alert: str, *labels: str) -> Check:
    expr = f'sum by (code, reason, namespace, policy, channel) (ALERTS{{alertname="{alert}",alertstate="firing"}})'
    return Check(minute=minute, expr=expr, samples={f"{{{text}}}": 1.0 for text in labels})


SCENARIOS = [
    Scenario(
        name="untold",
        series={"clv_incidents_untold": "0x5 1x5 0x5"},
        checks=[
            fires(5, "ClvPageNotDelivered"),
            fires(6, "ClvPageNotDelivered", ""),
            fires(12, "ClvPageNotDelivered"),
        ],
    ),
    Scenario(
        name="overdue on one replica of two",
        series={
            'clv_escalation_overdue_incidents{pod="a"}': "0x5 2x5 0x5",
            'clv_escalation_overdue_incidents{pod="b"}': "0x15",
        },
        checks=[
            fires(6, "ClvEscalationOverdue"),
            fires(7, "ClvEscalationOverdue", ""),
            fires(12, "ClvEscalationOverdue"),
        ],
    ),
    Scenario(
        name="watchdog: one replica of two got it",
        series={
            'clv_intake_watchdog_age_seconds{pod="a"}': "8000x30 60x5",
            'clv_intake_watchdog_age_seconds{pod="b"}': "30x10 8000x20 8000x5",
        },
        checks=[
            fires(10, "ClvWatchdogMissing"),
            fires(17, "ClvWatchdogMissing", ""),
            fires(32, "ClvWatchdogMissing"),
            fires(0, "ClvWatchdog", ""),
        ],
    ),
    Scenario(
        name="refused",
        series={
            'clv_intake_requests_total{code="200"}': "0+50x60",
            'clv_intake_requests_total{code="401"}': "0x10 1x50",
            'clv_intake_refused_total{what="alert",reason="labels"}': "0x30 1x30",
        },
        checks=[
            fires(10, "ClvIntakeRejecting"),
            fires(12, "ClvIntakeRejecting", 'code="401"'),
            fires(28, "ClvIntakeRejecting"),
            fires(32, "ClvIntakeRejecting", 'reason="labels"'),
            fires(50, "ClvIntakeRejecting"),
        ],
    ),
    Scenario(
        name="channel",
        series={
            'clv_channel_consecutive_failures{namespace="clv",policy="default",channel="room",pod="a"}': "0 1 2 3 4 0x10"
        },
        checks=[
            fires(2, "ClvChannelFailing"),
            fires(3, "ClvChannelFailing", 'channel="room", namespace="clv", policy="default"'),
            fires(6, "ClvChannelFailing"),
        ],
    ),
    Scenario(
        name="blind",
        series={"clv_reconcile_blind_peers": "0x5 1x20 0x5"},
        checks=[fires(15, "ClvReconcileBlind"), fires(16, "ClvReconcileBlind", ""), fires(28, "ClvReconcileBlind")],
    ),
]


def test_each_fires_and_clears(tmp_path: Path) -> None:
    played = {check.expr for scenario in SCENARIOS for check in scenario.checks}
    play(tmp_path, [incident_group()], *SCENARIOS)
    assert all(any(rule.alert in expr for expr in played) for rule in incident_group().rules)


def test_each_has_its_page() -> None:
    runbooks = Path(__file__).parents[3] / "runbooks"
    alerts = [rule.alert for rule in incident_group().rules if "runbook_url" in rule.annotations]
    assert len(alerts) == 6
    assert [alert for alert in alerts if not (runbooks / f"{alert}.md").is_file()] == []
