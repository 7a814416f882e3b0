"""What is asked when no Prometheus was configured: every answer says which setting is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NoReturn

from sloengine.errors import QueryError


class NoPrometheus:
    """Has no answer."""

    async def query(self, promql: str, at: datetime, keys: Sequence[str]) -> NoReturn:
        raise QueryError("no Prometheus is configured; set prometheus.url", kind="refused", retryable=False)

    async def query_range(self, promql: str, start: datetime, end: datetime, step: timedelta) -> NoReturn:
        raise QueryError("no Prometheus is configured; set prometheus.url", kind="refused", retryable=False)
