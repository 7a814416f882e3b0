"""Receivers on loopback that answer what real ones do; errors never show their address."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web

from clv_operator.notify import slack, webhook
from clv_operator.notify.message import Message
from clv_operator.notify.post import Poster
from sloengine.errors import DeliveryError
from sloengine.incidents.risk import Bounds
from sloengine.incidents.summary import Money, Situation

NOW = datetime(2026, 11, 25, 14, 33, tzinfo=UTC)


class Endpoint:
    """Answers with `status`, `text` and `headers`, and keeps what came."""

    def __init__(self) -> None:
        self.status, self.text = 200, "ok"
        self.headers: dict[str, str] = {}
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status, text=self.text, headers=self.headers)


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint()
    app = web.Application()
    app.router.add_post("/{tail:.*}", made.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/very-secret"
    yield made
    await runner.cleanup()


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    made = Poster()
    yield made
    await made.close()


def message(service: str = "checkout") -> Message:
    figure = Bounds(mean=36_790, low=9_818.64, high=88_277.31)
    situation = Situation(
        severity="SEV1",
        service=service,
        phase="Open",
        tiers=("platinum",),
        money=Money(currency="USD", projected=figure, rate_per_hour=figure),
        since=NOW,
    )
    return Message(
        id="0123456789abcdef",
        kind="page",
        subject="",
        namespace="shop",
        name="inc-checkout-rsvzgl7jaj-1",
        uid="u",
        episode=1,
        generation=1,
        situation=situation,
        at=NOW,
    )


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        (200, None),
        (202, None),
        (301, False),
        (400, False),
        (404, False),
        (408, True),
        (425, True),
        (429, True),
        (500, True),
        (503, True),
    ],
)
async def test_a_webhook_is_sent_again_where_that_can_help(
    endpoint: Endpoint, poster: Poster, *, status: int, retryable: bool | None
) -> None:
    endpoint.status = status
    sending = webhook.send(poster, "tickets", webhook.Webhook(url=endpoint.url), message())
    if retryable is None:
        assert await sending == ""
        return
    with pytest.raises(DeliveryError) as caught:
        await sending
    assert caught.value.retryable is retryable
    assert str(caught.value) == f"channel tickets: the receiver answered {status}"


async def test_a_webhook_carries_a_key_a_signature_and_no_money_of_a_tier(endpoint: Endpoint, poster: Poster) -> None:
    target = webhook.Webhook(url=endpoint.url, token="t0k3n", hmac_key=b"key")
    await webhook.send(poster, "tickets", target, message())
    headers, raw = endpoint.requests[0]
    body = json.loads(raw)
    assert headers["Idempotency-Key"] == "0123456789abcdef"
    assert headers["Authorization"] == "Bearer t0k3n"
    assert headers["X-Clv-Signature"] == f"sha256={hmac.new(b'key', raw, hashlib.sha256).hexdigest()}"
    assert (body["version"], body["kind"], body["incident"]["severity"]) == ("1", "page", "SEV1")
    assert body["atRisk"]["projected"] == "36790.00"
    assert body["incident"]["tiers"] == ["platinum"]
    assert "t0k3n" not in repr(target)


async def test_the_receiver_says_when_to_come_again(endpoint: Endpoint, poster: Poster) -> None:
    endpoint.status, endpoint.headers = 429, {"Retry-After": "30"}
    with pytest.raises(DeliveryError) as caught:
        await slack.send(poster, "room", endpoint.url, message())
    assert (caught.value.retryable, caught.value.retry_after_seconds) == (True, 30)


@pytest.mark.parametrize(
    ("status", "text", "said", "retryable"),
    [
        (200, "no_service", "200, no_service", False),
        (200, "<html>", "200, an answer that is not Slack's", False),
        (404, "channel_not_found", "404, channel_not_found", False),
        (500, "rollup_error", "500, rollup_error", True),
    ],
)
async def test_slack_has_taken_it_only_when_it_says_ok(
    endpoint: Endpoint, poster: Poster, *, status: int, text: str, said: str, retryable: bool
) -> None:
    endpoint.status, endpoint.text = status, text
    with pytest.raises(DeliveryError) as caught:
        await slack.send(poster, "room", endpoint.url, message())
    assert str(caught.value) == f"channel room: Slack answered {said}"
    assert caught.value.retryable is retryable


async def test_a_label_cannot_ping_anybody_in_slack(endpoint: Endpoint, poster: Poster) -> None:
    await slack.send(poster, "room", endpoint.url, message("<!channel> & co"))
    text = json.loads(endpoint.requests[0][1])["text"]
    assert text.startswith("SEV1 &lt;!channel&gt; &amp; co (platinum): about 37,000 USD")


@pytest.mark.parametrize("url", ["", "ftp://host/x", "http://", "http://[broken", "not a url"])
async def test_what_is_no_address_is_said_without_it(poster: Poster, url: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        await slack.send(poster, "room", url, message())
    assert str(caught.value).startswith("channel room: its Secret holds no http or https address")
    assert caught.value.retryable is False


async def test_a_receiver_that_is_gone_is_tried_again_and_its_address_not_told(
    endpoint: Endpoint, poster: Poster
) -> None:
    with pytest.raises(DeliveryError) as caught:
        await slack.send(poster, "room", "http://127.0.0.1:9/very-secret", message())
    assert caught.value.retryable is True
    assert "very-secret" not in str(caught.value)
    assert caught.value.__cause__ is None
