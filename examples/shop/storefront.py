"""The shop itself: browse, search, cart and checkout over HTTP, as one process.

    python -m examples.shop.storefront --port 8000 --admin-port 8001

The edge states the customer's tier in the header `x-clv-tier`; anything that is no tier counts as `unknown`, so a
forged header cannot create a series. Faults are switched on and off at the admin port, which serves loopback alone:

    curl -X PUT  127.0.0.1:8001/faults -d '{"tier": "platinum", "route": "/checkout", "error_share": 1.0}'
    curl -X DELETE 127.0.0.1:8001/faults
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from examples.shop.customers import ANONYMOUS, ROUTES, SEGMENTS, failing
from examples.shop.faults import Fault, Faults
from examples.shop.process import serve
from examples.shop.telemetry import Telemetry

TIER_HEADER = "x-clv-tier"
MAX_OPEN_CARTS = 10_000

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Product:
    sku: str
    name: str
    cents: int


CATALOGUE = tuple(
    Product(f"{aisle[:3].upper()}-{number:03}", f"{aisle} {form}", 180 + 35 * number)
    for aisle in ("Tomato", "Flour", "Olive", "Saffron", "Butter", "Lentil")
    for number, form in enumerate(("tin", "sack", "crate", "jar", "pallet"), start=1)
)


class Shop:
    """Handlers of the four routes, and what they share: open carts and the faults that are on."""

    def __init__(self, telemetry: Telemetry, faults: Faults, *, seed: int | None = None) -> None:
        self._telemetry = telemetry
        self._faults = faults
        self._random = random.Random(seed)
        self._segments = {segment.tier: segment for segment in SEGMENTS}
        self._by_sku = {product.sku: product for product in CATALOGUE}
        self._carts: OrderedDict[str, list[Product]] = OrderedDict()
        self._order_numbers = itertools.count(1)

    def doors(self) -> web.Application:
        app = web.Application(middlewares=[self._measure])
        app.router.add_get("/browse", self.browse)
        app.router.add_get("/search", self.search)
        app.router.add_post("/cart", self.cart)
        app.router.add_post("/checkout", self.checkout)
        app.router.add_get("/metrics", self.metrics)
        return app

    def back_office(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/faults", self.list_faults)
        app.router.add_put("/faults", self.switch_fault_on)
        app.router.add_delete("/faults", self.clear_faults)
        return app

    async def browse(self, request: web.Request) -> web.Response:
        return web.json_response([product.name for product in CATALOGUE[:10]])

    async def search(self, request: web.Request) -> web.Response:
        wanted = request.query.get("q", "").casefold()
        found = [{"sku": p.sku, "name": p.name} for p in CATALOGUE if wanted in p.name.casefold()]
        return web.json_response(found)

    async def cart(self, request: web.Request) -> web.Response:
        wish = await request.json()
        product = self._by_sku.get(wish["sku"])
        if product is None:
            return web.json_response({"error": f"no product {wish['sku']}"}, status=404)
        if len(self._carts) >= MAX_OPEN_CARTS:
            self._carts.popitem(last=False)
        number = self._carts.setdefault(wish["customer"], [])
        number.append(product)
        return web.json_response({"items": len(number)})

    async def checkout(self, request: web.Request) -> web.Response:
        order = await request.json()
        items = self._carts.pop(order["customer"], [])
        if not items:
            return web.json_response({"error": "the cart is empty"}, status=404)
        self._telemetry.order(tier=_tier(request), value=float(order["value"]))
        return web.json_response({"order": next(self._order_numbers), "items": len(items)})

    async def metrics(self, request: web.Request) -> web.Response:
        body = generate_latest(self._telemetry.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def list_faults(self, request: web.Request) -> web.Response:
        return web.json_response(self._faults.listing())

    async def switch_fault_on(self, request: web.Request) -> web.Response:
        try:
            self._faults.switch_on(Fault(**await request.json()))
        except (TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return await self.list_faults(request)

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return await self.list_faults(request)

    @web.middleware
    async def _measure(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in ROUTES:
            return await handler(request)
        tier, started = _tier(request), time.perf_counter()
        await asyncio.sleep(self._work_seconds() + self._faults.latency_seconds(tier, request.path))
        if self._random.random() < self._error_share(tier, request.path):
            answer: web.StreamResponse = web.json_response({"error": "payment backend unavailable"}, status=503)
        else:
            answer = await handler(request)
        self._telemetry.request(
            route=request.path, code=answer.status, tier=tier, seconds=time.perf_counter() - started
        )
        return answer

    def _work_seconds(self) -> float:
        """Around 30 ms, and a tail that now and then passes 100 ms."""
        return min(0.4, self._random.lognormvariate(-3.5, 0.5))

    def _error_share(self, tier: str, route: str) -> float:
        return max(failing(self._segments[tier], route), self._faults.error_share(tier, route))


_TIERS = frozenset(segment.tier for segment in SEGMENTS)


def _tier(request: web.Request) -> str:
    stated = request.headers.get(TIER_HEADER, ANONYMOUS)
    return stated if stated in _TIERS else ANONYMOUS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m examples.shop.storefront", description="The demo's web shop.")
    parser.add_argument("--port", type=int, required=True, help="where customers and Prometheus come in")
    parser.add_argument("--admin-port", type=int, required=True, help="where faults are switched on and off")
    arguments = parser.parse_args()
    shop = Shop(Telemetry(), Faults())
    serve({arguments.port: shop.doors(), arguments.admin_port: shop.back_office()})


if __name__ == "__main__":
    main()
