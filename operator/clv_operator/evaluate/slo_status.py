"""The status of a TieredSLO: figures from the picture, conditions from what is wrong; nothing here asks anybody.

Where nothing new is known the last figures stand, and the condition says since when and why. Never zeros.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clv_operator.evaluate import figures
from clv_operator.evaluate.condition import Condition
from clv_operator.evaluate.declarations import Declared
from clv_operator.evaluate.diagnosis import Finding, explain, strangers
from clv_operator.evaluate.tiers import TierSet
from clv_operator.rules.wanted import Problem
from sloengine import duration
from sloengine.burn import Burn
from sloengine.errors import QueryError
from sloengine.incidents.risk import NOTHING, Bounds, RateTerm, rate_per_hour
from sloengine.quality import DataQuality, Measured
from sloengine.reading import SloPicture, TierPicture
from sloengine.rules.alerts import EXHAUSTED, PAGE, TICKET
from sloengine.slo import Slo
from sloengine.tier import UNKNOWN

KEPT = ("weighted", "tiers", "worstTier", "budgetRemaining", "weightedBurn", "atRiskPerHour")
"""What stays as it was while nothing new is known."""

UNKNOWN_SHARE_TOLD = 0.05
DECLARATION_FAULTS = ("NoSuchMetric", "NoSuchBucket", "NoTierLabel")
"""Of DataAvailable, what only a change of the spec or of the telemetry mends; an outage is none of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What this tick knows of one SLO. picture: None where Prometheus gave no answer or the spec makes no sense.

    failure: why there was no answer. hashes: of the rules that Prometheus evaluates for it. firing: (tier, alertname).
    baselines: bad share of the hour before, by tier. rules_problem: of the output. standing: the status as it stands.
    """

    declared: Declared
    tiers: TierSet
    now: datetime
    output: str
    standing: Mapping[str, Any]
    picture: SloPicture | None = None
    failure: QueryError | None = None
    hashes: frozenset[str] = frozenset()
    firing: frozenset[tuple[str, str]] = frozenset()
    baselines: Mapping[str, float]
    unknown_share: float | None = None
    finding: Finding | None = None
    rules_problem: Problem | None = None
    is_written: bool = False


def status_of(seen: Seen) -> dict[str, Any]:
    """The whole status, with asOf, without the times of transition."""
    declared = seen.declared
    status: dict[str, Any] = {}
    if seen.picture is not None and seen.picture.has_data:
        status |= _figures(seen, seen.picture)
        status["asOf"] = seen.now.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    else:
        status |= _last_figures(seen)
    if declared.slo is not None:
        status["period"] = duration.render(declared.slo.period.length)
    if declared.rules is not None:
        status["rules"] = {"output": seen.output, "hash": declared.rules.hash, "count": declared.rules.count}
    elif seen.standing.get("rules"):
        status["rules"] = seen.standing["rules"]
    in_sync, data = _rules_in_sync(seen), _data_available(seen)
    conditions = [_ready(seen, in_sync, data), in_sync, data, _budget_healthy(seen)]
    status["conditions"] = [condition.to_dict(declared.entry.generation) for condition in conditions]
    return status


def at_risk(slo: Slo, picture: SloPicture, tiers: TierSet, baselines: Mapping[str, float]) -> dict[str, Bounds]:
    """Money an hour by tier that is lost by failures above the baseline; the key "" holds the whole, if any is known."""
    terms: list[RateTerm] = []
    rates: dict[str, Bounds] = {}
    for each in picture.tiers:
        tier = tiers.money_of(each.tier)
        if tier is None or each.quality is not DataQuality.OK or each.error_5m.quality is not DataQuality.OK:
            continue
        failed = min(1.0, max(0.0, each.error_5m.value - baselines.get(each.tier, 0.0)))
        term = RateTerm(values=tier.values, failed_share=failed, revenue_share=slo.revenue_share)
        rate = _rate(term)
        if rate is not None:
            rates[each.tier] = rate
            terms += [term] if failed > 0 else []
    if rates:
        rates[""] = (rate_per_hour(terms) if terms else None) or NOTHING
    return rates


def _rate(term: RateTerm) -> Bounds | None:
    # Most tiers fail no more than they did in the hour before; that is 0 without a logarithm.
    if term.failed_share <= 0 and term.values.revenue_per_hour is not None:
        return NOTHING
    return rate_per_hour([term])


def _figures(seen: Seen, picture: SloPicture) -> dict[str, Any]:
    slo = seen.declared.slo
    if slo is None:
        return {}
    rates = at_risk(slo, picture, seen.tiers, seen.baselines)
    status: dict[str, Any] = {"tiers": [_tier(each, rates.get(each.tier)) for each in picture.tiers]}
    weighted, worst = picture.weighted, picture.worst
    loosest = max(objective.target for objective in slo.objectives)
    status["weighted"] = {
        "sli": _text(weighted.sli, lambda value: figures.percent(value, loosest)),
        "burnRate1h": _text(weighted.burn_1h, figures.factor),
        "budgetRemaining": _text(weighted.budget_remaining, figures.share),
        "coverage": _text(weighted.coverage, lambda value: figures.share(min(1.0, value))),
        "note": weighted.note or None,
    }
    status["weightedBurn"] = status["weighted"]["burnRate1h"]
    if worst is not None:
        status["worstTier"] = worst.tier
        status["budgetRemaining"] = figures.share(worst.budget_remaining.value)
    if "" in rates:
        whole = rates[""]
        status["atRiskPerHour"] = {
            "mean": figures.money(whole.mean),
            "low": figures.money(whole.low),
            "high": figures.money(whole.high),
            "currency": seen.tiers.currency,
        }
    return status


def _tier(each: TierPicture, rate: Bounds | None) -> dict[str, Any]:
    return {
        "tier": each.tier,
        "target": f"{each.target:f}",
        "sli": _text(each.sli, lambda value: figures.percent(value, each.target)),
        "budgetRemaining": _text(each.budget_remaining, figures.share),
        "burnRate5m": _text(each.burn_5m, figures.factor),
        "burnRate1h": _text(each.burn_1h, _mean),
        "burnRate6h": _text(each.burn_6h, _mean),
        "dataQuality": each.quality.value,
        "atRiskPerHour": None if rate is None else figures.money(rate.mean),
    }


def _mean(burn: Burn) -> str:
    return figures.factor(burn.mean)


def _text(measured: Measured[Any], written: Any) -> str | None:
    return written(measured.value) if measured.quality is DataQuality.OK else None


def _last_figures(seen: Seen) -> dict[str, Any]:
    kept = {name: seen.standing[name] for name in (*KEPT, "asOf") if seen.standing.get(name) is not None}
    if seen.picture is not None and kept.get("tiers"):
        # Prometheus answered and had nothing: the figures are old, and each tier says so.
        quality = {each.tier: each.quality.value for each in seen.picture.tiers}
        kept["tiers"] = [{**tier, "dataQuality": quality.get(tier.get("tier"), "NoData")} for tier in kept["tiers"]]
    elif seen.picture is not None:
        kept["tiers"] = [_tier(each, None) for each in seen.picture.tiers]
    return kept


def _ready(seen: Seen, in_sync: Condition, data: Condition) -> Condition:
    problem = seen.declared.problem
    if problem is not None:
        message = f"{problem}. The rules of the last spec that could be rendered, if any, go on"
        return Condition(type="Ready", holds=False, reason=problem.reason, message=message)
    if not seen.tiers.in_force:
        message = "No CLVTier is in force, so every request counts as unknown; apply 2 to 5 CLVTiers"
        return Condition(type="Ready", holds=False, reason="NoTiers", message=message)
    if in_sync.holds is False:
        message = f"The rules of this spec are not in force ({in_sync.reason}), see RulesInSync"
        return Condition(type="Ready", holds=False, reason="RulesNotInSync", message=message)
    if data.holds is False and data.reason in DECLARATION_FAULTS:
        message = f"Nothing can be measured by this spec ({data.reason}), see DataAvailable"
        return Condition(type="Ready", holds=False, reason="NotMeasurable", message=message)
    return Condition(type="Ready", holds=True, reason="Accepted", message="The rules of this spec are in force")


def _rules_in_sync(seen: Seen) -> Condition:
    def said(reason: str, message: str, *, holds: bool | None = False) -> Condition:
        return Condition(type="RulesInSync", holds=holds, reason=reason, message=message)

    rules = seen.declared.rules
    if rules is None:
        return said("NotRendered", "No rules can be made of this spec, see Ready; those of the last good spec go on")
    if seen.rules_problem is not None:
        return said(seen.rules_problem.reason, seen.rules_problem.message)
    if seen.failure is not None:
        return said("PrometheusUnreachable", "Nobody can say which rules are evaluated, see DataAvailable", holds=None)
    if rules.hash in seen.hashes:
        return said("Loaded", f"Prometheus evaluates rules {rules.hash}", holds=True)
    if not seen.is_written:
        return said("Writing", f"Rules {rules.hash} are about to be written")
    others = f"older ones ({', '.join(sorted(seen.hashes))})" if seen.hashes else "none of this SLO"
    hints = {
        "PrometheusRule": "check that the ruleSelector and ruleNamespaceSelector of Prometheus select them (rules.labels)",
        "ConfigMap": "check that the ConfigMaps are mounted where Prometheus reads rules, and that it reloads",
        "File": "check that rule_files of Prometheus covers rules.directory",
    }
    return said(
        "NotLoaded",
        f"Rules {rules.hash} are written, Prometheus evaluates {others}; if that lasts over 3 minutes, "
        f"{hints.get(seen.output, 'check what Prometheus loads')}",
    )


def _data_available(seen: Seen) -> Condition:
    def said(reason: str, message: str, *, holds: bool | None = False) -> Condition:
        return Condition(type="DataAvailable", holds=holds, reason=reason, message=message)

    if seen.failure is not None:
        return said(_failure_reason(seen.failure), f"{seen.failure} ({seen.failure.kind}). {_since(seen)}")
    slo, picture = seen.declared.slo, seen.picture
    if slo is None or picture is None:
        return said("NotRendered", "Nothing is measured for this spec, see Ready", holds=None)
    fault = None if seen.finding is None else explain(slo, seen.finding, seen.tiers.in_force)
    known = [tier for tier in picture.tiers if tier.tier != UNKNOWN]
    if not picture.has_data:
        if fault is not None:
            return said(fault[0], f"{fault[1]}. {_since(seen)}")
        if seen.declared.rules is None or seen.declared.rules.hash not in seen.hashes:
            return said(
                "RulesNotLoaded", f"Nothing is recorded while the rules are not loaded, see RulesInSync. {_since(seen)}"
            )
        if seen.finding is None:
            return said("NoSamples", f"The rules are loaded and have recorded nothing yet. {_since(seen)}")
        return said(
            "NoSamples",
            "The series exist and the rules are loaded, but no sample of the last 3 minutes was recorded; "
            f"if that lasts, look at the rule group in Prometheus (lastError). {_since(seen)}",
        )
    if fault is not None and fault[0] == "NoTierLabel" and not any(t.quality is DataQuality.OK for t in known):
        return said(*fault)
    return _partly_available(seen, slo, said)


def _partly_available(seen: Seen, slo: Slo, said: Any) -> Condition:
    """There is data; what a reader must still know."""
    shared = seen.unknown_share
    if shared is not None and shared > UNKNOWN_SHARE_TOLD:
        odd = [] if seen.finding is None else strangers(slo, seen.finding, seen.tiers.in_force)
        named = f" (telemetry also carries: {', '.join(odd[:5])})" if odd else ""
        condition: Condition = said(
            "UnknownTiers",
            f"{figures.fixed(shared * 100, 0)} % of the requests carry no known tier in {slo.tier_label}{named}; "
            "apply a CLVTier for each value, or correct what sets the label",
            holds=True,
        )
        return condition
    if seen.finding is not None and seen.finding.has_errors is False:
        missing: Condition = said(
            "NoErrorSeries",
            "No series of the metric in indicator.ratio.errors exists, so nothing counts as an error; "
            "right if nothing failed since its process began, else check the name",
            holds=True,
        )
        return missing
    available: Condition = said("Available", "Events of every tier are recorded, or it had none", holds=True)
    return available


def _failure_reason(failure: QueryError) -> str:
    match failure.kind:
        case "partial":
            return "PartialAnswer"
        case "malformed":
            return "NotPrometheus"
        case "http":
            return "PrometheusRefused"
        case "timeout":
            return "PrometheusTimeout"
        case _:
            return "PrometheusUnreachable"


def _since(seen: Seen) -> str:
    as_of = seen.standing.get("asOf")
    return f"The figures are those of {as_of}" if as_of else "There are no figures yet"


def _budget_healthy(seen: Seen) -> Condition:
    def said(reason: str, message: str, *, holds: bool | None = False) -> Condition:
        return Condition(type="BudgetHealthy", holds=holds, reason=reason, message=message)

    picture = seen.picture
    if picture is None or not picture.has_data:
        return said("NoData", "Nothing is known now, see DataAvailable", holds=None)
    spent = {
        each.tier
        for each in picture.tiers
        if each.budget_remaining.quality is DataQuality.OK and each.budget_remaining.value <= 0
    } | _tiers_firing(seen, EXHAUSTED)
    if spent:
        return said("Exhausted", f"The budget of {_named(seen, spent)} is spent; hold risky changes until it refills")
    for alert, reason, text in (
        (PAGE, "BurningFast", "is burning so fast that somebody was paged"),
        (TICKET, "Burning", "is burning faster than it lasts"),
    ):
        hit = _tiers_firing(seen, alert)
        if hit:
            return said(reason, f"The budget of {_named(seen, hit)} {text}; see alert {alert}")
    return said("Healthy", "No tier's budget is spent or burning", holds=True)


def _tiers_firing(seen: Seen, alert: str) -> set[str]:
    return {tier for tier, name in seen.firing if name == alert}


def _named(seen: Seen, tiers: set[str]) -> str:
    order = [*seen.tiers.names, UNKNOWN]
    return ", ".join(sorted(tiers, key=lambda tier: (order.index(tier) if tier in order else len(order), tier)))
