"""What a verb found, and its way to the screen as table, wide, json, yaml, md or name."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from kubectl_clv.output.table import Cell, Table

FORMATS = ("table", "wide", "json", "yaml", "md", "name")


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of its own above a part."""

    text: str


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A command, a query or an address on a line of its own: to be copied, so never wrapped."""

    text: str


Block = Table | Heading | Verbatim | Cell | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """data: for json and yaml, with stable keys. blocks: for people. names: for `-o name`.

    empty: the sentence for when there is nothing to show, on stderr; it says what was looked for and what to try.
    """

    data: Any
    blocks: Sequence[Block] = ()
    names: Sequence[str] = field(default_factory=tuple)
    empty: str = ""

    def render(self, form: str, *, width: int | None = None, colour: bool = False) -> str:
        match form:
            case "json":
                return json.dumps(self.data, indent=2, ensure_ascii=False)
            case "yaml":
                import yaml

                return yaml.safe_dump(self.data, sort_keys=False, allow_unicode=True, width=120).rstrip("\n")
            case "name":
                return "\n".join(self.names)
            case "md":
                return "\n".join(_markdown(self.blocks))
            case _:
                return "\n".join(_lines(self.blocks, width=width, wide=form == "wide", colour=colour))

    def news(self) -> list[tuple[str, str]]:
        """(key, line) of everything that is shown; a line is news when its key is new."""
        found: list[tuple[str, str]] = []
        for block in self.blocks:
            if isinstance(block, Table):
                found += block.news()
            else:
                found += [(line, line) for line in _lines([block], width=None, wide=False, colour=False) if line]
        return found

    def emit(self, form: str) -> None:
        """On stdout; the sentence for nothing on stderr."""
        if self.empty:
            click.echo(self.empty, err=True)
        if self.empty and form not in {"json", "yaml"}:
            return
        text = self.render(form, width=terminal_width(), colour=has_colour())
        if text:
            click.echo(text, color=has_colour())


def _lines(blocks: Sequence[Block], *, width: int | None, wide: bool, colour: bool) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        match block:
            case Table():
                lines += block.lines(width=width, wide=wide, colour=colour)
            case Heading():
                lines += [*([""] if lines else []), click.style(block.text, bold=True) if colour else block.text]
            case Verbatim():
                lines += [f"  {line}" for line in block.text.splitlines()]
            case Cell():
                styled = colour and (block.colour or block.bold)
                wrapped = _wrapped(block.text, width)
                lines += (
                    [click.style(text, fg=block.colour, bold=block.bold or None) for text in wrapped]
                    if styled
                    else wrapped
                )
            case str():
                lines += _wrapped(block, width)
    return lines


def _wrapped(text: str, width: int | None) -> list[str]:
    """Never inside a word: an address or a name that is cut cannot be copied."""
    if width is None or len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _markdown(blocks: Sequence[Block]) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        match block:
            case Table():
                lines += [*([""] if lines and lines[-1] else []), *block.markdown(), ""]
            case Heading():
                lines += [*([""] if lines and lines[-1] else []), f"### {block.text}", ""]
            case Verbatim():
                lines += ["```", *block.text.splitlines(), "```", ""]
            case Cell():
                lines += [block.text, ""]
            case str():
                lines += [block, ""] if block else []
    return lines[:-1] if lines and not lines[-1] else lines


def terminal_width() -> int | None:
    """Columns of the terminal, or of COLUMNS; None (no limit) where the output goes to a file or a pipe."""
    if os.environ.get("COLUMNS", "").isdigit() or sys.stdout.isatty():
        return shutil.get_terminal_size().columns
    return None


def has_colour() -> bool:
    """Colour only on a terminal that wants it (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
