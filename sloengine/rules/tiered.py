"""The group of one TieredSLO: 15 recording and 4 alerting rules, whatever the number of tiers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sloengine import budget, period, series
from sloengine.errors import InvalidSpec
from sloengine.rules import alerts, counts, ratios
from sloengine.rules.rule import Rule, RuleGroup, content_hash
from sloengine.rules.settings import RuleSettings
from sloengine.slo import Slo
from sloengine.tier import UNKNOWN, Tier


def group_name(slo: Slo) -> str:
    """`clv.<namespace>.<name>`."""
    return f"clv.{slo.namespace}.{slo.name}"


def slo_group(slo: Slo, tiers: Iterable[Tier], settings: RuleSettings | None = None) -> RuleGroup:
    """Everything that Prometheus evaluates for one TieredSLO.

    tiers: all that telemetry may name, in any order; the result depends on their names, ranks and label values alone.
    Raises InvalidSpec (with field and fix) for what cannot be rendered: selectors, period, targets, tiers.
    """
    settings = settings or RuleSettings()
    ordered = sorted(tiers, key=lambda tier: (tier.rank, tier.name))
    names = tuple(tier.name for tier in ordered)
    budget.check(slo, names)
    rules = (
        *counts.rules(slo, tier_names(ordered)),
        *ratios.rules(slo, names),
        _info(slo),
        *alerts.rules(slo, settings),
    )
    # Each rule says whose it is, so that two SLOs on one metric can never add up.
    rules = tuple(replace(rule, labels={**rule.labels, series.SLO: slo.key}) for rule in rules)
    name = group_name(slo)
    digest = content_hash(name, rules)
    marked = tuple(
        replace(rule, labels={**rule.labels, series.HASH: digest}) if rule.name == series.SLO_INFO else rule
        for rule in rules
    )
    return RuleGroup(name=name, rules=marked, hash=digest)


def tier_names(tiers: Iterable[Tier]) -> dict[str, str]:
    """The tier's name by what telemetry carries. Raises InvalidSpec where two tiers carry the same."""
    names: dict[str, str] = {}
    for tier in tiers:
        if tier.name == UNKNOWN:
            raise InvalidSpec(
                field="metadata.name", problem="`unknown` is the tier of traffic without a tier", fix="use another name"
            )
        if tier.label_value in names:
            raise InvalidSpec(
                field="spec.labelValue",
                problem=f"{tier.label_value!r} stands for {names[tier.label_value]} already",
                fix="give each CLVTier its own labelValue",
            )
        names[tier.label_value] = tier.name
    return names


def _info(slo: Slo) -> Rule:
    labels = {"service": slo.service, "owner": slo.owner, series.PERIOD: period.label(slo.period)}
    return Rule(
        record=series.SLO_INFO, expr="vector(1)", labels={name: value for name, value in labels.items() if value}
    )
