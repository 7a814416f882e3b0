"""The real components as fixtures; what they start is gone when the test, the module or the run ends."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

from devstack import keeper
from devstack.alertmanager import Alertmanager, AlertmanagerConfig
from devstack.api import Api
from devstack.apiserver import ApiServer
from devstack.controllers import DEFAULT_CONTROLLERS
from devstack.process import Folder
from devstack.prometheus import Prometheus, PrometheusConfig
from devstack.prometheus import promtool as run_promtool
from devstack.published import published
from devstack.stack import Stack
from devstack.supervisor import die_with_parent

# Set by the run's first process, inherited by the workers of xdist: where the shared stack lives, whom it follows.
_FOLDER, _LEADER = "CLV_DEVSTACK_RUN_FOLDER", "CLV_DEVSTACK_RUN_LEADER"
_run_folder = pytest.StashKey[Folder]()

CRDS = keeper.REPOSITORY / "crds"


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        die_with_parent()  # xdist starts workers in its main thread; one that is orphaned would finish its test first
        return
    config.stash[_run_folder] = folder = Folder("tests")
    os.environ[_FOLDER] = str(folder.path)
    os.environ[_LEADER] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash.get(_run_folder, None)
    if folder is None:
        return
    keeper.end(folder.path / "shared")
    folder.remove()


@pytest.fixture(scope="session")
def apiserver() -> Api:
    """One API server (with garbage collection, namespaces, service accounts) for the whole run, our CRDs applied.

    Shared by every worker of xdist: work in a `namespace` of your own, and make nothing that is cluster-scoped.
    """
    folder = Path(os.environ[_FOLDER]) / "shared"
    state, _ = keeper.ensure(folder, components=["apiserver"], until_pid=int(os.environ[_LEADER]))
    return Api.from_state(state["apiserver"])


@pytest.fixture
def namespace(apiserver: Api) -> str:
    """A new namespace of the shared API server; nobody deletes it."""
    return apiserver.new_namespace()


@pytest.fixture
def kubectl(apiserver: Api) -> Callable[..., Any]:
    """kubectl against the shared API server: kubectl("get", "ns").stdout; see Api.kubectl."""
    return apiserver.kubectl


@pytest.fixture
def stack() -> Iterator[Stack]:
    """An empty stack to add servers and processes to, for one test."""
    stack = Stack("test")
    yield stack
    stack.close()


@pytest.fixture(scope="module")
def module_stack() -> Iterator[Stack]:
    """An empty stack to add servers and processes to, for one module of tests."""
    stack = Stack("module")
    yield stack
    stack.close()


def _add_own_apiserver(
    stack: Stack, shared: Api, *, controllers: Sequence[str], crds: Sequence[Path | dict[str, Any]]
) -> ApiServer:
    server = stack.add_apiserver(etcd_url=shared.etcd_url, etcd_prefix=f"/own-{secrets.token_hex(4)}")
    if controllers:
        stack.add_controllers(server, controllers)
    if crds:
        server.api.apply_crds(*crds)
    return server


class OwnApiServer(Protocol):
    def __call__(
        self,
        *,
        controllers: Sequence[str] = (),
        crds: Sequence[Path | dict[str, Any]] = (CRDS,),
    ) -> ApiServer: ...


@pytest.fixture
def own_apiserver(apiserver: Api, stack: Stack) -> OwnApiServer:
    """A factory of API servers that share nothing but the etcd process with others: 2.3 s, and 2 s more with CRDs.

    For tests that make CLVTiers and other cluster-scoped things, or that kill, freeze and restart the server.
    controllers: of a controller manager, such as devstack.controllers.DEFAULT_CONTROLLERS. crds: files, folders, documents.
    """

    def make(*, controllers: Sequence[str] = (), crds: Sequence[Path | dict[str, Any]] = (CRDS,)) -> ApiServer:
        return _add_own_apiserver(stack, apiserver, controllers=controllers, crds=crds)

    return make


@pytest.fixture(scope="module")
def module_apiserver(apiserver: Api, module_stack: Stack) -> ApiServer:
    """As own_apiserver() with our CRDs and the default controllers, one for a module of tests."""
    return _add_own_apiserver(module_stack, apiserver, controllers=DEFAULT_CONTROLLERS, crds=[CRDS])


class PrometheusFactory(Protocol):
    def __call__(
        self,
        config: PrometheusConfig | None = None,
        *,
        rules: Mapping[str, Any] | None = None,
        history: str | Path | None = None,
    ) -> Prometheus: ...


@pytest.fixture
def prometheus(stack: Stack) -> PrometheusFactory:
    """A factory of Prometheus servers. rules: file name -> document or YAML text. history: OpenMetrics, backfilled."""

    def make(
        config: PrometheusConfig | None = None,
        *,
        rules: Mapping[str, Any] | None = None,
        history: str | Path | None = None,
    ) -> Prometheus:
        server = stack.add_prometheus(config)
        for name, document in (rules or {}).items():
            text = document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False)
            (server.rules / name).write_text(text)
        if history is not None:
            server.backfill(history)
        elif rules:
            server.reload()
        return server

    return make


@pytest.fixture
def alertmanager(stack: Stack) -> Callable[[AlertmanagerConfig | None], Alertmanager]:
    """A factory of Alertmanagers; a Prometheus that the same test makes afterwards sends to it."""

    def make(config: AlertmanagerConfig | None = None) -> Alertmanager:
        return stack.add_alertmanager(config)

    return make


@pytest.fixture(scope="session")
def promtool() -> Callable[..., Any]:
    """promtool("check", "rules", path, check=False, cwd=folder) -> CompletedProcess; see devstack.promtool."""
    return run_promtool


@pytest.fixture(scope="session")
def prometheusrule_crd() -> Path:
    """The CRD of PrometheusRule as its project publishes it, for Api.apply_crds."""
    return published("prometheusrule-crd")
