"""The real operator as a process, its Alertmanager, and receivers for what it sends; all on loopback."""

from __future__ import annotations

import json
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import yaml

from devstack import Stack, free_port, until
from devstack.api import Api, ApiRefused
from devstack.process import Process

TOKEN = "let-me-in"


@dataclass(slots=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


@dataclass(slots=True)
class Receiver:
    """Takes every POST; `answers` says how: status and body by path, 200 and `ok` else."""

    received: list[Received] = field(default_factory=list)
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.received.append(Received(self.path, dict(self.headers), body, datetime.now(UTC)))
                status, text = outer.answers.get(self.path, (200, "ok"))
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    _server: Any = None
    _thread: Any = None
    url: str = ""

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def at(self, path: str) -> list[Received]:
        return [item for item in self.received if item.path == path]


class House:
    """A namespace with an operator in it. url: of its webhook."""

    def __init__(self, stack: Stack, api: Api, namespace: str) -> None:
        self.stack = stack
        self.api = api
        self.namespace = namespace
        self.folder = stack.folder / namespace
        self.folder.mkdir(exist_ok=True)
        self.port = free_port()
        self.operator: Process | None = None
        self.starts = 0
        self.token_file = self.folder / "token"
        self.token_file.write_text(TOKEN)

    @property
    def identity(self) -> str:
        return f"{self.port}-{self.starts}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/alertmanager"

    def start(self, *, leads: bool = True, **settings: Any) -> Process:
        """Run the operator, and wait until it is ready, and leads unless another one does."""
        document: dict[str, Any] = {
            "namespace": self.namespace,
            "watchNamespaces": [self.namespace],
            "web": {"listen": f"127.0.0.1:{self.port}"},
            "leader": {"leaseDuration": "3s", "renewDeadline": "2s", "retryPeriod": "500ms"},
            "intake": {"tokenFiles": [str(self.token_file)]},
            "rules": {"output": "File", "directory": str(self.folder / "rules")},
            "log": {"format": "text"},
            **settings,
        }
        (self.folder / "rules").mkdir(exist_ok=True)
        config = self.folder / "config.yaml"
        config.write_text(yaml.safe_dump(document))
        argv: list[Any] = [
            sys.executable,
            "-m",
            "clv_operator",
            "--config",
            config,
            "--kubeconfig",
            self.api.kubeconfig,
        ]
        self.starts += 1
        argv += ["--identity", self.identity]
        self.operator = self.stack.spawn(f"operator-{self.namespace}-{self.identity}", argv)
        until(lambda: self._is_ready(leads=leads), what="the operator is ready and leads", timeout_seconds=40)
        return self.operator

    def _is_ready(self, *, leads: bool) -> bool:
        assert self.operator is not None
        assert self.operator.is_running, self.operator.log_tail()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                ready = answer.status == 200
            lease = f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases/clv-operator"
            holder = str(self.api.get(lease)["spec"].get("holderIdentity"))
        except (OSError, ApiRefused):
            return False
        return ready and (not leads or holder.startswith(self.identity))

    def path(self, name: str = "") -> str:
        base = f"/apis/clvsre.io/v1alpha1/namespaces/{self.namespace}/revenueincidents"
        return f"{base}/{name}" if name else base

    def incidents(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.get(self.path())["items"]
        return found

    def incident(self) -> dict[str, Any]:
        found = self.incidents()
        assert len(found) == 1, [item["metadata"]["name"] for item in found]
        return found[0]

    def phase(self) -> str:
        found = self.incidents()
        return str(found[0].get("status", {}).get("phase", "")) if found else ""

    def wait(self, what: str, condition: Callable[[], object], seconds: float = 30) -> None:
        try:
            until(condition, what=what, timeout_seconds=seconds)
        except Exception as error:
            tail = self.operator.log_tail(40) if self.operator is not None else ""
            raise AssertionError(f"{error}\n{json.dumps(self.incidents(), indent=1)[:6000]}\n{tail}") from error

    def policy(self, receiver: Receiver, **spec: Any) -> None:
        """An EscalationPolicy `default` with a webhook `pager` and a Slack webhook `room`, and their Secret."""
        secret = {
            "pager": f"{receiver.url}/pager",
            "token": "receivers-token",
            "hmac": "signing-key",
            "room": f"{receiver.url}/room",
            "manager": f"{receiver.url}/manager",
        }
        self.api.create(
            f"/api/v1/namespaces/{self.namespace}/secrets",
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "channels"}, "stringData": secret},
        )

        def hook(key: str) -> dict[str, Any]:
            refs = {
                name: {"name": "channels", "key": value} for name, value in (("urlRef", key), ("tokenRef", "token"))
            }
            return {"name": key, "webhook": {**refs, "hmacRef": {"name": "channels", "key": "hmac"}}}

        document = {
            "apiVersion": "clvsre.io/v1alpha1",
            "kind": "EscalationPolicy",
            "metadata": {"name": "default", "namespace": self.namespace},
            "spec": {
                "severities": [{"name": "SEV1", "tiers": ["platinum"]}, {"name": "SEV2"}],
                "steps": [{"after": "0s", "notify": ["pager", "room"]}],
                "channels": [
                    hook("pager"),
                    {"name": "room", "slack": {"webhookRef": {"name": "channels", "key": "room"}}},
                    hook("manager"),
                ],
                **spec,
            },
        }
        self.api.create(f"/apis/clvsre.io/v1alpha1/namespaces/{self.namespace}/escalationpolicies", document)


def fired(name: str = "Errors", *, minutes_ago: float = 1.0, ended: bool = False, **labels: str) -> dict[str, Any]:
    """An alert as Prometheus posts it to Alertmanager."""
    now = datetime.now(UTC)
    end = now - timedelta(seconds=1) if ended else now + timedelta(hours=1)
    return {
        "labels": {"alertname": name, "service": "checkout", **labels},
        "annotations": {"summary": f"{name} burns", "runbook_url": "https://runbooks.example/errors"},
        "startsAt": (now - timedelta(minutes=minutes_ago)).replace(microsecond=0).isoformat(),
        "endsAt": end.isoformat(),
        "generatorURL": "http://prometheus.example/graph",
    }


def message(*alerts: dict[str, Any], group: str = "g") -> dict[str, Any]:
    """The webhook that Alertmanager would make of alerts that were posted to it."""
    now = datetime.now(UTC)
    listed = [
        {**alert, "status": "resolved" if datetime.fromisoformat(alert["endsAt"]) < now else "firing"}
        for alert in alerts
    ]
    return {"receiver": "clv", "alerts": listed, "version": "4", "groupKey": group, "truncatedAlerts": 0}


def post(house: House, *alerts: dict[str, Any]) -> int:
    """Send a webhook straight to the operator; the status of its answer, 0 where there is none."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    request = urllib.request.Request(house.url, data=json.dumps(message(*alerts)).encode(), headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=15) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
