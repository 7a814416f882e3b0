"""One API server of this folder's own: it makes CLVTiers, which are cluster-scoped.

Refusals are asked for with a dry run, so nothing is left behind.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from clv_operator.api import KINDS
from devstack import Stack
from devstack.api import Api
from devstack.testing.fixtures import CRDS


@pytest.fixture(scope="session")
def cluster(apiserver: Api) -> Iterator[Api]:
    stack = Stack("crds")
    try:
        server = stack.add_apiserver(etcd_url=apiserver.etcd_url, etcd_prefix=f"/crds-{secrets.token_hex(4)}")
        server.api.apply_crds(CRDS)
        yield server.api
    finally:
        stack.close()


def path_of(kind: str, *, namespace: str = "default", name: str = "", subresource: str = "") -> str:
    """The path of one object, or of all of a kind in a namespace."""
    known = KINDS[kind]
    parts = ["", "apis", known.group, known.version]
    parts += ["namespaces", namespace] if known.namespaced else []
    parts += [part for part in (known.plural, name, subresource) if part]
    return "/".join(parts)


def dry_run(cluster: Api, manifest: dict[str, Any]) -> dict[str, Any]:
    """What the API server would store, with its defaults; raises ApiRefused."""
    return cluster.create(f"{path_of(manifest['kind'])}?dryRun=All&fieldValidation=Strict", manifest)
