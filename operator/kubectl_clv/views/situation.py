"""An incident's status as the engine's summary takes it, so that the terminal reads as every channel does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kubectl_clv.output import times
from kubectl_clv.output.money import number
from kubectl_clv.views.incident import IncidentView
from sloengine.incidents import summary
from sloengine.incidents.risk import Bounds


def summary_lines(each: IncidentView, *, now: datetime) -> list[str]:
    """What the commander reads first."""
    return summary.lines(situation(each, now=now), now=now)


def situation(each: IncidentView, *, now: datetime) -> summary.Situation:
    opening = each.thing.get("spec", {}).get("opening") or {}
    customers = each.status.get("customersAffected") or {}
    counted = number(customers.get("count"))
    at, channels, waits = _next(each)
    return summary.Situation(
        severity=each.severity or "(no severity yet)",
        service=each.service,
        phase=each.phase,
        tiers=tuple(name for name in each.tier_names.split(",") if name),
        money=_money(each.at_risk),
        customers=None if counted is None else float(counted),
        counted=customers.get("basis") == "Counted",
        since=times.moment(each.opened_at) or now,
        ended_at=times.moment(each.ended_at),
        next_at=at,
        next_channels=channels,
        next_unless_acknowledged=waits,
        commander=each.commander,
        acknowledged_by=str(each.acknowledged.get("by", "")) if each.acknowledgement_holds else "",
        links=_links(each, opening),
    )


def _money(risk: dict[str, Any]) -> summary.Money | None:
    projected = _bounds(risk, "projected", "low", "high")
    if projected is None:
        return None
    return summary.Money(
        currency=str(risk.get("currency", "")),
        projected=projected,
        rate_per_hour=_bounds(risk, "ratePerHour", "rateLow", "rateHigh"),
        at_least=bool(risk.get("atLeast")),
        stale_since=times.moment(risk.get("stale")),
    )


def _bounds(risk: dict[str, Any], mean: str, low: str, high: str) -> Bounds | None:
    middle = number(risk.get(mean))
    if middle is None:
        return None
    bottom, top = (number(risk.get(name)) for name in (low, high))
    return Bounds(
        mean=float(middle),
        low=float(middle if bottom is None else bottom),
        high=float(middle if top is None else top),
    )


def _next(each: IncidentView) -> tuple[datetime | None, tuple[str, ...], bool]:
    """When the next step falls due, the channels that the policy names for it, whether an acknowledgement stops it."""
    at = times.moment(each.next_step_at)
    if at is None or each.is_over:
        return None, (), False
    pending = [entry for entry in each.status.get("outbox") or () if entry.get("state") == "Pending"]
    named = tuple(dict.fromkeys(str(entry["channel"]) for entry in pending if times.moment(entry.get("due")) == at))
    if named:
        return at, named, False
    since = times.moment((each.status.get("escalation") or {}).get("since")) or times.moment(each.opened_at)
    policy = (each.thing.get("spec", {}).get("policy") or {}).get("spec") or {}
    for step in policy.get("steps") or ():
        if since is not None and _due(since, step.get("after", "0s")) == at:
            return at, tuple(step.get("notify") or ()), step.get("unless") == "Acknowledged"
    return at, ("escalation",), False


def _due(since: datetime, after: str) -> datetime | None:
    from sloengine import duration

    try:
        return since + duration.parse(after)
    except ValueError:
        return None


def _links(each: IncidentView, opening: dict[str, Any]) -> tuple[summary.Link, ...]:
    """Runbook and graph of the first alert that has them."""
    alerts = [*((each.status.get("alerts") or {}).get("top") or ()), *(opening.get("alerts") or ())]
    links = []
    for label, field in (("Runbook", "runbook"), ("Graph", "generator")):
        url = next((str(alert[field]) for alert in alerts if alert.get(field)), "")
        if url:
            links.append(summary.Link(label=label, url=url))
    return tuple(links)
