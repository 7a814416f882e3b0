"""Changes of our objects, by kopf, in a thread with a loop of its own; the only module that knows what kopf is.

kopf gives list and watch with reconnects and backoff. We take nothing else of it: no finalizer, no annotation, no
timer, no index, no event of its own. It never tells of a deletion that happened while it was blind (see `sweep`), and
when it ends for good it must end the process: a process that sees nothing more is worse than none.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection
from typing import Any

import kopf
import structlog
from prometheus_client import Counter, Gauge

from clv_operator.kube.connection import Connection
from clv_operator.kube.resource import Resource

JsonObject = dict[str, Any]
OnEvent = Callable[[Resource, str | None, JsonObject], None]
"""Called in the main loop with the kind, ADDED, MODIFIED, DELETED or None (listed), and the object."""
log = structlog.get_logger(__name__)

EVENTS = Counter(
    "clv_watch_events_total", "Events seen by the watch; `LISTED` is an object of a list.", ["kind", "type"]
)
ALIVE = Gauge("clv_watch_alive", "1 while the watch runs.")
STOP_SECONDS = 5.0


class WatchEnded(Exception):  # errors name what happened
    """The watch is over though nobody stopped it."""


class Watch:
    """namespaces: empty watches the whole cluster."""

    def __init__(
        self,
        *,
        connection: Connection,
        resources: Collection[Resource],
        namespaces: Collection[str],
        on_event: OnEvent,
    ) -> None:
        self._connection = connection
        self._namespaces = tuple(namespaces)
        self._on_event = on_event
        self._registry = kopf.OperatorRegistry()
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        for resource in resources:
            self._register(resource)
        kopf.on.login(registry=self._registry)(self._login)

    async def run(self) -> None:
        """Watch until cancelled; raises WatchEnded when kopf gives up."""
        self._main = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        thread = threading.Thread(target=self._thread, name="watch", daemon=True)
        thread.start()
        ALIVE.set(1)
        try:
            await self._ended.wait()
        finally:
            ALIVE.set(0)
            self._stop.set()
            await asyncio.shield(asyncio.to_thread(thread.join, STOP_SECONDS))
        raise WatchEnded(f"the watch ended: {self._failure or 'kopf returned'}") from self._failure

    def _register(self, resource: Resource) -> None:
        def handle(event: dict[str, Any], **_: Any) -> None:
            kind = event.get("type")
            EVENTS.labels(resource.kind, kind or "LISTED").inc()
            self._main.call_soon_threadsafe(self._on_event, resource, kind, dict(event["object"]))

        kopf.on.event(resource.group, resource.version, resource.plural, registry=self._registry, id=resource.plural)(
            handle
        )

    async def _login(self, **_: Any) -> kopf.ConnectionInfo:
        return await self._connection.login()

    def _thread(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as error:  # noqa: BLE001  # root of a thread: whatever it is, the main loop must learn of it
            self._failure = error
            log.warning("The watch failed", error=str(error), kind=type(error).__name__)
        finally:
            self._tell_ended()

    async def _run(self) -> None:
        try:
            await kopf.operator(
                registry=self._registry,
                settings=self._settings(),
                standalone=True,
                clusterwide=not self._namespaces,
                namespaces=self._namespaces,
                stop_flag=self._stop,
            )
        except Exception as error:
            self._failure = error
            raise
        finally:
            # Without this, asyncio.run() waits for the thread in which kopf waits for this very flag.
            self._stop.set()
            self._tell_ended()

    def _tell_ended(self) -> None:
        if not self._main.is_closed():
            self._main.call_soon_threadsafe(self._ended.set)

    @staticmethod
    def _settings() -> kopf.OperatorSettings:
        made = kopf.OperatorSettings()
        made.scanning.disabled = True  # kinds are checked by discovery before, and namespaces are given
        made.posting.enabled = False
        made.posting.loggers = False
        made.persistence.finalizer = "clvsre.io/operator"
        made.watching.chunk_size = 500
        made.watching.server_timeout = 300
        made.watching.client_timeout = 310
        made.networking.connect_timeout = 10
        made.networking.request_timeout = 30
        made.queueing.worker_limit = None
        made.process.ultimate_exiting_timeout = None  # else it kills the process; ours ends in order
        return made
