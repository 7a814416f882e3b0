"""One small HTTP call to a server on loopback."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

# Environment proxies must not see loopback traffic.
_plain = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


class Unreachable(Exception):
    """No HTTP answer: refused, reset or too late."""


def call(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    ca: Path | None = None,
    timeout_seconds: float = 5,
) -> Reply:
    """ca: certificate file that vouches for an https server. Any status comes back as a Reply; raises Unreachable."""
    opener = _plain
    if ca is not None:
        context = ssl.create_default_context(cafile=str(ca))
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with opener.open(request, timeout=timeout_seconds) as answer:
            return Reply(status=answer.status, body=answer.read())
    except urllib.error.HTTPError as answer:
        return Reply(status=answer.code, body=answer.read())
    except (OSError, ssl.SSLError) as problem:
        raise Unreachable(f"{method} {url}: {problem}") from problem
