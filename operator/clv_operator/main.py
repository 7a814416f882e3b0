"""Builds the operator: the only place that knows every part."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from clv_operator import log as logs
from clv_operator import memory
from clv_operator import settings as settings_file
from clv_operator.api import cut_status, read
from clv_operator.component import Component
from clv_operator.evaluate import Evaluator
from clv_operator.incidents.auditor import Auditor
from clv_operator.incidents.desk import Desk, build_desk
from clv_operator.incidents.door import Door, build_door, wall_clock
from clv_operator.incidents.peers import PeerListing, Unasked
from clv_operator.kube import resource as kinds
from clv_operator.kube.client import Cluster
from clv_operator.kube.connection import Connection
from clv_operator.kube.events import EventRecorder
from clv_operator.kube.lease import Elector
from clv_operator.kube.mirror import Mirror
from clv_operator.kube.rejections import Rejections
from clv_operator.kube.resource import Resource
from clv_operator.kube.status_writer import StatusWriter
from clv_operator.kube.store import Store
from clv_operator.process import Process
from clv_operator.prometheus import PrometheusSource
from clv_operator.prometheus.alertmanager import Alertmanagers
from clv_operator.prometheus.configured import endpoint_of
from clv_operator.prometheus.nobody import NoPrometheus
from clv_operator.rules import ConfigMapOutput, FileOutput, PrometheusRuleOutput, RuleOutput, RulesWriter
from clv_operator.rules.fence import Fenced
from clv_operator.settings import RulesOutput, Settings
from clv_operator.web.auth import Access, BearerAuth
from clv_operator.web.health import Health
from clv_operator.web.server import WebServer
from sloengine.errors import ClvError
from sloengine.rules import RuleSettings

log = structlog.get_logger(__name__)

WATCHED = (kinds.CLV_TIER, kinds.TIERED_SLO, kinds.ESCALATION_POLICY, kinds.REVENUE_INCIDENT)
FOREIGN_FIELDS = {"RevenueIncident": ("alerts",)}
"""Of a status, what others than the leader write: the intake's alerts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """What the rooms are built upon."""

    settings: Settings
    identity: str
    cluster: Cluster
    store: Store
    elector: Elector
    writer: StatusWriter
    events: EventRecorder
    health: Health


@dataclass(slots=True, kw_only=True)
class Parts:
    """What the rooms bring: see component.py. routes: of HTTP."""

    everywhere: list[Component] = field(default_factory=list)
    leader: list[Component] = field(default_factory=list)
    routes: list[web.RouteDef] = field(default_factory=list)


def build(shell: Shell) -> Parts:
    """The rooms, wired."""
    parts = Parts()
    parts.leader.append(Rejections(store=shell.store, writer=shell.writer))
    rules = _rules(shell)
    evaluator = _evaluator(shell, rules)
    parts.leader += [rules, evaluator]
    shell.health.add(
        "tick", lambda: "no tick has ended for three intervals" if shell.elector.valid() and evaluator.is_late else ""
    )
    door, desk = _incidents(shell)
    parts.everywhere += [door.committers, Auditor(incidents=shell.store.of(kinds.REVENUE_INCIDENT), now=wall_clock)]
    parts.leader += desk.components
    parts.routes += door.routes
    return parts


def _incidents(shell: Shell) -> tuple[Door, Desk]:
    settings = shell.settings
    peers = Alertmanagers([endpoint_of(peer) for peer in settings.alertmanagers]) if settings.alertmanagers else None
    door = build_door(
        settings=settings,
        cluster=shell.cluster,
        store=shell.store,
        auth=BearerAuth(
            reviewer=shell.cluster,
            settings=settings.intake,
            access=Access(verb="create", resource=kinds.REVENUE_INCIDENT, subresource="intake"),
        ),
        listing=PeerListing(peers) if peers is not None else Unasked(),
        blind=lambda: shell.health.problem_of("store"),
    )
    desk = build_desk(
        settings=settings,
        cluster=shell.cluster,
        store=shell.store,
        door=door,
        writer=shell.writer,
        events=shell.events,
        source=PrometheusSource(endpoint_of(settings.prometheus)) if settings.prometheus.url else NoPrometheus(),
        peers=peers,
        is_leading=shell.elector.valid,
    )
    return door, desk


def _rules(shell: Shell) -> RulesWriter:
    settings = shell.settings.rules
    objects = Fenced(shell.cluster, shell.elector.valid)
    output: RuleOutput
    match settings.output:
        case RulesOutput.PROMETHEUS_RULE:
            output = PrometheusRuleOutput(
                objects,
                namespace=shell.settings.namespace,
                labels=settings.labels,
                watched=shell.settings.watch_namespaces,
            )
        case RulesOutput.CONFIG_MAP:
            output = ConfigMapOutput(
                objects,
                namespace=shell.settings.namespace,
                config_map_name=settings.config_map_name,
                labels=settings.labels,
            )
        case RulesOutput.FILE:
            url = settings.reload_url.removesuffix("/").removesuffix("/-/reload")
            reloader = PrometheusSource(endpoint_of(shell.settings.prometheus, url=url)) if url else None
            output = FileOutput(settings.directory or Path(), reloader=reloader, is_leading=shell.elector.valid)
    return RulesWriter(output, is_leading=shell.elector.valid)


def _evaluator(shell: Shell, rules: RulesWriter) -> Evaluator:
    settings = shell.settings
    has_source = bool(settings.prometheus.url)
    return Evaluator(
        store=shell.store,
        source=PrometheusSource(endpoint_of(settings.prometheus)) if has_source else NoPrometheus(),
        statuses=shell.writer,
        rules=rules,
        rule_settings=RuleSettings(runbook_base_url=settings.runbook_base_url),
        is_leading=shell.elector.valid,
        interval_seconds=settings.evaluation.interval.total_seconds(),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the operator with command-line arguments; the exit code."""
    options = _options(arguments)
    try:
        settings = settings_file.load(options.config)
        logs.configure(settings.log)
        connection = Connection.find(options.kubeconfig)
    except ClvError as error:
        sys.stderr.write(f"clv-operator: {error}\n")
        return 2
    memory.fill()
    identity = f"{options.identity}_{uuid.uuid4().hex[:8]}"
    return asyncio.run(operate(settings, connection, identity))


async def operate(settings: Settings, connection: Connection, identity: str) -> int:
    """Run until a signal or a crash; the exit code."""
    async with Cluster(await connection.client()) as cluster:
        return await _assemble(settings, connection, identity, cluster)


async def _assemble(settings: Settings, connection: Connection, identity: str, cluster: Cluster) -> int:
    store, health = Store(), Health()
    for kind in WATCHED:
        store.add(kind, _parser(kind))
    elector = Elector(cluster=cluster, namespace=settings.namespace, identity=identity, settings=settings.leader)
    writer = StatusWriter(
        cluster=cluster,
        store=store,
        settings=settings.status,
        is_leading=elector.valid,
        cut=_cut,
        foreign=FOREIGN_FIELDS,
    )
    events = EventRecorder(cluster=cluster, store=store, identity=identity)
    mirror = Mirror(
        connection=connection,
        cluster=cluster,
        store=store,
        settings=settings.store,
        namespaces=settings.watched,
    )
    shell = Shell(
        settings=settings,
        identity=identity,
        cluster=cluster,
        store=store,
        elector=elector,
        writer=writer,
        events=events,
        health=health,
    )
    parts = build(shell)

    async def prepare() -> None:
        await mirror.ready()
        memory.settle()

    health.add("store", mirror.problem)
    health.add("leader", lambda: "" if elector.initialised.is_set() else "the Lease was not read yet")
    server = WebServer(settings=settings.web, routes=[*health.routes(), *parts.routes])
    await server.start()
    process = Process(
        everywhere=[health, mirror, writer, events, *parts.everywhere],
        leader=parts.leader,
        leadership=elector,
        web=server,
        prepare=prepare,
        settle=writer.drain,
        begin_stop=health.stop,
        grace_seconds=settings.web.shutdown_grace.total_seconds(),
    )
    return await process.run()


def _parser(resource: Resource) -> Callable[[dict[str, Any]], Any]:
    return lambda body: read(resource.kind, body)


def _cut(kind: str, status: dict[str, Any]) -> dict[str, Any]:
    cut = cut_status(kind, status)
    if cut.paths:
        log.debug("Cut a status to the bounds of its schema", kind=kind, paths=cut.paths)
    return cut.status


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="clv-operator", description="The clv-sre operator.")
    parser.add_argument("--config", type=Path, help="YAML file of settings; without it every setting has its default")
    parser.add_argument(
        "--kubeconfig", type=Path, help="default: $KUBECONFIG, the pod's service account, ~/.kube/config"
    )
    parser.add_argument(
        "--identity",
        default=os.environ.get("POD_NAME") or socket.gethostname(),
        help="name of this replica in the Lease and in events (default: $POD_NAME, the host's name)",
    )
    return parser.parse_args(arguments)
