"""The tick: every 30 s, from what is declared and what Prometheus recorded to what the statuses should say."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog

from clv_operator.evaluate import metrics, slo_status, tiers
from clv_operator.evaluate.answers import Answers, ask
from clv_operator.evaluate.declarations import Declarations, Declared, Declaring
from clv_operator.evaluate.diagnosis import Diagnosis
from clv_operator.evaluate.ports import Questions, Statuses
from clv_operator.evaluate.tiers import TierSet
from clv_operator.kube.resource import CLV_TIER, TIERED_SLO
from clv_operator.kube.status_writer import Priority
from clv_operator.kube.store import Entry, Store
from clv_operator.prometheus.answer import QueryResult
from clv_operator.rules.writer import RulesWriter
from sloengine.errors import QueryError
from sloengine.quality import DataQuality
from sloengine.reading import SloPicture, picture
from sloengine.rules import RuleSettings
from sloengine.slo import Slo
from sloengine.tier import UNKNOWN

log = structlog.get_logger(__name__)

STATUSES_AT_ONCE = 10
"""Then the loop gets a turn."""
JITTER = 0.1
UNKNOWN_SHARE_LOOKED_AT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What the last tick found, for the other rooms. pictures: by SLO; those of which nothing is known are missing.

    baselines: bad share of the hour before, by (SLO, tier). affected: by (service, tier), where it is counted.
    failure: why Prometheus gave no answer; then the pictures are empty.
    """

    at: datetime
    tiers: TierSet
    slos: Mapping[str, Slo] = field(default_factory=dict)
    pictures: Mapping[str, SloPicture] = field(default_factory=dict)
    baselines: Mapping[tuple[str, str], float] = field(default_factory=dict)
    affected: Mapping[tuple[str, str], float] = field(default_factory=dict)
    failure: QueryError | None = None


class Evaluator:
    """The leader's component. last: the newest evaluation; None before the first tick ended.

    is_leading: asked before anything is handed over. interval_seconds: between the beginnings of two ticks.
    """

    def __init__(
        self,
        *,
        store: Store,
        source: Questions,
        statuses: Statuses,
        rules: RulesWriter,
        rule_settings: RuleSettings,
        is_leading: Callable[[], bool],
        interval_seconds: float = 30.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._source = _Counting(source)
        self._statuses = statuses
        self._rules = rules
        self._is_leading = is_leading
        self._interval = interval_seconds
        self._clock = clock
        self._monotonic = monotonic
        self._declaring = Declaring(rule_settings)
        self._diagnosis = Diagnosis()
        self._troubled: set[str] = set()
        self._standing: dict[tuple[str, str, str], tuple[Entry[Any], dict[str, Any]]] = {}
        self.last: Evaluation | None = None
        self.last_tick_at: float | None = None
        """Of the monotonic clock: when the last tick ended."""

    @property
    def is_late(self) -> bool:
        """Whether no tick has ended for three intervals."""
        return self.last_tick_at is None or self._monotonic() - self.last_tick_at > 3 * self._interval

    async def run(self) -> None:
        """Tick until cancelled; a beginning that is missed is skipped and counted, never made up for."""
        due = self._monotonic()
        while True:
            await self._one()
            due += self._interval
            late = self._monotonic() - due
            if late > 0:
                skipped = int(late // self._interval) + 1
                metrics.TICKS_SKIPPED.inc(skipped)
                due += skipped * self._interval
            # Jitter, so that the replicas of many installations do not ask one Prometheus in step.
            pause = due - self._monotonic() + self._interval * JITTER * random.random()  # noqa: S311  # no secret
            await asyncio.sleep(max(0.0, pause))

    async def tick(self) -> Evaluation:
        """Once, now: read, judge, hand over rules and statuses."""
        began = self._monotonic()
        self._source.count = 0
        now = self._clock()
        tier_set = tiers.judge(self._store.of(CLV_TIER), now=now)
        declarations = await self._declaring.read(self._store.of(TIERED_SLO), tier_set)
        if self._is_leading():
            self._rules.want(declarations.wanted, declarations.kept)
        (answers, failure), _ = await asyncio.gather(self._ask(declarations, now), self._look(declarations, now))
        pictures = {} if answers is None else self._pictures(declarations, answers)
        if answers is not None:
            self._troubled = {
                key for key, each in pictures.items() if _is_in_trouble(each, answers.unknown_share.get(key))
            }
        evaluation = Evaluation(
            at=now,
            tiers=tier_set,
            slos={key: each.slo for key, each in declarations.slos.items() if each.slo is not None},
            pictures=pictures,
            baselines=answers.baselines if answers is not None else {},
            affected=answers.affected if answers is not None else {},
            failure=failure if answers is None else None,
        )
        await self._hand_over(declarations, answers, evaluation)
        self.last = evaluation
        self.last_tick_at = self._monotonic()
        metrics.TICK_SECONDS.observe(self.last_tick_at - began)
        metrics.TICK_QUERIES.set(self._source.count)
        metrics.TICK_SAMPLES.set(0 if answers is None else answers.samples)
        metrics.TICKS.labels("ok" if evaluation.failure is None else evaluation.failure.kind).inc()
        metrics.LAST_TICK.set_to_current_time()
        return evaluation

    async def _one(self) -> None:
        try:
            await self.tick()
        except Exception:
            # A task's root: what one tick stumbles over must not end the leader; the next one looks afresh.
            metrics.TICKS.labels("failed").inc()
            log.exception("Failed a tick")

    async def _ask(self, declarations: Declarations, now: datetime) -> tuple[Answers | None, QueryError | None]:
        if not declarations.slos:
            return Answers(at=now), None
        try:
            return await ask(self._source, declarations.periods, now), None
        except QueryError as error:
            return None, error

    def _pictures(self, declarations: Declarations, answers: Answers) -> dict[str, SloPicture]:
        names, now = declarations.tiers.names, answers.at.timestamp()
        made = {}
        for key, declared in declarations.slos.items():
            slo = declared.slo
            if slo is None or declared.problem is not None:
                continue
            made[key] = picture(
                slo,
                tiers=names,
                readings=answers.tiers_of(slo),
                weighted=answers.weighted_of(slo),
                maintenance=answers.maintenance_of(slo),
                now=now,
            )
        return made

    async def _look(self, declarations: Declarations, now: datetime) -> None:
        """Find out why SLOs have no data, those first that had none at the last tick; to fail at it is no failure."""
        troubled: list[Slo] = []
        others: list[Slo] = []
        for key, declared in declarations.slos.items():
            if declared.slo is not None:
                (troubled if key in self._troubled else others).append(declared.slo)
        try:
            await self._diagnosis.look(self._source, troubled, others, now)
        except QueryError as error:
            log.debug("Failed to look for causes", error=str(error))

    async def _hand_over(self, declarations: Declarations, answers: Answers | None, evaluation: Evaluation) -> None:
        if not self._is_leading():
            return
        tier_set = declarations.tiers
        for judged in tier_set.judged:
            status = tiers.status_of(judged, tier_set)
            self._submit(CLV_TIER.kind, judged.entry, status)
        ready = out_of_sync = 0
        for position, (key, declared) in enumerate(declarations.slos.items()):
            status = slo_status.status_of(self._seen(key, declared, answers, evaluation))
            ready += _holds(status, "Ready") == "True"
            out_of_sync += _holds(status, "RulesInSync") == "False"
            self._submit(TIERED_SLO.kind, declared.entry, status)
            if position % STATUSES_AT_ONCE == STATUSES_AT_ONCE - 1:
                await asyncio.sleep(0)
                if not self._is_leading():
                    return
        alive = {(TIERED_SLO.kind, each.entry.namespace, each.entry.name) for each in declarations.slos.values()}
        alive |= {(CLV_TIER.kind, "", judged.entry.name) for judged in tier_set.judged}
        self._standing = {key: value for key, value in self._standing.items() if key in alive}
        metrics.RULES_OUT_OF_SYNC.set(out_of_sync)
        metrics.OBJECTS.labels(TIERED_SLO.kind, "true").set(ready)
        metrics.OBJECTS.labels(TIERED_SLO.kind, "false").set(len(declarations.slos) - ready)

    def _submit(self, kind: str, entry: Entry[Any], status: dict[str, Any]) -> None:
        """Hand over a status, unless it stands already and neither it nor the object changed since that was seen."""
        key = (kind, entry.namespace, entry.name)
        content = {name: value for name, value in status.items() if name != "asOf"}
        standing = self._standing.get(key)
        if standing is not None and standing[0] is entry and standing[1] == content:
            return
        self._statuses.submit(kind, entry.namespace, entry.name, status, priority=_priority(status))
        if _as_stored(content) == _as_compared(entry.status):
            self._standing[key] = (entry, content)
        else:
            self._standing.pop(key, None)

    def _seen(self, key: str, declared: Declared, answers: Answers | None, evaluation: Evaluation) -> slo_status.Seen:
        seen, slo = evaluation.pictures.get(key), declared.slo
        return slo_status.Seen(
            declared=declared,
            tiers=evaluation.tiers,
            now=evaluation.at,
            output=self._rules.output_name,
            standing=declared.entry.status if seen is None or not seen.has_data else {},
            picture=seen,
            failure=evaluation.failure,
            hashes=frozenset() if answers is None else frozenset(answers.hashes.get(key, ())),
            firing=frozenset() if answers is None else frozenset(answers.firing.get(key, ())),
            baselines=_of_slo(evaluation.baselines, key, evaluation.tiers.names),
            unknown_share=None if answers is None else answers.unknown_share.get(key),
            finding=None if slo is None else self._diagnosis.of(slo),
            rules_problem=self._rules.problem_of(key),
            is_written=declared.rules is not None and self._rules.is_written(key, declared.rules.hash),
        )


class _Counting:
    """The source, and how often it was asked."""

    def __init__(self, source: Questions) -> None:
        self._source = source
        self.count = 0

    async def query(self, promql: str, at: datetime, keys: Sequence[str]) -> QueryResult:
        self.count += 1
        return await self._source.query(promql, at, keys)


def _is_in_trouble(seen: SloPicture, unknown_share: float | None) -> bool:
    has_known = any(tier.quality is DataQuality.OK for tier in seen.tiers if tier.tier != UNKNOWN)
    return not has_known or (unknown_share is not None and unknown_share > UNKNOWN_SHARE_LOOKED_AT)


def _of_slo(baselines: Mapping[tuple[str, str], float], key: str, names: tuple[str, ...]) -> dict[str, float]:
    return {name: baselines[key, name] for name in names if (key, name) in baselines}


def _holds(status: Mapping[str, Any], condition: str) -> str:
    return next(str(each["status"]) for each in status["conditions"] if each["type"] == condition)


def _as_stored(value: Any) -> Any:
    """As the API server keeps it: without what is not set."""
    if isinstance(value, dict):
        return {key: _as_stored(each) for key, each in value.items() if each is not None}
    return [_as_stored(each) for each in value] if isinstance(value, list) else value


def _as_compared(standing: dict[str, Any]) -> dict[str, Any]:
    """A status as it stands, without the times that are no reason to write."""
    content = {name: value for name, value in standing.items() if name != "asOf"}
    content["conditions"] = [
        {name: value for name, value in condition.items() if name != "lastTransitionTime"}
        for condition in standing.get("conditions") or ()
    ]
    return content


def _priority(status: Mapping[str, object]) -> int:
    conditions = status["conditions"]
    exhausted = isinstance(conditions, list) and any(
        each["type"] == "BudgetHealthy" and each["reason"] == "Exhausted" for each in conditions
    )
    return Priority.BUDGET_EXHAUSTED if exhausted else Priority.REST
