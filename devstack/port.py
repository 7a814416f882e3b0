"""Free ports on loopback that nobody else on this machine is handed meanwhile."""

from __future__ import annotations

import random
import socket

from devstack.errors import DevstackError

# Below the kernel's range for outgoing connections (32768 and up), above what services are registered for.
_FIRST, _LAST = 18000, 32700
_random = random.SystemRandom()


class Port:
    """A port with its claim, which ends with `release` or with this process."""

    def __init__(self) -> None:
        for _ in range(200):
            number = _random.randint(_FIRST, _LAST)
            claim = _claim(number)
            if claim is not None:
                self.number = number
                self._claim = claim
                return
        raise DevstackError(f"no free port between {_FIRST} and {_LAST} on 127.0.0.1 after 200 tries")

    def release(self) -> None:
        self._claim.close()

    def __str__(self) -> str:
        return str(self.number)


def _claim(number: int) -> socket.socket | None:
    # A name in the abstract namespace: gone with the process that holds it, and no file to clean up.
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        claim.bind(f"\0clv-devstack-port-{number}")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", number))
    except OSError:
        claim.close()
        return None
    return claim


def free_port() -> int:
    """A free port whose claim lasts as long as this process: for a server that a test starts by itself."""
    port = Port()
    _kept.append(port)
    return port.number


_kept: list[Port] = []
