"""The operator's own figures and status, read back by the plugin: neither side can drift without this failing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from clv_operator.api import RevenueIncident, read
from clv_operator.incidents.figures import Figures, figured, shown
from clv_operator.incidents.keeping import state_json
from clv_operator.incidents.situation import View, situation_of
from clv_operator.incidents.world import Service
from kubectl_clv.explain.replay import comparisons, replay
from kubectl_clv.views.incident import IncidentView
from kubectl_clv.views.situation import situation
from sloengine.incidents.accrual import Loss, Reading, Stake, counted, spans
from sloengine.incidents.advance import State
from sloengine.incidents.phase import Phase
from sloengine.incidents.policy import Policy
from sloengine.incidents.severity import Severity
from sloengine.tier import Interval
from tests.unit.plugin.objects import NOW, at, incident
from tests.unit.plugin.test_explain_replays_the_money_of_an_incident import PLATINUM

GOLD = replace(
    PLATINUM,
    name="gold",
    rank=2,
    values=replace(PLATINUM.values, residual_value=Interval(mean=4_000), revenue_per_hour=25_000, customers=6_000),
)
REVENUE_SHARE = 0.5
STAKES = {tier.name: Stake(tier=tier, revenue_share=REVENUE_SHARE) for tier in (PLATINUM, GOLD)}
SERVICE = Service(name="checkout", stakes=STAKES)
THEN = {"platinum": Reading(failed_share=0.31, failed=37.4), "gold": Reading(failed_share=0.08, failed=60.0)}
RUNNING = {**THEN, "gold": Reading(failed_share=0.004, failed=11.7)}
COUNTED = {"platinum": 120.0, "gold": 900.0}


def looked_at(since: datetime, *, ended: bool, affected: dict[str, float]) -> Figures:
    """Complete buckets bad for both tiers; in the running one gold is nearly well again."""
    loss, baselines = Loss(), {"platinum": 0.001, "gold": 0.0}
    for span in spans(since, NOW, ended=ended):
        loss = counted(loss, span, THEN, STAKES, baselines=baselines)
    return figured(
        SERVICE,
        loss,
        {} if ended else RUNNING,
        baselines=baselines,
        affected=affected,
        since=since,
        ended_at=NOW if ended else None,
        now=NOW,
    )


def written(minutes: float, *, ended: bool = False, affected: dict[str, float]) -> dict[str, Any]:
    """An incident of so many minutes, as the operator writes it at NOW."""
    since = NOW - timedelta(minutes=minutes)
    figures = looked_at(since, ended=ended, affected=affected)
    state = State(phase=Phase.MITIGATED if ended else Phase.OPEN, severity=Severity(name="SEV2", reason="because"))
    state = replace(state, since=since, mitigated_at=NOW if ended else None)
    status = {**state_json(state), **shown(figures, ("platinum", "gold"), now=NOW).fields, "openedAt": at(-minutes)}
    return {**incident(opened=-minutes), "status": status}


@pytest.mark.parametrize("minutes", [2, 7, 31, 58, 133])
@pytest.mark.parametrize("affected", [{}, COUNTED])
@pytest.mark.parametrize("ended", [False, True])
def test_every_figure_can_be_replayed_from_the_status(
    minutes: float,
    affected: dict[str, float],
    ended: bool,  # noqa: FBT001  # pytest passes by name
) -> None:
    each = IncidentView.of(written(minutes, ended=ended, affected=affected))
    made = replay(each, [PLATINUM, GOLD])
    found = {check.name: (check.status, check.replayed) for check in comparisons(each, made)}
    assert set(found) == {"accrued", "projected", "low", "high"} | (set() if ended else {"ratePerHour"})
    for name, (status, replayed) in found.items():
        assert replayed == status, name
    assert made.moved == ()
    assert made.without == ()


def test_the_terminal_tells_the_same_situation_as_the_channels() -> None:
    since = NOW - timedelta(minutes=31)
    thing = written(31, affected=COUNTED)
    model = read(RevenueIncident.KIND, thing)
    assert isinstance(model, RevenueIncident)
    figures = looked_at(since, ended=False, affected=COUNTED)
    state = State(phase=Phase.OPEN, severity=Severity(name="SEV2", reason="because"), since=since)
    view = View(
        key=("shop", model.metadata.name),
        incident=model,
        service=SERVICE,
        policy=Policy(),
        figures=figures,
        tiers=("platinum", "gold"),
    )
    ours, theirs = situation(IncidentView.of(thing)), situation_of(view, state)
    assert ours.money is not None
    assert theirs.money is not None
    for name in ("projected", "rate_per_hour"):
        mine, their = getattr(ours.money, name), getattr(theirs.money, name)
        assert (mine.mean, mine.low, mine.high) == pytest.approx((their.mean, their.low, their.high), abs=0.01)
    money = replace(theirs.money, projected=None, rate_per_hour=None)
    assert replace(ours.money, projected=None, rate_per_hour=None) == money
    assert replace(ours, money=None) == replace(theirs, money=None)
