"""Whether the process lives, and whether it is of use; each with the reasons in words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

from aiohttp import web

Check = Callable[[], str]
"""Empty when all is well, else the reason why not, in words."""
HEARTBEAT_LIMIT_SECONDS = 30.0


class Health:
    """Readiness is every check; liveness only that the main loop turns. Prometheus is part of neither: a replica
    without it still takes alerts, and restarting would mend nothing.
    """

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._beat = monotonic()
        self.is_stopping = False

    def stop(self) -> None:
        """Say so, from now on: whoever routes to us should stop."""
        self.is_stopping = True

    def add(self, name: str, check: Check) -> None:
        self._checks[name] = check

    def reasons(self) -> list[str]:
        """Why this replica is not ready; empty when it is."""
        if self.is_stopping:
            return ["shutdown: this replica is stopping"]
        found = ((name, check()) for name, check in self._checks.items())
        return [f"{name}: {reason}" for name, reason in found if reason]

    def problem_of(self, name: str) -> str:
        """What one check says; empty when all is well, or there is no such check."""
        check = self._checks.get(name)
        return check() if check is not None else ""

    async def run(self) -> None:
        """Beat once a second, until cancelled."""
        while True:
            self._beat = monotonic()
            await asyncio.sleep(1)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/healthz", self._healthz), web.get("/readyz", self._readyz)]

    async def _healthz(self, request: web.Request) -> web.Response:
        silent = monotonic() - self._beat
        if silent > HEARTBEAT_LIMIT_SECONDS:
            return web.Response(status=503, text=f"the main loop has not turned for {silent:.0f} s\n")
        return web.Response(text="ok\n")

    async def _readyz(self, request: web.Request) -> web.Response:
        reasons = self.reasons()
        return web.Response(status=503 if reasons else 200, text="\n".join(reasons or ["ok"]) + "\n")
