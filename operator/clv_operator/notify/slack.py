"""An incoming webhook of Slack: 200 *and* `ok`; it cannot edit, so only transitions are sent to it."""

from __future__ import annotations

import json
import re

from clv_operator.notify.message import Message, slack_text
from clv_operator.notify.post import Poster
from sloengine.errors import DeliveryError
from sloengine.incidents.text import clip

LINE_BYTES, LINES = 1_200, 10
"""12,000 bytes in all; lines are cut one by one, for a cut text has no line breaks left."""
_CODE = re.compile(r"^[a-z_]{1,64}$")


async def send(poster: Poster, channel: str, url: str, message: Message) -> str:
    """Nothing: a webhook message has no name. Raises DeliveryError."""
    lines = [clip(line, LINE_BYTES) for line in slack_text(message).split("\n")[:LINES]]
    payload = {"text": "\n".join(lines), "unfurl_links": False, "unfurl_media": False}
    raw = json.dumps(payload, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": message.id}
    reply = await poster.post(channel=channel, url=url, body=raw, headers=headers)
    if reply.status == 200 and reply.text == "ok":
        return ""
    said = reply.text if _CODE.match(reply.text) else "an answer that is not Slack's"
    raise DeliveryError(
        f"channel {channel}: Slack answered {reply.status}, {said}",
        channel=channel,
        retryable=reply.status == 429 or reply.status >= 500,
        retry_after_seconds=reply.retry_after_seconds,
    )
