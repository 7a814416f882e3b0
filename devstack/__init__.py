"""The real components on one machine: found or built, started in seconds, gone without a trace. See README.md."""

from devstack.alertmanager import Alertmanager, AlertmanagerConfig
from devstack.api import Api, ApiRefused
from devstack.apiserver import ApiServer
from devstack.errors import BuildFailed, ComponentMissing, DevstackError, StartFailed
from devstack.poll import NeverHappened, until
from devstack.port import free_port
from devstack.process import Process
from devstack.prometheus import Prometheus, PrometheusConfig, Scrape, promtool
from devstack.stack import Stack

__all__ = [
    "Alertmanager",
    "AlertmanagerConfig",
    "Api",
    "ApiRefused",
    "ApiServer",
    "BuildFailed",
    "ComponentMissing",
    "DevstackError",
    "NeverHappened",
    "Process",
    "Prometheus",
    "PrometheusConfig",
    "Scrape",
    "Stack",
    "StartFailed",
    "free_port",
    "promtool",
    "until",
]
