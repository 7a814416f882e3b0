"""The flags that mean the same on every verb, and what they open: the cluster, files, the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kubectl_clv.output.report import FORMATS, Report

if TYPE_CHECKING:
    from kubectl_clv.cluster import Cluster
    from kubectl_clv.kinds import Kind

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Invocation:
    """One run of the plugin. Each flag is set by whichever of group and verb was given it."""

    context: str | None = None
    kubeconfig: str | None = None
    namespace: str | None = None
    all_namespaces: bool = False
    selector: str = ""
    output: str = "table"
    dry_run: bool = False
    yes: bool = False
    debug: bool = False
    prometheus: str | None = None
    _cluster: Cluster | None = field(default=None, repr=False)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def cluster(self) -> Cluster:
        """Opened at the first use: its import takes longer than everything else."""
        if self._cluster is None:
            from kubectl_clv.cluster import Cluster

            self._cluster = Cluster(context=self.context, kubeconfig=self.kubeconfig)
        return self._cluster

    @property
    def home(self) -> str:
        """The namespace of -n, else of the context."""
        return self.namespace or self.cluster.namespace

    @property
    def searched(self) -> str | None:
        """The namespace to list; None for all of them."""
        return None if self.all_namespaces else self.home

    @property
    def place(self) -> str:
        """For sentences about what was looked for."""
        where = "in any namespace" if self.searched is None else f"in namespace {self.searched}"
        return f"{where} with labels {self.selector}" if self.selector else where

    @property
    def elsewhere(self) -> str:
        """For sentences about what to try."""
        return "" if self.searched is None else " -A looks everywhere."

    def list(self, kind: Kind) -> list[dict[str, Any]]:
        return self.cluster.list(kind, namespace=self.searched if kind.namespaced else None, selector=self.selector)

    def emit(self, report: Report) -> None:
        report.emit(self.output)


def _setter(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Sets a field of the Invocation, where the flag was given at all; the group's value stays otherwise."""

    def keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if context.get_parameter_source(parameter.name or "") is not click.core.ParameterSource.DEFAULT:
            setattr(context.ensure_object(Invocation), name, value)

    return keep


def _flag(*spellings: str, sets: str, **settings: Any) -> Callable[[F], F]:
    return click.option(*spellings, expose_value=False, callback=_setter(sets), **settings)


def _all(*options: Callable[[F], F]) -> Callable[[F], F]:
    def add(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def connected(function: F) -> F:
    """--context, --kubeconfig, -n and --debug."""
    return _all(
        _flag("--context", sets="context", metavar="NAME", help="Context of the kubeconfig."),
        _flag("--kubeconfig", sets="kubeconfig", metavar="FILE", help="Else KUBECONFIG, else ~/.kube/config."),
        _flag("-n", "--namespace", sets="namespace", metavar="NAME", help="Else that of the context."),
        _flag("--debug", sets="debug", is_flag=True, help="Add the traceback to an error."),
    )(function)


def listing(function: F) -> F:
    """-A and -l."""
    return _all(
        _flag("-A", "--all-namespaces", sets="all_namespaces", is_flag=True, help="Look everywhere."),
        _flag("-l", "--selector", sets="selector", metavar="LABELS", help="Labels, as kubectl takes them."),
    )(function)


def shown(function: F) -> F:
    """-o."""
    return _flag(
        "-o",
        "--output",
        sets="output",
        type=click.Choice(FORMATS),
        metavar="|".join(FORMATS),
        help="Table for people; json and yaml have stable keys, money as decimal text, times in RFC 3339.",
    )(function)


def writing(function: F) -> F:
    """--dry-run."""
    return _flag("--dry-run", sets="dry_run", is_flag=True, help="Let the API server judge it, and write nothing.")(
        function
    )


def asking(function: F) -> F:
    """--yes."""
    return _flag("-y", "--yes", sets="yes", is_flag=True, help="Do not ask.")(function)


def measuring(function: F) -> F:
    """--prometheus."""
    return _flag(
        "--prometheus",
        sets="prometheus",
        metavar="URL",
        envvar="CLV_PROMETHEUS_URL",
        help="The Prometheus to ask; else CLV_PROMETHEUS_URL.",
    )(function)


watching = click.option("-w", "--watch", is_flag=True, help="Redraw in place; print changed lines when piped.")
"""-w."""

files = click.option(
    "-f",
    "--filename",
    "paths",
    multiple=True,
    type=click.Path(allow_dash=True),
    metavar="PATH",
    help="File, folder (all .yaml, .yml, .json in it), or - for stdin; may be repeated.",
)
"""-f."""
