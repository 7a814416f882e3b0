"""kube-apiserver on loopback, RBAC on; several may share one etcd under different prefixes."""

from __future__ import annotations

from pathlib import Path

from devstack.acquire import binary
from devstack.api import Api
from devstack.credentials import ADMIN, new_tokens, signing_key, token_file
from devstack.http import call
from devstack.process import Process
from devstack.server import Server


class ApiServer(Server):
    """etcd_prefix: its part of the store; two servers with one prefix are replicas, with two they know nothing of each other.

    twin: another server whose keys and tokens are used too, as replicas do.
    """

    name = "kube-apiserver"

    def __init__(
        self,
        *,
        folder: Path,
        etcd_url: str,
        etcd_prefix: str = "/registry",
        twin: ApiServer | None = None,
        flags: tuple[str, ...] = (),
    ) -> None:
        super().__init__(folder=folder)
        port = self.new_port()
        self.etcd_prefix = etcd_prefix
        self.key: Path = twin.key if twin else folder / "sa.key"
        tokens = twin.api.tokens if twin else new_tokens()
        if twin is None:
            self.key.touch(mode=0o600)
            self.key.write_text(signing_key())
        token_path = folder / "tokens.csv"
        token_path.touch(mode=0o600)
        token_path.write_text(token_file(tokens))
        self.api: Api = Api(url=f"https://127.0.0.1:{port}", folder=folder, etcd_url=etcd_url, tokens=tokens)
        self.process = Process(
            self.name,
            [
                binary("kube-apiserver"),
                f"--etcd-servers={etcd_url}",
                f"--etcd-prefix={etcd_prefix}",
                "--bind-address=127.0.0.1",
                f"--secure-port={port}",
                f"--cert-dir={folder / 'certs'}",
                "--service-cluster-ip-range=10.0.0.0/24",
                "--authorization-mode=RBAC",
                f"--token-auth-file={token_path}",
                "--allow-privileged=true",
                f"--service-account-issuer={twin.api.url if twin else self.api.url}/",
                f"--service-account-key-file={self.key}",
                f"--service-account-signing-key-file={self.key}",
                "--disable-admission-plugins=ServiceAccount",
                # Without a default route the server cannot guess these two, and exits.
                "--advertise-address=127.0.0.1",
                "--endpoint-reconciler-type=none",
                *flags,
            ],
            log=folder / "apiserver.log",
        )

    def is_ready(self) -> bool:
        if not self.api.ca.exists():
            return False
        headers = {"Authorization": f"Bearer {self.api.admin_token}"}
        if call(f"{self.api.url}/readyz", headers=headers, ca=self.api.ca, timeout_seconds=5).status != 200:
            return False
        self.api.kubeconfig_for(ADMIN)
        return True
