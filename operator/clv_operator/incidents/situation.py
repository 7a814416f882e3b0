"""From an incident and its figures to what people are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clv_operator.api.revenueincident import RevenueIncident
from clv_operator.incidents.figures import Figures
from clv_operator.incidents.world import Service
from clv_operator.notify.message import Message
from sloengine.incidents.advance import State
from sloengine.incidents.escalation import Due, schedule
from sloengine.incidents.outbox import Entry
from sloengine.incidents.phase import Phase
from sloengine.incidents.policy import Policy
from sloengine.incidents.summary import Link, Situation, TierBudget


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One incident as it is looked at now. tiers: hit, most valuable first."""

    key: tuple[str, str]
    incident: RevenueIncident
    service: Service
    policy: Policy
    figures: Figures
    tiers: tuple[str, ...]


def situation_of(view: View, state: State) -> Situation:
    """What is true now, for every channel alike."""
    incident, service, policy, figures, tiers = view.incident, view.service, view.policy, view.figures, view.tiers
    spec, alerts = incident.spec, incident.status.alerts
    top = alerts.top[0] if alerts is not None and alerts.top else None
    upcoming = _upcoming(state, policy)
    step = None if upcoming is None else policy.steps[upcoming.step]
    given = state.acknowledgement
    phase = state.phase or Phase.OPEN
    ended = state.mitigated_at if phase in {Phase.MITIGATED, Phase.RESOLVED, Phase.REVIEWED} else None
    links = [
        Link(label=label, url=url)
        for label, url in (
            ("Runbook", top.runbook if top is not None else None),
            ("Playbook", service.playbook),
            ("Graph", top.generator if top is not None else None),
        )
        if url
    ]
    muted = alerts is not None and alerts.muted > 0 and alerts.firing == 0
    return Situation(
        severity=state.severity.name,
        service=spec.opening.service,
        phase=phase.value,
        tiers=tiers,
        core=service.core,
        money=figures.money(),
        customers=figures.customers,
        counted=figures.counted,
        since=started_at(incident),
        ended_at=ended,
        muted_by="a silence or inhibition in Alertmanager" if muted else "",
        budgets=tuple(
            budget for budget in service.budgets if budget.tier in tiers and _is_of(budget, started_at(incident))
        ),
        next_at=state.next_step_at,
        next_channels=() if step is None else step.notify,
        next_unless_acknowledged=upcoming is not None
        and step is not None
        and (bool(upcoming.repeat) or step.unless_acknowledged),
        commander=spec.commander or "",
        acknowledged_by=given.by if given is not None and not given.cleared else "",
        drill=any(alert.labels.get("clv_drill") == "true" for alert in spec.opening.alerts),
        links=tuple(links),
    )


def _is_of(budget: TierBudget, began: datetime) -> bool:
    """Whether it speaks of the incident: before the first tick after its start it says that nothing burns."""
    return budget.as_of is None or budget.as_of >= began


def _upcoming(state: State, policy: Policy) -> Due | None:
    if state.since is None or state.next_step_at is None:
        return None
    plan = schedule(policy, state.severity.name, state.since)
    return next((item for item in plan if item.at == state.next_step_at), None)


def started_at(incident: RevenueIncident) -> datetime:
    """The start of its earliest alert."""
    alerts = incident.status.alerts
    first = alerts.first_starts_at if alerts is not None else None
    return first or incident.spec.opening.opened_at


def message_of(incident: RevenueIncident, entry: Entry, situation: Situation, *, now: datetime) -> Message:
    return Message(
        id=entry.id,
        kind=entry.kind.value,
        subject=entry.subject,
        namespace=incident.metadata.namespace,
        name=incident.metadata.name,
        uid=incident.metadata.uid,
        episode=incident.spec.opening.episode,
        generation=entry.generation,
        situation=situation,
        at=now,
    )
