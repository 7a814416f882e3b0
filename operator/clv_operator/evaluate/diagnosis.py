"""Why an SLO has no data: does the metric exist, does it carry the tier, is the threshold a bucket.

One query a tick looks at a few SLOs: those in trouble first, then the others in turn, so that a misspelt error metric
(which looks like perfect health) is found as well. The number of queries does not grow with the number of SLOs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from clv_operator.evaluate.ports import Questions
from sloengine import series
from sloengine.errors import InvalidSpec
from sloengine.indicator import bounds_selector, bucket_matcher
from sloengine.selector import Match, Matcher, Selector, parse, quote
from sloengine.slo import LatencyIndicator, RatioIndicator, Slo
from sloengine.tier import Tier

MOST_BRANCHES = 50
MOST_BYTES = 8_000
MOST_VALUES = 20
"""Values of the tier label that are named; a label that carries user ids would have millions."""

_CHECK, _VALUE = "clv_check", "clv_value"
_TIER, _ERRORS, _BUCKET = "tier", "errors", "bucket"
_KEYS = (series.SLO, _CHECK, _VALUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What Prometheus has of an SLO's indicator now.

    tier_values: series by value of the tier label, "" where they lack it. has_errors: None where it was not asked.
    bounds: of the histogram, in seconds as Prometheus writes them; None where it was not asked.
    """

    tier_values: Mapping[str, float] = field(default_factory=dict)
    has_errors: bool | None = None
    bounds: frozenset[str] | None = None


class Diagnosis:
    """Findings by SLO, the newest of each; `look` asks once for as many SLOs as fit into one query."""

    def __init__(self) -> None:
        self._findings: dict[str, tuple[Slo, Finding]] = {}
        self._turn = 0

    def of(self, slo: Slo) -> Finding | None:
        """None where nobody looked yet, or the SLO changed since."""
        seen = self._findings.get(slo.key)
        return seen[1] if seen is not None and seen[0] == slo else None

    async def look(self, source: Questions, troubled: Sequence[Slo], others: Sequence[Slo], at: datetime) -> None:
        """Ask for some of the SLOs. Raises QueryError; the findings so far stand."""
        chosen, query = self._choose(troubled, others)
        if not chosen:
            return
        result = await source.query(query, at, _KEYS)
        answers: dict[str, dict[str, dict[str, float]]] = {slo.key: {} for slo in chosen}
        for (key, check, value), count in result.samples:
            if not math.isnan(count):
                answers[key].setdefault(check, {})[value] = count
        for slo in chosen:
            self._findings[slo.key] = (slo, _finding(slo, answers[slo.key]))
        alive = {slo.key for slo in chain(troubled, others)}
        self._findings = {key: seen for key, seen in self._findings.items() if key in alive}

    def _choose(self, troubled: Sequence[Slo], others: Sequence[Slo]) -> tuple[list[Slo], str]:
        """SLOs in trouble that nobody looked at, the other ones in trouble in turn, then everyone else in turn."""
        self._turn += 1
        fresh = [slo for slo in troubled if self.of(slo) is None]
        again = [slo for slo in troubled if self.of(slo) is not None]
        chosen: list[Slo] = []
        branches: list[str] = []
        size = 0
        for slo in chain(fresh, _rotated(again, self._turn), _rotated(others, self._turn)):
            own = _branches(slo)
            longer = sum(map(len, own)) + 4 * len(own)
            if branches and (len(branches) + len(own) > MOST_BRANCHES or size + longer > MOST_BYTES):
                break
            if own:
                chosen.append(slo)
                branches += own
                size += longer
        return chosen, "\nor\n".join(branches)


def explain(slo: Slo, finding: Finding, tiers: Iterable[Tier]) -> tuple[str, str] | None:
    """(reason, message with the mend) of what is wrong with the indicator; None where nothing is."""
    what, known = _what(slo), {tier.label_value for tier in tiers}
    if not finding.tier_values:
        return (
            "NoSuchMetric",
            f"Prometheus has no series for {what}; check the name and the labels, and that the target is scraped",
        )
    if finding.bounds is not None and isinstance(slo.indicator, LatencyIndicator):
        matcher = bucket_matcher(slo.indicator)
        wanted = set(matcher.value.replace("\\", "").split("|"))
        if not wanted & finding.bounds:
            threshold = min(wanted, key=len)
            bounds = ", ".join(sorted(finding.bounds, key=_bound)) or "none"
            return (
                "NoSuchBucket",
                f"{threshold} s is no bucket of {what}; set indicator.latency.threshold to one that exists: {bounds}",
            )
    if not known & finding.tier_values.keys():
        values = [value for value in finding.tier_values if value]
        found = f"its values are {', '.join(sorted(values)[:5])}" if values else "no series has that label"
        tiers_known = ", ".join(sorted(known)) or "none"
        message = (
            f"no series of {what} carries a known tier in the label {slo.tier_label} ({found}; known: {tiers_known}); "
            "set the label where requests are counted, or correct spec.tierLabel or the tiers' labelValue"
        )
        return "NoTierLabel", message
    return None


def strangers(slo: Slo, finding: Finding, tiers: Iterable[Tier]) -> list[str]:
    """Values of the tier label that no CLVTier has, most series first."""
    known = {tier.label_value for tier in tiers} | {"unknown"}
    found = {value: count for value, count in finding.tier_values.items() if value and value not in known}
    return sorted(found, key=lambda value: (-found[value], value))


def _what(slo: Slo) -> str:
    text = slo.indicator.total if isinstance(slo.indicator, RatioIndicator) else slo.indicator.histogram
    return text if len(text) <= 120 else f"{text[:119]}…"


def _bound(text: str) -> float:
    return float(text.replace("+Inf", "inf"))


def _finding(slo: Slo, answers: Mapping[str, Mapping[str, float]]) -> Finding:
    asks_errors = isinstance(slo.indicator, RatioIndicator) and _error_name(slo.indicator) is not None
    return Finding(
        tier_values=answers.get(_TIER, {}),
        has_errors=bool(answers.get(_ERRORS)) if asks_errors else None,
        bounds=frozenset(answers.get(_BUCKET, {})) if isinstance(slo.indicator, LatencyIndicator) else None,
    )


def _branches(slo: Slo) -> list[str]:
    """What to ask about one SLO; nothing where its selectors make no sense (its condition Ready says so)."""
    try:
        match slo.indicator:
            case RatioIndicator():
                total = parse(slo.indicator.total, field="total")
                name = _error_name(slo.indicator)
                errors = (
                    [] if name is None else [_tagged(f"group({Selector(name=name, matchers=())})", slo, _ERRORS, "")]
                )
                return [_by_label(total, slo, _TIER, slo.tier_label), *errors]
            case LatencyIndicator():
                buckets = bounds_selector(slo.indicator)
                # Each series of a histogram has this bucket, so it stands for all.
                infinite = buckets.where(Matcher(label="le", match=Match.EQUAL, value="+Inf"))
                return [_by_label(infinite, slo, _TIER, slo.tier_label), _by_label(buckets, slo, _BUCKET, "le")]
    except InvalidSpec:
        return []


def _error_name(indicator: RatioIndicator) -> str | None:
    """The metric that counts errors, where it is another one than that of the total: then it may be misspelt."""
    try:
        errors = parse(indicator.errors, field="errors").name
        total = parse(indicator.total, field="total").name
    except InvalidSpec:
        return None
    return errors if errors != total else None


def _by_label(selector: Selector, slo: Slo, check: str, name: str) -> str:
    most = MOST_VALUES if check == _TIER else 200
    return _tagged(f"topk({most}, count by ({name}) ({selector}))", slo, check, name)


def _tagged(expression: str, slo: Slo, check: str, source: str) -> str:
    valued = f'label_replace({expression}, "{_VALUE}", "$1", "{source}", "(.*)")' if source else expression
    return f'label_replace(label_replace({valued}, "{series.SLO}", {quote(slo.key)}, "", ""), "{_CHECK}", "{check}", "", "")'


def _rotated(slos: Sequence[Slo], turn: int) -> Sequence[Slo]:
    """The same SLOs from another start, a good stride on at each turn."""
    if not slos:
        return slos
    start = turn * 16 % len(slos)
    return [*slos[start:], *slos[:start]]
