from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sloengine import duration, quality
from sloengine.slo import Objective, RatioIndicator, RollingPeriod, Slo


def test_a_quality_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError, match="three states"):
        bool(quality.DataQuality.OK)


def test_a_measured_zero_is_not_the_absence_of_a_measurement() -> None:
    with pytest.raises(TypeError):
        bool(quality.ok(0.0))
    assert quality.ok(0.0).value == 0.0


def test_no_data_has_no_value_to_read() -> None:
    with pytest.raises(LookupError, match="NoData"):
        _ = quality.no_data().value


@given(st.integers(min_value=0, max_value=10**12))
def test_a_rendered_duration_reads_back_the_same(milliseconds: int) -> None:
    length = timedelta(milliseconds=milliseconds)
    assert duration.parse(duration.render(length)) == length


@pytest.mark.parametrize("text", ["", "5", "m", "5m ", "-5m", "1.5h", "5m1h", "1 d"])
def test_text_that_prometheus_would_not_read_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        duration.parse(text)


def test_people_read_two_units_at_most() -> None:
    spans = [timedelta(hours=3, minutes=12, seconds=9), timedelta(seconds=45), timedelta(days=4, hours=2, minutes=5)]
    assert [duration.human(span) for span in spans] == ["3h12m", "45s", "4d2h"]


def test_an_error_budget_is_exact() -> None:
    assert Objective(tier="platinum", target=Decimal("99.95")).error_budget == Decimal("0.0005")


def test_a_tier_without_an_objective_of_its_own_has_that_of_everyone_else() -> None:
    everyone, platinum = Objective(tier="*", target=Decimal(99)), Objective(tier="platinum", target=Decimal("99.9"))
    slo = Slo(
        namespace="shop",
        name="checkout",
        service="checkout",
        indicator=RatioIndicator(errors="e", total="t"),
        period=RollingPeriod(length=timedelta(days=30)),
        objectives=(platinum, everyone),
    )
    assert slo.objective_of("platinum") == platinum
    assert slo.objective_of("unknown") == everyone
    assert slo.key == "shop/checkout"
