"""The questions of one tick, asked at once about one moment, and their answers sorted by SLO and tier."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from clv_operator.evaluate.ports import Questions
from clv_operator.prometheus.answer import QueryResult
from sloengine import series
from sloengine.errors import QueryError
from sloengine.reading import Question, TierReading, WeightedReading, questions
from sloengine.slo import Period, Slo, Weighting
from sloengine.windows import EVENT_WINDOW, HOUR, label

DEADLINE_SECONDS = 25.0
"""Of all questions together; shorter than a tick."""

_NAME = "__name__"
_SLO_TIER = (series.SLO, series.TIER)
_KEYS: Mapping[Question, tuple[str, ...]] = {
    Question.BURN: (*_SLO_TIER, series.WINDOW, series.BOUND),
    Question.REMAINING: _SLO_TIER,
    Question.ERROR: (*_SLO_TIER, series.WINDOW),
    Question.HOUR_EVENTS: (*_SLO_TIER, series.EVENT),
    Question.WEIGHTED_ERROR: (series.SLO, series.WINDOW, series.WEIGHTING),
    Question.WEIGHTED_BURN: (series.SLO, series.WINDOW, series.WEIGHTING),
    Question.SHARES: (_NAME, *_SLO_TIER, series.WINDOW, "service"),
    Question.INFO: (series.SLO, series.HASH),
    Question.ALERTS: (*_SLO_TIER, "alertname", "severity"),
    Question.BASELINE: _SLO_TIER,
    Question.NEWEST: _SLO_TIER,
}
_BURN_FIELDS = {
    (label(EVENT_WINDOW), series.MEAN): "burn_5m",
    (label(HOUR), series.MEAN): "burn_1h",
    (label(HOUR), series.LOW): "burn_1h_low",
    (label(6 * HOUR), series.MEAN): "burn_6h",
    (label(6 * HOUR), series.LOW): "burn_6h_low",
}
_WEIGHTINGS = {Weighting.VALUE: "value", Weighting.REQUEST_VALUE: "request_value", Weighting.WORST: "worst"}


class PartialAnswer(QueryError):
    """Prometheus (or a front end of several) answered with warnings: some of the data may be missing."""

    def __init__(self, warnings: Iterable[str]) -> None:
        super().__init__("; ".join(warnings), kind="partial")


@dataclass(slots=True)
class Answers:
    """What Prometheus said at one moment. at: the moment. Reading an SLO that it said nothing of gives nothing."""

    at: datetime
    fields: dict[str, dict[str, dict[str, float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    error_by_window: dict[tuple[str, str, str], float] = field(default_factory=dict)
    baselines: dict[tuple[str, str], float] = field(default_factory=dict)
    weighted_error: dict[tuple[str, str, str], float] = field(default_factory=dict)
    weighted_burn: dict[tuple[str, str, str], float] = field(default_factory=dict)
    coverage: dict[tuple[str, str], float] = field(default_factory=dict)
    unknown_share: dict[str, float] = field(default_factory=dict)
    maintained: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    affected: dict[tuple[str, str], float] = field(default_factory=dict)
    hashes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    firing: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    samples: int = 0

    def tiers_of(self, slo: Slo) -> dict[str, TierReading]:
        window = label(slo.period.length)
        found = self.fields.get(slo.key, {})
        readings = {}
        for tier, known in found.items():
            period = self.error_by_window.get((slo.key, tier, window))
            # The answers' own names are those of TierReading's fields, see _BURN_FIELDS and _sort.
            readings[tier] = TierReading(**known, error_period=period)
        return readings

    def weighted_of(self, slo: Slo) -> WeightedReading:
        how, window = _WEIGHTINGS[slo.weighting], label(slo.period.length)
        coverage = self.coverage.get((slo.key, window))
        return WeightedReading(
            error_period=self.weighted_error.get((slo.key, window, how)),
            burn_1h=self.weighted_burn.get((slo.key, label(HOUR), how)),
            burn_period=self.weighted_burn.get((slo.key, window, how)),
            coverage=coverage if coverage is not None else self.coverage.get((slo.key, label(HOUR))),
            unknown_share=self.unknown_share.get(slo.key),
        )

    def maintenance_of(self, slo: Slo) -> frozenset[str]:
        return frozenset(self.maintained.get(slo.key, ()))


async def ask(source: Questions, periods: Iterable[Period], at: datetime) -> Answers:
    """All questions at once. Raises the first QueryError, or PartialAnswer: half a picture is none."""
    answers = Answers(at=at)
    warnings: dict[str, None] = {}

    async def one(question: Question, text: str) -> None:
        result = await source.query(text, at, _KEYS[question])
        warnings.update(dict.fromkeys(result.warnings))
        # While the other answers are still on their way.
        _sort_all(answers, question, result)

    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await _together(one(question, text) for question, text in questions(periods).items())
    except TimeoutError as error:
        raise QueryError(
            f"Prometheus did not answer the questions of a tick in {DEADLINE_SECONDS:.0f} s", kind="timeout"
        ) from error
    if warnings:
        raise PartialAnswer(warnings)
    return answers


async def _together(works: Iterable[Coroutine[None, None, None]]) -> None:
    """All of them; the first QueryError takes back those that still wait for a thread, and is raised."""
    failures: list[BaseException] = []
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except* QueryError as failed:
        failures.extend(failed.exceptions)
    if failures:
        raise failures[0]


def _sort_all(answers: Answers, question: Question, result: QueryResult) -> None:
    answers.samples += len(result.samples)
    for labels, value in result.samples:
        # A ratio of 0 to 0, or a counter gone wild: no figure, as if it were absent.
        if math.isfinite(value):
            _sort(answers, question, labels, value)


def _sort(answers: Answers, question: Question, labels: tuple[str, ...], value: float) -> None:
    slo, second = labels[0], labels[1]
    match question:
        case Question.BURN:
            name = _BURN_FIELDS.get((labels[2], labels[3]))
            if name is not None:
                answers.fields[slo][second][name] = value
        case Question.REMAINING:
            answers.fields[slo][second]["budget_remaining"] = value
        case Question.ERROR:
            if labels[2] == "5m":
                answers.fields[slo][second]["error_5m"] = value
            else:
                answers.error_by_window[slo, second, labels[2]] = value
        case Question.HOUR_EVENTS:
            answers.fields[slo][second]["events_1h" if labels[2] == series.TOTAL else "bad_1h"] = value
        case Question.NEWEST:
            answers.fields[slo][second]["newest_at"] = value
        case Question.BASELINE:
            answers.baselines[slo, second] = value
        case Question.WEIGHTED_ERROR:
            answers.weighted_error[slo, second, labels[2]] = value
        case Question.WEIGHTED_BURN:
            answers.weighted_burn[slo, second, labels[2]] = value
        case Question.INFO:
            answers.hashes[slo].add(second)
        case Question.ALERTS:
            answers.firing[slo].add((second, labels[2]))
        case Question.SHARES:
            _sort_share(answers, labels, value)


def _sort_share(answers: Answers, labels: tuple[str, ...], value: float) -> None:
    name, slo, tier, window, service = labels
    if name == series.WEIGHT_COVERAGE:
        answers.coverage[slo, window] = value
    elif name == series.UNKNOWN_SHARE:
        answers.unknown_share[slo] = value
    elif name == series.MAINTENANCE:
        answers.maintained[slo].add(tier)
    else:
        answers.affected[service, tier] = value
