"""Alerts about intake, escalation and delivery: they go through Alertmanager to a receiver that is not us."""

from __future__ import annotations

from datetime import timedelta

from sloengine.rules.ours import SERVICE, our_alert
from sloengine.rules.rule import Rule, RuleGroup, content_hash
from sloengine.rules.settings import RuleSettings
from sloengine.windows import Severity

INCIDENT_GROUP = "clv-sre-incidents"

WATCHDOG = "ClvWatchdog"
WATCHDOG_MISSING = "ClvWatchdogMissing"
PAGE_NOT_DELIVERED = "ClvPageNotDelivered"
ESCALATION_OVERDUE = "ClvEscalationOverdue"
INTAKE_REJECTING = "ClvIntakeRejecting"
CHANNEL_FAILING = "ClvChannelFailing"
RECONCILE_BLIND = "ClvReconcileBlind"

WATCHDOG_SECONDS = 7_500
"""Twice the recommended repeat_interval of an hour, and five minutes."""
FAILURES = 3


def incident_group(settings: RuleSettings | None = None) -> RuleGroup:
    """Three pages, three tickets, and the alert that always fires so that its absence can be noticed."""
    settings = settings or RuleSettings()
    rules = (
        Rule(
            alert=WATCHDOG,
            expr="vector(1)",
            labels={"severity": "none", "service": SERVICE},
            annotations={"summary": "Always fires: it shows that alerts reach the operator"},
        ),
        our_alert(
            settings,
            WATCHDOG_MISSING,
            Severity.PAGE,
            f"min(clv_intake_watchdog_age_seconds) > {WATCHDOG_SECONDS}",
            wait=timedelta(minutes=5),
            summary="ClvWatchdog has not reached the operator for {{ $value | humanizeDuration }}: other alerts may not either",
        ),
        our_alert(
            settings,
            PAGE_NOT_DELIVERED,
            Severity.PAGE,
            "max(clv_incidents_untold) > 0",
            summary="{{ $value }} incidents of the gravest severity are two minutes old and nobody was told",
        ),
        our_alert(
            settings,
            ESCALATION_OVERDUE,
            Severity.PAGE,
            "max(clv_escalation_overdue_incidents) > 0",
            wait=timedelta(minutes=1),
            summary="The next step of {{ $value }} open incidents is overdue: nobody escalates",
        ),
        our_alert(
            settings,
            INTAKE_REJECTING,
            Severity.TICKET,
            'sum by (code) (increase(clv_intake_requests_total{code=~"4.."}[15m])) > 0'
            ' or sum by (reason) (increase(clv_intake_refused_total{what="alert"}[15m])) > 0',
            summary="Webhooks or alerts were refused ({{ $labels.code }}{{ $labels.reason }}): {{ $value | humanize }} in 15 minutes",
        ),
        our_alert(
            settings,
            CHANNEL_FAILING,
            Severity.TICKET,
            f"max by (namespace, policy, channel) (clv_channel_consecutive_failures) >= {FAILURES}",
            summary="Channel {{ $labels.channel }} of policy {{ $labels.namespace }}/{{ $labels.policy }} takes no messages",
        ),
        our_alert(
            settings,
            RECONCILE_BLIND,
            Severity.TICKET,
            "max(clv_reconcile_blind_peers) > 0",
            wait=timedelta(minutes=10),
            summary="{{ $value }} Alertmanagers cannot be asked: an alert whose end is never sent stays open",
        ),
    )
    return RuleGroup(name=INCIDENT_GROUP, rules=rules, hash=content_hash(INCIDENT_GROUP, rules))
