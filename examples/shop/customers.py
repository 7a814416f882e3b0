"""Who visits the shop, how often, and what a visit does: one table for the live traffic and for its history.

The shop supplies kitchens. Platinum are hotel and restaurant chains, gold restaurants, silver cafés, bronze
households. The few at the top visit seldom and nearly always buy; the many at the bottom mostly look.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

ROUTES = ("/browse", "/search", "/cart", "/checkout")
ANONYMOUS = "unknown"
"""The tier of visitors that the edge does not know: it sends no header for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The customers of one tier, as the shop's doors see them.

    visits_per_second: mean over a day. fills_cart, buys: share of visits that get so far; buys <= fills_cart.
    order_value: mean of an order in USD. failing: share of checkouts that fail on a normal day.
    """

    tier: str
    visits_per_second: float
    fills_cart: float
    buys: float
    order_value: float
    failing: float

    def requests_per_second(self, route: str) -> float:
        """Expected requests to `route`, mean over a day."""
        reach = {"/browse": 1.0, "/search": 1.0, "/cart": self.fills_cart, "/checkout": self.buys}
        return self.visits_per_second * reach[route]


SEGMENTS = (
    Segment(tier="platinum", visits_per_second=1.5, fills_cart=0.65, buys=0.55, order_value=30.0, failing=0.00008),
    Segment(tier="gold", visits_per_second=1.4, fills_cart=0.50, buys=0.40, order_value=26.0, failing=0.00040),
    Segment(tier="silver", visits_per_second=2.2, fills_cart=0.35, buys=0.25, order_value=18.0, failing=0.0025),
    Segment(tier="bronze", visits_per_second=3.4, fills_cart=0.25, buys=0.16, order_value=12.0, failing=0.0035),
    Segment(tier=ANONYMOUS, visits_per_second=0.15, fills_cart=0.0, buys=0.0, order_value=0.0, failing=0.0),
)

SEARCH_FAILING = 0.0004
"""Share of searches that fail on a normal day, whoever searches."""


def daylight(at: datetime) -> float:
    """Traffic at this time of day, relative to the day's mean: half at 03:00 UTC, one and a half times at 15:00."""
    hour = at.hour + at.minute / 60 + at.second / 3600
    return 1 + 0.5 * math.cos(math.tau * (hour - 15) / 24)


def failing(segment: Segment, route: str) -> float:
    """Share of requests to `route` that fail on a normal day."""
    return {"/checkout": segment.failing, "/search": SEARCH_FAILING}.get(route, 0.0)
