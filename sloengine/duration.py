"""Prometheus durations (`5m`, `30d`, `1h30m`) as timedelta, and back."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS_MS = {"y": 31_536_000_000, "w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
PATTERN = r"^(?:[0-9]+y)?(?:[0-9]+w)?(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?$"
_WHOLE = re.compile(PATTERN)
_PART = re.compile(r"([0-9]+)(ms|[ywdhms])")


def parse(text: str) -> timedelta:
    """The duration that Prometheus reads in `text`; raises ValueError where it reads none."""
    if not text or not _WHOLE.match(text):
        raise ValueError(f"{text!r} is no duration; write it as Prometheus does, such as 5m, 1h30m or 30d")
    return timedelta(milliseconds=sum(int(n) * _UNITS_MS[unit] for n, unit in _PART.findall(text)))


def render(duration: timedelta) -> str:
    """The shortest text that Prometheus reads as `duration`, in one unit from days down: 30d, 36h, 90m, 5m, 0s."""
    ms = round(duration.total_seconds() * 1000)
    if ms < 0:
        raise ValueError(f"a duration cannot be negative: {duration}")
    if ms == 0:
        return "0s"
    unit = next(unit for unit in ("d", "h", "m", "s", "ms") if ms % _UNITS_MS[unit] == 0)
    return f"{ms // _UNITS_MS[unit]}{unit}"


def human(duration: timedelta) -> str:
    """For people: `3h12m`, `31m`, `4d2h`, `5d`, `45s`; two neighbouring units at most, cut and not rounded."""
    seconds = max(0, int(duration.total_seconds()))
    if seconds < 60:
        return f"{seconds}s"
    units = (("d", 86_400), ("h", 3_600), ("m", 60))
    first = next(place for place, (_, size) in enumerate(units) if seconds >= size)
    parts = []
    for unit, size in units[first : first + 2]:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
