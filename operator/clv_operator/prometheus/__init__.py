"""The only talker to the HTTP APIs of Prometheus and Alertmanager."""

from clv_operator.prometheus.alertmanager import Alertmanagers, PeerAlert, PeerAnswer, PeerStatus
from clv_operator.prometheus.answer import QueryResult, Samples
from clv_operator.prometheus.endpoint import Endpoint
from clv_operator.prometheus.source import PrometheusSource

__all__ = [
    "Alertmanagers",
    "Endpoint",
    "PeerAlert",
    "PeerAnswer",
    "PeerStatus",
    "PrometheusSource",
    "QueryResult",
    "Samples",
]
