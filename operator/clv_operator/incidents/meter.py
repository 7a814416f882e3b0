"""Failed shares of services, from what the rules recorded: now, in missed buckets, and in the hour before."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from clv_operator.incidents.world import Service
from clv_operator.prometheus.answer import QueryResult, RangeResult
from sloengine import series
from sloengine.errors import QueryError
from sloengine.incidents.accrual import BUCKET, Reading, Span
from sloengine.selector import Match, Matcher, Selector, regex_literal
from sloengine.windows import EVENT_WINDOW

AFFECTED = "clv_affected_customers"
_KEYS = ("__name__", series.SLO, series.TIER, series.EVENT, "service")
_ERROR_5M = series.error_ratio(EVENT_WINDOW)
HOUR = timedelta(hours=1)


class Source(Protocol):
    async def query(self, promql: str, at: datetime, keys: Sequence[str]) -> QueryResult:
        """Raises QueryError."""

    async def query_range(self, promql: str, start: datetime, end: datetime, step: timedelta) -> RangeResult:
        """Raises QueryError."""


@dataclass(slots=True)
class Sheet:
    """Readings at one moment. shares, bad, total: by SLO key and tier name. affected: by service and tier name."""

    shares: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    bad: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    total: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    affected: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))

    def put(self, name: str, key: tuple[str, str], event: str, value: float) -> None:
        if not math.isfinite(value):
            return
        slo, tier = key
        if name == _ERROR_5M:
            self.shares[slo][tier] = value
        elif event == series.BAD:
            self.bad[slo][tier] = value
        elif event == series.TOTAL:
            self.total[slo][tier] = value

    def readings_of(self, service: Service) -> dict[str, Reading]:
        """By tier; of several SLOs of the service the one with the larger failed share, for they share requests."""
        found: dict[str, Reading] = {}
        for slo in service.slos:
            bad = self.bad.get(slo.key, {})
            for tier, share in self.shares.get(slo.key, {}).items():
                if tier not in found or share > found[tier].failed_share:
                    found[tier] = Reading(failed_share=share, failed=bad.get(tier, 0.0))
            for tier, total in self.total.get(slo.key, {}).items():
                if total == 0 and tier not in found:
                    found[tier] = Reading(failed_share=0.0)  # no request came, so none failed
        return found

    def affected_in(self, service: str) -> dict[str, float]:
        return self.affected.get(service, {})


class Meter:
    """names: tier name by label value, asked anew each time."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def now(self, services: Iterable[Service], names: Mapping[str, str], *, at: datetime) -> Sheet:
        """One question for all services. Raises QueryError."""
        known = list(services)
        keys = [slo.key for service in known for slo in service.slos]
        sheet = Sheet()
        if not keys:
            return sheet
        affected = Selector(name=AFFECTED, matchers=(_any("service", [service.name for service in known]),))
        result = await self._source.query(f"{_recorded(keys)} or {affected}", at, _KEYS)
        for (name, slo, tier, event, service), value in result.samples:
            if name == AFFECTED:
                if math.isfinite(value):
                    counts, tier_name = sheet.affected[service], names.get(tier, tier)
                    counts[tier_name] = max(value, counts.get(tier_name, 0.0))
            else:
                sheet.put(name, (slo, names.get(tier, tier)), event, value)
        return sheet

    async def past(
        self, services: Iterable[Service], names: Mapping[str, str], spans: Sequence[Span]
    ) -> dict[datetime, Sheet]:
        """Sheets at the ends of `spans`, one question for all that end on the grid. Raises QueryError."""
        keys = [slo.key for service in services for slo in service.slos]
        sheets: dict[datetime, Sheet] = defaultdict(Sheet)
        if not keys or not spans:
            return sheets
        size = BUCKET.total_seconds()
        on_grid = sorted({span.end for span in spans if span.end.timestamp() % size == 0})
        if on_grid:
            result = await self._source.query_range(str(_recorded(keys)), on_grid[0], on_grid[-1], BUCKET)
            by_second = {round(end.timestamp()): end for end in on_grid}
            for line in result.series:
                key = (
                    line.labels.get(series.SLO, ""),
                    names.get(line.labels.get(series.TIER, ""), line.labels.get(series.TIER, "")),
                )
                for second, value in line.points:
                    end = by_second.get(round(second))
                    if end is not None:
                        sheets[end].put(line.labels.get("__name__", ""), key, line.labels.get(series.EVENT, ""), value)
        for end in {span.end for span in spans} - set(on_grid):
            result_now = await self._source.query(str(_recorded(keys)), end, _KEYS)
            for (name, slo, tier, event, _), value in result_now.samples:
                sheets[end].put(name, (slo, names.get(tier, tier)), event, value)
        return sheets

    async def baselines(self, service: Service, names: Mapping[str, str], *, before: datetime) -> dict[str, float]:
        """The median failed share by tier in the hour before; a tier without data has none. Raises QueryError."""
        keys = [slo.key for slo in service.slos]
        if not keys:
            return {}
        selector = Selector(name=_ERROR_5M, matchers=(_any(series.SLO, keys),))
        result = await self._source.query(f"quantile_over_time(0.5, {selector}[1h])", before, (series.SLO, series.TIER))
        found: dict[str, float] = {}
        for (_, tier), value in result.samples:
            if math.isfinite(value):
                name = names.get(tier, tier)
                found[name] = max(value, found.get(name, 0.0))
        return found


def burn_below_one(service: Service, readings: Mapping[str, Reading], tiers: Iterable[str]) -> bool | None:
    """Whether no affected tier spends its budget faster than sustainable; None while one of them has no data."""
    known: list[bool] = []
    missing = False
    for tier in tiers:
        budget = service.budget_of(tier)
        if budget is None:
            continue
        reading = readings.get(tier)
        if reading is None:
            missing = True
        else:
            known.append(reading.failed_share < budget)
    if not all(known):
        return False
    return None if missing or not known else True


def _recorded(keys: Sequence[str]) -> Selector:
    names = Matcher(
        label="__name__", match=Match.REGEX, value="|".join(map(regex_literal, (_ERROR_5M, series.EVENTS_5M)))
    )
    return Selector(name=None, matchers=(names, _any(series.SLO, keys)))


def _any(label: str, values: Sequence[str]) -> Matcher:
    return Matcher(label=label, match=Match.REGEX, value="|".join(map(regex_literal, sorted(set(values)))))


__all__ = ["Meter", "QueryError", "Sheet", "Source", "burn_below_one"]
