"""How the demo speaks: headings, prose, commands with their output, and one line that says what it waits for."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sloengine.duration import human

WIDEST = 110


class Voice:
    """Prints to stdout; times are told since the demo began."""

    def __init__(self) -> None:
        self._console = Console(width=min(WIDEST, shutil.get_terminal_size((WIDEST, 40)).columns), highlight=False)
        self.begin()

    def begin(self) -> None:
        """The clock starts now."""
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
        self._remark(" ", text, style="dim")

    def saw(self, text: str) -> None:
        self._remark("✓", text, style="green")

    def missed(self, text: str) -> None:
        self._remark("✗", text, style="bold red")

    def _remark(self, mark: str, text: str, *, style: str) -> None:
        """A mark, the time, the text: wrapped beside the time and not under it."""
        row = Table.grid(padding=(0, 1))
        for _ in range(3):
            row.add_column(overflow="fold")
        row.add_row(mark, clock(self.elapsed), Text(text), style=style)
        self._console.print(row)

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
    def waiting(self, text: str) -> Iterator[Callable[[str], None]]:
        """Says what is waited for; on a terminal a line moves beneath it, which is told what is there instead."""
        self.note(f"waiting: {text}")
        if not self._console.is_terminal:
            yield lambda instead: None
            return
        with self._console.status("", refresh_per_second=4) as status:
            yield lambda instead: status.update(self._one_line(f"{clock(self.elapsed)} not yet: {instead}"))

    def _one_line(self, text: str) -> Text:
        line = Text(text, no_wrap=True, overflow="ellipsis")
        line.truncate(self.width - 4, overflow="ellipsis")
        return line


def clock(elapsed: timedelta) -> str:
    """`04:07`, minutes and seconds."""
    minutes, seconds = divmod(int(elapsed.total_seconds()), 60)
    return f"{minutes:02}:{seconds:02}"


def spell(duration: timedelta) -> str:
    return human(duration)
