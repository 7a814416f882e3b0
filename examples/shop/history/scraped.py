"""What Prometheus would have scraped from the shop in its last hours: the raw counters that rules and people read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from examples.shop.history.past import Counts, Doorbook, Past
from examples.shop.history.series import Series
from examples.shop.telemetry import LATENCY_BOUNDS

HOURS_KEPT = 6
TARGET = {"job": "shop", "instance": "storefront"}
"""The labels that the demo's scrape configuration gives the shop: the live counters continue these series."""

USUAL = dict(zip((*LATENCY_BOUNDS, float("inf")), (0.36, 0.84, 0.993, 1, 1, 1, 1, 1, 1), strict=True))
"""Share of the answers that are not slow, by upper bound in seconds."""
SLOW = dict(zip((*LATENCY_BOUNDS, float("inf")), (0, 0, 0, 0, 0, 0.7, 0.95, 1, 1), strict=True))
"""Share of the slow ones."""


def scraped(past: Past, *, until: datetime) -> Iterator[Series]:
    """Counters of every route and tier, a sample a minute."""
    times = int(until.timestamp()) - 60 * np.arange(HOURS_KEPT * 60 - 1, -1, -1)
    for (route, tier), book in past.items():
        labels = TARGET | {"route": route, "clv_tier": tier}
        yield from _answers(labels, book, times)
        yield from _durations(labels, book, times)


def _answers(labels: dict[str, str], book: Doorbook, times: NDArray[np.int64]) -> Iterator[Series]:
    for code, counts in (("200", book.total - book.failed), ("503", book.failed)):
        yield Series(
            name="http_requests_total",
            labels=labels | {"code": code},
            times=times,
            values=_counter(counts),
            kind="counter",
        )


def _durations(labels: dict[str, str], book: Doorbook, times: NDArray[np.int64]) -> Iterator[Series]:
    for bound, usual in USUAL.items():
        counts = usual * (book.total - book.slow) + SLOW[bound] * book.slow
        yield Series(
            name="http_request_duration_seconds_bucket",
            labels=labels | {"le": "+Inf" if bound == float("inf") else str(bound)},
            times=times,
            values=np.floor(_counter(counts)),
            kind="histogram",
        )
    yield Series(
        name="http_request_duration_seconds_count",
        labels=labels,
        times=times,
        values=_counter(book.total),
        kind="histogram",
    )


def _counter(counts: Counts | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.cumsum(counts[-HOURS_KEPT * 60 :]).astype(np.float64)
