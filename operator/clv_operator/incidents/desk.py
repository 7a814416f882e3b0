"""The leader's part of incidents, built: escalation, delivery, reconcile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from clv_operator.component import Component
from clv_operator.incidents.cluster import Cluster, Secrets
from clv_operator.incidents.counting import Counter
from clv_operator.incidents.courier import Courier, Events
from clv_operator.incidents.door import Door, home_of, wall_clock
from clv_operator.incidents.escalator import Escalator, Writer
from clv_operator.incidents.keeper import PolicyKeeper, Submitter
from clv_operator.incidents.meter import Meter, Source
from clv_operator.incidents.peers import Peers
from clv_operator.incidents.reconcile import Reconciler
from clv_operator.incidents.world import World
from clv_operator.kube.resource import CLV_TIER, ESCALATION_POLICY, REVENUE_INCIDENT, TIERED_SLO
from clv_operator.kube.store import Store
from clv_operator.notify.dispatch import Dispatcher
from clv_operator.notify.post import Poster
from clv_operator.prometheus.alertmanager import PeerAlert
from clv_operator.settings import Settings


class ClusterWithSecrets(Cluster, Secrets, Protocol):
    """The one client."""


class Statuses(Writer, Submitter, Protocol):
    """The one status writer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    escalator: Escalator
    keeper: PolicyKeeper
    reconciler: Reconciler | None

    @property
    def components(self) -> list[Component]:
        always: list[Component] = [self.escalator, self.keeper]
        return always if self.reconciler is None else [*always, self.reconciler]


def build_desk(
    *,
    settings: Settings,
    cluster: ClusterWithSecrets,
    store: Store,
    door: Door,
    writer: Statuses,
    events: Events,
    source: Source,
    peers: Peers | None,
    is_leading: Callable[[], bool],
    now: Callable[[], datetime] = wall_clock,
) -> Desk:
    """Wire them. peers: None where no Alertmanager is configured; then nothing is reconciled."""
    world = World(tiers=store.of(CLV_TIER), slos=store.of(TIERED_SLO))
    meter = Meter(source)
    dispatcher = Dispatcher(secrets=cluster, poster=Poster(), fallback=settings.incidents.fallback_channel)
    escalator = Escalator(
        incidents=store.of(REVENUE_INCIDENT),
        world=world,
        cluster=cluster,
        writer=writer,
        meter=meter,
        counter=Counter(meter=meter, world=world),
        courier=Courier(cluster=cluster, dispatcher=dispatcher, events=events, is_leading=is_leading, now=now),
        is_leading=is_leading,
        mitigated_for=settings.incidents.mitigated_for,
        now=now,
    )
    keeper = PolicyKeeper(policies=store.of(ESCALATION_POLICY), secrets=cluster, statuses=writer, is_leading=is_leading)
    if peers is None:
        return Desk(escalator=escalator, keeper=keeper, reconciler=None)
    reconciler = Reconciler(
        peers=peers,
        commits=door.committers,
        incidents=store.of(REVENUE_INCIDENT),
        service_labels=settings.intake.service_labels,
        incident_namespace=home_of(settings),
        is_ours=raised_by_an_slo,
        is_leading=is_leading,
        now=now,
    )
    return Desk(escalator=escalator, keeper=keeper, reconciler=reconciler)


def raised_by_an_slo(alert: PeerAlert) -> bool:
    """An alert that nobody posted to us opens an incident only when our rules raised it.

    Alertmanager holds alerts of everybody, and its routes decide which are meant for us; we do not read routes.
    """
    return bool(alert.labels.get("clv_slo")) and alert.labels.get("severity") == "page"
