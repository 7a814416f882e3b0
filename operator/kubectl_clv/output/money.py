"""Money for people: two significant digits with its interval, `37k (9.8k to 88k) USD`."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

UNKNOWN = "unknown"
_STEPS = ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "G"), (Decimal(10) ** 6, "M"), (Decimal(1000), "k"))


def number(text: object) -> Decimal | None:
    """The decimal in a field of the API; None where there is none."""
    if text is None or text == "":
        return None
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def significant(value: Decimal, digits: int = 2) -> Decimal:
    """Rounded to `digits` significant digits."""
    if value == 0:
        return Decimal(0)
    return value.quantize(Decimal(1).scaleb(value.adjusted() - digits + 1), rounding=ROUND_HALF_EVEN)


def short(value: Decimal) -> str:
    """`37k`, `9.8k`, `1.2M`, `120`, `0.5`, `-3k`; below half a cent `0`."""
    if abs(value) < Decimal("0.005"):
        return "0"
    rounded = significant(value)
    for size, unit in _STEPS:
        if abs(rounded) >= size:
            return f"{_plain(rounded / size)}{unit}"
    return _plain(rounded)


def money(mean: object, *, low: object = None, high: object = None, currency: str = "") -> str:
    """Mean, interval and currency of fields of the API; `unknown` where there is no mean."""
    value = number(mean)
    if value is None:
        return UNKNOWN
    bottom, top = number(low), number(high)
    # An interval of nothing says nothing.
    between = "" if bottom is None or top is None or value == bottom == top else f" ({short(bottom)} to {short(top)})"
    return f"{short(value)}{between} {currency}".rstrip()


def one_currency(currencies: Iterable[str]) -> str:
    """The currency of all of them, so that a column's title can carry it; empty where there are several."""
    found = {currency for currency in currencies if currency}
    return found.pop() if len(found) == 1 else ""


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
