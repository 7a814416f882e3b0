"""The worked example of the model: three tiers, three buckets of a quarter of an hour, no credits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sloengine.incidents.credit import Contract, CreditStep, credit
from sloengine.incidents.overlap import split_failed_share, union_of_customers
from sloengine.incidents.risk import (
    Exposure,
    Part,
    RateTerm,
    assess,
    bounds,
    churn_part,
    churn_probability,
    horizon_hours,
    immediate_part,
    quantile,
    rate_per_hour,
    standard_deviation,
)
from sloengine.tier import Churn, Interval, TierValues

DT = 0.25
ROWS = {  # r/h, m, d, e by bucket, A, D, V
    "platinum": (40_000, 0.70, 0.60, (0.20, 0.60, 0.10), 120, 0.001, 50_000),
    "gold": (25_000, 0.60, 0.50, (0.05, 0.30, 0.05), 900, 0.004, 4_000),
    "bronze": (10_000, 0.40, 0.30, (0.50, 0.90, 0.20), 20_000, 0.010, 60),
}


def immediate(tier: str, buckets: int = 3, deferral: Interval | None = None) -> Part:
    revenue, margin, deferred, failed, *_ = ROWS[tier]
    gross = sum(revenue * share * DT for share in failed[:buckets])
    return immediate_part(gross=gross, margin=margin, deferral=deferral or Interval(mean=deferred))


def churned(tier: str, spread: Interval | None = None, value: Interval | None = None) -> Part:
    *_, affected, probability, residual = ROWS[tier]
    return churn_part(affected=affected, probability=probability, spread=spread, value=value or Interval(mean=residual))


def values(tier: str, churn: Churn | None = None) -> TierValues:
    revenue, margin, deferred, *_, residual = ROWS[tier]
    return TierValues(
        customers=400,
        currency="USD",
        residual_value=Interval(mean=residual),
        revenue_per_hour=revenue,
        margin=margin,
        deferral=Interval(mean=deferred),
        churn=churn,
        as_of=datetime(2026, 11, 20, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("tier", "lost_now", "lost_later"),
    [("platinum", 2_520, 6_000), ("gold", 750, 14_400), ("bronze", 1_120, 12_000)],
)
def test_each_tier_loses_margin_now_and_customers_later(tier: str, lost_now: float, lost_later: float) -> None:
    # gold: 25,000 x .60 x .50 x (.05 + .30 + .05) x .25 = 750
    assert immediate(tier).amount == pytest.approx(lost_now)
    assert churned(tier).amount == pytest.approx(lost_later)


def test_the_whole_with_its_interval() -> None:
    now, later = [immediate(tier) for tier in ROWS], [churned(tier) for tier in ROWS]
    assert sum(part.amount for part in now) == pytest.approx(4_390)
    assert sum(part.amount for part in later) == pytest.approx(32_400)
    assert now[0].cv == pytest.approx(0.275332, abs=1e-6)
    assert later[0].cv == pytest.approx(0.850092, abs=1e-4)
    sd = standard_deviation(immediate=now, churn=later)
    assert sd == pytest.approx(27_569.48, abs=0.005)
    result = bounds(immediate=now, churn=later)
    assert result.mean == pytest.approx(36_790)
    assert (round(result.low, 2), round(result.high, 2)) == (9_818.64, 88_277.31)
    deciles = [round(quantile(mean=36_790, sd=sd, z=z), 2) for z in (-1.2815516, 0.0, 1.2815516)]
    assert deciles == pytest.approx([12_513.68, 29_440.84, 69_265.26], abs=0.011)  # the example rounds its z


def test_a_tiers_own_intervals_replace_the_defaults() -> None:
    now = [
        immediate("platinum", deferral=Interval(mean=0.60, low=0.40, high=0.80)),
        immediate("gold"),
        immediate("bronze"),
    ]
    later = [
        churned(
            "platinum",
            spread=Interval(mean=0.001, low=0.0003, high=0.004),
            value=Interval(mean=50_000, low=42_000, high=61_000),
        ),
        churned("gold"),
        churned("bronze"),
    ]
    assert standard_deviation(immediate=now, churn=later) == pytest.approx(28_176.51, abs=0.005)
    result = bounds(immediate=now, churn=later)
    assert (round(result.low, 2), round(result.high, 2)) == (9_553.85, 89_294.28)


@pytest.mark.parametrize(("bucket", "rate"), [(0, 4_015), (1, 11_490), (2, 2_055)])
def test_the_rate_of_each_bucket(bucket: int, rate: float) -> None:
    result = rate_per_hour(RateTerm(values=values(tier), failed_share=ROWS[tier][3][bucket]) for tier in ROWS)
    assert result is not None
    assert result.mean == pytest.approx(rate)


def test_the_rate_has_an_interval_too() -> None:
    result = rate_per_hour(RateTerm(values=values(tier), failed_share=ROWS[tier][3][1]) for tier in ROWS)
    assert result is not None
    assert result.mean / 60 == pytest.approx(191.50)
    assert (round(result.low, 2), round(result.high, 2)) == (7_101.51, 17_280.43)


def test_the_projection_after_the_second_bucket() -> None:
    exposures = [
        Exposure(
            tier=tier,
            values=values(tier),
            gross=sum(ROWS[tier][0] * share * DT for share in ROWS[tier][3][:2]),
            gross_per_hour=ROWS[tier][0] * ROWS[tier][3][1],
        )
        for tier in ROWS
    ]
    risk = assess(exposures, lasted_hours=0.5)
    assert risk.accrued.mean == pytest.approx(3_876.25)
    assert risk.projected.mean == pytest.approx(9_621.25)  # 3,876.25 + 11,490 x 0.5 h
    assert risk.unknown == ("churn of platinum", "churn of gold", "churn of bronze")
    assert assess(exposures, lasted_hours=0.5, ended=True).projected == risk.accrued


@pytest.mark.parametrize(
    ("minutes", "expected"), [(10, 0.00039347), (20, 0.00063212), (45, 0.00089460), (60, 0.00095021), (120, 0.00099752)]
)
def test_the_churn_probability_saturates_with_the_dose(minutes: float, expected: float) -> None:
    churn = Churn(probability=Interval(mean=0.001), saturation_minutes=60)
    assert churn_probability(churn, minutes) == pytest.approx(expected, abs=5e-9)


def test_it_is_expected_to_last_as_long_again_within_half_an_hour_and_four() -> None:
    assert [horizon_hours(lasted) for lasted in (0.1, 0.5, 1.5, 9.0)] == [0.5, 0.5, 1.5, 4.0]


def test_a_minute_of_a_tier_is_lost_once() -> None:
    first, second = split_failed_share([0.30, 0.20])
    assert (first, second) == (pytest.approx(0.264), pytest.approx(0.176))
    lost = immediate_part(gross=40_000 * (first + second) * DT, margin=0.70, deferral=Interval(mean=0.60))
    assert lost.amount == pytest.approx(1_232)  # and not 1,400
    assert union_of_customers([120, 90], 400) == pytest.approx(183)
    assert union_of_customers([390, 380], 400) == pytest.approx(399.5)


def test_unknown_revenue_is_named_and_not_zero() -> None:
    unpriced = TierValues(
        customers=10, currency="USD", residual_value=Interval(mean=5.0), as_of=datetime(2026, 11, 20, tzinfo=UTC)
    )
    risk = assess([Exposure(tier="bronze", values=unpriced)], lasted_hours=1.0)
    assert risk.rate_per_hour is None
    assert risk.unknown == ("revenue of bronze", "churn of bronze")
    assert risk.tiers[0].immediate is None
    assert rate_per_hour([RateTerm(values=unpriced, failed_share=0.5)]) is None


def test_bounded_customers_raise_the_mean_but_not_the_low_bound() -> None:
    churn = Churn(probability=Interval(mean=0.01))
    one = Exposure(
        tier="bronze", values=values("bronze", churn), gross=4_000.0, gross_per_hour=0.0, dose_minutes=30, affected=900
    )
    bounded = assess([one], lasted_hours=1.0, ended=True)
    without = assess([Exposure(tier="bronze", values=values("bronze"), gross=4_000.0)], lasted_hours=1.0, ended=True)
    assert bounded.projected.mean > without.projected.mean
    assert bounded.projected.low <= without.projected.low
    assert bounded.is_upper


@pytest.mark.parametrize(("minutes", "owed"), [(20, 6_000), (50, 0), (400, 9_000)])
def test_credits_are_what_this_incident_adds(minutes: float, owed: float) -> None:
    contract = Contract(
        customers=12,
        monthly_fee=5_000,
        steps=(CreditStep(below_percent=99.9, share=0.10), CreditStep(below_percent=99.0, share=0.25)),
    )
    assert credit(contract, month_minutes=43_200, bad_before=minutes, bad_incident=40) == pytest.approx(owed)
