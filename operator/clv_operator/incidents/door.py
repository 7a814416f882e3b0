"""Alert intake, built: what every replica runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from clv_operator.api.clvtier import CLVTier
from clv_operator.incidents.cluster import Cluster
from clv_operator.incidents.committer import Committers, Listing
from clv_operator.incidents.intake import Auth, Intake
from clv_operator.incidents.opening import Opener
from clv_operator.incidents.policies import Policies
from clv_operator.incidents.slot import Slots
from clv_operator.kube.resource import CLV_TIER, ESCALATION_POLICY, REVENUE_INCIDENT, Resource
from clv_operator.kube.store import Collection, Rejected, Store
from clv_operator.settings import Settings
from sloengine.incidents.phase import Phase


def wall_clock() -> datetime:
    return datetime.now(UTC)


def ranks_of(tiers: Collection[CLVTier]) -> Mapping[str, int]:
    """Rank by what telemetry carries for the tier."""
    return {tier.spec.label_value or key[1]: tier.spec.rank for key, tier in tiers.models().items()}


def home_of(settings: Settings) -> str:
    """Where incidents of services without a TieredSLO go: always a namespace that the leader watches."""
    watched = settings.watch_namespaces
    return settings.incident_namespace if not watched or settings.incident_namespace in watched else watched[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """routes: for the web server. committers: a component, and the way into an incident for reconcile too."""

    intake: Intake
    committers: Committers

    @property
    def routes(self) -> list[web.RouteDef]:
        return self.intake.routes()


def build_door(
    *,
    settings: Settings,
    cluster: Cluster,
    store: Store,
    auth: Auth,
    listing: Listing,
    now: Callable[[], datetime] = wall_clock,
    blind: Callable[[], str] = lambda: "",
) -> Door:
    """Wire the intake; its committers hear of incidents that end or vanish under them."""
    slots = Slots(cluster, namespace=settings.namespace, search=settings.watch_namespaces)
    committers = Committers(
        cluster=cluster,
        opener=Opener(
            cluster=cluster,
            slots=slots,
            policies=Policies(collection=store.of(ESCALATION_POLICY)),
            fallback_namespace=home_of(settings),
        ),
        listing=listing,
        ranks=lambda: ranks_of(store.of(CLV_TIER)),
        now=now,
    )
    incidents: Collection[Any] = store.of(REVENUE_INCIDENT)

    def on_change(resource: Resource, key: tuple[str, str]) -> None:
        entry = incidents.get(*key)
        if entry is None or isinstance(entry.model, Rejected):
            committers.forget(*key)
            return
        phase = entry.model.status.phase
        if entry.model.spec.closed is not None or (phase is not None and Phase(phase).is_closed):
            committers.forget(*key)

    incidents.listeners.append(on_change)
    intake = Intake(
        settings=settings.intake,
        auth=auth,
        commits=committers,
        incident_namespace=home_of(settings),
        watched=settings.watch_namespaces,
        now=now,
        blind=blind,
    )
    return Door(intake=intake, committers=committers)
