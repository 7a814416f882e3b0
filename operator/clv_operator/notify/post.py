"""One POST to a receiver that somebody configured; errors never show its address, which is a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time
from urllib.parse import urlsplit

import aiohttp

from sloengine.errors import DeliveryError

SECONDS = 10.0
ANSWER_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """text: the beginning of the body. retry_after_seconds: as the receiver asked."""

    status: int
    text: str
    retry_after_seconds: float | None = None


class Poster:
    """Holds the connections. Made in the loop that uses it; close it at the end."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, *, channel: str, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """The answer, whatever its status. Raises DeliveryError, retryable, where there is none within ten seconds."""
        if not _is_address(url):
            raise DeliveryError(
                f"channel {channel}: its Secret holds no http or https address; put the whole URL there",
                channel=channel,
                retryable=False,
            )
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS, connect=5.0))
        try:
            async with self._session.post(url, data=body, headers=dict(headers), allow_redirects=False) as response:
                content = await response.content.read(ANSWER_BYTES)
                return Reply(
                    status=response.status,
                    text=content.decode("utf-8", "replace").strip(),
                    retry_after_seconds=_seconds(response.headers.get("Retry-After")),
                )
        except TimeoutError:
            raise DeliveryError(f"channel {channel}: no answer within 10 s", channel=channel, retryable=True) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # `from None` and the type alone: aiohttp puts the address into its messages.
            raise DeliveryError(
                f"channel {channel}: the connection failed ({type(error).__name__})", channel=channel, retryable=True
            ) from None


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _seconds(header: str | None) -> float | None:
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time())
    except (ValueError, TypeError):
        return None
