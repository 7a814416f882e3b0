from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from clv_operator.incidents.inputs import inputs_json
from kubectl_clv.explain.incident import report
from kubectl_clv.explain.replay import comparisons, replay
from kubectl_clv.views.incident import IncidentView
from sloengine.incidents.figure import cents, exact
from sloengine.incidents.risk import Exposure, assess
from sloengine.tier import Churn, Interval, Tier, TierValues
from tests.unit.plugin.objects import NOW, at, incident

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
PLATINUM = Tier(
    name="platinum",
    rank=1,
    label_value="platinum",
    max_age_seconds=1e6,
    values=TierValues(
        customers=400,
        currency="USD",
        residual_value=Interval(mean=50_000, low=42_000, high=61_000),
        revenue_per_hour=40_000,
        margin=0.70,
        deferral=Interval(mean=0.60, low=0.40, high=0.80),
        churn=Churn(probability=Interval(mean=0.001, low=0.0003, high=0.004)),
        as_of=AS_OF,
    ),
)
BRONZE = replace(
    PLATINUM,
    name="bronze",
    rank=2,
    values=replace(PLATINUM.values, residual_value=Interval(mean=60), revenue_per_hour=None, churn=None),
)
COMPLETE_MINUTES, RUNNING_MINUTES = 50.0, 3.0
FAILED_SHARE, REVENUE_SHARE, AFFECTED = 0.25, 0.5, 120


def written(**changed: Any) -> dict[str, Any]:
    """An incident as the operator writes it: 50 complete minutes, 3 of the running bucket, all failing at 25 %."""
    per_hour = 40_000 * REVENUE_SHARE * FAILED_SHARE
    minutes = COMPLETE_MINUTES + RUNNING_MINUTES
    exposure = Exposure(
        tier="platinum",
        values=PLATINUM.values,
        gross=per_hour * minutes / 60,
        gross_per_hour=per_hour,
        dose_minutes=minutes,
        affected=AFFECTED,
        counted=True,
        credit=6_000,
    )
    made = assess([exposure], lasted_hours=minutes / 60)
    tier = made.tiers[0]
    assert made.rate_per_hour is not None
    assert tier.immediate is not None
    assert tier.churn is not None
    status = {
        "openedAt": at(-minutes),
        "accruedUntil": at(-RUNNING_MINUTES),
        "atRisk": {
            "accrued": cents(made.accrued.mean),
            "ratePerHour": cents(made.rate_per_hour.mean),
            "projected": cents(made.projected.mean),
            "low": cents(made.projected.low),
            "high": cents(made.projected.high),
            "currency": "USD",
            "asOf": at(0),
            "lastedHours": exact(minutes / 60),
            "hasEnded": False,
            "model": "v1",
        },
        "tiers": [
            {
                "tier": "platinum",
                "immediate": cents(tier.immediate),
                "churn": cents(tier.churn),
                "credit": "6000.00",
                "grossLost": cents(per_hour * COMPLETE_MINUTES / 60),
                "doseMinutes": f"{COMPLETE_MINUTES:.2f}",
                "failedShare": f"{FAILED_SHARE:.6f}",
                "affected": AFFECTED,
                "affectedBasis": "Counted",
                "dataQuality": "Ok",
                "inputs": inputs_json(exposure),
            },
            *changed.get("tiers", []),
        ],
    }
    return incident(status=status, opened=-minutes)


def test_every_figure_of_the_status_comes_out_again_to_the_cent() -> None:
    each = IncidentView.of(written())
    made = replay(each, [PLATINUM, BRONZE])
    found = {check.name: (check.status, check.replayed) for check in comparisons(each, made)}
    # 0.70 x 0.40 x 5,000 x 53/60 lost at once; 120 x 0.001 x (1 - exp(-3 x 53/60)) x 50,000 by churn; credits.
    assert found["accrued"] == ("12812.76", "12812.76")
    assert found["ratePerHour"] == ("1400.00", "1400.00")
    for name in ("projected", "low", "high"):
        status, replayed = found[name]
        assert replayed == status, name


def test_the_printed_sum_is_that_of_the_status() -> None:
    each = IncidentView.of(written())
    text = report(each, replay(each, [PLATINUM]), now=NOW).render("table")
    assert "accrued = 1,236.67 + 5,576.09 + 6,000.00 credits = 12,812.76" in text
    assert "accrued: 12,812.76 in the status, 12,812.76 replayed: agrees" in text
    assert "differs" not in text


def test_the_formula_carries_the_numbers() -> None:
    each = IncidentView.of(written())
    text = report(each, replay(each, [PLATINUM]), now=NOW).render("table")
    assert "lost at once = 0.7 x 0.4 x 4,416.67" in text
    assert "extra churn = 0.001 x (1 - exp(-3 x 53 min / 60 min))" in text
    assert "failed revenue 250.00 is of the bucket that is not over yet" in text


def test_values_that_changed_since_are_named_and_the_figures_stand_on_those_of_then() -> None:
    dearer = replace(PLATINUM, values=replace(PLATINUM.values, margin=0.9))
    each = IncidentView.of(written())
    text = report(each, replay(each, [dearer]), now=NOW).render("table")
    assert "ratePerHour: 1,400.00 in the status, 1,400.00 replayed: agrees" in text
    assert "platinum: its values have changed since; the figures stand on those of then" in text


def test_a_figure_that_no_model_of_ours_gives_is_said_to_differ() -> None:
    thing = written()
    thing["status"]["atRisk"] |= {"projected": "1.00", "model": "v0"}
    each = IncidentView.of(thing)
    text = report(each, replay(each, [PLATINUM]), now=NOW).render("table")
    assert "projected: 1.00 in the status" in text
    assert "replayed: differs" in text
    assert "The status was written by model v0, this is model v1" in text


def test_what_is_unknown_is_named_and_not_counted_as_nothing() -> None:
    unknown = Exposure(tier="bronze", values=BRONZE.values)
    each = IncidentView.of(written(tiers=[{"tier": "bronze", "inputs": inputs_json(unknown)}, {"tier": "gone"}]))
    text = report(each, replay(each, [PLATINUM, BRONZE]), now=NOW).render("table")
    assert "Unknown, so the figure reads at least: revenue of bronze, churn of bronze" in text
    assert "Left out: the status has no inputs of gone" in text


def test_json_carries_the_comparison() -> None:
    each = IncidentView.of(written())
    made = report(each, replay(each, [PLATINUM]), now=NOW)
    data = json.loads(made.render("json"))
    assert data["figures"][0] == {"name": "accrued", "status": "12812.76", "replayed": "12812.76", "agrees": True}


def test_a_newborn_incident_has_nothing_to_compare() -> None:
    each = IncidentView.of({"metadata": {"name": "inc-x", "namespace": "shop"}, "spec": {"opening": {}}})
    text = report(each, replay(each, [PLATINUM]), now=NOW).render("table")
    assert "Against the status" not in text
    assert "accrued = 0.00" in text


def test_tiers_that_lost_nothing_are_one_line() -> None:
    well = Exposure(tier="bronze", values=PLATINUM.values, gross=0.0, gross_per_hour=0.0, failed_share=0.0, affected=0)
    each = IncidentView.of(written(tiers=[{"tier": "bronze", "inputs": inputs_json(well)}]))
    made = replay(each, [PLATINUM, replace(PLATINUM, name="bronze")])
    text = report(each, made, now=NOW).render("table")
    assert "Nothing was lost in bronze" in text
    assert "\nbronze\n" not in text
