"""What the evaluator needs of the outside, so that a test can hand it a double."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

from clv_operator.prometheus.answer import QueryResult


class Questions(Protocol):
    """Prometheus, as far as a tick is concerned."""

    async def query(self, promql: str, at: datetime, keys: Sequence[str]) -> QueryResult:
        """The instant vector at `at`, with the labels `keys`. Raises QueryError."""


class Statuses(Protocol):
    """The status writer."""

    def submit(
        self,
        kind: str,
        namespace: str,
        name: str,
        status: dict[str, Any],
        *,
        priority: int = ...,
        volatile: Collection[str] = ...,
    ) -> None:
        """What the status should be, whole; written only where it differs from what is there."""
