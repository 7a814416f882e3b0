"""Shares, percentages and factors for people; rounded so that a miss never looks like a hit."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from kubectl_clv.output.money import number, significant

NONE = "-"


def percent(value: object, *, like: object = None) -> str:
    """A percentage with as many decimals as the target `like` has, at least one; cut, so that 99.949 reads 99.94."""
    given = number(value)
    if given is None:
        return NONE
    decimals = _decimals(like)
    return f"{given.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_FLOOR):f} %"


def share(value: object) -> str:
    """A share from 0 to 1 as whole percent, cut: `62 %`, `-12 %`; one decimal where nearly nothing is left."""
    given = number(value)
    if given is None:
        return NONE
    whole = given * 100
    fine = 0 < abs(whole) < 1
    return f"{whole.quantize(Decimal('0.1') if fine else Decimal(1), rounding=ROUND_FLOOR):f} %"


def factor(value: object) -> str:
    """`0.4x`, `14x`, `120x`: two significant digits."""
    given = number(value)
    if given is None:
        return NONE
    rounded = significant(given) if abs(given) >= Decimal("0.005") else Decimal(0)
    text = f"{rounded:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}x"


def count(value: object) -> str:
    """A whole number with thousands: `21,020`."""
    given = number(value)
    return NONE if given is None else f"{int(given):,}"


def _decimals(like: object) -> int:
    return max(1, len(str(like or "").partition(".")[2]))
