"""The processes of the demo that are not devstack's: the shop, its customers, the receiver, the operator's replicas.

Each is a command line with its configuration; the stage starts them.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from examples.shop.history.scraped import TARGET

ROOT = Path(__file__).parents[3]
SNIPPET = ROOT / "charts" / "clv-sre" / "files" / "alertmanager.yaml"
SCRAPE_INTERVAL = "5s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Ports on loopback. operators: one per replica."""

    storefront: int
    back_office: int
    receiver: int
    operators: tuple[int, ...]

    @property
    def shop_url(self) -> str:
        return url(self.storefront)

    @property
    def back_office_url(self) -> str:
        return url(self.back_office)

    @property
    def receiver_url(self) -> str:
        return url(self.receiver)


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def storefront(at: Addresses) -> list[str]:
    return _module("examples.shop.storefront", "--port", at.storefront, "--admin-port", at.back_office)


def customers(at: Addresses) -> list[str]:
    return _module("examples.shop.traffic", "--shop", at.shop_url)


def receiver(at: Addresses, token_file: Path) -> list[str]:
    return _module("examples.shop.receiver", "--port", at.receiver, "--token-file", token_file)


def history(namespace: str, out: Path) -> list[str]:
    return _module("examples.shop.history", "--namespace", namespace, "--out", out)


def operator(settings: Path) -> list[str]:
    return _module("clv_operator", "--config", settings)


def _module(name: str, *arguments: str | int | Path) -> list[str]:
    return [sys.executable, "-m", name, *map(str, arguments)]


def scrape_labels() -> dict[str, str]:
    """The live counters continue the series of the history."""
    return {"instance": TARGET["instance"]}


def alertmanager(at: Addresses, token_file: Path) -> dict[str, Any]:
    """The route that we recommend, as the chart ships it, posting to every replica."""
    document: dict[str, Any] = yaml.safe_load(SNIPPET.read_text())
    document["route"]["receiver"] = "nobody"
    (ours,) = document["receivers"]
    (webhook,) = ours["webhook_configs"]
    webhook["http_config"]["authorization"]["credentials_file"] = str(token_file)
    ours["webhook_configs"] = [{**webhook, "url": f"{url(port)}/alertmanager"} for port in at.operators]
    document["receivers"].append({"name": "nobody"})
    return document


def operator_settings(
    *, port: int, namespace: str, prometheus_url: str, alertmanager_url: str, rules: Path, intake_token: Path
) -> str:
    """The settings file of one replica. `mitigatedFor` is five minutes by default; one keeps the story short."""
    return json.dumps(
        {
            "namespace": namespace,
            "web": {"listen": f"127.0.0.1:{port}"},
            "prometheus": {"url": prometheus_url},
            "alertmanagers": [{"url": alertmanager_url}],
            "rules": {"output": "File", "directory": str(rules), "reloadUrl": f"{prometheus_url}/-/reload"},
            "intake": {"tokenFiles": [str(intake_token)]},
            "incidents": {"mitigatedFor": "60s"},
            "log": {"format": "text"},
        },
        indent=2,
    )
