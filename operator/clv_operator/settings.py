"""What the operator is told at start: one YAML file, read once, into frozen values with a default for each.

Every room adds to its own section here. A key that no field answers to is refused, with the nearest one that does:
a misspelt setting that is silently ignored is found only when it would have mattered.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import yaml

from sloengine import duration
from sloengine.errors import ClvError

T = TypeVar("T")


class InvalidSettings(ClvError):
    """The settings file cannot be obeyed. key: path of what is wrong, such as `leader.leaseDuration`."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"setting {key}: {problem}")
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderSettings:
    """The Lease by which one replica leads; lease > deadline > retry, as in client-go."""

    lease_name: str = "clv-operator"
    lease_duration: timedelta = timedelta(seconds=15)
    renew_deadline: timedelta = timedelta(seconds=10)
    retry_period: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """listen: address:port; port 0 takes a free one and `ready_file` (or the log) says which."""

    listen: str = "0.0.0.0:8080"
    ready_file: Path | None = None
    shutdown_grace: timedelta = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """How the copy of the cluster is kept equal to the cluster."""

    sweep_interval: timedelta = timedelta(minutes=5)
    page_size: int = 500
    relist_delay: timedelta = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSettings:
    """How fast statuses are written, in writes a second and at once."""

    rate_per_second: float = 20.0
    burst: int = 100
    in_flight: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicAuth:
    username: str = ""
    password_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    server_name: str = ""
    insecure_skip_verify: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusSettings:
    """Where SLIs are read. headers: such as X-Scope-OrgID. threads: queries at once, and pooled connections."""

    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    bearer_token_file: Path | None = None
    basic: BasicAuth | None = None
    tls: TlsSettings = field(default_factory=TlsSettings)
    timeout: timedelta = timedelta(seconds=10)
    threads: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertmanagerSettings:
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    bearer_token_file: Path | None = None
    basic: BasicAuth | None = None
    tls: TlsSettings = field(default_factory=TlsSettings)
    timeout: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSettings:
    interval: timedelta = timedelta(seconds=30)


class RulesOutput(StrEnum):
    PROMETHEUS_RULE = "PrometheusRule"
    CONFIG_MAP = "ConfigMap"
    FILE = "File"


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesSettings:
    """Where generated rules go. labels: on every PrometheusRule or ConfigMap, for Prometheus's ruleSelector."""

    output: RulesOutput = RulesOutput.PROMETHEUS_RULE
    labels: dict[str, str] = field(default_factory=dict)
    directory: Path | None = None
    reload_url: str = ""
    config_map_name: str = "clv-sre-rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSettings:
    """The Alertmanager webhook. token_files: shared tokens, two while one is being replaced.

    service_accounts: `namespace/name`, allowed without an access review. insecure_demo: no token asked for at all.
    """

    token_files: tuple[Path, ...] = ()
    service_accounts: tuple[str, ...] = ()
    audience: str = "clv-sre"
    max_bytes: int = 64 * 1024 * 1024
    service_labels: tuple[str, ...] = ("app_kubernetes_io_name", "app", "deployment", "job")
    insecure_demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChannel:
    url_file: Path
    token_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSettings:
    """namespace: of incidents whose service has no TieredSLO; empty: the operator's. fallback_channel: used where no
    policy matches.
    """

    namespace: str = ""
    mitigated_for: timedelta = timedelta(minutes=5)
    fallback_channel: WebhookChannel | None = None


class LogFormat(StrEnum):
    JSON = "json"
    TEXT = "text"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    format: LogFormat = LogFormat.JSON
    level: LogLevel = LogLevel.INFO


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """watch_namespaces: empty means all. namespace: the operator's own. Empty `incidents.namespace` means that one."""

    watch_namespaces: tuple[str, ...] = ()
    namespace: str = "clv-sre"
    runbook_base_url: str = "https://clvsre.io/runbooks/"
    leader: LeaderSettings = field(default_factory=LeaderSettings)
    web: WebSettings = field(default_factory=WebSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    status: StatusSettings = field(default_factory=StatusSettings)
    prometheus: PrometheusSettings = field(default_factory=PrometheusSettings)
    alertmanagers: tuple[AlertmanagerSettings, ...] = ()
    evaluation: EvaluationSettings = field(default_factory=EvaluationSettings)
    rules: RulesSettings = field(default_factory=RulesSettings)
    intake: IntakeSettings = field(default_factory=IntakeSettings)
    incidents: IncidentSettings = field(default_factory=IncidentSettings)
    log: LogSettings = field(default_factory=LogSettings)

    @property
    def watched(self) -> tuple[str, ...]:
        """What to watch: `watch_namespaces` and that of incidents without a TieredSLO; empty means all."""
        return tuple(dict.fromkeys([*self.watch_namespaces, self.incident_namespace])) if self.watch_namespaces else ()

    @property
    def incident_namespace(self) -> str:
        return self.incidents.namespace or self.namespace


def load(path: Path | None) -> Settings:
    """The settings in the YAML file at `path`; all defaults without one. Raises InvalidSettings."""
    if path is None:
        return Settings()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidSettings(
            "--config", f"cannot read {path} ({error.strerror}); name a file that is there"
        ) from error
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidSettings("--config", f"{path} is not YAML: {error}") from error
    return parse(document if document is not None else {})


def parse(document: object) -> Settings:
    """Settings from what a YAML file holds. Raises InvalidSettings with the path of the first thing that is wrong."""
    settings = _section(Settings, document, "")
    leader = settings.leader
    if not leader.lease_duration > leader.renew_deadline > leader.retry_period > timedelta(0):
        raise InvalidSettings("leader", "needs leaseDuration > renewDeadline > retryPeriod > 0s, such as 15s, 10s, 2s")
    host, _, port = settings.web.listen.rpartition(":")
    if not host or not port.isdigit():
        raise InvalidSettings("web.listen", f"{settings.web.listen!r} is no address:port; write such as 0.0.0.0:8080")
    if settings.rules.output is RulesOutput.FILE and settings.rules.directory is None:
        raise InvalidSettings("rules.directory", "is missing; output File needs the directory that Prometheus reads")
    return settings


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _section(kind: type[T], value: object, path: str) -> T:
    if not isinstance(value, Mapping):
        raise InvalidSettings(path or "(the file)", f"is {_name(value)}; write a mapping of keys to values")
    hints = typing.get_type_hints(kind)
    names = {_camel(spec.name): spec for spec in dataclasses.fields(kind)}  # type: ignore[arg-type]  # kind is a dataclass by construction
    given: dict[str, Any] = {}
    for key, item in value.items():
        where = f"{path}.{key}" if path else str(key)
        if key not in names:
            near = difflib.get_close_matches(str(key), names, n=1, cutoff=0.5)
            known = ", ".join(sorted(names))
            raise InvalidSettings(
                where, f"is unknown; {f'did you mean {near[0]}?' if near else f'remove it. Known here: {known}'}"
            )
        if item is not None:
            given[names[key].name] = _value(hints[names[key].name], item, where)
    for key, spec in names.items():
        no_default = spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING
        if no_default and spec.name not in given:
            raise InvalidSettings(f"{path}.{key}" if path else key, "is missing; it has no default")
    return kind(**given)


def _value(kind: Any, value: object, path: str) -> object:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        (kind,) = (option for option in arguments if option is not types.NoneType)
        return _value(kind, value, path)
    if origin is tuple:
        if not isinstance(value, list):
            raise InvalidSettings(path, f"is {_name(value)}; write a list")
        return tuple(_value(arguments[0], item, f"{path}[{index}]") for index, item in enumerate(value))
    if origin is dict:
        if not isinstance(value, Mapping) or not all(isinstance(item, str) for item in value.values()):
            raise InvalidSettings(path, "is no mapping of text to text; quote values that look like numbers")
        return {str(key): item for key, item in value.items()}
    if dataclasses.is_dataclass(kind):
        return _section(kind, value, path)  # type: ignore[arg-type]  # a class, not an instance
    return _scalar(kind, value, path)


def _scalar(kind: type, value: object, path: str) -> object:
    if issubclass(kind, StrEnum):
        if value not in list(kind):
            raise InvalidSettings(path, f"{value!r} is unknown; write one of {', '.join(kind)}")
        return kind(str(value))
    if kind is timedelta and isinstance(value, str):
        try:
            return duration.parse(value)
        except ValueError as error:
            raise InvalidSettings(path, str(error)) from error
    if kind is Path and isinstance(value, str):
        return Path(value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind in {str, bool, int} and type(value) is kind:
        return value
    wanted = {timedelta: "a duration such as 30s", Path: "a path", float: "a number"}
    raise InvalidSettings(path, f"is {_name(value)}; write {wanted.get(kind, _name(kind()))}")


def _name(value: object) -> str:
    names = {str: "text", bool: "true or false", int: "a whole number", list: "a list", dict: "a mapping"}
    return names.get(type(value), type(value).__name__)
