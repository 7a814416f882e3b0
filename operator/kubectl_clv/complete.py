"""Completion: scripts for the shells, and the answer to kubectl, which asks `kubectl_complete-clv`.

kubectl runs that program with the words after `clv`, the last of them unfinished, and reads suggestions a line
(`word<TAB>description`) and then a directive of its own completion library: `:4` no files, `:0` files too.
"""

from __future__ import annotations

import sys

import click
from click.shell_completion import ShellComplete, get_completion_class

from kubectl_clv.cli import COMPLETE_VARIABLE, root
from kubectl_clv.failure import Failure
from kubectl_clv.invocation import Invocation

PROGRAM = "kubectl-clv"
SHELLS = ("bash", "zsh", "fish")
_NO_FILES, _FILES = ":4", ":0"


def script(shell: str) -> str:
    """The script that makes `shell` complete the command kubectl-clv."""
    kind = get_completion_class(shell)
    if kind is None:
        raise Failure(f"There is no completion for {shell}", fix=f"use one of {', '.join(SHELLS)}")
    return kind(root, {}, PROGRAM, COMPLETE_VARIABLE).source()


def answer(words: list[str]) -> list[str]:
    """What kubectl is told. words: after `clv`, the last one unfinished."""
    *done, unfinished = words or [""]
    found = ShellComplete(root, {"obj": Invocation()}, PROGRAM, COMPLETE_VARIABLE).get_completions(done, unfinished)
    files = any(item.type in {"file", "dir"} for item in found)
    lines = [f"{item.value}\t{item.help}" if item.help else str(item.value) for item in found if item.type == "plain"]
    return [*lines, _FILES if files else _NO_FILES]


def main() -> int:
    click.echo("\n".join(answer(sys.argv[1:])))
    return 0
