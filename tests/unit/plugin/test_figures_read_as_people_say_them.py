from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kubectl_clv.output import ratio, times
from kubectl_clv.output.money import money, one_currency
from tests.unit.plugin.objects import NOW, at


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("36790.00", "37k"),
        ("9818.64", "9.8k"),
        ("999.6", "1k"),
        ("995", "1k"),  # rounded half to even: 1.0e3
        ("120.00", "120"),
        ("1250000", "1.2M"),
        ("0.50", "0.5"),
        ("0.00", "0"),
        ("0.001", "0"),
        ("-3210", "-3.2k"),
        (None, "unknown"),
        ("", "unknown"),
        ("NaN", "unknown"),
    ],
)
def test_money_has_two_significant_digits(amount: str | None, shown: str) -> None:
    assert money(amount) == shown


def test_money_carries_its_interval_and_currency() -> None:
    assert money("36790.00", low="9818.64", high="88277.31", currency="USD") == "37k (9.8k to 88k) USD"


def test_an_interval_of_nothing_is_left_out() -> None:
    assert money("0.00", low="0.00", high="0.00", currency="USD") == "0 USD"


def test_a_title_carries_the_currency_only_where_there_is_one() -> None:
    assert one_currency(["USD", "", "USD"]) == "USD"
    assert not one_currency(["USD", "EUR"])


def test_a_miss_never_looks_like_a_hit() -> None:
    assert ratio.percent("99.94999", like="99.95") == "99.94 %"


def test_percentages_have_the_digits_of_the_target() -> None:
    assert [ratio.percent("99.98765", like=target) for target in ("99.5", "99.95", "99.999")] == [
        "99.9 %",
        "99.98 %",
        "99.987 %",
    ]


def test_the_last_of_a_budget_is_not_rounded_to_nothing() -> None:
    assert [ratio.share(left) for left in ("0.512", "0.004", "0", "-0.1176", None)] == [
        "51 %",
        "0.4 %",
        "0 %",
        "-12 %",
        "-",
    ]


def test_a_burn_is_a_factor_of_two_digits() -> None:
    assert [ratio.factor(burn) for burn in ("143.2", "14.4", "0.4", "0.001", "10", None)] == [
        "140x",
        "14x",
        "0.4x",
        "0x",
        "10x",
        "-",
    ]


def test_times_are_relative_and_say_when_they_are_late() -> None:
    assert times.since(at(-192), NOW) == "3h12m"
    assert times.until(at(14), NOW) == "in 14m"
    assert times.until(at(-4), NOW) == "overdue 4m"
    assert times.until("never", NOW) == "never"
    assert times.until(None, NOW) == "-"


def test_a_clock_shows_the_day_only_where_it_is_another() -> None:
    assert times.clock(at(-31), NOW) == "14:02 UTC"
    assert times.clock(at(-31 - 1440 * 3), NOW) == "22 Nov 14:02 UTC"
    assert times.clock("2025-03-01T09:00:00Z", NOW) == "1 Mar 2025 09:00 UTC"


def test_nanoseconds_and_offsets_are_read() -> None:
    assert times.moment("2026-11-25T17:02:00.123456789+03:00") == datetime(2026, 11, 25, 14, 2, 0, 123456, tzinfo=UTC)
