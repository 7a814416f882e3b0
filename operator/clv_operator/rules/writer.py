"""Keeps the output equal to what the evaluator wants: at once when that changes, and every minute against drift."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping

import structlog
from prometheus_client import Counter, Gauge

from clv_operator.rules.wanted import Problem, RuleOutput, WantedRules

log = structlog.get_logger(__name__)

SYNCS = Counter(
    "clv_rules_syncs_total", "Times that the rules were compared with what is there, by outcome.", ["outcome"]
)
GROUPS = Gauge("clv_rules_groups", "Rule groups by state.", ["state"])
DRIFT_SECONDS = 60.0
AGAIN_SECONDS = 10.0
PASSING = frozenset({"Retrying", "ReloadFailed"})
"""Reasons of problems that may be over in a moment."""


class RulesWriter:
    """The leader's component for rules. `want` says what should be there; `problems` what stands against it."""

    def __init__(
        self,
        output: RuleOutput,
        *,
        is_leading: Callable[[], bool],
        drift_seconds: float = DRIFT_SECONDS,
        again_seconds: float = AGAIN_SECONDS,
    ) -> None:
        self._output = output
        self._is_leading = is_leading
        self._drift_seconds = drift_seconds
        self._again_seconds = again_seconds
        self._wanted: Mapping[str, WantedRules] | None = None
        self._kept: frozenset[str] = frozenset()
        self._written: dict[str, str] = {}
        self._problems: dict[str, Problem] = {}
        self._changed = asyncio.Event()

    @property
    def output_name(self) -> str:
        return self._output.name

    def problem_of(self, key: str) -> Problem | None:
        return self._problems.get(key)

    def is_written(self, key: str, rules_hash: str) -> bool:
        """Whether the output holds these rules, as far as we last saw."""
        return self._written.get(key) == rules_hash

    def want(self, wanted: Mapping[str, WantedRules], kept: frozenset[str]) -> None:
        """From the tick: the whole set, each time. kept: SLOs whose last good rules stay."""
        before = None if self._wanted is None else {key: rules.hash for key, rules in self._wanted.items()}
        changed = before != {key: rules.hash for key, rules in wanted.items()} or kept != self._kept
        self._wanted, self._kept = dict(wanted), kept
        if changed:
            self._changed.set()

    async def run(self) -> None:
        """For as long as this replica leads."""
        while True:
            again = (
                self._again_seconds if any(problem.reason in PASSING for problem in self._problems.values()) else None
            )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(again or self._drift_seconds):
                    await self._changed.wait()
            self._changed.clear()
            await self.sync()

    async def sync(self) -> None:
        """Once, now."""
        if self._wanted is None or not self._is_leading():
            return
        wanted, began = self._wanted, time.monotonic()
        try:
            problems = await self._output.sync(wanted, self._kept)
        except Exception:
            # A task's root: one failed sync must not end the leader; the next one looks at everything anew.
            SYNCS.labels("failed").inc()
            log.exception("Failed to sync rules", output=self._output.name)
            problem = Problem("WriteFailed", "the rules could not be written; see the operator's log")
            self._problems = dict.fromkeys(wanted, problem)
            return
        SYNCS.labels("problems" if problems else "ok").inc()
        GROUPS.labels("written").set(len(wanted) - len(problems))
        GROUPS.labels("problem").set(len(problems))
        for key in problems.keys() - self._problems.keys():
            log.warning("Found rules not written", slo=key or "shared", reason=problems[key].reason)
        self._problems = problems
        self._written = {key: rules.hash for key, rules in wanted.items() if key not in problems}
        log.debug("Synced rules", groups=len(wanted), seconds=round(time.monotonic() - began, 3))
