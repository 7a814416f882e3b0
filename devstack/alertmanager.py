"""Alertmanager: routes to webhooks, alerts posted by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from devstack.acquire import binary
from devstack.errors import DevstackError
from devstack.http import call
from devstack.process import Process
from devstack.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertmanagerConfig:
    """webhooks: URLs that get every alert; token: their bearer token. Durations are Prometheus durations.

    whole: the whole configuration instead, as a mapping; nothing else is then used but flags.
    """

    webhooks: Sequence[str] = ()
    token: str | None = None
    group_by: Sequence[str] = ("alertname",)
    group_wait: str = "1s"
    group_interval: str = "1s"
    repeat_interval: str = "1m"
    send_resolved: bool = True
    max_alerts: int = 0
    whole: Mapping[str, Any] | None = None
    flags: Sequence[str] = ()

    def document(self) -> dict[str, Any]:
        if self.whole is not None:
            return dict(self.whole)
        authorization = {"authorization": {"type": "Bearer", "credentials": self.token}} if self.token else {}
        return {
            "route": {
                "receiver": "webhooks",
                "group_by": list(self.group_by),
                "group_wait": self.group_wait,
                "group_interval": self.group_interval,
                "repeat_interval": self.repeat_interval,
            },
            "receivers": [
                {
                    "name": "webhooks",
                    "webhook_configs": [
                        {
                            "url": url,
                            "send_resolved": self.send_resolved,
                            "max_alerts": self.max_alerts,
                            "http_config": {**authorization, "follow_redirects": False},
                        }
                        for url in self.webhooks
                    ],
                }
            ],
        }


class Alertmanager(Server):
    name = "alertmanager"

    def __init__(self, *, folder: Path, config: AlertmanagerConfig | None = None) -> None:
        super().__init__(folder=folder)
        self.config = config or AlertmanagerConfig()
        self.address = f"127.0.0.1:{self.new_port()}"
        self.url = f"http://{self.address}"
        self.config_file = folder / "alertmanager.yml"
        self._write_config()
        self.process = Process(
            self.name,
            [
                binary("alertmanager"),
                f"--config.file={self.config_file}",
                f"--storage.path={folder / 'data'}",
                f"--web.listen-address={self.address}",
                "--cluster.listen-address=",
                *self.config.flags,
            ],
            log=folder / "alertmanager.log",
        )

    def _write_config(self) -> None:
        self.config_file.touch(mode=0o600)
        self.config_file.write_text(yaml.safe_dump(self.config.document(), sort_keys=False))

    def is_ready(self) -> bool:
        return call(f"{self.url}/-/ready", timeout_seconds=2).status == 200

    def configure(self, config: AlertmanagerConfig) -> None:
        """Another configuration, taken over by a reload. Raises DevstackError when it is refused."""
        self.config = config
        self._write_config()
        reply = call(f"{self.url}/-/reload", method="POST", body=b"", timeout_seconds=10)
        if reply.status != 200:
            raise DevstackError(f"alertmanager refused its configuration: {reply.text.strip()}")

    def post(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        """Post alerts as Prometheus does: `labels`, `annotations`, `startsAt`, `endsAt` (RFC 3339)."""
        reply = call(
            f"{self.url}/api/v2/alerts",
            method="POST",
            body=json.dumps(list(alerts)).encode(),
            headers={"Content-Type": "application/json"},
        )
        if reply.status != 200:
            raise DevstackError(f"alertmanager refused the alerts: {reply.status} {reply.text.strip()}")

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that it holds now."""
        alerts: list[dict[str, Any]] = json.loads(call(f"{self.url}/api/v2/alerts").body)
        return alerts
