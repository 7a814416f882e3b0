"""etcd: the store under the API servers."""

from __future__ import annotations

from pathlib import Path

from devstack.acquire import binary
from devstack.http import call
from devstack.process import Process
from devstack.server import Server


class Etcd(Server):
    """durable: sync writes to disk, as benchmarks need; tests do without."""

    name = "etcd"

    def __init__(self, *, folder: Path, durable: bool = False) -> None:
        super().__init__(folder=folder)
        self.url = f"http://127.0.0.1:{self.new_port()}"
        peer = f"http://127.0.0.1:{self.new_port()}"
        self.process = Process(
            self.name,
            [
                binary("etcd"),
                f"--data-dir={folder / 'data'}",
                f"--listen-client-urls={self.url}",
                f"--advertise-client-urls={self.url}",
                f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}",
                f"--initial-cluster=default={peer}",
                "--log-level=error",
                *([] if durable else ["--unsafe-no-fsync"]),
            ],
            log=folder / "etcd.log",
        )

    def is_ready(self) -> bool:
        reply = call(f"{self.url}/health", timeout_seconds=2)
        return reply.status == 200 and '"true"' in reply.text
