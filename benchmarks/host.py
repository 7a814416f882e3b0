"""The host a figure was measured on, and who else was busy on it."""

from __future__ import annotations

import os
import platform
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

TICKS = os.sysconf("SC_CLK_TCK")


def describe() -> str:
    return f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, load {load():.2f}"


def load() -> float:
    """Average number of runnable processes in the last minute."""
    return os.getloadavg()[0]


def cpu_seconds_of(pid: int) -> float:
    """CPU time of another process so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123  # a line of procfs, no path to join
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@dataclass(slots=True)
class Spent:
    """cpu_seconds: of this process and its threads. others_cpu_seconds: of the processes that were named. seconds: of the wall. busy_elsewhere: cores that others used."""

    cpu_seconds: float = 0.0
    others_cpu_seconds: float = 0.0
    seconds: float = 0.0
    busy_elsewhere: float = 0.0


@contextmanager
def spending(*pids: int) -> Iterator[Spent]:
    """Measure a block. pids: processes that belong to the measurement, and do not count as elsewhere."""
    spent = Spent()
    own, wall, all_, theirs = _own(), time.monotonic(), _everyone(), sum(map(cpu_seconds_of, pids))
    yield spent
    spent.cpu_seconds, spent.seconds = _own() - own, time.monotonic() - wall
    spent.others_cpu_seconds = sum(map(cpu_seconds_of, pids)) - theirs
    others = _everyone() - all_ - spent.cpu_seconds - spent.others_cpu_seconds
    spent.busy_elsewhere = max(0.0, others / spent.seconds) if spent.seconds > 0 else 0.0


def _own() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _everyone() -> float:
    with open("/proc/stat", encoding="ascii") as file:  # noqa: PTH123  # procfs
        fields = file.readline().split()[1:]
    user, nice, system, _idle, _wait, irq, softirq = map(int, fields[:7])
    return (user + nice + system + irq + softirq) / TICKS
