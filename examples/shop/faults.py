"""Faults that can be switched on while the shop runs: a share of errors, or latency, by tier and route."""

from __future__ import annotations

from dataclasses import asdict, dataclass

EVERY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """tier, route: exact, or `*`. error_share: 0 to 1. latency_ms: added to each request that it covers."""

    tier: str = EVERY
    route: str = EVERY
    error_share: float = 0.0
    latency_ms: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.error_share <= 1:
            raise ValueError(f"error_share: {self.error_share} is no share; give 0 to 1")
        if not 0 <= self.latency_ms <= 60_000:
            raise ValueError(f"latency_ms: {self.latency_ms} is out of range; give 0 to 60000")

    def covers(self, tier: str, route: str) -> bool:
        return self.tier in (tier, EVERY) and self.route in (route, EVERY)


class Faults:
    """Those that are on now; one per tier and route, a second one replaces the first."""

    def __init__(self) -> None:
        self._active: dict[tuple[str, str], Fault] = {}

    def switch_on(self, fault: Fault) -> None:
        self._active[fault.tier, fault.route] = fault

    def clear(self) -> None:
        self._active.clear()

    def error_share(self, tier: str, route: str) -> float:
        return max((fault.error_share for fault in self._covering(tier, route)), default=0.0)

    def latency_seconds(self, tier: str, route: str) -> float:
        return sum(fault.latency_ms for fault in self._covering(tier, route)) / 1000

    def listing(self) -> list[dict[str, object]]:
        return [asdict(fault) for fault in self._active.values()]

    def _covering(self, tier: str, route: str) -> list[Fault]:
        return [fault for fault in self._active.values() if fault.covers(tier, route)]
