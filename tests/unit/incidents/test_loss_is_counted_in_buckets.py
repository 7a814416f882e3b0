from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sloengine.incidents.accrual import Loss, Reading, Span, Stake, counted, exposures, hit, next_boundary, spans
from sloengine.incidents.risk import assess
from sloengine.tier import Churn, Interval, Tier, TierValues

T0 = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)


def stake(name: str = "platinum", *, revenue: float | None = 40_000, share: float = 1.0) -> Stake:
    values = TierValues(
        customers=400,
        currency="USD",
        residual_value=Interval(mean=50_000),
        revenue_per_hour=revenue,
        margin=0.70,
        deferral=Interval(mean=0.60),
        churn=Churn(probability=Interval(mean=0.001)),
        as_of=T0,
    )
    tier = Tier(name=name, rank=1 if name == "platinum" else 2, label_value=name, values=values, max_age_seconds=1e9)
    return Stake(tier=tier, revenue_share=share)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def test_buckets_end_on_the_clock_and_the_last_where_the_incident_ended() -> None:
    assert next_boundary(T0) == at(3)
    assert list(spans(T0, at(9), ended=False)) == [Span(start=T0, end=at(3)), Span(start=at(3), end=at(8))]
    assert list(spans(T0, at(9), ended=True))[-1] == Span(start=at(8), end=at(9))
    assert list(spans(at(3), at(3), ended=True)) == []


def test_late_counting_gives_the_same_as_counting_in_time() -> None:
    stakes, baselines = {"platinum": stake()}, {"platinum": 0.01}
    readings = {at(3): 0.31, at(8): 0.61, at(13): 0.11}
    in_time, late = Loss(), Loss()
    for until in (at(4), at(9), at(14)):
        for span in spans(in_time.until or T0, until, ended=False):
            reading = {"platinum": Reading(failed_share=readings[span.end])}
            in_time = counted(in_time, span, reading, stakes, baselines=baselines)
    for span in spans(T0, at(14), ended=False):
        late = counted(late, span, {"platinum": Reading(failed_share=readings[span.end])}, stakes, baselines=baselines)
    assert in_time == late
    # 40,000 an hour x (.30 x 3 + .60 x 5 + .10 x 5) minutes / 60
    assert late.tiers["platinum"].gross == pytest.approx(40_000 * 4.4 / 60)
    assert late.tiers["platinum"].dose_minutes == pytest.approx(13)


def test_a_tier_without_data_adds_nothing_and_is_not_called_healthy() -> None:
    loss = counted(Loss(), Span(start=T0, end=at(3)), {}, {"platinum": stake()}, baselines={})
    assert loss.tiers["platinum"].failed_share is None
    assert loss.stale_since == T0
    assert exposures(loss, {"platinum": stake()}, {}, running_hours=0.1, affected={}, ended=False, baselines={}) == ()


def test_the_running_bucket_counts_by_the_shares_of_this_moment() -> None:
    stakes = {"platinum": stake(), "gold": stake("gold", revenue=25_000)}
    readings = {"platinum": Reading(failed_share=0.30, failed=60), "gold": Reading(failed_share=0.0)}
    found = exposures(
        Loss(),
        stakes,
        readings,
        running_hours=0.05,
        affected={},
        ended=False,
        baselines={},
    )
    platinum, gold = found
    assert platinum.gross == pytest.approx(40_000 * 0.30 * 0.05)
    assert platinum.gross_per_hour == pytest.approx(12_000)
    assert (platinum.affected, platinum.counted) == (60, False)
    assert gold.gross == 0
    risk = assess(found, lasted_hours=0.05)
    assert risk.rate_per_hour is not None
    assert risk.rate_per_hour.mean == pytest.approx(12_000 * 0.70 * 0.40)


def hit_by(readings: dict[str, Reading], loss: Loss | None = None) -> tuple[str, ...]:
    stakes = {name: stake(name) for name in ("platinum", "gold")}
    return hit(loss or Loss(), stakes, readings, running_hours=0.05, ended=False, baselines={"gold": 0.01})


def test_a_tier_is_hit_by_more_failures_than_everyday_noise() -> None:
    few, many = Reading(failed_share=0.05, failed=4), Reading(failed_share=0.05, failed=5)
    assert (hit_by({"platinum": few}), hit_by({"platinum": many})) == ((), ("platinum",))
    below_one_percent = Reading(failed_share=0.009, failed=500)
    assert hit_by({"platinum": below_one_percent}) == ()
    # gold usually fails at 1 %: of 600 failures at 1.5 %, 200 are above that, but they are 0.5 % of its requests
    assert hit_by({"gold": Reading(failed_share=0.015, failed=600)}) == ()
    assert hit_by({"gold": Reading(failed_share=0.03, failed=600)}) == ("gold",)


def test_a_tier_that_was_hit_stays_hit() -> None:
    span = Span(start=T0, end=at(3))
    loss = counted(Loss(), span, {"gold": Reading(failed_share=0.5, failed=50)}, {"gold": stake("gold")}, baselines={})
    assert hit_by({"gold": Reading(failed_share=0.0)}, loss) == ("gold",)


def test_requests_of_a_complete_bucket_are_not_counted_again_in_the_running_one() -> None:
    stakes = {"platinum": stake()}
    reading = {"platinum": Reading(failed_share=0.5, failed=100)}
    loss = counted(Loss(), Span(start=at(3), end=at(8)), reading, stakes, baselines={})
    (found,) = exposures(loss, stakes, reading, running_hours=1 / 60, affected={}, ended=False, baselines={})
    # 100 in five minutes, and of the five that end now the one that is not counted yet
    assert found.affected == pytest.approx(100 + 100 / 5)


def test_the_gauge_counts_customers_where_there_is_one() -> None:
    (found,) = exposures(
        Loss(),
        {"platinum": stake(share=0.5)},
        {"platinum": Reading(failed_share=0.30, failed=60)},
        running_hours=0.05,
        affected={"platinum": 17},
        ended=False,
        baselines={"platinum": 0.10},
    )
    assert (found.affected, found.counted) == (17, True)
    assert found.gross == pytest.approx(40_000 * 0.5 * 0.20 * 0.05)


def test_unknown_revenue_stays_unknown() -> None:
    loss = counted(
        Loss(),
        Span(start=T0, end=at(3)),
        {"platinum": Reading(failed_share=0.5)},
        {"platinum": stake(revenue=None)},
        baselines={},
    )
    assert loss.tiers["platinum"].gross is None
    assert loss.tiers["platinum"].dose_minutes == pytest.approx(3)


def test_data_that_came_back_is_no_longer_missing_since_then() -> None:
    stakes, fine = {"platinum": stake()}, {"platinum": Reading(failed_share=0.5)}
    gap = counted(Loss(), Span(start=T0, end=at(3)), {}, stakes, baselines={})
    back = counted(gap, Span(start=at(3), end=at(8)), fine, stakes, baselines={})
    assert back.stale_since is None
    again = counted(back, Span(start=at(8), end=at(13)), {}, stakes, baselines={})
    assert again.stale_since == at(8)


def test_customers_hit_do_not_become_fewer_when_the_first_bucket_is_over() -> None:
    stakes, reading = {"platinum": stake()}, {"platinum": Reading(failed_share=0.3, failed=60)}
    no_more = {"affected": {}, "ended": False, "baselines": {}}
    (young,) = exposures(Loss(), stakes, reading, running_hours=0.02, **no_more)
    loss = counted(Loss(), Span(start=T0, end=at(3)), reading, stakes, baselines={})
    (older,) = exposures(loss, stakes, reading, running_hours=0.0, **no_more)
    assert young.affected == older.affected == pytest.approx(60)
