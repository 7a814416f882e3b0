from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_operator.api.text import matcher
from clv_operator.evaluate import figures

NUMBER = matcher(r"^-?[0-9]{1,15}(\.[0-9]{1,12})?$")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.004, "0"),
        (0.4567, "0.46"),
        (0.999, "1"),
        (1.24, "1.2"),
        (9.97, "10"),
        (14.43, "14"),
        (-2.34, "-2.3"),
    ],
)
def test_a_burn_has_two_digits(value, text):
    assert figures.factor(value) == text


@pytest.mark.parametrize(
    ("good", "target", "text"),
    [(0.9997, "99.95", "99.97"), (0.99999999, "99.9", "99.99"), (1.0, "99.9", "100"), (0.999949, "99.999", "99.9949")],
)
def test_a_percentage_is_finer_than_its_target_and_never_rounded_up_to_perfect(good, target, text):
    assert figures.percent(good, Decimal(target)) == text


@pytest.mark.parametrize(("amount", "text"), [(0.0, "0.00"), (3.456, "3.46"), (36790.55, "36800.00"), (0.001, "0.00")])
def test_money_has_three_digits_and_cents(amount, text):
    assert figures.money(amount) == text


@given(st.floats(allow_nan=False))
def test_every_number_that_is_one_is_written_as_the_api_takes_it(value):
    texts = [figures.share(value), figures.factor(value)]
    assert all(NUMBER.match(text) for text in texts), texts


def test_nan_is_refused_and_not_written():
    with pytest.raises(ValueError, match="NaN"):
        figures.share(float("nan"))
