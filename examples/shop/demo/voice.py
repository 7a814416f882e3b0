"""How the demo speaks: headings, prose, commands with their output, and one line that says what it waits for."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from sloengine.duration import human

WIDEST = 110


class Voice:
    """Prints to stdout; times are told since the demo began."""

    def __init__(self) -> None:
        self._console = Console(width=min(WIDEST, shutil.get_terminal_size((WIDEST, 40)).columns), highlight=False)
        self._began = time.monotonic()

    @property
    def elapsed(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self._began)

    @property
    def width(self) -> int:
        return self._console.width

    def heading(self, text: str) -> None:
        self._console.print()
        self._console.rule(Text(f"{clock(self.elapsed)}  {text}", style="bold"), align="left", characters="─")

    def say(self, text: str) -> None:
        self._console.print(Text(" ".join(text.split())))

    def note(self, text: str) -> None:
        self._console.print(Text(f"  {clock(self.elapsed)}  {text}", style="dim"))

    def saw(self, text: str) -> None:
        self._console.print(Text(f"✓ {clock(self.elapsed)}  {text}", style="green"))

    def missed(self, text: str) -> None:
        self._console.print(Text(f"✗ {clock(self.elapsed)}  {text}", style="bold red"))

    def command(self, command: str, output: str) -> None:
        self._console.print(Text(f"\n$ {command}", style="bold"))
        text = "\n".join(line.rstrip() for line in output.splitlines()).strip("\n")
        self._console.print(Text(text), soft_wrap=True)

    def lines(self, lines: Sequence[str]) -> None:
        """As they are: to be copied from the screen."""
        for line in lines:
            self._console.print(Text(f"    {line}"), soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(title=title, title_justify="left", title_style="bold", show_lines=False)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self._console.print()
        self._console.print(table)

    @contextmanager
    def waiting(self, text: str) -> Iterator[Status | None]:
        """A line that moves while we wait, on a terminal; in a log one plain line."""
        if not self._console.is_terminal:
            self.note(f"waiting: {text}")
            yield None
            return
        with self._console.status(text) as status:
            yield status


def clock(elapsed: timedelta) -> str:
    """`04:07`, minutes and seconds."""
    minutes, seconds = divmod(int(elapsed.total_seconds()), 60)
    return f"{minutes:02}:{seconds:02}"


def spell(duration: timedelta) -> str:
    return human(duration)
