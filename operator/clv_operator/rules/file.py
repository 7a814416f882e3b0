"""One rule file a group in a directory that Prometheus reads, then a reload; what Prometheus refuses is taken back.

A reload is all or nothing: one bad file keeps every change out. So the bad one is found by asking Prometheus' own
parser for each new expression, gets its old content back, and the others go in.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from clv_operator.rules.configmap import file_of
from clv_operator.rules.wanted import HASH, Problem, WantedRules, as_yaml, expressions
from sloengine.errors import QueryError

log = structlog.get_logger(__name__)

HEADER = "# Written by clv-sre and overwritten when it differs. "
SHOWN = 160


class Reloader(Protocol):
    """What we need of Prometheus."""

    async def reload(self) -> None:
        """Read the rule files anew; raises QueryError, with a status where Prometheus refused."""

    async def parse_problem(self, promql: str) -> str:
        """What its parser says; empty: nothing. Raises QueryError where it gives no answer."""


@dataclass(frozen=True, slots=True)
class _Change:
    """key: of the SLO; None where a file nobody wants was removed. old: what was there, None: nothing."""

    key: str | None
    path: Path
    old: bytes | None


class FileOutput:
    """directory: made where it is missing. reloader: None where something else makes Prometheus reload."""

    name = "File"

    def __init__(
        self, directory: Path, *, reloader: Reloader | None, is_leading: Callable[[], bool] = lambda: True
    ) -> None:
        self._directory = directory
        self._reloader = reloader
        self._is_leading = is_leading
        self._equal: dict[Path, tuple[str, int, int] | None] = {}
        self._refused: dict[str, tuple[str, Problem]] = {}
        self._is_reload_due = False

    async def sync(self, wanted: Mapping[str, WantedRules], kept: frozenset[str]) -> dict[str, Problem]:
        self._refused = {
            key: (refused, problem)
            for key, (refused, problem) in self._refused.items()
            if key in wanted and wanted[key].hash == refused
        }
        if not self._is_leading():
            return {}
        changes, problems = await asyncio.to_thread(self._write_all, wanted, kept)
        if self._reloader is not None and (changes or self._is_reload_due):
            problems |= await self._reload(self._reloader, changes, wanted)
        return problems | {key: problem for key, (_, problem) in self._refused.items()}

    def _write_all(
        self, wanted: Mapping[str, WantedRules], kept: frozenset[str]
    ) -> tuple[list[_Change], dict[str, Problem]]:
        changes: list[_Change] = []
        problems: dict[str, Problem] = {}
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            present = sorted(self._directory.glob("*.yaml"))
        except OSError as error:
            return [], dict.fromkeys(wanted, _problem(error, self._directory))
        names = {file_of(key) for key in (*wanted, *kept)}
        for path in present:
            if path.name not in names and _is_ours(path):
                try:
                    changes.append(_Change(None, path, path.read_bytes()))
                    path.unlink()
                except OSError as error:
                    log.warning("Left a rule file that nobody wants", path=path.name, error=error.strerror)
                self._equal.pop(path, None)
        for key, rules in wanted.items():
            if key in self._refused:
                continue
            path = self._directory / file_of(key)
            try:
                if path in self._equal and self._equal[path] == _state(path, rules.hash):
                    continue
                old = path.read_bytes() if path.exists() else None
                if old is not None and not old.startswith(HEADER.encode()):
                    problems[key] = Problem(
                        "RuleConflict",
                        f"the file {path.name} is not ours: it was left alone and these rules are not loaded; "
                        "move it away",
                    )
                    continue
                new = f"{HEADER}{HASH}: {rules.hash}\n{as_yaml(rules.render())}".encode()
                if old != new:
                    _replace(path, new)
                    changes.append(_Change(key, path, old))
                self._equal[path] = _state(path, rules.hash)
            except OSError as error:
                problems[key] = _problem(error, path)
        return changes, problems

    async def _reload(
        self, reloader: Reloader, changes: list[_Change], wanted: Mapping[str, WantedRules]
    ) -> dict[str, Problem]:
        error = await self._try(reloader)
        if error is None:
            return {}
        if error.status is None or error.status in (403, 404, 405):
            return dict.fromkeys((change.key for change in changes if change.key is not None), _not_reloaded(error))
        faulty: dict[str, str] = {}
        for change in changes:
            if change.key is not None:
                fault = await _fault(reloader, wanted[change.key])
                if fault:
                    faulty[change.key] = fault
        bad = [change for change in changes if change.key in faulty]
        if bad:
            await asyncio.to_thread(self._restore, bad)
            for change in bad:
                if change.key is not None:
                    text = f"Prometheus refused the rules and keeps those from before: {faulty[change.key]}"
                    self._refused[change.key] = (wanted[change.key].hash, Problem("RulesRefused", text))
            error = await self._try(reloader)
            if error is None:
                return {}
        rest = [change for change in changes if change not in bad]
        await asyncio.to_thread(self._restore, rest)
        again = await self._try(reloader)
        keys = [change.key for change in rest if change.key is not None]
        if again is None:
            # Each expression parses, yet together with the rest they are refused: say what Prometheus says.
            problem = Problem("RulesRefused", f"Prometheus refused the rules and keeps those from before: {error}")
            self._refused |= {key: (wanted[key].hash, problem) for key in keys}
            return {}
        return dict.fromkeys(
            keys,
            Problem(
                "ReloadFailed",
                f"Prometheus refuses to reload, with the old rules too: {again}; mend its other files, see its log",
            ),
        )

    async def _try(self, reloader: Reloader) -> QueryError | None:
        self._is_reload_due = True
        if not self._is_leading():
            return QueryError("this replica does not lead", kind="refused")
        try:
            await reloader.reload()
        except QueryError as error:
            return error
        self._is_reload_due = False
        return None

    def _restore(self, changes: list[_Change]) -> None:
        for change in changes:
            self._equal.pop(change.path, None)
            with contextlib.suppress(OSError):  # the next sync finds the difference and writes again
                if change.old is None:
                    change.path.unlink(missing_ok=True)
                else:
                    _replace(change.path, change.old)


async def _fault(reloader: Reloader, rules: WantedRules) -> str:
    """The first expression that Prometheus does not parse, with its text; empty: all parse, or it gives no answer."""
    for name, expression in expressions(rules.render()):
        with contextlib.suppress(QueryError):
            problem = await reloader.parse_problem(expression)
            if problem:
                shown = expression if len(expression) <= SHOWN else f"{expression[:SHOWN]}…"
                return f"{name}: {problem} in {shown}"
    return ""


def _replace(path: Path, content: bytes) -> None:
    """Whole or not at all; the name of the draft ends in no suffix that Prometheus globs for."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(content)
    os.replace(draft, path)  # noqa: PTH105  # Path.replace is the same; this is the documented atomic one


def _state(path: Path, rules_hash: str) -> tuple[str, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return rules_hash, found.st_mtime_ns, found.st_size


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(HEADER)) == HEADER.encode()
    except OSError:
        return False


def _problem(error: OSError, path: Path) -> Problem:
    return Problem("WriteFailed", f"{path} cannot be written: {error.strerror}; mount a writable volume there")


def _not_reloaded(error: QueryError) -> Problem:
    if error.status is None:
        return Problem("ReloadFailed", f"the rules are written, but Prometheus was not reached to reload: {error}")
    return Problem(
        "ReloadFailed",
        f"the rules are written, but Prometheus takes no reload ({error}); start it with --web.enable-lifecycle",
    )
