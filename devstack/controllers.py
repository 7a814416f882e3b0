"""kube-controller-manager: only the controllers that a test or the demo needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from devstack.acquire import binary
from devstack.apiserver import ApiServer
from devstack.http import call
from devstack.process import Process
from devstack.server import Server

DEFAULT_CONTROLLERS = ("serviceaccount-controller", "namespace-controller", "garbage-collector-controller")


class ControllerManager(Server):
    name = "kube-controller-manager"

    def __init__(self, *, folder: Path, apiserver: ApiServer, controllers: Sequence[str] = DEFAULT_CONTROLLERS) -> None:
        super().__init__(folder=folder)
        self._url = f"https://127.0.0.1:{self.new_port()}"
        self._certificate = folder / "certs" / "kube-controller-manager.crt"
        kubeconfig = apiserver.api.kubeconfig
        self.process = Process(
            self.name,
            [
                binary("kube-controller-manager"),
                f"--kubeconfig={kubeconfig}",
                f"--authentication-kubeconfig={kubeconfig}",
                f"--authorization-kubeconfig={kubeconfig}",
                "--leader-elect=false",
                "--bind-address=127.0.0.1",
                f"--secure-port={self._url.rsplit(':', 1)[1]}",
                f"--cert-dir={folder / 'certs'}",
                f"--service-account-private-key-file={apiserver.key}",
                f"--controllers={','.join(controllers)}",
            ],
            log=folder / "controllers.log",
        )

    def is_ready(self) -> bool:
        if not self._certificate.exists():
            return False
        return call(f"{self._url}/healthz", ca=self._certificate, timeout_seconds=2).status == 200
