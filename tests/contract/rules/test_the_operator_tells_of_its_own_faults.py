"""Each of the operator's alerts about itself fires, and clears, as promtool plays it minute by minute."""

from pathlib import Path

import pytest

from sloengine.rules.operator import operator_group
from tests.contract.rules.promtool import Check, Scenario, play

pytestmark = pytest.mark.needs("promtool")
INSTANCE = 'job="clv",instance="10.0.0.1:8080"'


def fires(alert: str, minute: float, value: float | None = 1.0) -> Check:
    expr = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})'
    return Check(minute=minute, expr=expr, samples={} if value is None else {"{}": value})


def clears(alert: str, minute: float) -> Check:
    return fires(alert, minute, None)


SCENARIOS = [
    Scenario(
        name="down: scraped for 10 minutes, gone for 60, back",
        series={f"clv_leader{{{INSTANCE}}}": "1x10 _x60 1x30"},
        checks=[
            clears("ClvOperatorDown", 9),
            clears("ClvOperatorDown", 19),
            fires("ClvOperatorDown", 25),
            clears("ClvOperatorDown", 80),
        ],
    ),
    Scenario(
        name="never scraped: nobody is paged",
        series={"up": "1x60"},
        checks=[
            clears(alert, 40)
            for alert in ("ClvOperatorDown", "ClvNoLeader", "ClvPrometheusUnreachable", "ClvRulesOutOfSync")
        ],
    ),
    Scenario(
        name="prometheus unreachable: good ticks, then only refused ones, then good again",
        series={
            f'clv_ticks_total{{{INSTANCE},outcome="ok"}}': "0+2x20 40x40 40+2x40",
            f'clv_ticks_total{{{INSTANCE},outcome="refused"}}': "0x20 0+2x40 80x40",
        },
        checks=[
            clears("ClvPrometheusUnreachable", 20),
            fires("ClvPrometheusUnreachable", 40),
            clears("ClvPrometheusUnreachable", 80),
        ],
    ),
    Scenario(
        name="a failed tick now and then is no outage",
        series={
            f'clv_ticks_total{{{INSTANCE},outcome="ok"}}': "0+2x60",
            f'clv_ticks_total{{{INSTANCE},outcome="timeout"}}': "0+1x60",
        },
        checks=[clears("ClvPrometheusUnreachable", minute) for minute in (20, 40, 55)],
    ),
    Scenario(
        name="no leader: two followers for 20 minutes, then one leads",
        series={'clv_leader{instance="a"}': "0x20 1x20", 'clv_leader{instance="b"}': "0x40"},
        checks=[clears("ClvNoLeader", 4), fires("ClvNoLeader", 10), clears("ClvNoLeader", 25)],
    ),
    Scenario(
        name="slow ticks: half of them skipped for half an hour",
        series={f"clv_ticks_skipped_total{{{INSTANCE}}}": "0x10 0+1x30 30x40"},
        checks=[clears("ClvTickSlow", 10), fires("ClvTickSlow", 30), clears("ClvTickSlow", 70)],
    ),
    Scenario(
        name="stale watch: the sweep last succeeded at minute 5, and again at 60",
        series={f"clv_sweep_last_success_timestamp_seconds{{{INSTANCE}}}": "300x60 3600x20"},
        checks=[clears("ClvWatchStale", 20), fires("ClvWatchStale", 40), clears("ClvWatchStale", 65)],
    ),
    Scenario(
        name="status writes fail for 10 minutes",
        series={'clv_status_writes_total{kind="TieredSLO",outcome="failed"}': "0x10 0+1x10 10x40"},
        checks=[
            clears("ClvStatusWriteErrors", 9),
            fires("ClvStatusWriteErrors", 15),
            clears("ClvStatusWriteErrors", 45),
        ],
    ),
    Scenario(
        name="restarting: four starts in twenty minutes, then peace",
        series={
            f"process_start_time_seconds{{{INSTANCE}}}": "0x5 300x5 600x5 900x5 1200x90",
            f"clv_leader{{{INSTANCE}}}": "0x110",
            'process_start_time_seconds{job="other",instance="10.0.0.9:1"}': "0+60x110",
        },
        checks=[clears("ClvRestarting", 8), fires("ClvRestarting", 20), clears("ClvRestarting", 100)],
    ),
    Scenario(
        name="rules out of sync for half an hour",
        series={f"clv_rules_out_of_sync_objects{{{INSTANCE}}}": "0x10 2x30 0x20"},
        checks=[clears("ClvRulesOutOfSync", 20), fires("ClvRulesOutOfSync", 30), clears("ClvRulesOutOfSync", 45)],
    ),
]


def test_each_alert_fires_and_clears(tmp_path: Path):
    play(tmp_path, [operator_group()], *SCENARIOS)


def test_each_alert_is_played():
    played = {check.expr.split('"')[1] for scenario in SCENARIOS for check in scenario.checks if check.samples}
    assert played == {rule.alert for rule in operator_group().rules}


def test_each_alert_has_its_runbook():
    for rule in operator_group().rules:
        page = Path(__file__).parents[3] / "runbooks" / f"{rule.alert}.md"
        assert page.is_file(), page
        assert rule.annotations["runbook_url"].endswith(f"/{rule.alert}.md")
