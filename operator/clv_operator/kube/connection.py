"""How the API server is reached: the pod's service account, or a kubeconfig; for our client and for kopf alike."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import kopf
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

from sloengine.errors import ClvError


class NoCluster(ClvError):
    """There is no way to an API server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """kubeconfig: None means the pod's own service account."""

    kubeconfig: Path | None = None

    @classmethod
    def find(cls, kubeconfig: Path | None) -> Connection:
        """The given file, else $KUBECONFIG, else the pod's service account, else ~/.kube/config. Raises NoCluster."""
        named = kubeconfig or (Path(os.environ["KUBECONFIG"]) if os.environ.get("KUBECONFIG") else None)
        if named is not None:
            if not named.is_file():
                raise NoCluster(f"kubeconfig {named} is not there; name a file with --kubeconfig or KUBECONFIG")
            return cls(kubeconfig=named)
        if os.environ.get("KUBERNETES_SERVICE_HOST"):
            return cls()
        home = Path.home() / ".kube" / "config"
        if home.is_file():
            return cls(kubeconfig=home)
        raise NoCluster("no API server is known: run in a pod with a service account, or name a --kubeconfig")

    async def configuration(self) -> Configuration:
        """A fresh configuration: tokens and certificates as the files hold them now."""
        made = Configuration()
        try:
            if self.kubeconfig is None:
                load_incluster_config(made)
            else:
                await load_kube_config(str(self.kubeconfig), client_configuration=made, persist_config=False)
        except ConfigException as error:
            raise NoCluster(f"cannot read the way to the API server: {error}") from error
        return made

    async def client(self, connections: int = 64) -> ApiClient:
        """The one client of the process; whoever asks closes it."""
        configuration = await self.configuration()
        configuration.connection_pool_maxsize = connections
        configuration.retries = None
        return ApiClient(configuration)

    async def login(self) -> kopf.ConnectionInfo:
        """The same, as kopf wants it; asked again by kopf when the server no longer takes the last one."""
        made = await self.configuration()
        header = await made.get_api_key_with_prefix("BearerToken", alias="authorization")
        scheme, _, token = (header or "").strip().rpartition(" ")
        return kopf.ConnectionInfo(
            server=made.host,
            ca_path=made.ssl_ca_cert,
            insecure=not made.verify_ssl,
            username=made.username or None,
            password=made.password or None,
            scheme="Bearer" if token else scheme or None,
            token=token or None,
            certificate_path=made.cert_file,
            private_key_path=made.key_file,
        )
