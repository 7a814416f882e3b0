"""What the operator says about its own ticks on /metrics."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

TICK_SECONDS = Histogram(
    "clv_tick_seconds",
    "Duration of a tick, from the first query to the last status handed over.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
TICK_QUERIES = Gauge("clv_tick_queries", "Queries that the last tick sent to Prometheus.")
TICK_SAMPLES = Gauge("clv_tick_samples", "Samples that the last tick read.")
TICKS_SKIPPED = Counter("clv_ticks_skipped_total", "Ticks left out because the one before was still under way.")
TICKS = Counter("clv_ticks_total", "Ticks by outcome: ok, or the kind of failure of Prometheus.", ["outcome"])
LAST_TICK = Gauge("clv_tick_last_timestamp_seconds", "When the last tick ended.")
OBJECTS = Gauge("clv_evaluated_objects", "Objects that the last tick evaluated.", ["kind", "ready"])
RULES_OUT_OF_SYNC = Gauge(
    "clv_rules_out_of_sync_objects", "TieredSLOs whose present rules Prometheus does not evaluate, as far as is known."
)
