"""Some or all components together, in one temporary folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from devstack.alertmanager import Alertmanager, AlertmanagerConfig
from devstack.api import Api
from devstack.apiserver import ApiServer
from devstack.controllers import DEFAULT_CONTROLLERS, ControllerManager
from devstack.errors import DevstackError
from devstack.etcd import Etcd
from devstack.process import Folder, Process
from devstack.prometheus import Prometheus, PrometheusConfig
from devstack.server import Server, launch

S = TypeVar("S", bound=Server)


class Stack:
    """Servers of one folder; `close` (or the end of this process, however it comes) kills them and deletes the folder.

    Add servers in the order of their needs: API servers before their controller manager.
    """

    def __init__(self, name: str = "stack") -> None:
        self._folder = Folder(name)
        self.folder = self._folder.path
        self._servers: list[Server] = []
        self._processes: list[Process] = []
        self.etcd: Etcd | None = None
        self._count = 0

    @classmethod
    @contextlib.contextmanager
    def start(
        cls,
        *,
        apiserver: bool = False,
        controllers: Sequence[str] = DEFAULT_CONTROLLERS,
        crds: Sequence[Path] = (),
        prometheus: PrometheusConfig | bool = False,
        alertmanager: AlertmanagerConfig | bool = False,
        durable: bool = False,
    ) -> Iterator[Stack]:
        """The named components, ready; True takes the default configuration.

        controllers: of the controller manager, () for none. crds: files or folders. durable: etcd syncs its writes.
        Prometheus sends to the Alertmanager of the same stack unless its configuration names others.
        """
        stack = cls()
        try:
            if apiserver:
                server = stack.add_apiserver(durable=durable)
                if controllers:
                    stack.add_controllers(server, controllers)
                if crds:
                    server.api.apply_crds(*crds)
            if alertmanager:
                stack.add_alertmanager(None if alertmanager is True else alertmanager)
            if prometheus:
                stack.add_prometheus(None if prometheus is True else prometheus)
            yield stack
        finally:
            stack.close()

    def _new_folder(self, name: str) -> Path:
        self._count += 1
        return self.folder / f"{name}-{self._count}"

    def add_apiserver(
        self,
        *,
        etcd_url: str | None = None,
        etcd_prefix: str = "/registry",
        twin: ApiServer | None = None,
        durable: bool = False,
        flags: tuple[str, ...] = (),
    ) -> ApiServer:
        """etcd_url: a store that runs elsewhere; without it, the stack's own, started at the first need."""
        if etcd_url is None:
            if self.etcd is None:
                self.etcd = launch(lambda: Etcd(folder=self._new_folder("etcd"), durable=durable))
                self._servers.append(self.etcd)
            etcd_url = self.etcd.url
        url = etcd_url
        server = launch(
            lambda: ApiServer(
                folder=self._new_folder("apiserver"), etcd_url=url, etcd_prefix=etcd_prefix, twin=twin, flags=flags
            )
        )
        self._servers.append(server)
        return server

    def add_controllers(
        self, apiserver: ApiServer, controllers: Sequence[str] = DEFAULT_CONTROLLERS
    ) -> ControllerManager:
        server = launch(
            lambda: ControllerManager(
                folder=self._new_folder("controllers"), apiserver=apiserver, controllers=controllers
            )
        )
        self._servers.append(server)
        return server

    def add_prometheus(self, config: PrometheusConfig | None = None) -> Prometheus:
        config = config or PrometheusConfig()
        running = [server for server in self._servers if isinstance(server, Alertmanager)]
        if running and not config.alertmanagers:
            config = replace(config, alertmanagers=[server.address for server in running])
        server = launch(lambda: Prometheus(folder=self._new_folder("prometheus"), config=config))
        self._servers.append(server)
        return server

    def add_alertmanager(self, config: AlertmanagerConfig | None = None) -> Alertmanager:
        server = launch(lambda: Alertmanager(folder=self._new_folder("alertmanager"), config=config))
        self._servers.append(server)
        return server

    def spawn(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
    ) -> Process:
        """Any other program (the operator, the shop) that must not outlive the stack; its log is NAME.log in the folder."""
        process = Process(name, argv, log=self.folder / f"{name}.log", env=env, cwd=cwd).start()
        self._processes.append(process)
        return process

    def _one(self, kind: type[S]) -> S:
        for server in self._servers:
            if isinstance(server, kind):
                return server
        raise DevstackError(f"this stack has no {kind.name}")

    @property
    def apiserver(self) -> ApiServer:
        return self._one(ApiServer)

    @property
    def controllers(self) -> ControllerManager:
        return self._one(ControllerManager)

    @property
    def prometheus(self) -> Prometheus:
        return self._one(Prometheus)

    @property
    def alertmanager(self) -> Alertmanager:
        return self._one(Alertmanager)

    @property
    def api(self) -> Api:
        return self.apiserver.api

    @property
    def kubeconfig(self) -> Path:
        return self.api.kubeconfig

    def to_state(self) -> dict[str, Any]:
        """Addresses of what runs, as JSON can hold them; `Api.from_state` reads the part of the API server."""
        parts: dict[str, Any] = {"folder": str(self.folder)}
        for server in self._servers:
            if isinstance(server, ApiServer):
                parts.setdefault("apiserver", server.api.to_state())
            elif isinstance(server, Prometheus | Alertmanager):
                parts.setdefault(server.name, server.url)
        return parts

    def close(self) -> None:
        for process in reversed(self._processes):
            process.kill()
        for server in reversed(self._servers):
            with contextlib.suppress(DevstackError):
                server.close()
        self._folder.remove()
