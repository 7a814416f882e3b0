"""Prometheus and promtool: configuration, rules, reload, history."""

from __future__ import annotations

import json
import subprocess
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from devstack.acquire import binary
from devstack.errors import DevstackError
from devstack.http import call
from devstack.process import Process
from devstack.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """targets: `host:port`; labels: added to every series of them."""

    job: str
    targets: Sequence[str]
    labels: Mapping[str, str] = field(default_factory=dict)
    interval: str | None = None
    path: str = "/metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusConfig:
    """interval: of scrapes and of rule evaluation, a Prometheus duration. alertmanagers: `host:port`.

    rule_files: globs beside `*.yaml` and `*.yml` of the server's own rules folder. more: top-level parts of
    prometheus.yml, merged last. component: `prometheus`, or `prometheus3` for the 3.x build. flags: added at the end.

    resend_delay: Prometheus finds its Alertmanagers 5 s after its start, and what fires before is sent again only after
    this (1m unless set). An alert that is not sent again ends four times this later, also when Prometheus was killed.
    """

    scrapes: Sequence[Scrape] = ()
    interval: str = "1s"
    alertmanagers: Sequence[str] = ()
    rule_files: Sequence[str] = ()
    external_labels: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    component: str = "prometheus"
    retention: str = "10y"
    resend_delay: str = "5s"
    flags: Sequence[str] = ()


class Prometheus(Server):
    """rules: the folder it reads rule files from; write there, then `reload`."""

    name = "prometheus"

    def __init__(self, *, folder: Path, config: PrometheusConfig | None = None) -> None:
        super().__init__(folder=folder)
        self.config = config or PrometheusConfig()
        self.address = f"127.0.0.1:{self.new_port()}"
        self.url = f"http://{self.address}"
        self.rules = folder / "rules"
        self.rules.mkdir()
        self.data = folder / "data"
        self.config_file = folder / "prometheus.yml"
        self._write_config()
        self.process = Process(
            self.name,
            [
                binary(self.config.component),
                f"--config.file={self.config_file}",
                f"--storage.tsdb.path={self.data}",
                f"--storage.tsdb.retention.time={self.config.retention}",
                f"--rules.alert.resend-delay={self.config.resend_delay}",
                "--web.enable-lifecycle",
                "--web.enable-admin-api",
                f"--web.listen-address={self.address}",
                *self.config.flags,
            ],
            log=folder / "prometheus.log",
        )

    def is_ready(self) -> bool:
        return call(f"{self.url}/-/ready", timeout_seconds=2).status == 200

    def _write_config(self) -> None:
        config = self.config
        document: dict[str, Any] = {
            "global": {
                "scrape_interval": config.interval,
                "evaluation_interval": config.interval,
                "external_labels": dict(config.external_labels),
            },
            "rule_files": [f"{self.rules}/*.yaml", f"{self.rules}/*.yml", *config.rule_files],
            "scrape_configs": [
                {
                    "job_name": scrape.job,
                    "metrics_path": scrape.path,
                    **({"scrape_interval": scrape.interval} if scrape.interval else {}),
                    "static_configs": [{"targets": list(scrape.targets), "labels": dict(scrape.labels)}],
                }
                for scrape in config.scrapes
            ],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": list(config.alertmanagers)}]}]},
            **config.more,
        }
        self.config_file.write_text(yaml.safe_dump(document, sort_keys=False))

    def configure(self, config: PrometheusConfig) -> None:
        """Another configuration, taken over by a reload; flags and component stay as they were started."""
        self.config = config
        self._write_config()
        self.reload()

    def reload(self) -> None:
        """Read configuration and rules again. Raises DevstackError with the server's reason when it refuses them."""
        reply = call(f"{self.url}/-/reload", method="POST", body=b"", timeout_seconds=30)
        if reply.status != 200:
            raise DevstackError(f"prometheus refused to reload: {reply.text.strip()}\n{self.process.log_tail(5)}")

    def backfill(self, openmetrics: str | Path) -> None:
        """Put history into the store: OpenMetrics text (ends with `# EOF`) or a file of it; restarts a running server."""
        was_running = self.process.is_running
        if was_running:
            self.process.stop()
        source = openmetrics if isinstance(openmetrics, Path) else self.folder / "history.om"
        if isinstance(openmetrics, str):
            source.write_text(openmetrics)
        # Blocks of two hours, the default, make a month of history a hundred times slower.
        self.promtool("tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=768h", "-q", source, self.data)
        if isinstance(openmetrics, str):
            source.unlink()
        if was_running:
            self.start()

    def promtool(self, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        component = "promtool3" if self.config.component == "prometheus3" else "promtool"
        return promtool(*arguments, check=check, component=component)

    def get(self, path: str, **parameters: str) -> Any:
        """`data` of an API answer, such as get("/api/v1/rules"). Raises DevstackError with the server's error."""
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        reply = call(f"{self.url}{path}{query}", timeout_seconds=30)
        answer = json.loads(reply.body)
        if answer.get("status") != "success":
            raise DevstackError(f"{path}: {answer.get('error')}")
        return answer["data"]

    def query(self, expression: str, *, at: datetime | None = None) -> list[tuple[dict[str, str], float]]:
        """An instant query: labels and value of every series."""
        when = {"time": str(at.timestamp())} if at else {}
        data = self.get("/api/v1/query", query=expression, **when)
        if data["resultType"] == "scalar":
            return [({}, float(data["result"][1]))]
        return [(item["metric"], float(item["value"][1])) for item in data["result"]]


def promtool(
    *arguments: str | Path, check: bool = True, component: str = "promtool", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run promtool; with check an exit code other than 0 raises DevstackError with its output."""
    done = subprocess.run(
        [str(binary(component)), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        cwd=cwd,
    )
    if check and done.returncode != 0:
        raise DevstackError(
            f"promtool {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        )
    return done
