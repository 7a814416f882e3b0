"""The operator's alerts about itself, for whichever Prometheus scrapes it.

Where nobody scrapes it, all of them are silent: an installation without that loses these alerts and nothing else, and
is not paged for ever about an operator that is fine.
"""

from __future__ import annotations

from datetime import timedelta

from sloengine import duration
from sloengine.rules.ours import our_alert
from sloengine.rules.rule import RuleGroup, content_hash
from sloengine.rules.settings import RuleSettings
from sloengine.windows import Severity

OPERATOR_GROUP = "clv-sre-operator"

OPERATOR_DOWN = "ClvOperatorDown"
PROMETHEUS_UNREACHABLE = "ClvPrometheusUnreachable"
NO_LEADER = "ClvNoLeader"
TICK_SLOW = "ClvTickSlow"
WATCH_STALE = "ClvWatchStale"
STATUS_WRITE_ERRORS = "ClvStatusWriteErrors"
RESTARTING = "ClvRestarting"
RULES_OUT_OF_SYNC = "ClvRulesOutOfSync"

_SEEN = timedelta(days=7)  # how long an operator that is gone is missed, and not merely uninstalled
_SWEEP_LATE = timedelta(minutes=20)  # four of the sweeps that come every five minutes
_SKIPPED = 3
_RESTARTS = 3


def operator_group(settings: RuleSettings | None = None) -> RuleGroup:
    """Two pages and six tickets; each has a page in runbooks/ and a test in which it fires and clears."""
    settings = settings or RuleSettings()
    rules = (
        our_alert(
            settings,
            OPERATOR_DOWN,
            Severity.PAGE,
            f"count(last_over_time(clv_leader[{duration.render(_SEEN)}])) unless on () count(clv_leader)",
            wait=timedelta(minutes=5),
            summary="No replica of the clv-sre operator answers: alerts still fire, but nobody opens or escalates incidents",
        ),
        our_alert(
            settings,
            PROMETHEUS_UNREACHABLE,
            Severity.PAGE,
            # At a tick that fails now and then the figures are seconds old; at one that always fails they are frozen.
            'sum(increase(clv_ticks_total{outcome!="ok"}[10m])) > 0'
            ' unless on () sum(increase(clv_ticks_total{outcome="ok"}[10m])) > 0',
            wait=timedelta(minutes=5),
            summary="The operator has no answer from Prometheus: every budget and every amount at risk is frozen",
        ),
        our_alert(
            settings,
            NO_LEADER,
            Severity.TICKET,
            "sum(clv_leader) < 1",
            wait=timedelta(minutes=5),
            summary="Replicas of the operator run and none of them leads: nothing is evaluated, nobody is notified",
        ),
        our_alert(
            settings,
            TICK_SLOW,
            Severity.TICKET,
            f"sum(increase(clv_ticks_skipped_total[15m])) >= {_SKIPPED}",
            wait=timedelta(minutes=5),
            summary="Ticks take longer than their interval: {{ $value | humanize }} were left out in 15 minutes",
        ),
        our_alert(
            settings,
            WATCH_STALE,
            Severity.TICKET,
            f"time() - clv_sweep_last_success_timestamp_seconds > {int(_SWEEP_LATE.total_seconds())}",
            wait=timedelta(minutes=5),
            summary="{{ $labels.instance }} has not compared its copy of the cluster for {{ $value | humanizeDuration }}",
        ),
        our_alert(
            settings,
            STATUS_WRITE_ERRORS,
            Severity.TICKET,
            'sum by (kind) (increase(clv_status_writes_total{outcome="failed"}[15m])) > 0',
            summary="Statuses of {{ $labels.kind }} cannot be written: what kubectl shows is old",
        ),
        our_alert(
            settings,
            RESTARTING,
            Severity.TICKET,
            f"changes(process_start_time_seconds[1h]) >= {_RESTARTS} and on (job, instance) clv_leader",
            summary="{{ $labels.instance }} started {{ $value }} times anew within an hour",
        ),
        our_alert(
            settings,
            RULES_OUT_OF_SYNC,
            Severity.TICKET,
            "max(clv_rules_out_of_sync_objects) > 0",
            wait=timedelta(minutes=15),
            summary="Prometheus does not evaluate the current rules of {{ $value }} TieredSLOs: they may not alert",
        ),
    )
    return RuleGroup(name=OPERATOR_GROUP, rules=rules, hash=content_hash(OPERATOR_GROUP, rules))
