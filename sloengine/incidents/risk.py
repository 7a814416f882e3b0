"""Revenue at risk: expected margin lost now, through customers who leave, and in credits; with a 90 % interval.

Per tier k and time bucket t of dt hours: immediate = m (1-d) sum(r e dt); churn = A D V; the total adds credits.
The interval is closed, so that it can be replayed from a record: the coefficient of variation (cv) of a product is
sqrt(prod(1 + cv_i^2) - 1); tiers are taken as fully correlated, the two components as independent, and their sum as
lognormal. Worked example: tests/unit/incidents/test_revenue_at_risk_to_the_cent.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sloengine.tier import Churn, Interval, TierValues

MODEL = "v1"
"""Goes with every figure, and grows when the same inputs would give another one."""
BUCKET_MINUTES = 5.0
DOSE_THRESHOLD = 0.01
"""A minute counts towards the dose of bad experience when at least this share failed."""
_Z95 = 1.6448536
_WIDTH_90 = 3.2897073

CV_REVENUE = 0.10
CV_FAILED = 0.05
CV_KEPT = 0.25
CV_AFFECTED = 0.10
CV_CHURN = 0.80
CV_VALUE = 0.20


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Money: the mean with P5 and P95."""

    mean: float
    low: float
    high: float


NOTHING = Bounds(mean=0.0, low=0.0, high=0.0)


@dataclass(frozen=True, slots=True)
class Part:
    """One tier's share of one component. amount: money, mean. cv: coefficient of variation."""

    amount: float
    cv: float


def combined_cv(*factors: float) -> float:
    """Cv of a product of independent factors with these cvs."""
    return math.sqrt(math.prod(1 + cv * cv for cv in factors) - 1)


def declared_cv(interval: Interval | None, default: float) -> float:
    """Cv of a lognormal whose 90 % interval was declared; `default` where there is none, or it touches zero."""
    if interval is None or interval.low is None or interval.high is None:
        return default
    if not 0 < interval.low <= interval.high:
        return default
    sigma = math.log(interval.high / interval.low) / _WIDTH_90
    return math.sqrt(math.exp(sigma * sigma) - 1)


def quantile(*, mean: float, sd: float, z: float) -> float:
    """The z-quantile of the lognormal with this mean and standard deviation; 0 where the mean is 0."""
    if mean <= 0:
        return 0.0
    variance = math.log(1 + (sd / mean) ** 2)
    return math.exp(math.log(mean) - variance / 2 + z * math.sqrt(variance))


def standard_deviation(*, immediate: Iterable[Part], churn: Iterable[Part]) -> float:
    """Of the sum: tiers add up linearly (fully correlated), the components in square (independent)."""
    return math.hypot(sum(part.cv * part.amount for part in immediate), sum(part.cv * part.amount for part in churn))


def bounds(*, immediate: Sequence[Part], churn: Sequence[Part] = (), credit: float = 0.0) -> Bounds:
    """Mean and 90 % interval of immediate + churn; credits are certain and shift all three."""
    mean = sum(part.amount for part in immediate) + sum(part.amount for part in churn)
    sd = standard_deviation(immediate=immediate, churn=churn)
    return Bounds(
        mean=mean + credit,
        low=quantile(mean=mean, sd=sd, z=-_Z95) + credit,
        high=quantile(mean=mean, sd=sd, z=_Z95) + credit,
    )


def kept_of(deferral: Interval | None) -> Interval:
    """1 - d: the share of failed purchases that nobody makes up later; 1 where deferral is unset (an upper bound)."""
    if deferral is None:
        return Interval(mean=1.0)
    if deferral.low is None or deferral.high is None:
        return Interval(mean=1 - deferral.mean)
    return Interval(mean=1 - deferral.mean, low=1 - deferral.high, high=1 - deferral.low)


def churn_probability(churn: Churn, dose_minutes: float) -> float:
    """D: extra churn probability after `dose_minutes` of bad experience; 95 % of the full effect at saturation."""
    return churn.probability.mean * (1 - math.exp(-3 * dose_minutes / churn.saturation_minutes))


def horizon_hours(lasted_hours: float) -> float:
    """How much longer it will last: as long again as it lasted, between 30 minutes and 4 hours."""
    return min(4.0, max(0.5, lasted_hours))


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTerm:
    """One tier of one service, for its rate of loss.

    failed_share: 0 to 1 of its requests, above the baseline. revenue_share: 0 to 1 of the tier's revenue that runs
    through the service.
    """

    values: TierValues
    failed_share: float
    revenue_share: float = 1.0
    revenue_per_hour: float | None = None
    """Where it was queried; else the declared one."""


def rate_per_hour(terms: Iterable[RateTerm]) -> Bounds | None:
    """Money lost an hour at the failed shares of the moment (immediate only); None when no tier's revenue is known."""
    parts = []
    for term in terms:
        revenue = term.revenue_per_hour if term.revenue_per_hour is not None else term.values.revenue_per_hour
        if revenue is not None:
            parts.append(
                immediate_part(
                    gross=revenue * term.revenue_share * term.failed_share,
                    margin=term.values.margin,
                    deferral=term.values.deferral,
                )
            )
    return bounds(immediate=parts) if parts else None


def immediate_part(*, gross: float, margin: float, deferral: Interval | None) -> Part:
    """Margin lost of `gross` revenue that failed."""
    kept = kept_of(deferral)
    return Part(margin * kept.mean * gross, combined_cv(CV_REVENUE, CV_FAILED, declared_cv(kept, CV_KEPT)))


def churn_part(*, affected: float, probability: float, spread: Interval | None, value: Interval) -> Part:
    """A D V. spread: the declared interval of D, for its cv. A negative residual value counts 0."""
    cv = combined_cv(CV_AFFECTED, declared_cv(spread, CV_CHURN), declared_cv(value, CV_VALUE))
    return Part(affected * probability * max(0.0, value.mean), cv)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What one incident did to one tier so far.

    gross: revenue that failed, money (sum of r e dt, revenue share included); None where revenue is unknown.
    gross_per_hour: of the last complete bucket; failed_share: the share above the baseline that it comes from. dose_minutes: with a failed share of at least 1 %.
    affected: customers; counted: by the gauge, else bounded by failed requests; None where neither is known.
    credit: money owed under contract because of this incident.
    """

    tier: str
    values: TierValues
    gross: float | None = None
    gross_per_hour: float | None = None
    failed_share: float | None = None
    dose_minutes: float = 0.0
    affected: float | None = None
    counted: bool = False
    credit: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRisk:
    """One tier's part, money; None is unknown, never 0. immediate, churn, credit: so far. projected: all three."""

    tier: str
    immediate: float | None
    churn: float | None
    credit: float
    rate_per_hour: float | None = None
    projected: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """Revenue at risk of one incident. rate_per_hour: None where no data says. unknown: what the figures leave out."""

    accrued: Bounds
    rate_per_hour: Bounds | None
    projected: Bounds
    tiers: tuple[TierRisk, ...] = ()
    unknown: tuple[str, ...] = ()
    is_upper: bool = False
    """A customer count was bounded or a deferral unset: the mean is "up to"."""


@dataclass(slots=True)
class _Sum:
    immediate: list[Part] = field(default_factory=list)
    churn: list[Part] = field(default_factory=list)
    bounded: list[Part] = field(default_factory=list)

    def bounds(self, credit: float) -> Bounds:
        """Bounded customers enter mean and high; the low bound leaves their churn out."""
        whole = bounds(immediate=self.immediate, churn=[*self.churn, *self.bounded], credit=credit)
        if not self.bounded:
            return whole
        certain = bounds(immediate=self.immediate, churn=self.churn, credit=credit)
        return Bounds(mean=whole.mean, low=min(certain.low, whole.low), high=whole.high)


def assess(exposures: Sequence[Exposure], *, lasted_hours: float, ended: bool = False) -> Risk:
    """The whole figure of an incident from what it did to each tier.

    lasted_hours: since its earliest alert. ended: nothing more is projected, `projected` is `accrued`.
    """
    hours = 0.0 if ended else horizon_hours(lasted_hours)
    now, later, rates = _Sum(), _Sum(), []
    tiers: list[TierRisk] = []
    unknown: list[str] = []
    credit = 0.0
    is_upper = False
    for exposure in exposures:
        values = exposure.values
        credit += exposure.credit
        immediate: float | None = None
        rate: float | None = None
        projected = exposure.credit
        if exposure.gross is None:
            unknown.append(f"revenue of {exposure.tier}")
        else:
            is_upper = is_upper or values.deferral is None
            part = immediate_part(gross=exposure.gross, margin=values.margin, deferral=values.deferral)
            immediate = part.amount
            now.immediate.append(part)
            per_hour = exposure.gross_per_hour
            if per_hour is not None and not ended:
                rates.append(immediate_part(gross=per_hour, margin=values.margin, deferral=values.deferral))
                rate = rates[-1].amount
            ahead = exposure.gross + (per_hour or 0.0) * hours
            later.immediate.append(immediate_part(gross=ahead, margin=values.margin, deferral=values.deferral))
            projected += later.immediate[-1].amount
        churn: float | None = None
        if values.churn is None or exposure.affected is None:
            unknown.append(f"churn of {exposure.tier}")
        else:
            is_upper = is_upper or not exposure.counted
            growing = exposure.gross_per_hour is not None and exposure.gross_per_hour > 0
            doses = (exposure.dose_minutes, exposure.dose_minutes + (60 * hours if growing else 0.0))
            for target, dose in zip((now, later), doses, strict=True):
                part = churn_part(
                    affected=exposure.affected,
                    probability=churn_probability(values.churn, dose),
                    spread=values.churn.probability,
                    value=values.residual_value,
                )
                (target.churn if exposure.counted else target.bounded).append(part)
                if target is now:
                    churn = part.amount
                else:
                    projected += part.amount
        tiers.append(
            TierRisk(
                tier=exposure.tier,
                immediate=immediate,
                churn=churn,
                credit=exposure.credit,
                rate_per_hour=rate,
                projected=projected,
            )
        )
    return Risk(
        accrued=now.bounds(credit),
        rate_per_hour=bounds(immediate=rates) if rates else None,
        projected=later.bounds(credit),
        tiers=tuple(tiers),
        unknown=tuple(unknown),
        is_upper=is_upper,
    )
