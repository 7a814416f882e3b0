"""What a person sees while something takes minutes: what is being done, for how long already, what it is at."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Progress:
    """at: what it is doing just now; may be set from any thread."""

    what: str
    at: str = ""


@contextlib.contextmanager
def progress(what: str) -> Iterator[Progress]:
    """Report on stderr until the block ends: one changing line on a terminal, a line every 15 s elsewhere."""
    state = Progress(what)
    began = time.monotonic()
    done = threading.Event()
    live = sys.stderr.isatty()

    def line() -> str:
        at = f" ({state.at})" if state.at else ""
        return f"devstack: {what}: {time.monotonic() - began:.0f} s{at}"

    def report() -> None:
        while not done.wait(1 if live else 15):
            print(f"\r\x1b[K{line()[:110]}" if live else line(), end="" if live else "\n", file=sys.stderr, flush=True)

    print(f"devstack: {what} …", file=sys.stderr, flush=True)
    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    outcome = "failed"
    try:
        yield state
        outcome = "done"
    finally:
        done.set()
        reporter.join()
        start = "\r\x1b[K" if live else ""
        print(f"{start}devstack: {what}: {outcome} after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def note(text: str) -> None:
    print(f"devstack: {text}", file=sys.stderr, flush=True)
