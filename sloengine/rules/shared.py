"""The group that an installation has once: weights, values, coverage, weighted figures and the tier lookup's alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from sloengine import period, series
from sloengine.rules.promql import number, table, tagged, union
from sloengine.rules.rule import Rule, RuleGroup, content_hash
from sloengine.rules.settings import RuleSettings
from sloengine.selector import Match, Matcher, Selector, recorded, regex_literal
from sloengine.slo import Period
from sloengine.tier import UNKNOWN
from sloengine.weighting import UNKNOWN_LIMIT
from sloengine.windows import DAY, HOUR, Severity, label

SHARED_GROUP = "clv-sre"
TIER_LOOKUP_DOWN = "ClvTierLookupDown"
UNKNOWN_TIER_SHARE = "ClvUnknownTierShare"

_UNKNOWN_TICKET = Decimal("0.05")
_LOOKUP_REQUESTS = 100  # an hour; fewer say nothing about the lookup
_DIGITS = 6

_SLO_WINDOW = f"{series.SLO}, {series.WINDOW}"
_ON_TIER = f"on ({series.TIER}) group_left ()"


def shared_group(
    *,
    weights: Mapping[str, float],
    values: Mapping[str, float],
    periods: Iterable[Period],
    settings: RuleSettings | None = None,
) -> RuleGroup:
    """weights: by tier, sum 1. values: relative value of a customer by tier, `unknown` included (weighting.py).

    periods: those in use by any SLO; a period that nobody had before renders the group anew.
    """
    settings = settings or RuleSettings()
    burns = _Burns(lengths=tuple(sorted({period.length(p) for p in periods})))
    rules = (
        Rule(record=series.TIER_VALUE, expr=table({tier: _rounded(value) for tier, value in values.items()})),
        Rule(record=series.TIER_WEIGHT, expr=table(exact_shares(weights))),
        Rule(record=series.UNKNOWN_SHARE, expr=_unknown_share()),
        Rule(record=series.WEIGHT_COVERAGE, expr=_coverage(burns)),
        Rule(record=series.WEIGHTED_ERROR, expr=_weighted_error(burns)),
        Rule(record=series.WEIGHTED_BURN, expr=_weighted_burn(burns)),
        _lookup_down(settings),
        _unknown_tier_share(settings),
    )
    return RuleGroup(name=SHARED_GROUP, rules=rules, hash=content_hash(SHARED_GROUP, rules))


def exact_shares(weights: Mapping[str, float]) -> dict[str, Decimal]:
    """Weights as decimals of six digits that sum to exactly 1: the largest takes what rounding leaves."""
    shares = {tier: _rounded(weight) for tier, weight in weights.items()}
    if shares:
        largest = max(shares, key=lambda tier: shares[tier])
        shares[largest] += 1 - sum(shares.values())
    return shares


def _rounded(value: float) -> Decimal:
    return round(Decimal(repr(value)), _DIGITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Burns:
    """The windows that have weighted figures: the last hour of every SLO, and each SLO's own period."""

    lengths: tuple[timedelta, ...]
    everyones: tuple[timedelta, ...] = field(default=(DAY, 3 * DAY))

    def of(self, name: Selector) -> str:
        """Those of the series `name` that lie in these windows."""
        own = [length for length in self.lengths if length not in self.everyones]
        names = "|".join(regex_literal(label(window)) for window in (HOUR, *own))
        branches = [name.where(Matcher(label=series.WINDOW, match=Match.REGEX, value=names))]
        # 1d and 3d are recorded for every SLO, but are the period of few.
        shared = [length for length in self.lengths if length in self.everyones]
        texts = [str(branch) for branch in branches]
        for length in shared:
            chosen = name.where(Matcher(label=series.WINDOW, match=Match.EQUAL, value=label(length)))
            texts.append(f"({chosen} and on ({series.SLO}) {recorded(series.SLO_INFO, clv_period=label(length))})")
        return f"({' or '.join(texts)})"

    @property
    def mean(self) -> str:
        """Burn by SLO, tier and window."""
        return self.of(recorded(series.BURN_RATE, clv_bound=series.MEAN))

    @property
    def error(self) -> str:
        """Error ratio by SLO, tier and window."""
        windows = {HOUR, *self.lengths}
        names = tuple(series.error_ratio(window) for window in sorted(windows))
        return self.of(series.any_of(names))

    @property
    def total(self) -> str:
        """Events by SLO, tier and window."""
        return self.of(series.any_of((series.EVENTS_HOURS, series.EVENTS_DAYS), clv_event=series.TOTAL))


def _per_tier(name: str) -> str:
    # `max by`: two installations that share one Prometheus must not make the match ambiguous and fail the rule.
    return f"max by ({series.TIER}) ({recorded(name)})"


def _sum(expression: str) -> str:
    return f"sum by ({_SLO_WINDOW}) ({expression})"


def _steered(expression: str) -> str:
    """The expression, unless too much of the SLO's traffic has no tier."""
    limit = number(Decimal(str(UNKNOWN_LIMIT)))
    return f"({expression})\nunless on ({series.SLO}) ({series.UNKNOWN_SHARE} > {limit})"


def _weighting(branches: Mapping[str, str]) -> str:
    return union(tagged(f"(\n{expression}\n)", series.WEIGHTING, name) for name, expression in branches.items())


def _unknown_share() -> str:
    total = recorded(series.EVENTS_HOURS, clv_window=label(HOUR), clv_event=series.TOTAL)
    unknown = total.where(Matcher(label=series.TIER, match=Match.EQUAL, value=UNKNOWN))
    everyone = f"sum by ({series.SLO}) ({total})"
    return f"(sum by ({series.SLO}) ({unknown}) or 0 * {everyone}) / ({everyone} > 0)"


def _coverage(burns: _Burns) -> str:
    weight = _per_tier(series.TIER_WEIGHT)
    return f"{_sum(f'0 * {burns.mean} + {_ON_TIER} {weight}')} / on () group_left () sum({weight})"


def _value_factor(ratio: str) -> str:
    return f"0 * {ratio} + {_ON_TIER} {_per_tier(series.TIER_WEIGHT)}"


def _request_factor(burns: _Burns) -> str:
    return f"{burns.total} * {_ON_TIER} {_per_tier(series.TIER_VALUE)}"


def _weighted_error(burns: _Burns) -> str:
    error = burns.error
    by_value = f"{_sum(f'{error} * {_ON_TIER} {_per_tier(series.TIER_WEIGHT)}')} / ({_sum(_value_factor(error))} > 0)"
    requests = f"(({_request_factor(burns)}) and on ({series.SLO}, {series.TIER}, {series.WINDOW}) {error})"
    matched = f"{error} * on ({series.SLO}, {series.TIER}, {series.WINDOW}) {requests}"
    by_request = f"{_sum(matched)} / ({_sum(requests)} > 0)"
    worst = f"topk by ({_SLO_WINDOW}) (1, {burns.mean})"
    of_worst = f"max by ({_SLO_WINDOW}) ({error} and on ({series.SLO}, {series.TIER}, {series.WINDOW}) {worst})"
    return _weighting({"value": _steered(by_value), "request_value": _steered(by_request), "worst": of_worst})


def _weighted_burn(burns: _Burns) -> str:
    error = burns.error
    budget = f"on ({series.SLO}, {series.TIER}) group_left () {series.ERROR_BUDGET}"
    weight = _per_tier(series.TIER_WEIGHT)
    allowed = _sum(f"(0 * {error} + {budget}) * {_ON_TIER} {weight}")
    by_value = f"{_sum(f'{error} * {_ON_TIER} {weight}')} / ({allowed} > 0)"
    requests = f"(({_request_factor(burns)}) and on ({series.SLO}, {series.TIER}, {series.WINDOW}) {error})"
    spent = _sum(f"{error} * on ({series.SLO}, {series.TIER}, {series.WINDOW}) {requests}")
    by_request = f"{spent} / ({_sum(f'{requests} * {budget}')} > 0)"
    worst = f"max by ({_SLO_WINDOW}) ({burns.mean})"
    return _weighting({"value": _steered(by_value), "request_value": _steered(by_request), "worst": worst})


def _alert_labels(severity: Severity) -> dict[str, str]:
    return {"severity": severity.value, series.BURN: "lookup"}


def _of_service(expression: str) -> str:
    """One series an SLO, with who answers for it; `topk`, since a definition that changes may be seen twice."""
    info = f"topk by ({series.SLO}) (1, {series.SLO_INFO})"
    return f"({expression}) * on ({series.SLO}) group_left (service, owner) {info}"


def _lookup_down(settings: RuleSettings) -> Rule:
    total = recorded(series.EVENTS_HOURS, clv_window=label(HOUR), clv_event=series.TOTAL)
    limit = number(Decimal(str(UNKNOWN_LIMIT)))
    expr = (
        f"({series.UNKNOWN_SHARE} > {limit}) and on ({series.SLO})"
        f" (sum by ({series.SLO}) ({total}) >= {_LOOKUP_REQUESTS})"
    )
    return Rule(
        alert=TIER_LOOKUP_DOWN,
        expr=_of_service(expr),
        wait=timedelta(minutes=5),
        labels=_alert_labels(Severity.PAGE),
        annotations={
            "summary": "{{ $labels.service }}: {{ $value | humanizePercentage }} of the requests carry no known tier"
            " ({{ $labels.clv_slo }}); figures weighted by value are withheld",
            "runbook_url": settings.runbook_url(TIER_LOOKUP_DOWN),
        },
    )


def _unknown_tier_share(settings: RuleSettings) -> Rule:
    return Rule(
        alert=UNKNOWN_TIER_SHARE,
        expr=_of_service(f"{series.UNKNOWN_SHARE} > {number(_UNKNOWN_TICKET)}"),
        wait=timedelta(hours=1),
        labels=_alert_labels(Severity.TICKET),
        annotations={
            "summary": "{{ $labels.service }}: {{ $value | humanizePercentage }} of the requests carry no known tier"
            " ({{ $labels.clv_slo }})",
            "runbook_url": settings.runbook_url(UNKNOWN_TIER_SHARE),
        },
    )
