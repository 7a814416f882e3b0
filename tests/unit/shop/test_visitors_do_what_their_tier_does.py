import asyncio
import contextlib
from datetime import UTC, datetime

import aiohttp
from aiohttp.test_utils import TestServer

from examples.shop.customers import Segment, daylight
from examples.shop.faults import Faults
from examples.shop.storefront import Shop
from examples.shop.telemetry import Telemetry
from examples.shop.traffic import Crowd

BUYERS = Segment(tier="gold", visits_per_second=400, fills_cart=0.8, buys=0.5, order_value=30.0, failing=0.0)


async def test_a_crowd_browses_searches_fills_carts_and_buys() -> None:
    telemetry = Telemetry()

    def count(route: str, code: str = "200") -> float:
        labels = {"route": route, "code": code, "clv_tier": "gold"}
        return telemetry.registry.get_sample_value("http_requests_total", labels) or 0

    async with (
        TestServer(Shop(telemetry, Faults(), seed=1).doors()) as server,
        aiohttp.ClientSession(base_url=str(server.make_url("/"))) as session,
    ):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(Crowd(BUYERS, session, seed=1).arrive(), timeout=1.5)
    assert count("/browse") >= count("/search") >= count("/cart") >= count("/checkout") > 0
    assert (count("/cart", "404"), count("/checkout", "404")) == (0, 0)


def test_the_day_is_three_times_as_busy_as_the_night() -> None:
    by_hour = [daylight(datetime(2026, 11, 25, hour, tzinfo=UTC)) for hour in range(24)]
    assert (max(by_hour), min(by_hour)) == (by_hour[15], by_hour[3]) == (1.5, 0.5)
    assert sum(by_hour) / 24 == 1.0
