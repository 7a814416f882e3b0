"""Customers of every tier, visiting the shop as the time of day has them: an open loop, so a slow shop gets no relief.

    python -m examples.shop.traffic --shop http://127.0.0.1:8000

A visit browses, searches, perhaps fills a cart, perhaps buys. Arrivals are a Poisson process per tier.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
from datetime import UTC, datetime

import aiohttp

from examples.shop.customers import ANONYMOUS, SEGMENTS, Segment, daylight
from examples.shop.process import asked_to_stop
from examples.shop.storefront import CATALOGUE, TIER_HEADER

MAX_VISITS_UNDER_WAY = 200
"""Per tier. Beyond, a visitor turns away at the door: a shop that hangs must not fill our memory."""
ANSWER_WITHIN = aiohttp.ClientTimeout(total=10)


class Crowd:
    """The visitors of one tier."""

    def __init__(self, segment: Segment, shop: aiohttp.ClientSession, *, seed: int | None = None) -> None:
        self._segment = segment
        self._shop = shop
        self._random = random.Random(seed)
        self._under_way: set[asyncio.Task[None]] = set()
        self._names = (f"{segment.tier}-{number}" for number in itertools.count(1))

    async def arrive(self) -> None:
        """Let visitors in, for ever."""
        while True:
            rate = self._segment.visits_per_second * daylight(datetime.now(UTC))
            await asyncio.sleep(self._random.expovariate(rate))
            if len(self._under_way) < MAX_VISITS_UNDER_WAY:
                visit = asyncio.create_task(self._visit(next(self._names)))
                self._under_way.add(visit)
                visit.add_done_callback(self._under_way.discard)

    async def _visit(self, customer: str) -> None:
        resolve = self._random.random()
        product = self._random.choice(CATALOGUE)
        try:
            await self._ask("GET", "/browse")
            await self._ask("GET", f"/search?q={product.name.split()[0]}")
            if resolve < self._segment.fills_cart:
                await self._ask("POST", "/cart", {"customer": customer, "sku": product.sku})
            if resolve < self._segment.buys:
                value = round(self._random.gammavariate(4, self._segment.order_value / 4), 2)
                await self._ask("POST", "/checkout", {"customer": customer, "value": value})
        except (aiohttp.ClientError, TimeoutError):
            return  # the shop counts what it answered; a visitor who got nothing has gone home

    async def _ask(self, method: str, path: str, body: dict[str, object] | None = None) -> None:
        headers = {} if self._segment.tier == ANONYMOUS else {TIER_HEADER: self._segment.tier}
        async with self._shop.request(method, path, json=body, headers=headers) as answer:
            await answer.read()


async def _open_the_doors(shop: str) -> None:
    async with aiohttp.ClientSession(base_url=shop, timeout=ANSWER_WITHIN) as session:
        crowds = [asyncio.create_task(Crowd(segment, session).arrive()) for segment in SEGMENTS]
        stop = asyncio.create_task(asked_to_stop())
        done, _ = await asyncio.wait([stop, *crowds], return_when=asyncio.FIRST_COMPLETED)
        for crowd in crowds:
            crowd.cancel()
        for task in done:
            task.result()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m examples.shop.traffic", description="Customers of the demo shop.")
    parser.add_argument("--shop", required=True, help="address of the storefront, such as http://127.0.0.1:8000")
    asyncio.run(_open_the_doors(parser.parse_args().shop))


if __name__ == "__main__":
    main()
