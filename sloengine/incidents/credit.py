"""Credits owed under contract: what this incident adds to a calendar month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditStep:
    """Below `below_percent` availability in the month, `share` of the monthly fee is credited."""

    below_percent: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """monthly_fee: money per customer."""

    customers: int
    monthly_fee: float
    steps: tuple[CreditStep, ...]


def credit(contract: Contract, *, month_minutes: float, bad_before: float, bad_incident: float) -> float:
    """Credits with this incident minus credits without it, money. All times in minutes of the month."""
    return _owed(contract, month_minutes, bad_before + bad_incident) - _owed(contract, month_minutes, bad_before)


def _owed(contract: Contract, month_minutes: float, bad: float) -> float:
    availability = 100 * (1 - bad / month_minutes)
    return contract.customers * contract.monthly_fee * _share(contract.steps, availability)


def _share(steps: Sequence[CreditStep], availability: float) -> float:
    return max((step.share for step in steps if availability < step.below_percent), default=0.0)
