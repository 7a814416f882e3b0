"""The life of the process: start in order, crash in order, stop in order.

Whatever escapes from a root task ends the process with code 1 and one last line that says which; the kubelet starts it
anew, and everything that matters is in the cluster. SIGTERM ends it with code 0 within 30 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from clv_operator.component import Component

log = structlog.get_logger(__name__)

ABORT_SECONDS = 28.0
DRAIN_SECONDS = 5.0


class ComponentEnded(Exception):  # errors name what happened
    """A component returned though nobody cancelled it."""


class Leadership(Protocol):
    """What the process needs of the elector."""

    async def campaign(self) -> None:
        """Return when this replica leads."""

    async def keep(self) -> None:
        """Stay the leader; raises when it is over."""

    async def release(self) -> None:
        """Let go, so that another can take over at once."""


class Web(Protocol):
    """The HTTP server."""

    async def stop(self) -> None:
        """Finish what is in flight and close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """everywhere: run on each replica. leader: run while this one leads. prepare: awaited before campaigning.

    settle: called when the leader has stopped, to write out what it decided. grace_seconds: between not ready and
    closing the door, so that whoever routes to us has learnt of it.
    """

    everywhere: Sequence[Component]
    leader: Sequence[Component]
    leadership: Leadership
    web: Web
    prepare: Callable[[], Awaitable[None]]
    settle: Callable[[float], Awaitable[bool]]
    begin_stop: Callable[[], None]
    grace_seconds: float

    async def run(self) -> int:
        """Work until a signal or a crash; the exit code."""
        stopping = asyncio.Event()
        with _signals(stopping):
            everywhere = asyncio.create_task(_together(self.everywhere), name="every replica")
            leader = asyncio.create_task(self._lead(), name="leader")
            signalled = asyncio.create_task(stopping.wait(), name="signal")
            works = {everywhere, leader}
            try:
                await asyncio.wait({*works, signalled}, return_when=asyncio.FIRST_COMPLETED)
                _abort_later()
                crashed = any(work.done() for work in works)
                if not crashed:
                    log.info("Began to stop")
                    self.begin_stop()
                    await asyncio.wait(works, timeout=self.grace_seconds, return_when=asyncio.FIRST_COMPLETED)
                    await self.web.stop()
                    crashed = any(work.done() for work in works)
                failure = await _end(leader)
                if not crashed and not await self.settle(DRAIN_SECONDS):
                    log.warning("Stopped with statuses unwritten; the next leader writes them")
                await self.leadership.release()
                failure = await _end(everywhere) or failure
            finally:
                signalled.cancel()
        if failure is not None:
            log.error("Ended", because=failure)
            return 1
        log.info("Stopped")
        return 0

    async def _lead(self) -> None:
        await self.prepare()
        await self.leadership.campaign()
        await _together(self.leader, self.leadership.keep)


async def _together(components: Sequence[Component], *others: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for other in others:
            group.create_task(_forever(getattr(other, "__qualname__", "task"), other))
        for component in components:
            group.create_task(_forever(type(component).__name__, component.run))


async def _forever(name: str, run: Callable[[], Awaitable[None]]) -> None:
    await run()
    raise ComponentEnded(f"{name} ended by itself")


async def _end(work: asyncio.Task[None]) -> str | None:
    """Cancel and await; why it had failed, in words, or None where it had not."""
    work.cancel()
    try:
        await work
    except asyncio.CancelledError:
        return None
    except BaseException as error:  # the root: nobody above would tell of it
        causes = list(_leaves(error))
        for cause in causes:
            log.debug("Failed", exc_info=cause)
        return "; ".join(f"{type(cause).__name__}: {cause}" for cause in causes)
    return None


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


@contextlib.contextmanager
def _signals(stopping: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _abort_later() -> None:
    """From another thread, so that not even a blocked loop keeps a process that must go."""
    timer = threading.Timer(ABORT_SECONDS, os._exit, args=(1,))
    timer.daemon = True
    timer.start()
