"""Waiting for an observable state, with a deadline and a message that shows what was seen instead."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class NeverHappened(AssertionError):
    """The state did not come about in time; the text says what was seen last."""


def until(look: Callable[[], T], *, what: str, timeout_seconds: float = 10, every_seconds: float = 0.05) -> T:
    """The first truthy thing that `look` returns.

    Exceptions of `look` count as "not yet" and are shown when time is up.
    Raises NeverHappened after timeout_seconds with the last thing seen.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            seen = look()
            if seen:
                return seen
            last = repr(seen)
        except Exception as problem:  # noqa: BLE001  # shown below
            last = f"{type(problem).__name__}: {problem}"
        if time.monotonic() >= deadline:
            raise NeverHappened(f"{what}: not within {timeout_seconds} s; last seen: {last[:2000]}")
        time.sleep(every_seconds)
