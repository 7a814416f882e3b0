"""Figures as people read them: two significant digits, grouped; and as records keep them: cents, half-even."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal


def cents(amount: float) -> str:
    """A decimal string with two decimals: 36790.0 → "36790.00". Computed in binary, rounded once, here."""
    return str(Decimal(repr(amount)).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN) + 0)


def exact(amount: float) -> str:
    """A decimal string that reads back as the same number to twelve decimals: what a replay needs of an input."""
    text = f"{Decimal(repr(amount)).quantize(Decimal('1e-12'), rounding=ROUND_HALF_EVEN) + 0:f}"
    return text.rstrip("0").rstrip(".")


def short(amount: float) -> str:
    """Two significant digits with thousands grouped: 36790 → "37,000", 7101.5 → "7,100", 3.456 → "3.5", 0 → "0"."""
    if amount == 0:
        return "0"
    rounded = Decimal(f"{amount:.1e}")
    if abs(rounded) < 1:
        return f"{rounded.normalize():f}"
    return f"{rounded:,.1f}" if abs(rounded) < 10 and rounded % 1 else f"{rounded:,.0f}"


def three_digits(amount: float) -> str:
    """The value rounded to three significant digits: what has to move before a figure is written again."""
    return f"{amount:.2e}"
