import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from examples.shop.faults import Fault, Faults
from examples.shop.storefront import CATALOGUE, TIER_HEADER, Shop
from examples.shop.telemetry import Telemetry

Client = TestClient[web.Request, web.Application]


class House:
    """A shop with its doors open, and its counters within reach."""

    def __init__(self, client: Client, faults: Faults, telemetry: Telemetry) -> None:
        self.client, self.faults, self._telemetry = client, faults, telemetry

    async def buy(self, tier: str | None) -> int:
        headers = {TIER_HEADER: tier} if tier else {}
        wish = {"customer": "c1", "sku": CATALOGUE[0].sku}
        await self.client.post("/cart", json=wish, headers=headers)
        answer = await self.client.post("/checkout", json={"customer": "c1", "value": 12.5}, headers=headers)
        return answer.status

    def count(self, *, route: str, code: str, tier: str) -> float | None:
        labels = {"route": route, "code": code, "clv_tier": tier}
        return self._telemetry.registry.get_sample_value("http_requests_total", labels)

    def order_value(self, tier: str) -> float | None:
        return self._telemetry.registry.get_sample_value("shop_order_value_usd_total", {"clv_tier": tier})


@pytest.fixture
async def house() -> AsyncIterator[House]:
    faults, telemetry = Faults(), Telemetry()
    async with TestClient(TestServer(Shop(telemetry, faults, seed=1).doors())) as client:
        yield House(client, faults, telemetry)


async def test_an_order_counts_for_the_tier_that_the_edge_states(house: House) -> None:
    assert await house.buy("gold") == 200
    assert house.count(route="/checkout", code="200", tier="gold") == 1
    assert house.order_value("gold") == 12.5


@pytest.mark.parametrize("stated", [None, "titanium", "Platinum"])
async def test_a_header_that_is_no_tier_counts_as_unknown(house: House, stated: str | None) -> None:
    await house.buy(stated)
    assert house.count(route="/checkout", code="200", tier="unknown") == 1


async def test_every_label_set_is_born_at_zero(house: House) -> None:
    assert house.count(route="/checkout", code="503", tier="platinum") == 0


async def test_a_fault_hits_its_tier_and_no_other(house: House) -> None:
    house.faults.switch_on(Fault(tier="platinum", route="/checkout", error_share=1.0))
    assert (await house.buy("platinum"), await house.buy("gold")) == (503, 200)
    assert house.count(route="/checkout", code="503", tier="platinum") == 1
    assert house.order_value("platinum") == 0


async def test_a_mended_shop_takes_orders_again(house: House) -> None:
    house.faults.switch_on(Fault(error_share=1.0))
    assert await house.buy("gold") == 503
    house.faults.clear()
    assert await house.buy("gold") == 200


async def test_faults_are_switched_at_the_back_office_and_a_senseless_one_is_refused() -> None:
    shop = Shop(Telemetry(), Faults(), seed=1)
    async with TestClient(TestServer(shop.back_office())) as office:
        fault = {"tier": "gold", "route": "/search", "error_share": 0.5}
        on = await office.put("/faults", json=fault)
        assert await on.json() == [{**fault, "latency_ms": 0}]
        refused = await office.put("/faults", json={"error_share": 7})
        assert (refused.status, "give 0 to 1" in (await refused.json())["error"]) == (400, True)
        misspelt = await office.put("/faults", json={"eror_share": 1})
        assert misspelt.status == 400


async def test_latency_is_added_to_the_requests_that_the_fault_covers(house: House) -> None:
    house.faults.switch_on(Fault(route="/browse", latency_ms=300))
    loop = asyncio.get_running_loop()
    started = loop.time()
    await house.client.get("/browse")
    assert loop.time() - started >= 0.3
