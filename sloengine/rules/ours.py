"""Alerts of the operator about itself: one service, one way to name the runbook."""

from __future__ import annotations

from datetime import timedelta

from sloengine.rules.rule import Rule
from sloengine.rules.settings import RuleSettings
from sloengine.windows import Severity

SERVICE = "clv-sre"


def our_alert(
    settings: RuleSettings,
    alert: str,
    severity: Severity,
    expr: str,
    *,
    summary: str,
    wait: timedelta = timedelta(0),
) -> Rule:
    """alert: its name, which is that of its runbook. wait: how long `expr` must hold."""
    return Rule(
        alert=alert,
        expr=expr,
        wait=wait,
        labels={"severity": severity.value, "service": SERVICE},
        annotations={"summary": summary, "runbook_url": settings.runbook_url(alert)},
    )
