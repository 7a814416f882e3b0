"""What the incident commander reads first: the same lines in the same order on every channel.

Never money, value or revenue of one tier: only the incident's. A line without a value is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sloengine import duration
from sloengine.incidents.figure import short
from sloengine.incidents.risk import Bounds

FEWEST_SHOWN = 11
"""A hit group smaller than this reads "fewer than 11"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The incident's figures. None is unknown. unknown: what the figures leave out. is_upper: some part is a bound."""

    currency: str
    projected: Bounds | None = None
    rate_per_hour: Bounds | None = None
    at_least: bool = False
    up_to: bool = False
    stale_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TierBudget:
    """burn: times faster than sustainable over the last hour. left: share of the budget, 0 to 1. as_of: of both."""

    tier: str
    burn: float | None = None
    left: float | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that the text needs. tiers: hit, most valuable first. next_channels: who is told at next_at."""

    severity: str
    service: str
    phase: str
    tiers: tuple[str, ...] = ()
    core: bool = False
    money: Money | None = None
    customers: float | None = None
    counted: bool = False
    since: datetime
    ended_at: datetime | None = None
    muted_by: str = ""
    suspects: tuple[str, ...] = ()
    budgets: tuple[TierBudget, ...] = ()
    next_at: datetime | None = None
    next_channels: tuple[str, ...] = ()
    next_unless_acknowledged: bool = False
    commander: str = ""
    acknowledged_by: str = ""
    drill: bool = False
    links: tuple[Link, ...] = ()


def headline(situation: Situation) -> str:
    """Line 1, and the whole of a pager's summary."""
    who = [*situation.tiers[:1], *(["core"] if situation.core else [])]
    subject = f"{situation.severity} {situation.service}" + (f" ({', '.join(who)})" if who else "")
    state = f" {situation.phase.lower()}" if situation.phase in {"Mitigated", "Resolved", "Reviewed"} else ""
    over = situation.phase in {"Resolved", "Reviewed"}
    text = f"{subject}{state}: {_money(situation.money, 'lost' if over else 'at risk')}"
    return f"[drill] {text}" if situation.drill else text


def lines(situation: Situation, *, now: datetime) -> list[str]:
    """The text, a line each; links come last as `Label: URL`."""
    text = [headline(situation), _hit(situation, now)]
    if situation.suspects:
        text.append(f"Suspect: {situation.suspects[0]}")
    budgets = "; ".join(filter(None, map(_budget, situation.budgets)))
    if budgets:
        text.append(f"Budget: {budgets}")
    text.append(_next(situation, now))
    if situation.links:
        text.append(" · ".join(f"{link.label}: {link.url}" for link in situation.links))
    return text


def _money(money: Money | None, what: str) -> str:
    if money is None or money.projected is None:
        return "revenue at risk unknown"
    word = "at least" if money.at_least else "up to" if money.up_to else "about"
    figure = money.projected
    text = f"{word} {short(figure.mean)} {money.currency} {what} ({short(figure.low)} to {short(figure.high)})"
    if money.stale_since is not None:
        return f"{text}, no data since {_clock(money.stale_since)}"
    rate = money.rate_per_hour
    if rate is not None:
        text += f", {short(rate.mean)}/h now ({short(rate.low)} to {short(rate.high)})"
    return text


def _hit(situation: Situation, now: datetime) -> str:
    end = situation.ended_at or now
    since = f"Since {_clock(situation.since)}, {_lasted(situation.since, end)}"
    parts = []
    if situation.tiers:
        parts.append(", ".join(situation.tiers))
    if situation.customers is not None:
        count = "fewer than 11" if situation.customers < FEWEST_SHOWN else f"{round(situation.customers):,}"
        parts.append(f"{count} customers ({'counted' if situation.counted else 'at most'})")
    muted = f". Muted: {situation.muted_by}" if situation.muted_by else ""
    return f"Hit: {'; '.join(parts)}. {since}{muted}" if parts else f"{since}{muted}"


def _budget(budget: TierBudget) -> str:
    parts = []
    if budget.burn is not None:
        parts.append(f"burns {short(budget.burn)}x")
    if budget.left is not None:
        parts.append("exhausted" if budget.left <= 0 else f"{budget.left * 100:.0f} % left")
    return f"{budget.tier} {', '.join(parts)}" if parts else ""


def _next(situation: Situation, now: datetime) -> str:
    parts = []
    if situation.next_at is not None and situation.next_channels:
        unless = " unless acknowledged" if situation.next_unless_acknowledged else ""
        parts.append(f"{', '.join(situation.next_channels)} at {_clock(situation.next_at)}{unless}")
    if situation.acknowledged_by:
        parts.append(f"acknowledged by {situation.acknowledged_by}")
    text = f"Next: {'; '.join(parts)}. " if parts else ""
    return f"{text}Commander: {situation.commander or 'none'}"


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M} UTC"


def _lasted(since: datetime, end: datetime) -> str:
    minutes = max(0, int((end - since).total_seconds() // 60))
    return f"{minutes} min" if minutes < 60 else duration.human(end - since)


def slack_escaped(text: str) -> str:
    """`&`, `<` and `>` as Slack wants them: a label that reads `<!channel>` must not ping anyone."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def slack(situation: Situation, *, now: datetime) -> str:
    """The text for Slack: escaped, links by name."""
    plain = lines(situation, now=now)
    if not situation.links:
        return "\n".join(map(slack_escaped, plain))
    return "\n".join([*map(slack_escaped, plain[:-1]), slack_links(situation.links)])


def slack_links(links: Sequence[Link]) -> str:
    return " · ".join(
        f"<{link.url.replace('>', '%3E').replace('|', '%7C')}|{slack_escaped(link.label)}>" for link in links
    )
