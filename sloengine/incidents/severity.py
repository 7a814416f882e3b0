"""How grave an incident is: it rises at once and falls only when the high bound says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sloengine.incidents.policy import UNRATED, Bound, SeverityRule
from sloengine.incidents.risk import Bounds

FALLS_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of an incident now; None is unknown, and never read as 0.

    page_tiers: tiers with a firing alert of severity `page`. core: its TieredSLO is labelled as a core service.
    """

    projected: Bounds | None = None
    rate_per_hour: Bounds | None = None
    page_tiers: frozenset[str] = frozenset()
    core: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """name: of the policy's entry, or UNRATED. falling_since: when it began to look less grave than it is called."""

    name: str = UNRATED
    reason: str = ""
    falling_since: datetime | None = None
    overridden: bool = field(default=False)


def matched(rule: SeverityRule, facts: Facts) -> str | None:
    """Why `rule` matches now, as a clause; None where it does not."""
    if rule.is_catch_all:
        return "everything that no graver entry matches"
    tiers = sorted(rule.tiers & facts.page_tiers)
    if tiers:
        return f"page-level alert for {', '.join(tiers)}"
    if rule.core and facts.core:
        return "core service"
    bound = "low bound" if rule.bound is Bound.LOW else "mean"
    for label, figure, threshold in (
        ("projected loss", facts.projected, rule.at_risk),
        ("loss an hour", facts.rate_per_hour, rule.rate_per_hour),
    ):
        if figure is None or threshold is None:
            continue
        if (figure.low if rule.bound is Bound.LOW else figure.mean) >= threshold:
            return f"{bound} of the {label} is at least {threshold:,.0f}"
    return None


def held(rule: SeverityRule, facts: Facts) -> bool:
    """Whether an incident already called by `rule` may stay there: an unknown figure holds, as does the high bound."""
    if rule.is_catch_all or rule.tiers & facts.page_tiers or (rule.core and facts.core):
        return True
    for figure, threshold in ((facts.projected, rule.at_risk), (facts.rate_per_hour, rule.rate_per_hour)):
        if threshold is not None and (figure is None or figure.high >= threshold):
            return True
    return False


def judge(
    rules: Sequence[SeverityRule], current: Severity, facts: Facts, *, now: datetime, override: str | None = None
) -> Severity:
    """The severity from now on. rules: gravest first. override: a person's word, which nothing here changes."""
    if override:
        return Severity(name=override, reason="set by a person", overridden=True)
    order = {rule.name: i for i, rule in enumerate(rules)}
    found = next(((i, why) for i, rule in enumerate(rules) if (why := matched(rule, facts)) is not None), None)
    was = order.get(current.name)
    if was is None:
        return Severity(name=rules[found[0]].name, reason=found[1]) if found else Severity()
    if found and found[0] < was:
        return Severity(name=rules[found[0]].name, reason=found[1])
    if found and found[0] == was:
        return Severity(name=current.name, reason=found[1])
    if held(rules[was], facts):
        return Severity(name=current.name, reason=current.reason)
    since = current.falling_since or now
    if now - since < FALLS_AFTER:
        return Severity(name=current.name, reason=current.reason, falling_since=since)
    lower = next((rule for rule in rules[was + 1 :] if held(rule, facts) or matched(rule, facts)), None)
    if lower is None:
        return Severity(reason="no entry matches any more")
    return Severity(
        name=lower.name, reason=matched(lower, facts) or f"high bound below the thresholds of {current.name}"
    )
