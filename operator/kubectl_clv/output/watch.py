"""`-w`: redraws in place on a terminal, prints changed lines when piped; Ctrl-C leaves the cursor where it belongs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

import click

from kubectl_clv.exits import Exit
from kubectl_clv.failure import Failure
from kubectl_clv.output.report import Report, has_colour, terminal_width
from sloengine.errors import ClusterError

INTERVAL_SECONDS = 2.0


def watch(look: Callable[[], Report], form: str, *, pause: Callable[[float], None] = time.sleep) -> None:
    """Shows what `look` finds, again and again, until Ctrl-C. An API server that is away is said, and asked again.

    form: table or wide; Failure for the others.
    """
    if form not in {"table", "wide"}:
        raise Failure(f"-w cannot show {form}", fix="use -o table or -o wide, or leave -w out", code=Exit.USAGE)
    try:
        if sys.stdout.isatty():
            _redraw(look, form, pause)
        else:
            _append(look, pause)
    except KeyboardInterrupt:
        # The end that people give a watch; there is nothing to complain about.
        return


def _redraw(look: Callable[[], Report], form: str, pause: Callable[[float], None]) -> None:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(no_color=not has_colour(), highlight=False)
    last = ""
    with Live(console=console, auto_refresh=False, vertical_overflow="crop", transient=False) as live:
        while True:
            try:
                found = look()
                shown = found.render(form, width=terminal_width(), colour=has_colour())
                last = found.empty or shown
                fault = ""
            except ClusterError as error:
                fault = f"No answer ({error}): these are the last figures, asking again"
            head = f"{datetime.now(UTC):%H:%M:%S} UTC, every {INTERVAL_SECONDS:g} s, Ctrl-C ends {fault}".rstrip()
            live.update(Text.from_ansi(f"{head}\n\n{last}"), refresh=True)
            pause(INTERVAL_SECONDS)


def _append(look: Callable[[], Report], pause: Callable[[float], None]) -> None:
    known: set[str] = set()
    fault = ""
    while True:
        try:
            found = look()
            if found.empty and fault != found.empty:
                click.echo(f"{datetime.now(UTC):%H:%M:%S} {found.empty}", err=True)
            fault = found.empty
            lines = [] if found.empty else found.news()
            for line in appended(known, lines):
                click.echo(f"{datetime.now(UTC):%H:%M:%S} {line}")
            known = {key for key, _ in lines}
        except ClusterError as error:
            if str(error) != fault:
                fault = str(error)
                click.echo(f"{datetime.now(UTC):%H:%M:%S} No answer: {error}", err=True)
        pause(INTERVAL_SECONDS)


def appended(known: Collection[str], now: Sequence[tuple[str, str]]) -> list[str]:
    """The lines whose keys were not there a moment ago."""
    return [line for key, line in now if key not in known]
