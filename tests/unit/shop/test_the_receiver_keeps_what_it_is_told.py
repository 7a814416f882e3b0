from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from examples.shop.receiver import Receiver

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(Receiver("s3cret").application())) as client:
        yield client


async def test_the_pager_wants_the_token(client: Client) -> None:
    refused = await client.post("/pager/on-call", json={"a": 1}, headers={"Authorization": "Bearer wrong"})
    taken = await client.post("/pager/on-call", json={"a": 1}, headers={"Authorization": "Bearer s3cret"})
    assert (refused.status, taken.status) == (401, 200)
    assert [message["body"] for message in await (await client.get("/received")).json()] == [{"a": 1}]


async def test_the_chat_answers_as_slack_does(client: Client) -> None:
    answer = await client.post("/slack/war-room", json={"text": "SEV1 checkout"})
    assert (answer.status, await answer.text()) == (200, "ok")
    assert await (await client.get("/slack/war-room")).text() == "SEV1 checkout\n"


async def test_a_body_that_is_no_json_is_refused(client: Client) -> None:
    answer = await client.post("/slack/war-room", data="{")
    assert answer.status == 400
    assert await (await client.get("/received")).json() == []


async def test_a_place_where_nothing_came_says_so(client: Client) -> None:
    assert "nothing came yet" in await (await client.get("/pager/manager")).text()
