"""Every window, burn and alert of one tier, from its samples of E alone: what the rules would have recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate

from sloengine import period
from sloengine.burn import Burn, firing, low_count
from sloengine.windows import DAY, EVENT_WINDOW, HOUR, INTERVAL, OVERLAP, SHORT_RATIOS, Pair, Severity


class Replay:
    """Samples of E of one tier, one each interval from the first on; minute 0 is the first.

    total, bad: events of five minutes, of equal length; 0 where nothing was recorded. budget: share that may be bad.
    Formulas are those of the rules (sloengine/rules), and a test holds both to the same minutes.
    """

    def __init__(self, *, total: Sequence[float], bad: Sequence[float], budget: float, min_errors: int) -> None:
        if len(total) != len(bad):
            raise ValueError(f"as many bad samples as total ones: {len(bad)}, {len(total)}")
        self._total, self._bad = total, bad
        self._sums = (
            tuple(accumulate(total, initial=0.0)),
            tuple(accumulate(bad, initial=0.0)),
        )
        self._budget = budget
        self._min_errors = min_errors

    def counts(self, minute: int, window: timedelta) -> tuple[float, float]:
        """(total, bad) events of `window` as recorded at `minute`; long windows lag by a minute for each composition."""
        if window <= DAY:
            total, bad = (self._sum(which, minute, window) / OVERLAP for which in (0, 1))
            return total, bad
        parts = [self.counts(minute - round(term.offset / INTERVAL), term.window) for term in period.terms(window)]
        return sum(total for total, _ in parts), sum(bad for _, bad in parts)

    def burn(self, minute: int, window: timedelta) -> Burn | None:
        """Burn of `window` at `minute`; None where it had no events. 5m, 30m and 2h have no low bound."""
        total, bad = self._ratio_terms(minute, window)
        if total <= 0:
            return None
        mean = bad / total / self._budget
        if window in SHORT_RATIOS:
            return Burn(mean=mean)
        events, failed = self.counts(minute, window)
        return Burn(mean=mean, low=low_count(failed, min_errors=self._min_errors) / events / self._budget)

    def firing(self, minute: int, pairs: Sequence[Pair]) -> frozenset[Severity]:
        """The severities that alert at `minute`."""
        return firing(pairs, lambda window: self.burn(minute, window), recorded_for=minute * INTERVAL)

    def _ratio_terms(self, minute: int, window: timedelta) -> tuple[float, float]:
        if window == EVENT_WINDOW:
            return self._at(self._total, minute), self._at(self._bad, minute)
        if window == HOUR:
            edge = OVERLAP - 1
            return (
                self._sum(0, minute, window) + edge * self._at(self._total, minute),
                self._sum(1, minute, window) + edge * self._at(self._bad, minute),
            )
        if window in SHORT_RATIOS:
            return self._sum(0, minute, window), self._sum(1, minute, window)
        return self.counts(minute, window)

    def _sum(self, which: int, minute: int, window: timedelta) -> float:
        sums = self._sums[which]
        end = min(max(minute + 1, 0), len(sums) - 1)
        start = min(max(minute + 1 - round(window / INTERVAL), 0), len(sums) - 1)
        return sums[end] - sums[start]

    @staticmethod
    def _at(samples: Sequence[float], minute: int) -> float:
        return samples[minute] if 0 <= minute < len(samples) else 0.0
