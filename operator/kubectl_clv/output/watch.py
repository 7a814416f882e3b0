"""`-w`: redraws in place on a terminal, prints changed lines when piped; Ctrl-C leaves the cursor where it belongs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import click

from kubectl_clv.output.report import Report, has_colour, terminal_width
from sloengine.errors import ClusterError

INTERVAL_SECONDS = 2.0


def watch(look: Callable[[], Report], *, pause: Callable[[float], None] = time.sleep) -> None:
    """Shows what `look` finds, again and again, until Ctrl-C. An API server that is away is said, and asked again."""
    try:
        if sys.stdout.isatty():
            _redraw(look, pause)
        else:
            _append(look, pause)
    except KeyboardInterrupt:
        # The end that people give a watch; there is nothing to complain about.
        return


def _redraw(look: Callable[[], Report], pause: Callable[[float], None]) -> None:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(no_color=not has_colour(), highlight=False)
    last = ""
    with Live(console=console, auto_refresh=False, vertical_overflow="crop", transient=False) as live:
        while True:
            try:
                found = look()
                shown = found.render("table", width=terminal_width(), colour=has_colour())
                last = found.empty or shown
                fault = ""
            except ClusterError as error:
                fault = f"No answer ({error}): these are the last figures, asking again"
            head = f"{datetime.now(UTC):%H:%M:%S} UTC, every {INTERVAL_SECONDS:g} s, Ctrl-C ends {fault}".rstrip()
            live.update(Text.from_ansi(f"{head}\n\n{last}"), refresh=True)
            pause(INTERVAL_SECONDS)


def _append(look: Callable[[], Report], pause: Callable[[float], None]) -> None:
    before: list[str] = []
    fault = ""
    while True:
        try:
            found = look()
            lines = [] if found.empty else found.render("table", width=None).splitlines()
            for line in appended(before, lines):
                click.echo(f"{datetime.now(UTC):%H:%M:%S} {line}".rstrip())
            if found.empty and (before or fault == ""):
                fault = "nothing"
                click.echo(f"{datetime.now(UTC):%H:%M:%S} {found.empty}", err=True)
            before = lines
        except ClusterError as error:
            if str(error) != fault:
                fault = str(error)
                click.echo(f"{datetime.now(UTC):%H:%M:%S} No answer: {error}", err=True)
        pause(INTERVAL_SECONDS)


def appended(before: list[str], now: list[str]) -> list[str]:
    """The lines of `now` that `before` did not have."""
    known = set(before)
    return [line for line in now if line and line not in known]
