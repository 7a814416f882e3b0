"""What the figures of an incident were computed from: into its status, and back for whoever computes them again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clv_operator.incidents.keeping import present
from clv_operator.incidents.record import JsonObject, stamp
from sloengine.incidents.figure import exact
from sloengine.incidents.risk import Exposure
from sloengine.tier import Churn, Interval, TierValues


def inputs_json(exposure: Exposure) -> JsonObject:
    """`tiers[].inputs`: twelve decimals, so that the sum comes out the same to the cent."""
    values = exposure.values
    return present(
        failedRevenue=_text(exposure.gross),
        failedRevenuePerHour=_text(exposure.gross_per_hour),
        failedShare=_text(exposure.failed_share),
        badMinutes=exact(exposure.dose_minutes),
        customers=_text(exposure.affected),
        margin=exact(values.margin),
        deferral=_estimate_json(values.deferral),
        churn=None if values.churn is None else _estimate_json(values.churn.probability),
        saturationMinutes=None if values.churn is None else exact(values.churn.saturation_minutes),
        residualValue=_estimate_json(values.residual_value),
        valuesAsOf=stamp(values.as_of),
    )


def exposure_of(tier: Mapping[str, Any], *, currency: str) -> Exposure | None:
    """What `inputs_json` wrote into an entry of `status.tiers`; None where the entry has no inputs."""
    raw = tier.get("inputs")
    if raw is None:
        return None
    churn, residual_value = _estimate(raw.get("churn")), _estimate(raw["residualValue"])
    assert residual_value is not None  # noqa: S101  # the schema requires it
    return Exposure(
        tier=tier["tier"],
        values=TierValues(
            customers=0,  # how many the tier has bounds those hit, and they are counted already
            currency=currency,
            residual_value=residual_value,
            margin=float(raw["margin"]),
            deferral=_estimate(raw.get("deferral")),
            churn=None
            if churn is None
            else Churn(probability=churn, saturation_minutes=float(raw["saturationMinutes"])),
            as_of=datetime.fromisoformat(raw["valuesAsOf"]),
        ),
        gross=_number(raw.get("failedRevenue")),
        gross_per_hour=_number(raw.get("failedRevenuePerHour")),
        failed_share=_number(raw.get("failedShare")),
        dose_minutes=float(raw["badMinutes"]),
        affected=_number(raw.get("customers")),
        counted=tier.get("affectedBasis") == "Counted",
        credit=_number(tier.get("credit")) or 0.0,
    )


def _estimate_json(interval: Interval | None) -> JsonObject | None:
    if interval is None:
        return None
    return present(mean=exact(interval.mean), low=_text(interval.low), high=_text(interval.high))


def _estimate(raw: Mapping[str, Any] | None) -> Interval | None:
    if raw is None:
        return None
    return Interval(mean=float(raw["mean"]), low=_number(raw.get("low")), high=_number(raw.get("high")))


def _text(amount: float | None) -> str | None:
    return None if amount is None else exact(amount)


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)
