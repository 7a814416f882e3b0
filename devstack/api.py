"""How to reach one API server: address, certificate, tokens; plain requests, kubectl, CRDs, namespaces."""

from __future__ import annotations

import functools
import json
import secrets
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from devstack.acquire import binary
from devstack.credentials import ADMIN, write_kubeconfig
from devstack.errors import DevstackError
from devstack.http import call
from devstack.poll import until

_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
# The server holds the first write of a new kind until two seconds after its CRD was established.
_HOLD_SECONDS = 2.0


class ApiRefused(DevstackError):
    """An answer other than 2xx. status: HTTP status; reason, message: of the Status object."""

    def __init__(self, *, method: str, path: str, status: int, answer: dict[str, Any]) -> None:
        self.status = status
        self.reason = str(answer.get("reason", ""))
        self.message = str(answer.get("message", answer))
        super().__init__(f"{method} {path}: {status} {self.reason}: {self.message}")


class _Loader(yaml.CSafeLoader):
    pass


# Some published CRDs have a bare `=` in an enum, which YAML 1.1 reads as a type that PyYAML does not construct.
_Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: str(node.value))


def load_documents(path: Path) -> list[dict[str, Any]]:
    """The documents of one YAML file, or of all *.yaml files of a folder in the order of their names."""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    return [
        document
        for file in files
        for document in yaml.load_all(file.read_text(), Loader=_Loader)  # a safe loader
        if document
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Access to one API server. folder: where the certificate and the kubeconfig files are; etcd_url: its store."""

    url: str
    folder: Path
    etcd_url: str
    tokens: dict[str, str]

    @property
    def ca(self) -> Path:
        return self.folder / "certs" / "apiserver.crt"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.kubeconfig_for(ADMIN)

    @property
    def admin_token(self) -> str:
        return self.tokens[ADMIN]

    def kubeconfig_for(self, user: str) -> Path:
        """The kubeconfig of `admin`, `operator` (system:serviceaccount:clv:clv-sre, rights by RBAC alone) or `nobody`."""
        path = self.folder / f"{user}.kubeconfig"
        if not path.exists():
            write_kubeconfig(path, url=self.url, ca=self.ca, token=self.tokens[user])
        return path

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        user: str = ADMIN,
        content_type: str = "application/json",
        timeout_seconds: float = 30,
    ) -> dict[str, Any]:
        """One call; path with its query. Raises ApiRefused for any answer that is not 2xx."""
        reply = call(
            self.url + path,
            method=method,
            body=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.tokens[user]}", "Content-Type": content_type},
            ca=self.ca,
            timeout_seconds=timeout_seconds,
        )
        try:
            answer: dict[str, Any] = json.loads(reply.body)
        except ValueError:
            answer = {"message": reply.text}
        if not 200 <= reply.status < 300:
            raise ApiRefused(method=method, path=path, status=reply.status, answer=answer)
        return answer

    def get(self, path: str, *, user: str = ADMIN) -> dict[str, Any]:
        return self.request("GET", path, user=user)

    def create(self, path: str, body: object, *, user: str = ADMIN) -> dict[str, Any]:
        return self.request("POST", path, body, user=user)

    def delete(self, path: str, *, user: str = ADMIN) -> dict[str, Any]:
        return self.request("DELETE", path, user=user)

    def merge(self, path: str, body: object, *, user: str = ADMIN) -> dict[str, Any]:
        """A merge patch."""
        return self.request("PATCH", path, body, user=user, content_type="application/merge-patch+json")

    def apply(self, path: str, body: object, *, manager: str = "devstack", user: str = ADMIN) -> dict[str, Any]:
        """A forced server-side apply of one object; path without a query."""
        query = f"?fieldManager={manager}&force=true"
        return self.request("PATCH", path + query, body, user=user, content_type="application/apply-patch+yaml")

    def kubectl(
        self,
        *arguments: str | Path,
        text: str | None = None,
        user: str = ADMIN,
        check: bool = True,
        timeout_seconds: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """kubectl with the user's kubeconfig. text: its stdin. check: an exit code other than 0 raises DevstackError."""
        command = [
            str(binary("kubectl")),
            f"--kubeconfig={self.kubeconfig_for(user)}",
            f"--cache-dir={self.folder / 'kubectl'}",
            *map(str, arguments),
        ]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=timeout_seconds)
        if check and done.returncode != 0:
            raise DevstackError(f"kubectl {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr}")
        return done

    def new_namespace(self, prefix: str = "test", labels: dict[str, str] | None = None) -> str:
        """A namespace with a random name; nobody deletes it, since that takes five seconds and the stack ends anyway."""
        name = f"{prefix}-{secrets.token_hex(4)}"
        metadata = {"name": name, "labels": labels or {}}
        self.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        return name

    def apply_crds(self, *sources: Path | dict[str, Any]) -> list[str]:
        """Apply CRDs (files, folders or documents), wait until the first object of each kind can be made at once.

        Returns their names. Apply all that are needed in one call: the two seconds that the server holds the first
        write of a new kind are then waited for once.
        """
        documents = [
            document
            for source in sources
            for document in (load_documents(source) if isinstance(source, Path) else [source])
        ]
        known = {item["metadata"]["name"] for item in self.get(_CRDS)["items"]}
        names: list[str] = [document["metadata"]["name"] for document in documents]
        for document in documents:
            self.apply(f"{_CRDS}/{document['metadata']['name']}", document)
        for name in names:
            until(functools.partial(self._is_established, name), what=f"CRD {name} is established", timeout_seconds=60)
        if set(names) - known:
            time.sleep(_HOLD_SECONDS)
        return names

    def _is_established(self, name: str) -> bool:
        conditions = self.get(f"{_CRDS}/{name}").get("status", {}).get("conditions", [])
        return any(item["type"] == "Established" and item["status"] == "True" for item in conditions)

    def to_state(self) -> dict[str, Any]:
        return {**asdict(self), "folder": str(self.folder)}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Api:
        return cls(**{**state, "folder": Path(state["folder"])})
