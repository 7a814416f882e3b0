"""What the shop tells Prometheus: three families, each with the tier of the customer who asked.

Every label set is born at 0: a counter that appears with its first error already counted hides that error from
`increase`, and with it the start of an incident.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

from examples.shop.customers import ROUTES, SEGMENTS

CODES = ("200", "404", "503")
LATENCY_BOUNDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Telemetry:
    """The shop's counters, in a registry of their own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves this one untyped
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "http_requests_total", "Requests answered.", ("route", "code", "clv_tier"), registry=self.registry
        )
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Time from the request's first byte to the answer.",
            ("route", "clv_tier"),
            buckets=LATENCY_BOUNDS,
            registry=self.registry,
        )
        self._order_value = Counter(
            "shop_order_value_usd_total", "Value of the orders taken, in USD.", ("clv_tier",), registry=self.registry
        )
        for segment in SEGMENTS:
            self._order_value.labels(segment.tier)
            for route in ROUTES:
                self._seconds.labels(route, segment.tier)
                for code in CODES:
                    self._requests.labels(route, code, segment.tier)

    def request(self, *, route: str, code: int, tier: str, seconds: float) -> None:
        self._requests.labels(route, str(code), tier).inc()
        self._seconds.labels(route, tier).observe(seconds)

    def order(self, *, tier: str, value: float) -> None:
        self._order_value.labels(tier).inc(value)
