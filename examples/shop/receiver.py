"""Where notifications arrive in the demo: a pager (generic webhook) and a Slack-shaped channel, as one process.

    python -m examples.shop.receiver --port 8010 --token-file token

`POST /pager/<who>` takes the operator's webhook channel and wants its bearer token; `POST /slack/<room>` answers `ok`
as Slack does. `GET` of the same addresses shows the newest message there as a person would read it; `GET /received`
lists everything that came, oldest first, with its time.
"""

from __future__ import annotations

import argparse
import hmac
import json
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from examples.shop.process import serve

KEPT = 500


class Receiver:
    """Takes notifications, keeps the last of them, refuses whoever lacks the token."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._received: deque[dict[str, object]] = deque(maxlen=KEPT)

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/pager/{name}", self.page)
        app.router.add_post("/slack/{name}", self.slack)
        app.router.add_get("/{kind:pager|slack}/{name}", self.newest)
        app.router.add_get("/received", self.received)
        return app

    async def page(self, request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {self._token}"):
            return web.json_response({"error": "a bearer token that we know is wanted"}, status=401)
        await self._keep("pager", request)
        return web.json_response({"received": True})

    async def slack(self, request: web.Request) -> web.Response:
        await self._keep("slack", request)
        return web.Response(text="ok")

    async def received(self, request: web.Request) -> web.Response:
        return web.json_response(list(self._received))

    async def newest(self, request: web.Request) -> web.Response:
        place = (request.match_info["kind"], request.match_info["name"])
        for message in reversed(self._received):
            if (message["kind"], message["to"]) == place:
                body = message["body"]
                text = body.get("text") if isinstance(body, dict) else None
                return web.Response(text=str(text or json.dumps(body, indent=2)) + "\n")
        return web.Response(text="nothing came yet\n")

    async def _keep(self, kind: str, request: web.Request) -> None:
        try:
            body = await request.json()
        except ValueError as error:
            raise web.HTTPBadRequest(text=f"invalid_payload: {error}") from error
        self._received.append(
            {
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "kind": kind,
                "to": request.match_info["name"],
                "id": request.headers.get("Idempotency-Key", ""),
                "body": body,
            }
        )
        print(json.dumps(self._received[-1]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m examples.shop.receiver", description="The demo's pager and chat.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token-file", type=Path, required=True, help="the bearer token that the pager wants")
    arguments = parser.parse_args()
    serve({arguments.port: Receiver(arguments.token_file.read_text().strip()).application()})


if __name__ == "__main__":
    main()
