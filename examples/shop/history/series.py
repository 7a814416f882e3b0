"""A Prometheus series, and the text of many of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """times: unix seconds, rising. kind: the OpenMetrics type of its family."""

    name: str
    labels: dict[str, str]
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    kind: str = "gauge"

    @property
    def family(self) -> str:
        for suffix in {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(self.kind, ()):
            if self.name.endswith(suffix):
                return self.name.removesuffix(suffix)
        return self.name


def write_openmetrics(series: Iterable[Series], out: TextIO) -> int:
    """Write `series`, those of one family together as the format wants it; returns the number of samples."""
    families: dict[str, list[Series]] = {}
    for one in series:
        families.setdefault(one.family, []).append(one)
    samples = 0
    for family, members in families.items():
        out.write(f"# TYPE {family} {members[0].kind}\n")
        for one in members:
            labels = ",".join(f'{key}="{value}"' for key, value in one.labels.items())
            head = f"{one.name}{{{labels}}}"
            values, times = one.values.tolist(), one.times.tolist()
            out.writelines(f"{head} {value:.10g} {time}\n" for value, time in zip(values, times, strict=True))
            samples += len(times)
    out.write("# EOF\n")
    return samples
