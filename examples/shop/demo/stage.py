"""Everything that the story needs, started in order and gone afterwards.

With `--context` the cluster is the user's own and only the API server of it is used: the shop, Prometheus,
Alertmanager and the operator are processes of this machine either way.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from devstack import (
    AlertmanagerConfig,
    DevstackError,
    Process,
    Prometheus,
    PrometheusConfig,
    Scrape,
    Stack,
    free_port,
    until,
)
from devstack.http import call
from examples.shop.demo import cast, rights
from examples.shop.demo.cast import Addresses
from examples.shop.demo.cluster import Cluster, Manifest
from examples.shop.demo.clusters import own_cluster, user_cluster
from examples.shop.demo.voice import Voice

NAMESPACE = "shop"
OPERATOR_NAMESPACE = "clv-sre"
MANIFESTS = cast.ROOT / "examples" / "shop" / "manifests"
CRDS = cast.ROOT / "crds"
REPLICAS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a step can reach: the cluster, Prometheus, the shop's back office, the notification receiver."""

    cluster: Cluster
    prometheus: Prometheus
    at: Addresses
    operators: tuple[Process, ...]
    width: int

    def break_checkout(self) -> None:
        """Every checkout of platinum fails from now on."""
        fault = {"tier": "platinum", "route": "/checkout", "error_share": 1.0}
        _expect_ok(f"{self.at.back_office_url}/faults", method="PUT", body=json.dumps(fault).encode())

    def mend_checkout(self) -> None:
        _expect_ok(f"{self.at.back_office_url}/faults", method="DELETE")

    def acknowledge(self, by: str) -> None:
        name = self.incident_name()
        self.cluster.kubectl("clv", "incident", "ack", name, "-n", NAMESPACE, "--by", by)

    def incident(self) -> Manifest | None:
        """The incident of the story: the oldest in the shop's namespace."""
        found = self.cluster.objects("revenueincidents", namespace=NAMESPACE)
        return min(found, key=lambda one: str(one["metadata"]["creationTimestamp"]), default=None)

    def incident_name(self) -> str:
        found = self.incident()
        return str(found["metadata"]["name"]) if found else "(none)"

    def received(self) -> list[dict[str, Any]]:
        """What the notification receiver got, oldest first."""
        messages: list[dict[str, Any]] = json.loads(_expect_ok(f"{self.at.receiver_url}/received"))
        return messages

    def show(self, template: str) -> tuple[str, str]:
        """The command with its blanks filled in, and what it prints: a kubectl command, or GET with an address."""
        command = template.format(incident=self.incident_name(), receiver=self.at.receiver_url)
        program, *arguments = command.split()
        if program == "GET":
            return command, _expect_ok(arguments[0])
        return command, self.cluster.kubectl(*arguments, width=self.width)


def show(stage: Stage, template: str) -> tuple[str, str]:
    return stage.show(template)


@contextmanager
def set_stage(voice: Voice, *, context: str | None) -> Iterator[Stage]:
    """The stage, ready to play on; everything is stopped and removed afterwards, however the story ends."""
    stack = Stack("demo")
    try:
        at = Addresses(
            storefront=free_port(),
            back_office=free_port(),
            receiver=free_port(),
            operators=tuple(free_port() for _ in range(REPLICAS)),
        )
        past = stack.spawn("history", cast.history(NAMESPACE, stack.folder / "history.om"), cwd=cast.ROOT)
        token = _new_token(stack.folder / "receiver.token")
        stack.spawn("storefront", cast.storefront(at), cwd=cast.ROOT)
        stack.spawn("receiver", cast.receiver(at, token), cwd=cast.ROOT)
        with user_cluster(stack.folder, context) if context else own_cluster(stack) as cluster:
            voice.note("an API server answers" if context is None else f"the cluster of context {context} answers")
            _declare(cluster, at, token=token.read_text())
            voice.note("custom resource definitions, tiers, objectives and the escalation policy are applied")
            prometheus = _observe(stack, at, past)
            voice.note("Prometheus scrapes the shop, and has its last month; Alertmanager routes to the operator")
            stack.spawn("customers", cast.customers(at), cwd=cast.ROOT)
            operators = _operate(stack, cluster, prometheus, at)
            voice.note(f"{REPLICAS} replicas of the operator are ready: both take alerts, one leads")
            yield Stage(cluster=cluster, prometheus=prometheus, at=at, operators=operators, width=voice.width)
            for replica in operators:
                replica.stop()
    finally:
        stack.close()


def _declare(cluster: Cluster, at: Addresses, *, token: str) -> None:
    cluster.kubectl("apply", "--server-side", "-f", str(CRDS))
    cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", str(CRDS))
    cluster.apply([_namespace(NAMESPACE), _namespace(OPERATOR_NAMESPACE)])
    cluster.apply(rights.manifests(operator_namespace=OPERATOR_NAMESPACE, secret_namespaces=[NAMESPACE]))
    cluster.apply(_secrets(at, token), namespace=NAMESPACE)
    cluster.apply(_tiers_as_of_today())
    for file in ("escalation.yaml", "slos.yaml"):
        cluster.kubectl("apply", "-n", NAMESPACE, "-f", str(MANIFESTS / file))


def _observe(stack: Stack, at: Addresses, past: Process) -> Prometheus:
    tokens = _new_token(stack.folder / "intake.token")
    stack.add_alertmanager(AlertmanagerConfig(whole=cast.alertmanager(at, tokens)))
    scrape = Scrape(job="shop", targets=[f"127.0.0.1:{at.storefront}"], labels=cast.scrape_labels())
    prometheus = stack.add_prometheus(PrometheusConfig(scrapes=[scrape], interval=cast.SCRAPE_INTERVAL))
    if past.wait(60) != 0:
        raise DevstackError(f"the history could not be written:\n{past.log_tail()}")
    prometheus.backfill(stack.folder / "history.om")
    return prometheus


def _operate(stack: Stack, cluster: Cluster, prometheus: Prometheus, at: Addresses) -> tuple[Process, ...]:
    kubeconfig = stack.folder / "operator.kubeconfig"
    rights.kubeconfig_for_operator(cluster, namespace=OPERATOR_NAMESPACE, file=kubeconfig)
    replicas = []
    for number, port in enumerate(at.operators, start=1):
        settings = stack.folder / f"operator-{number}.yaml"
        settings.write_text(
            cast.operator_settings(
                port=port,
                namespace=OPERATOR_NAMESPACE,
                prometheus_url=prometheus.url,
                alertmanager_url=stack.alertmanager.url,
                rules=prometheus.rules,
                intake_token=stack.folder / "intake.token",
            )
        )
        replicas.append(
            stack.spawn(
                f"operator-{number}", cast.operator(settings), env={"KUBECONFIG": str(kubeconfig)}, cwd=cast.ROOT
            )
        )
    for replica, port in zip(replicas, at.operators, strict=True):
        until(
            partial(_is_up_or_over, replica, port),
            what=f"{replica.name} is ready",
            timeout_seconds=60,
            every_seconds=0.2,
        )
        if not replica.is_running:
            raise DevstackError(f"{replica.name} ended:\n{replica.log_tail()}")
    return tuple(replicas)


def _is_up_or_over(replica: Process, port: int) -> bool:
    return not replica.is_running or call(f"{cast.url(port)}/readyz").status == 200


def _tiers_as_of_today() -> list[Manifest]:
    """The tiers, their values dated today: declared values that nobody looked at for 90 days are stale."""
    tiers = list(yaml.safe_load_all((MANIFESTS / "tiers.yaml").read_text()))
    for tier in tiers:
        tier["spec"]["values"]["asOf"] = f"{datetime.now(UTC):%Y-%m-%d}T00:00:00Z"
    return tiers


def _secrets(at: Addresses, token: str) -> list[Manifest]:
    pager = {name: f"{at.receiver_url}/pager/{name}" for name in ("on-call", "manager")}
    return [
        _secret("shop-pager", {**pager, "token": token}),
        _secret("shop-slack", {"url": f"{at.receiver_url}/slack/war-room"}),
    ]


def _secret(name: str, content: dict[str, str]) -> Manifest:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": content}


def _namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _new_token(file: Path) -> Path:
    file.touch(mode=0o600)
    file.write_text(secrets.token_urlsafe(24))
    return file


def _expect_ok(url: str, *, method: str = "GET", body: bytes | None = None) -> str:
    reply = call(url, method=method, body=body)
    if reply.status != 200:
        raise DevstackError(f"{method} {url}: {reply.status} {reply.text}")
    return reply.text
