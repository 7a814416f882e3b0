import io
from datetime import UTC, datetime

import numpy as np
import pytest

from examples.shop.history.__main__ import history
from examples.shop.history.series import Series, write_openmetrics

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def series() -> list[Series]:
    return list(history("shop", until=NOON))


def of(series: list[Series], name: str, **labels: str) -> list[Series]:
    return [one for one in series if one.name == name and labels.items() <= one.labels.items()]


@pytest.mark.parametrize(
    ("tier", "least", "most"), [("platinum", 0.6, 0.8), ("gold", 0.3, 0.6), ("silver", 0.2, 0.6), ("bronze", 0.1, 0.4)]
)
def test_each_tier_starts_with_a_plausible_budget(series: list[Series], tier: str, least: float, most: float) -> None:
    (left,) = of(series, "clv:budget_remaining:ratio", clv_slo="shop/checkout", clv_tier=tier)
    assert least < left.values[-1] < most


def test_there_are_three_times_as_many_visitors_by_day_as_by_night(series: list[Series]) -> None:
    (hourly,) = of(
        series,
        "clv:sli_events:increase_hours",
        clv_slo="shop/search",
        clv_tier="bronze",
        clv_event="total",
        clv_window="1h",
    )
    day = hourly.values[hourly.times > NOON.timestamp() - 86_400]
    assert day.max() / day.min() == pytest.approx(3, rel=0.15)


def test_a_window_counts_exactly_what_its_parts_count(series: list[Series]) -> None:
    windows = {
        one.labels["clv_window"]: one
        for one in of(
            series, "clv:sli_events:increase_days", clv_slo="shop/checkout", clv_tier="gold", clv_event="total"
        )
    }
    days = windows["1d"]
    at = [np.searchsorted(days.times, NOON.timestamp() - 86_400 * ago) for ago in range(3)]
    assert windows["3d"].values[-1] == sum(days.values[index] for index in at)


def test_nobody_is_paged_when_the_demo_opens(series: list[Series]) -> None:
    for ratio in of(series, "slo:sli_error:ratio_rate1h", clv_slo="shop/checkout", clv_tier="platinum"):
        assert ratio.values[-1] < 14.4 * 0.0005


def test_the_counters_only_rise(series: list[Series]) -> None:
    counters = [one for one in series if one.kind in {"counter", "histogram"}]
    assert len(counters) > 100
    assert all((np.diff(one.values) >= 0).all() for one in counters)


def test_the_buckets_of_a_histogram_hold_one_another(series: list[Series]) -> None:
    buckets = of(series, "http_request_duration_seconds_bucket", route="/checkout", clv_tier="platinum")
    newest = [one.values[-1] for one in sorted(buckets, key=lambda one: float(one.labels["le"]))]
    (count,) = of(series, "http_request_duration_seconds_count", route="/checkout", clv_tier="platinum")
    assert newest == sorted(newest)
    assert newest[-1] == count.values[-1]


def test_the_text_keeps_families_together_and_ends_as_openmetrics_does(series: list[Series]) -> None:
    out = io.StringIO()
    samples = write_openmetrics(of(series, "clv:error_budget:ratio"), out)
    lines = out.getvalue().splitlines()
    assert (lines[0], lines[-1]) == ("# TYPE clv:error_budget:ratio gauge", "# EOF")
    assert len(lines) == samples + 2
