"""Numbers as the API carries them: decimal strings, rounded once, here, so that noise is no reason to write."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

_LARGEST = 1e12


def fixed(value: float, digits: int) -> str:
    """`value` with so many decimals, without trailing zeros: 0.6200 → "0.62", -0.0001 → "0"."""
    if not -_LARGEST < value < _LARGEST:
        if math.isnan(value):
            raise ValueError("NaN is no figure")
        value = math.copysign(_LARGEST, value)
    text = f"{value:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def share(value: float) -> str:
    """A share or a remaining budget, to three decimals."""
    return fixed(value, 3)


def factor(value: float) -> str:
    """A burn rate: two significant digits, at most two decimals: 14.43 → "14", 0.4567 → "0.46"."""
    size = abs(value)
    return fixed(value, 0 if size >= 9.95 else 1 if size >= 0.995 else 2)


def percent(good: float, target: Decimal) -> str:
    """A share of good events as a percentage, one digit finer than what is promised, never rounded up to 100."""
    exponent = target.as_tuple().exponent
    digits = max(2, 1 - int(exponent))
    if good < 1 and fixed(good * 100, digits) == "100":
        return fixed(100 - 10.0**-digits, digits)
    return fixed(good * 100, digits)


def money(amount: float) -> str:
    """Money of which three digits are known: 36,790.55 → "36800.00", 3.456 → "3.46", 0.001 → "0.00"."""
    bounded = min(_LARGEST, max(-_LARGEST, amount))
    return str(Decimal(f"{bounded:.2e}").quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN) + 0)
