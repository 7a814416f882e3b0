"""Pieces of PromQL that several rules are made of."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from sloengine import series
from sloengine.selector import quote


def number(value: Decimal | Fraction | int) -> str:
    """Exact decimal text without exponent or trailing zeros: 0.0005, 14.4; no `1 - 0.9995` and its noise."""
    if isinstance(value, Fraction):
        value = Decimal(value.numerator) / Decimal(value.denominator)
    text = f"{Decimal(value):f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def tagged(expression: str, label: str, value: str) -> str:
    """The expression with one more label."""
    return f'label_replace({expression}, "{label}", {quote(value.replace("$", "$$"))}, "", "")'


def union(branches: Iterable[str]) -> str:
    return "\nor\n".join(branches)


def table(values: dict[str, Decimal]) -> str:
    """Constants by tier: one series for each."""
    return union(tagged(f"vector({number(value)})", series.TIER, tier) for tier, value in values.items())
