"""What a step of an incident looks at: its object, its alerts, its figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from clv_operator.api.revenueincident import RevenueIncident
from clv_operator.incidents.situation import View
from clv_operator.notify.dispatch import FALLBACK
from sloengine.incidents.advance import Observed, Said
from sloengine.incidents.ledger import Ledger, unpack
from sloengine.incidents.policy import Policy, Step
from sloengine.incidents.severity import Facts


def fallback_policy(*, has_channel: bool) -> Policy:
    """For an incident that no policy matches: the installation's own channel, at once, and no severity."""
    return Policy(steps=(Step(after=timedelta(), notify=(FALLBACK,)),) if has_channel else ())


def page_tiers(incident: RevenueIncident) -> frozenset[str]:
    """Tiers with a page-level alert that fires or is muted; as the alerts name them."""
    alerts = incident.status.alerts
    if alerts is None:
        return frozenset()
    return Ledger(lines=unpack(alerts.ledger), tiers=alerts.tiers).counts().page_tiers


def observed(
    view: View, *, opened_at: datetime, names: Mapping[str, str], burn_below_one: bool | None, mitigated_for: timedelta
) -> Observed:
    """names: tier name by what alerts carry. burn_below_one: of the affected tiers."""
    incident, figures = view.incident, view.figures
    spec, alerts = incident.spec, incident.status.alerts
    given, closed = spec.acknowledged, spec.closed
    return Observed(
        uid=incident.metadata.uid,
        opened_at=opened_at,
        heard=alerts is not None,
        active=0 if alerts is None else alerts.firing + alerts.muted,
        quiet_since=None if alerts is None else alerts.quiet_since,
        facts=Facts(
            projected=figures.projected,
            rate_per_hour=figures.rate,
            page_tiers=frozenset(names.get(tier, tier) for tier in page_tiers(incident)),
            core=view.service.core,
        ),
        policy=view.policy,
        has_slo=bool(view.service.slos),
        burn_below_one=burn_below_one,
        acknowledged=None if given is None else Said(by=given.by, at=given.at),
        closed=None if closed is None else Said(by=closed.by or "", at=closed.at, text=closed.reason),
        override=spec.severity_override,
        mitigated_for=mitigated_for,
    )
