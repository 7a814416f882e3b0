"""One Prometheus, or anything that speaks its query API (Thanos, Mimir, VictoriaMetrics)."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, TypeVar

from clv_operator.prometheus.answer import QueryResult, RangeResult, read_data, read_matrix, read_vector, refusal
from clv_operator.prometheus.endpoint import Endpoint, exchange, open_session
from clv_operator.prometheus.metadata import Metadata
from sloengine.errors import QueryError

T = TypeVar("T")


class PrometheusSource:
    """Asks in threads of its own, as many as connections, so that one slow source never delays another.

    Every question carries the time it is about, so that all questions of a tick see one moment, and a deadline for
    the server shorter than ours, so that it gives up first and says why. Made once; `close` ends its threads.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._session = open_session(endpoint)
        self._threads = ThreadPoolExecutor(max_workers=endpoint.threads, thread_name_prefix="prometheus")
        self._server_timeout = f"{max(1, int(endpoint.read_timeout_seconds * 0.9))}s"
        self.queries_total = 0
        self.failures_total: dict[str, int] = {}

    async def query(self, promql: str, at: datetime, keys: Sequence[str]) -> QueryResult:
        """The instant vector of `promql` at `at`; keys: the labels to keep. Raises QueryError."""
        return await self._in_thread(lambda: self.ask(promql, at, keys))

    async def query_range(self, promql: str, start: datetime, end: datetime, step: timedelta) -> RangeResult:
        """`promql` from `start` to `end`, both included; at most 11,000 steps. Raises QueryError."""
        return await self._in_thread(lambda: self.ask_range(promql, start, end, step))

    async def reload(self) -> None:
        """Have Prometheus read its rule files anew; raises QueryError with its text where it refuses."""
        await self._in_thread(lambda: self._post("/-/reload", {}, read=b"".join))

    async def parse_problem(self, promql: str) -> str:
        """What Prometheus' own parser says of `promql`; empty: nothing. It evaluates nothing."""
        try:
            await self._in_thread(lambda: self._post("/api/v1/format_query", {"query": promql}, read=read_data))
        except QueryError as error:
            if error.status == 400:
                return str(error)
            raise
        return ""

    def ask(self, promql: str, at: datetime, keys: Sequence[str]) -> QueryResult:
        """As `query`, in the caller's thread."""
        began = time.monotonic()
        form = {"query": promql, "time": _moment(at), "timeout": self._server_timeout}
        result = self._post("/api/v1/query", form, read=lambda pieces: read_vector(pieces, keys))
        return dataclasses.replace(result, elapsed_seconds=time.monotonic() - began)

    def ask_range(self, promql: str, start: datetime, end: datetime, step: timedelta) -> RangeResult:
        """As `query_range`, in the caller's thread."""
        form = {
            "query": promql,
            "start": _moment(start),
            "end": _moment(end),
            "step": f"{step.total_seconds():g}",
            "timeout": self._server_timeout,
        }
        return self._post("/api/v1/query_range", form, read=read_matrix)

    def metadata(self) -> Metadata:
        """Names, labels and health, through prometheus-api-client over this session."""
        return Metadata(self._session, self.endpoint)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._session.close()

    def _post(self, path: str, form: Mapping[str, str], *, read: Callable[[Any], T]) -> T:
        self.queries_total += 1
        try:
            return exchange(self._session, self.endpoint, "POST", path, data=form, read=read, refusal=refusal)
        except QueryError as error:
            self.failures_total[error.kind] = self.failures_total.get(error.kind, 0) + 1
            raise

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _moment(at: datetime) -> str:
    return f"{at.timestamp():.3f}"
