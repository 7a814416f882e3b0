"""What a person should know about an incident beside its phase; a condition that does not hold is left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from clv_operator.api.revenueincident import RevenueIncident
from clv_operator.incidents.record import JsonObject, stamp
from sloengine.incidents.text import clip

MESSAGE_BYTES = 512


def conditions_of(
    incident: RevenueIncident, problems: Mapping[str, str], *, stale_since: datetime | None
) -> list[JsonObject]:
    """problems: by channel, why it fails now."""
    found: list[JsonObject] = []
    alerts = incident.status.alerts
    if incident.spec.policy is None:
        found.append(
            _true(
                "NoPolicy",
                "NoPolicyMatches",
                "no EscalationPolicy matched when it opened: only the fallback channel is told;"
                " add a policy with an empty match for incidents to come",
            )
        )
    if alerts is not None and alerts.truncated:
        found.append(
            _true(
                "Truncated",
                "MessageCut",
                f"{alerts.dropped} alerts were cut from messages; set max_alerts: 0 at the receiver, or group by service",
            )
        )
    if alerts is not None and alerts.clock_skew:
        found.append(
            _true(
                "ClockSkew",
                "StartsInTheFuture",
                "an alert began more than ten minutes ahead of our clock and its arrival was taken; check the clocks",
            )
        )
    unreadable = [text for text in problems.values() if "Secret " in text]
    failing = [text for text in problems.values() if "Secret " not in text]
    if unreadable:
        found.append(_true("SecretUnreadable", "SecretUnreadable", "; ".join(unreadable)))
    if failing:
        found.append(_true("ChannelFailing", "NotDelivered", "; ".join(failing)))
    if stale_since is not None:
        found.append(
            _true(
                "Stale",
                "NoData",
                f"no failed shares from Prometheus since {stamp(stale_since)}: figures are as of then;"
                " see the condition DataAvailable of the TieredSLO",
            )
        )
    return found


def _true(kind: str, reason: str, message: str) -> JsonObject:
    return {"type": kind, "status": "True", "reason": reason, "message": clip(message, MESSAGE_BYTES)}
