"""Several incidents on one tier at one time: a tier-minute is lost once."""

from __future__ import annotations

import math
from collections.abc import Sequence


def split_failed_share(shares: Sequence[float]) -> tuple[float, ...]:
    """Each incident's part of the union 1 - prod(1 - e_i), in proportion to its own share; 0.30, 0.20 → 0.264, 0.176."""
    total = sum(shares)
    if total <= 0:
        return tuple(0.0 for _ in shares)
    union = 1 - math.prod(1 - min(1.0, share) for share in shares)
    return tuple(union * share / total for share in shares)


def union_of_customers(counts: Sequence[float], customers: float) -> float:
    """N (1 - prod(1 - A_i / N)), never under the largest and never over N or the sum; 120 and 90 of 400 → 183."""
    if customers <= 0 or not counts:
        return 0.0
    union = customers * (1 - math.prod(1 - min(1.0, count / customers) for count in counts))
    return min(max(union, *counts), customers, sum(counts))
