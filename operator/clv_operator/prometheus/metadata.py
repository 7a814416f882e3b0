"""What Prometheus has: metric names, label values, series; read with prometheus-api-client.

That library imports pandas with its first use (40 MB), so it is imported when asked for: the plugin's `validate` asks,
the operator's tick does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import requests

from clv_operator.prometheus.endpoint import Endpoint
from sloengine.errors import QueryError

if TYPE_CHECKING:
    from prometheus_api_client import PrometheusConnect

T = TypeVar("T")


class Metadata:
    """Blocking. Every method raises QueryError where Prometheus gives no answer."""

    def __init__(self, session: requests.Session, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._session = session

    def metric_names(self) -> frozenset[str]:
        return frozenset(self._asked(lambda client: client.all_metrics()))

    def label_values(self, label: str, selector: str) -> frozenset[str]:
        """The values of `label` among the series that `selector` selects."""
        return frozenset(self._asked(lambda client: client.get_label_values(label, {"match[]": selector})))

    def series(self, selector: str, start: datetime, end: datetime) -> tuple[Mapping[str, str], ...]:
        """The label sets of the series that `selector` selects between `start` and `end`."""
        return tuple(self._asked(lambda client: client.get_series(start, end, {"match[]": selector})))

    def _asked(self, question: Callable[[PrometheusConnect], T]) -> T:
        from prometheus_api_client import PrometheusApiClientException, PrometheusConnect

        client = PrometheusConnect(
            self._endpoint.base,
            session=self._session,
            auth=self._session.auth,
            timeout=self._endpoint.read_timeout_seconds,
        )
        # It has just mounted an adapter with retries of its own for this address: put ours back.
        self._session.adapters.pop(self._endpoint.base, None)
        try:
            return question(client)
        except requests.Timeout as error:
            raise QueryError(f"{self._endpoint.shown} did not answer in time", kind="timeout") from error
        except requests.RequestException as error:
            raise QueryError(f"{self._endpoint.shown} cannot be reached", kind="refused") from error
        except (PrometheusApiClientException, KeyError, ValueError) as error:
            raise QueryError(f"{self._endpoint.shown}: {error}", kind="http") from error
