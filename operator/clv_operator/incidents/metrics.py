"""What this room counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("clv_intake_requests_total", "Webhooks from Alertmanager, by HTTP status of the answer.", ["code"])
ALERTS = Counter(
    "clv_intake_alerts_total",
    "Alerts in webhooks, by what became of them: accepted, duplicate, stale, rejected.",
    ["result"],
)
REFUSED = Counter(
    "clv_intake_refused_total",
    "Alerts and whole messages that could not be read, by what was wrong.",
    ["what", "reason"],
)
SECONDS = Histogram(
    "clv_intake_seconds",
    "From the first byte of a webhook to its answer.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8, 10),
)
PENDING = Gauge("clv_intake_pending_alerts", "Alerts that are parsed and not yet durable.")
WATCHDOG_AGE = Gauge(
    "clv_intake_watchdog_age_seconds", "Time since the alert ClvWatchdog last arrived; NaN before it ever did."
)
COMMITS = Counter(
    "clv_intake_commits_total",
    "Writes of alerts into incidents, by outcome: written, moved (another replica was faster), failed, invalid (our bug).",
    ["outcome"],
)
PEERS_BLIND = Gauge("clv_reconcile_blind_peers", "Alertmanagers that could not be asked at the last reconcile.")
RECONCILED = Counter(
    "clv_reconcile_changes_total", "Alerts whose state only Alertmanager's API told, by that state.", ["state"]
)
SENDS = Counter("clv_notify_sends_total", "Notifications, by kind of channel and outcome.", ["channel_kind", "outcome"])
CHANNEL_FAILURES = Gauge(
    "clv_channel_consecutive_failures", "Failed sends in a row to a channel.", ["namespace", "policy", "channel"]
)
OUTBOX_OLDEST = Gauge(
    "clv_outbox_oldest_pending_seconds", "How long the oldest message that is due has been waiting to be sent."
)
OVERDUE = Gauge(
    "clv_escalation_overdue_incidents", "Open incidents whose next step is more than a minute overdue, or missing."
)
UNTOLD = Gauge(
    "clv_incidents_untold", "Open incidents of the gravest severity without one sent page after two minutes."
)
OPEN = Gauge("clv_incidents_open", "Incidents that are not over, by severity.", ["severity"])

for code in ("200", "400", "401", "403", "415", "503"):
    REQUESTS.labels(code)  # a series that is born above 0 hides its first events from increase()
for reason in ("shape", "labels", "status", "startsAt", "endsAt", "annotations"):
    REFUSED.labels("alert", reason)
