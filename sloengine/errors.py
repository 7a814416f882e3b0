"""The errors that we raise on purpose; each carries what a caller decides on and a message that a user can act on."""

from __future__ import annotations


class ClvError(Exception):
    """Everything that clv-sre raises on purpose."""


class InvalidSpec(ClvError):
    """A declaration that cannot be honoured; becomes `Ready=False` with this text.

    field: path from the object's root, such as `spec.objectives[1].target`.
    problem: what is wrong with it, in a clause. fix: what to write instead, in the imperative.
    reason: CamelCase, for conditions.
    """

    def __init__(self, *, field: str, problem: str, fix: str, reason: str = "InvalidSpec") -> None:
        super().__init__(f"{field}: {problem}; {fix}")
        self.field = field
        self.problem = problem
        self.fix = fix
        self.reason = reason


class QueryError(ClvError):
    """A question to Prometheus or Alertmanager that got no usable answer.

    kind: `refused`, `timeout`, `http`, `malformed`. status: HTTP status where one was given.
    """

    def __init__(self, message: str, *, kind: str, status: int | None = None, retryable: bool = True) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.retryable = retryable


class ClusterError(ClvError):
    """The API server did not do what was asked. reason: as in its answer, or `Unreachable`, `Timeout`."""

    def __init__(self, message: str, *, reason: str, retryable: bool, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds


class DeliveryError(ClvError):
    """A notification that a channel did not take. channel: its name, never its URL (URLs are secrets)."""

    def __init__(
        self, message: str, *, channel: str, retryable: bool, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.channel = channel
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds
