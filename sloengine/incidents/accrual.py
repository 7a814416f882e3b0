"""Loss counted bucket by bucket, so that the sum does not depend on who was leading or awake.

Buckets of five minutes end on the clock's multiples of five; the first begins with the incident's earliest alert and
the last ends with its last one, so both may be shorter. What nobody counted in time is counted later from a range query.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sloengine.incidents.risk import DOSE_THRESHOLD, Exposure
from sloengine.tier import Tier

BUCKET = timedelta(minutes=5)

HIT_FROM = 5
"""Failed requests above the baseline from which a tier counts as hit: one failed order of few is everyday noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Half open. end: also the moment at which the failed share is read."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> float:
        return (self.end - self.start) / timedelta(hours=1)

    @property
    def minutes(self) -> float:
        return self.hours * 60


def spans(since: datetime, until: datetime, *, ended: bool) -> Iterator[Span]:
    """The complete buckets between; the running one too where the incident `ended` at `until`."""
    start = since
    while start < until:
        end = next_boundary(start)
        if end > until:
            if ended:
                yield Span(start=start, end=until)
            return
        yield Span(start=start, end=end)
        start = end


def next_boundary(moment: datetime) -> datetime:
    """The first multiple of five minutes after `moment`."""
    size = BUCKET.total_seconds()
    return datetime.fromtimestamp((math.floor(moment.timestamp() / size) + 1) * size, tz=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One tier of one service at one moment. failed_share: bad / total over 5 minutes, 0 to 1; failed: bad events."""

    failed_share: float
    failed: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLoss:
    """What one incident did to one tier, over the complete buckets.

    gross: revenue of requests that failed, money; None where the tier's revenue is unknown. failed_share: above the
    baseline in the last complete bucket, None before there is one with data. affected: customers, counted by the
    gauge; None without it.
    """

    tier: str
    baseline: float = 0.0
    gross: float | None = 0.0
    dose_minutes: float = 0.0
    failed_requests: float = 0.0
    failed_share: float | None = None
    affected: float | None = None

    def above_baseline(self, share: float) -> float:
        return max(0.0, share - self.baseline)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """until: end of the last bucket that was counted; None before the first. stale_since: data is missing since."""

    tiers: Mapping[str, TierLoss] = field(default_factory=dict)
    until: datetime | None = None
    stale_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """What a tier's failing requests cost. revenue_share: of the tier's revenue that runs through the service."""

    tier: Tier
    revenue_share: float = 1.0

    @property
    def revenue_per_hour(self) -> float | None:
        declared = self.tier.values.revenue_per_hour
        return None if declared is None else declared * self.revenue_share


def counted(
    loss: Loss,
    span: Span,
    readings: Mapping[str, Reading],
    stakes: Mapping[str, Stake],
    *,
    baselines: Mapping[str, float],
) -> Loss:
    """The loss with one more bucket. A tier without a reading adds nothing to it, and is never taken for healthy."""
    tiers = dict(loss.tiers)
    for name, stake in stakes.items():
        tier = tiers.get(name) or TierLoss(tier=name, baseline=baselines.get(name, 0.0))
        reading = readings.get(name)
        if reading is None:
            tiers[name] = replace(tier, failed_share=None)
            continue
        share = tier.above_baseline(reading.failed_share)
        revenue = stake.revenue_per_hour
        # The five minutes that raised the alert hit people too, so the first reading counts whole, as it did while it ran.
        per_bucket = 1.0 if loss.until is None else span.minutes / (BUCKET / timedelta(minutes=1))
        scale = share / reading.failed_share if reading.failed_share > 0 else 0.0
        tiers[name] = replace(
            tier,
            gross=None if revenue is None or tier.gross is None else tier.gross + revenue * share * span.hours,
            dose_minutes=tier.dose_minutes + (span.minutes if share >= DOSE_THRESHOLD else 0.0),
            failed_requests=tier.failed_requests + reading.failed * scale * per_bucket,
            failed_share=share,
        )
    return Loss(tiers=tiers, until=span.end, stale_since=None if readings else (loss.stale_since or span.start))


def exposures(
    loss: Loss,
    stakes: Mapping[str, Stake],
    running: Mapping[str, Reading],
    *,
    running_hours: float,
    affected: Mapping[str, float],
    ended: bool,
    baselines: Mapping[str, float],
) -> tuple[Exposure, ...]:
    """What `risk.assess` needs: complete buckets, and an estimate of the running one by the shares of this moment.

    The rate is that of the last complete bucket, and of the running one while there is none. affected: customers by
    the gauge; without it they are bounded by failed requests.
    """
    found: list[Exposure] = []
    for name, stake in stakes.items():
        tier = loss.tiers.get(name) or TierLoss(tier=name, baseline=baselines.get(name, 0.0))
        reading = None if ended else running.get(name)
        now_share = None if reading is None else tier.above_baseline(reading.failed_share)
        share = tier.failed_share if tier.failed_share is not None else now_share
        revenue = stake.revenue_per_hour
        partial = 0.0 if now_share is None or revenue is None else revenue * now_share * running_hours
        dose = tier.dose_minutes + (60 * running_hours if (now_share or 0.0) >= DOSE_THRESHOLD else 0.0)
        requests = _failed_requests(tier, reading, running_hours, is_first=loss.until is None)
        if share is None and dose == 0 and not tier.gross and name not in running:
            continue  # nothing was ever heard of it: it is not part of this incident
        counts = affected.get(name)
        customers = counts if counts is not None else min(float(stake.tier.values.customers), requests)
        found.append(
            Exposure(
                tier=name,
                values=stake.tier.values,
                gross=None if revenue is None or tier.gross is None else tier.gross + partial,
                gross_per_hour=None if revenue is None or share is None else revenue * share,
                failed_share=share,
                dose_minutes=dose,
                affected=customers,
                counted=counts is not None,
            )
        )
    return tuple(found)


def _failed_requests(tier: TierLoss, reading: Reading | None, running_hours: float, *, is_first: bool) -> float:
    """Above the baseline, the running bucket included: of the five minutes that were read, those that it has."""
    if reading is None or reading.failed_share <= 0:
        return tier.failed_requests
    above = reading.failed * tier.above_baseline(reading.failed_share) / reading.failed_share
    return tier.failed_requests + above * (1.0 if is_first else min(1.0, running_hours / (BUCKET / timedelta(hours=1))))


def hit(
    loss: Loss,
    stakes: Mapping[str, Stake],
    running: Mapping[str, Reading],
    *,
    running_hours: float,
    ended: bool,
    baselines: Mapping[str, float],
) -> tuple[str, ...]:
    """Names of the tiers that lost more than noise, most valuable first: 1 % failed above the baseline, and HIT_FROM."""
    touched: set[str] = set()
    for name in stakes:
        tier = loss.tiers.get(name) or TierLoss(tier=name, baseline=baselines.get(name, 0.0))
        reading = None if ended else running.get(name)
        fails = tier.dose_minutes > 0 or (
            reading is not None and tier.above_baseline(reading.failed_share) >= DOSE_THRESHOLD
        )
        if fails and _failed_requests(tier, reading, running_hours, is_first=loss.until is None) >= HIT_FROM:
            touched.add(name)
    return tuple(sorted(touched, key=lambda name: stakes[name].tier.rank))
