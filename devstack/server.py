"""What every server of the stack has in common: start, readiness, faults, the same address after a restart."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from devstack.errors import PortTaken, StartFailed
from devstack.port import Port
from devstack.process import Process

S = TypeVar("S", bound="Server")


class Server(ABC):
    """A server on loopback. `start` after `kill` brings it back with the same ports and data."""

    name: str
    process: Process
    start_timeout_seconds: float = 60

    def __init__(self, *, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.ports: list[Port] = []

    def new_port(self) -> int:
        port = Port()
        self.ports.append(port)
        return port.number

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it answers; an exception counts as no."""

    def start(self) -> None:
        """Start the process and wait until it answers. Raises StartFailed with the end of its log."""
        began = time.monotonic()
        self.process.start()
        last = "nothing"
        while time.monotonic() - began < self.start_timeout_seconds:
            if not self.process.is_running:
                raise self._failure("ended while starting")
            try:
                if self.is_ready():
                    return
            except Exception as problem:  # noqa: BLE001  # shown below
                last = f"{type(problem).__name__}: {problem}"
            time.sleep(0.03)
        self.process.kill()
        raise self._failure(f"was not ready after {self.start_timeout_seconds:.0f} s (last: {last})")

    def _failure(self, what: str) -> StartFailed:
        text = f"{self.name} {what}; the end of {self.process.log}:\n{self.process.log_tail()}"
        taken = "address already in use" in self.process.log_text()
        return PortTaken(text) if taken else StartFailed(text)

    def kill(self) -> None:
        self.process.kill()

    def restart(self) -> None:
        self.process.kill()
        self.start()

    def freeze(self) -> None:
        self.process.freeze()

    def thaw(self) -> None:
        self.process.thaw()

    @property
    def is_running(self) -> bool:
        return self.process.is_running

    def close(self) -> None:
        """Kill it and give its ports back."""
        self.process.kill()
        for port in self.ports:
            port.release()


def launch(make: Callable[[], S]) -> S:
    """Make a server and start it, again with other ports if someone else took one of them in between."""
    for _ in range(3):
        server = make()
        try:
            server.start()
        except PortTaken:
            server.close()
            continue
        except StartFailed:
            server.close()
            raise
        return server
    raise StartFailed("three times in a row somebody else took the port first")
