"""The operator's one HTTP server: probes, metrics, and what the rooms bring."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from aiohttp import web
from prometheus_client import REGISTRY, disable_created_metrics
from prometheus_client.exposition import choose_encoder

from clv_operator.settings import WebSettings

log = structlog.get_logger(__name__)
FINISH_SECONDS = 10.0
BODY_LIMIT_BYTES = 1024 * 1024
"""For handlers that read a body whole; the intake streams and counts for itself."""


class WebServer:
    """Listens from `start` to `stop`. routes: of every room, this one's metrics come by themselves."""

    def __init__(self, *, settings: WebSettings, routes: Iterable[web.RouteDef]) -> None:
        # They would be a second series for each counter, which nobody reads.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library left its types out here
        self._settings = settings
        app = web.Application(client_max_size=BODY_LIMIT_BYTES)
        app.add_routes([web.get("/metrics", _metrics), *routes])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=FINISH_SECONDS)
        self.port = 0

    async def start(self) -> None:
        """Listen; `port` is then the real one, and the ready file (where one is asked for) holds `address:port`."""
        host, _, port = self._settings.listen.rpartition(":")
        await self._runner.setup()
        site = web.TCPSite(self._runner, host.strip("[]"), int(port), reuse_address=True)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        log.info("Began to listen", address=f"{host}:{self.port}")
        if self._settings.ready_file is not None:
            part = self._settings.ready_file.with_suffix(".part")
            part.write_text(f"{host}:{self.port}\n")
            part.replace(self._settings.ready_file)  # whole or not at all: somebody polls for it

    async def stop(self) -> None:
        """Take no new request, let those in flight finish for a while, close."""
        await self._runner.cleanup()


async def _metrics(request: web.Request) -> web.Response:
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return web.Response(body=encode(REGISTRY), headers={"Content-Type": content_type})
