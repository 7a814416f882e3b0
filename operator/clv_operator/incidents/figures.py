"""Revenue at risk of one incident as its status shows it, and as severity and text use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clv_operator.incidents.inputs import inputs_json
from clv_operator.incidents.keeping import present, tier_loss_json
from clv_operator.incidents.record import JsonObject, stamp
from clv_operator.incidents.world import Service
from sloengine.incidents import accrual
from sloengine.incidents.accrual import Loss, Reading, TierLoss
from sloengine.incidents.figure import cents, exact, three_digits
from sloengine.incidents.risk import MODEL, Bounds, Exposure, Risk, assess
from sloengine.incidents.summary import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """risk: None where nothing is known yet; it is of an incident that had lasted_hours, and had ended or not.

    stale_since: the figures are from then, data is missing now.
    """

    loss: Loss
    risk: Risk | None = None
    lasted_hours: float = 0.0
    has_ended: bool = False
    exposures: tuple[Exposure, ...] = ()
    hit: tuple[str, ...] = ()
    currency: str = ""
    stale_since: datetime | None = None

    @property
    def projected(self) -> Bounds | None:
        return None if self.risk is None else self.risk.projected

    @property
    def rate(self) -> Bounds | None:
        return None if self.risk is None or self.stale_since is not None else self.risk.rate_per_hour

    @property
    def customers(self) -> float | None:
        known = [item.affected for item in self.exposures if item.affected is not None and item.tier in self.hit]
        return sum(known) if known else None

    @property
    def counted(self) -> bool:
        return all(item.counted for item in self.exposures if item.tier in self.hit)

    def money(self) -> Money | None:
        if self.risk is None:
            return None
        return Money(
            currency=self.currency,
            projected=self.projected,
            rate_per_hour=self.rate,
            at_least=bool(self.risk.unknown),
            up_to=self.risk.is_upper,
            stale_since=self.stale_since,
        )


def figured(
    service: Service,
    loss: Loss,
    readings: Mapping[str, Reading],
    *,
    baselines: Mapping[str, float],
    affected: Mapping[str, float],
    since: datetime,
    ended_at: datetime | None,
    now: datetime,
) -> Figures:
    """The figures of this moment. readings: of now; empty where Prometheus has none, which freezes what was accrued."""
    ended = ended_at is not None
    until = loss.until or since
    running = max(timedelta(), (ended_at or now) - until) / timedelta(hours=1)
    stale = None if readings or ended or not service.slos else (loss.stale_since or until)
    exposed = accrual.exposures(
        loss,
        service.stakes,
        readings,
        running_hours=0.0 if ended else running,
        affected=affected,
        ended=ended,
        baselines=baselines,
    )
    hit = accrual.hit(loss, service.stakes, readings, running_hours=running, ended=ended, baselines=baselines)
    if not exposed:
        return Figures(loss=loss, currency=service.currency, stale_since=stale)
    lasted = max(timedelta(), (ended_at or now) - since) / timedelta(hours=1)
    return Figures(
        loss=loss,
        risk=assess(exposed, lasted_hours=lasted, ended=ended),
        lasted_hours=lasted,
        has_ended=ended,
        exposures=exposed,
        hit=hit,
        currency=service.currency,
        stale_since=stale,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Figures as last put into a status. digest: rounded to three digits; until that moves nothing is written anew."""

    fields: JsonObject = field(default_factory=dict)
    digest: tuple[str, ...] = ()
    at: datetime | None = None


def shown(figures: Figures, tier_names: tuple[str, ...], *, now: datetime) -> Shown:
    risk = figures.risk
    fields: JsonObject = present(
        tierNames=",".join(tier_names) or None,
        accruedUntil=None if figures.loss.until is None else stamp(figures.loss.until),
        tiers=[_tier_json(name, figures) for name in _tiers(figures)] or None,
    )
    if risk is None:
        return Shown(fields=fields, digest=(str(sorted(fields.items())),), at=now)
    rate = figures.rate
    fields["atRisk"] = present(
        accrued=cents(risk.accrued.mean),
        projected=cents(risk.projected.mean),
        low=cents(risk.projected.low),
        high=cents(risk.projected.high),
        ratePerHour=None if rate is None else cents(rate.mean),
        rateLow=None if rate is None else cents(rate.low),
        rateHigh=None if rate is None else cents(rate.high),
        currency=figures.currency or None,
        stale=None if figures.stale_since is None else stamp(figures.stale_since),
        atLeast=bool(risk.unknown),
        unknown=list(risk.unknown[:8]) or None,
        upTo=risk.is_upper,
        asOf=stamp(figures.stale_since or now),
        lastedHours=exact(figures.lasted_hours),
        hasEnded=figures.has_ended,
        model=MODEL,
    )
    customers = figures.customers
    fields["customersAffected"] = (
        {"basis": "Unknown"}
        if customers is None
        else {"count": round(customers), "basis": "Counted" if figures.counted else "Bounded"}
    )
    digest = (
        *(
            three_digits(value)
            for value in (risk.accrued.mean, risk.projected.mean, risk.projected.low, risk.projected.high)
        ),
        "" if rate is None else three_digits(rate.mean),
        str(fields.get("tierNames")),
        str(fields.get("accruedUntil")),
        str(fields["atRisk"].get("stale")),
        str(risk.unknown),
    )
    return Shown(fields=fields, digest=digest, at=now)


def _tiers(figures: Figures) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*figures.hit, *figures.loss.tiers, *(item.tier for item in figures.exposures)]))[:6]


def _tier_json(name: str, figures: Figures) -> JsonObject:
    made = tier_loss_json(figures.loss.tiers.get(name) or TierLoss(tier=name))
    exposure = next((item for item in figures.exposures if item.tier == name), None)
    if exposure is None or figures.risk is None:
        return made
    part = next(item for item in figures.risk.tiers if item.tier == name)
    total = sum(item.projected for item in figures.risk.tiers)
    is_fresh = figures.stale_since is None and not figures.has_ended
    return made | present(
        immediate=None if part.immediate is None else cents(part.immediate),
        churn=None if part.churn is None else cents(part.churn),
        credit=cents(part.credit) if part.credit else None,
        ratePerHour=cents(part.rate_per_hour) if part.rate_per_hour is not None and is_fresh else None,
        projected=cents(part.projected),
        share=f"{part.projected / total:.4f}" if total > 0 else None,
        affected=None if exposure.affected is None else round(exposure.affected),
        affectedBasis="Unknown" if exposure.affected is None else "Counted" if exposure.counted else "Bounded",
        dataQuality=None if figures.has_ended else "Ok" if is_fresh and exposure.failed_share is not None else "NoData",
        inputs=inputs_json(exposure),
    )
