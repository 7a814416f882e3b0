"""The revenue at risk of one incident, computed again from the inputs that stand in its status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubectl_clv.output.money import number
from kubectl_clv.views.incident import IncidentView
from sloengine.incidents import risk
from sloengine.incidents.figure import cents
from sloengine.tier import Tier, TierValues


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """exposures: with the tier's entry in the status. without: tiers whose inputs are not there. moved: tiers whose
    declared values are no longer those of the inputs.
    """

    exposures: Sequence[tuple[risk.Exposure, Mapping[str, Any]]]
    without: tuple[str, ...]
    moved: tuple[str, ...]
    lasted_hours: float
    ended: bool
    result: risk.Risk


def replay(each: IncidentView, tiers: Sequence[Tier]) -> Replay:
    """The sum again, from the status alone. tiers: as declared now, to say which of them differ from the inputs."""
    from clv_operator.incidents.inputs import exposure_of

    declared = {tier.name: tier.values for tier in tiers}
    exposures, without = [], []
    for status in each.status.get("tiers") or ():
        exposure = exposure_of(status, currency=each.currency)
        if exposure is None:
            without.append(str(status.get("tier")))
        else:
            exposures.append((exposure, status))
    lasted_hours, ended = _float(each.at_risk.get("lastedHours")) or 0.0, bool(each.at_risk.get("hasEnded"))
    return Replay(
        exposures=exposures,
        without=tuple(without),
        moved=tuple(item.tier for item, _ in exposures if _moved(item.values, declared.get(item.tier))),
        lasted_hours=lasted_hours,
        ended=ended,
        result=risk.assess([exposure for exposure, _ in exposures], lasted_hours=lasted_hours, ended=ended),
    )


def _moved(used: TierValues, declared: TierValues | None) -> bool:
    if declared is None:
        return True
    return (used.margin, used.deferral, used.churn, used.residual_value) != (
        declared.margin,
        declared.deferral,
        declared.churn,
        declared.residual_value,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One figure of the status beside the same one replayed."""

    name: str
    status: str
    replayed: str

    @property
    def agrees(self) -> bool:
        there, here = float(self.status), float(self.replayed)
        return abs(there - here) < 0.015  # a cent, as both are rounded


def comparisons(each: IncidentView, made: Replay) -> list[Comparison]:
    """accrued, ratePerHour, projected, low, high: those that the status has and the replay gives."""
    result = made.result
    figure = result.accrued if made.ended else result.projected
    pairs = {
        "accrued": result.accrued.mean,
        "ratePerHour": result.rate_per_hour.mean if result.rate_per_hour is not None else None,
        "projected": figure.mean,
        "low": figure.low,
        "high": figure.high,
    }
    found = []
    for name, amount in pairs.items():
        there = number(each.at_risk.get(name))
        if there is not None and amount is not None:
            found.append(Comparison(name=name, status=f"{there:.2f}", replayed=cents(amount)))
    return found


def _float(text: object) -> float | None:
    value = number(text)
    return None if value is None else float(value)
