"""A receiver of our own versioned JSON: 2xx is delivered; the entry's id lets it drop what it has seen."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass

from clv_operator.notify.message import Message, body
from clv_operator.notify.post import Poster
from sloengine.errors import DeliveryError

RETRIED = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Webhook:
    """All three are secrets. token: bearer. hmac_key: signs the body; empty ones are not used."""

    url: str
    token: str = ""
    hmac_key: bytes = b""


async def send(poster: Poster, channel: str, webhook: Webhook, message: Message) -> str:
    """How the receiver calls it; mostly nothing. Raises DeliveryError."""
    raw = json.dumps(body(message), separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": message.id, "User-Agent": "clv-sre"}
    if webhook.token:
        headers["Authorization"] = f"Bearer {webhook.token}"
    if webhook.hmac_key:
        headers["X-Clv-Signature"] = f"sha256={signature(webhook.hmac_key, raw)}"
    reply = await poster.post(channel=channel, url=webhook.url, body=raw, headers=headers)
    if 200 <= reply.status < 300:
        return ""
    raise DeliveryError(
        f"channel {channel}: the receiver answered {reply.status}",
        channel=channel,
        retryable=reply.status >= 500 or reply.status in RETRIED,
        retry_after_seconds=reply.retry_after_seconds,
    )


def signature(key: bytes, raw: bytes) -> str:
    """HMAC-SHA256 of the body as sent, in hex."""
    return hmac.new(key, raw, hashlib.sha256).hexdigest()
