"""An incident as every channel tells it: the operator's own mapping, over what stands in the statuses.

The operator has its figures at hand; the plugin has those in the status, and puts them in their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kubectl_clv.output import times
from kubectl_clv.output.money import number
from kubectl_clv.views.incident import IncidentView
from kubectl_clv.views.slo import SloView
from sloengine.errors import InvalidSpec
from sloengine.incidents import summary
from sloengine.incidents.risk import Bounds
from sloengine.incidents.summary import TierBudget

if TYPE_CHECKING:
    from clv_operator.incidents.world import Service


def summary_lines(each: IncidentView, *, slos: Sequence[dict[str, Any]] = (), now: datetime) -> list[str]:
    """What the commander reads first. slos: TieredSLOs, of which those of its service give budgets and playbook."""
    try:
        return summary.lines(situation(each, slos=slos), now=now)
    except (InvalidSpec, KeyError, ValueError) as error:
        # Written by another version: the commander gets the figures all the same, and why there is no more.
        first = f"{each.severity or '(no severity yet)'} {each.service}: {each.risk()} at risk, {each.phase}"
        return [first, f"The rest cannot be told: {error}"]


def situation(each: IncidentView, *, slos: Sequence[dict[str, Any]] = ()) -> summary.Situation:
    from clv_operator.api import RevenueIncident, read
    from clv_operator.incidents.figures import Figures
    from clv_operator.incidents.keeping import state_of
    from clv_operator.incidents.policies import policy_of
    from clv_operator.incidents.situation import View, situation_of
    from sloengine.incidents.accrual import Loss
    from sloengine.incidents.policy import Policy

    incident = read(RevenueIncident.KIND, each.thing)
    assert isinstance(incident, RevenueIncident)  # noqa: S101  # the registry gives the model of the kind that was asked for
    snapshot = incident.spec.policy
    view = View(
        key=(each.namespace, each.name),
        incident=incident,
        service=_service(each, slos),
        policy=policy_of(snapshot.spec) if snapshot else Policy(),
        figures=Figures(loss=Loss()),
        tiers=tuple(name for name in each.tier_names.split(",") if name),
    )
    customers = each.status.get("customersAffected") or {}
    count = number(customers.get("count"))
    made = situation_of(view, state_of(each.status))
    return replace(
        made,
        severity=each.severity or "(no severity yet)",
        money=_money(each),
        customers=None if count is None else float(count),
        counted=customers.get("basis") == "Counted",
    )


def _service(each: IncidentView, slos: Sequence[dict[str, Any]]) -> Service:
    from clv_operator.api import TieredSLO, read
    from clv_operator.incidents.world import Service, worst_by_tier

    mine = [thing for thing in slos if thing.get("spec", {}).get("service") == each.service]
    declared = []
    for thing in mine:
        try:
            model = read(TieredSLO.KIND, thing)
        except InvalidSpec:
            continue
        if isinstance(model, TieredSLO):
            declared.append(model.to_slo())
    # In the order in which the operator named the tiers: the most valuable first.
    order = {name: place for place, name in enumerate(each.tier_names.split(","))}
    budgets = [
        TierBudget(tier=tier.tier, burn=_float(tier.burn_1h), left=_float(tier.budget_remaining))
        for thing in mine
        for tier in SloView.of(thing).tiers
        if tier.tier in order
    ]
    ordered = tuple(sorted(worst_by_tier(budgets), key=lambda budget: order[budget.tier]))
    return Service(name=each.service, slos=tuple(declared), budgets=ordered)


def _money(each: IncidentView) -> summary.Money | None:
    risk = each.at_risk
    projected = _bounds(risk, "projected", "low", "high")
    if projected is None:
        return None
    return summary.Money(
        currency=each.currency,
        projected=projected,
        rate_per_hour=None if risk.get("stale") else _bounds(risk, "ratePerHour", "rateLow", "rateHigh"),
        at_least=bool(risk.get("atLeast")),
        up_to=bool(risk.get("upTo")),
        stale_since=times.moment(risk.get("stale")),
    )


def _bounds(risk: dict[str, Any], mean: str, low: str, high: str) -> Bounds | None:
    middle = _float(risk.get(mean))
    if middle is None:
        return None
    bottom, top = _float(risk.get(low)), _float(risk.get(high))
    return Bounds(mean=middle, low=middle if bottom is None else bottom, high=middle if top is None else top)


def _float(text: object) -> float | None:
    value = number(text)
    return None if value is None else float(value)
