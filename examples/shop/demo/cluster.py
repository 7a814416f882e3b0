"""The API server as a user reaches it: through kubectl, with a kubeconfig and a PATH that they can take over."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]


class KubectlRefused(Exception):
    """kubectl ended with an error; the text is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """kubeconfig: a file of our own. path: PATH with kubectl, and with kubectl-clv so that `kubectl clv` works."""

    kubeconfig: Path
    path: str

    def kubectl(self, *arguments: str, text: str | None = None, width: int | None = None) -> str:
        """What kubectl prints to stdout. text: its stdin. Raises KubectlRefused with what it said."""
        environment = os.environ | {"KUBECONFIG": str(self.kubeconfig), "PATH": self.path}
        if width is not None:
            environment |= {"COLUMNS": str(width)}
        try:
            done = subprocess.run(
                ["kubectl", *arguments],
                input=text,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
                env=environment,
            )
        except subprocess.TimeoutExpired as late:
            raise KubectlRefused(f"kubectl {' '.join(arguments)}: no answer within 60 s") from late
        if done.returncode != 0:
            raise KubectlRefused(f"kubectl {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def objects(self, resource: str, *, namespace: str) -> list[Manifest]:
        items: list[Manifest] = json.loads(self.kubectl("get", resource, "-n", namespace, "-o", "json"))["items"]
        return items

    def apply(self, manifests: Iterable[Manifest], *, namespace: str | None = None) -> None:
        scope: Sequence[str] = ("-n", namespace) if namespace else ()
        self.kubectl("apply", *scope, "-f", "-", text=yaml.safe_dump_all(manifests))
