"""How the shop's small processes serve and stop: loopback only, until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping

from aiohttp import web

LOOPBACK = "127.0.0.1"


def serve(applications: Mapping[int, web.Application]) -> None:
    """Serve each application at its port until the process is asked to stop."""
    asyncio.run(_serve(applications))


async def _serve(applications: Mapping[int, web.Application]) -> None:
    runners = [web.AppRunner(app, access_log=None, shutdown_timeout=1) for app in applications.values()]
    try:
        for port, runner in zip(applications, runners, strict=True):
            await runner.setup()
            await web.TCPSite(runner, LOOPBACK, port).start()
        await asked_to_stop()
    finally:
        for runner in runners:
            await runner.cleanup()


async def asked_to_stop() -> None:
    """Return at the first SIGTERM or SIGINT."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
