"""Whether there is a number at all: `Ok`, `NoTraffic` or `NoData`. Never guess 0 % or 100 %."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NoReturn, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class DataQuality(StrEnum):
    """What is known of one tier over one window."""

    OK = "Ok"
    """Fresh, and there were events."""
    NO_TRAFFIC = "NoTraffic"
    """Fresh, and there was nothing to measure."""
    NO_DATA = "NoData"
    """Absent or stale: nothing is known."""

    def __bool__(self) -> NoReturn:
        """Refuse: three states do not fit in two; compare with `is`."""
        raise TypeError("DataQuality has three states: compare with `is DataQuality.OK`")


@dataclass(frozen=True, slots=True)
class Measured(Generic[T]):
    """A value that exists only where the quality is `Ok`; made by `ok`, `no_traffic` and `no_data`."""

    quality: DataQuality
    _value: T | None = None

    @property
    def value(self) -> T:
        """The number. Raises LookupError where there is none: look at `quality` first."""
        if self._value is None:
            raise LookupError(f"there is no value: {self.quality.value}")
        return self._value

    def get(self, default: U) -> T | U:
        """The number, or `default` where there is none."""
        return default if self._value is None else self._value

    def __bool__(self) -> NoReturn:
        """Refuse: a measured 0 is not the absence of a measurement."""
        raise TypeError("Measured is neither true nor false: look at .quality")


def ok(value: T) -> Measured[T]:
    return Measured(DataQuality.OK, value)


def no_traffic() -> Measured[T]:
    return Measured(DataQuality.NO_TRAFFIC)


def no_data() -> Measured[T]:
    return Measured(DataQuality.NO_DATA)
