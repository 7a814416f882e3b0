"""Errors as people read them: what failed, why, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from kubectl_clv.exits import Exit
from sloengine.errors import ClvError


class Failure(ClvError):
    """A verb that cannot go on. what, why, fix: a sentence each, without a full stop; why and fix may be empty."""

    def __init__(self, what: str, *, why: str = "", fix: str = "", code: Exit = Exit.ERROR) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix
        self.code = code

    def lines(self) -> list[str]:
        named = [("Error: ", self.what), ("  Why: ", self.why), ("  Try: ", self.fix)]
        return [f"{name}{text}" for name, text in named if text]


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """`did you mean checkout?`, or nothing where no name is near."""
    near = difflib.get_close_matches(given, sorted(set(known)), n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else ""
