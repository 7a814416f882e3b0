from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from clv_operator.api import CLVTier, TieredSLO, parse
from kubectl_clv.explain.figures import Figures, TierFigures, from_status
from kubectl_clv.explain.slo import Subject, report
from kubectl_clv.views.slo import SloView
from sloengine.rules import slo_group
from sloengine.slo import Slo, Weighting
from sloengine.tier import Tier
from tests.manifests import put, slo, tier
from tests.unit.plugin.objects import burning


def engine_slo(**spec: Any) -> Slo:
    model = parse("TieredSLO", slo(namespace="shop", **spec))
    assert isinstance(model, TieredSLO)
    return model.to_slo()


def engine_tiers() -> list[Tier]:
    gold = put(tier("gold", rank=2), "spec.labelValue", "gold")
    models = [parse("CLVTier", each) for each in (tier(), gold)]
    return [model.to_tier() for model in models if isinstance(model, CLVTier)]


def live() -> Figures:
    platinum = TierFigures(
        bad={"30d": 152.0, "1h": 12.0},
        total={"30d": 812_345.0, "1h": 1_000.0},
        error={"30d": 152 / 812_345, "1h": 0.012},
        burn={"1h": 24.0, "5m": 30.0, "30d": 0.3742},
        low={"1h": 13.1},
        remaining=0.6258,
    )
    gold = TierFigures(error={"1h": 0.001}, burn={"1h": 0.2}, total={"1h": 9_000.0})
    return Figures(by_tier={"platinum": platinum, "gold": gold}, origin="Prometheus")


def subject(**changed: Any) -> Subject:
    weights = {"platinum": 0.6, "gold": 0.4}
    return replace(Subject(slo=engine_slo(), tiers=engine_tiers(), weights=weights, figures=live()), **changed)


def explained(**changed: Any) -> str:
    return report(subject(**changed)).render("table")


def test_each_formula_carries_its_numbers() -> None:
    text = explained()
    assert "error budget = (100 - target) / 100 = (100 - 99.95) / 100 = 0.0005 of all events" in text
    assert "error ratio over 30d = bad / total = 152 / 812,345 = 0.0001871" in text
    assert "budget left = 1 - error ratio / error budget = 1 - 0.0001871 / 0.0005 = 0.6258" in text
    assert "burn over 1h = error ratio over 1h / error budget = 0.012 / 0.0005 = 24" in text


def test_each_figure_has_its_query_and_the_rule_that_records_it() -> None:
    lines = explained().splitlines()
    query = '  clv:budget_remaining:ratio{clv_slo="shop/checkout",clv_tier="platinum"}'
    place = lines.index(query)
    group = slo_group(engine_slo(), engine_tiers())
    number = [rule.name for rule in group.rules].index("clv:budget_remaining:ratio") + 1
    assert lines[place + 1] == f"  recorded by rule {number} of {len(group.rules)} of group clv.shop.checkout"


def test_the_weighted_burn_is_summed_in_the_open() -> None:
    # (0.6 x 0.012 + 0.4 x 0.001) / (0.6 x 0.0005 + 0.4 x 0.005) = 0.0076 / 0.0023
    assert "(0.6 x 0.012 + 0.4 x 0.001) / (0.6 x 0.0005 + 0.4 x 0.005) = 3.304" in explained()


def test_request_value_needs_counts_and_says_where_they_are() -> None:
    by_request = replace(engine_slo(), weighting=Weighting.REQUEST_VALUE)
    bare = Figures(by_tier={"platinum": TierFigures(burn={"1h": 24.0})}, origin="the status")
    assert "--prometheus URL asks for them" in explained(slo=by_request, figures=bare)


def test_one_tier_can_be_asked_for() -> None:
    text = explained(only="platinum")
    assert "gold, target" not in text
    assert "All tiers" not in text


def test_a_tier_without_figures_says_why_and_how_to_see_its_queries() -> None:
    assert "no figures: no traffic, or no data; --tier unknown shows the queries" in explained()


def test_without_any_numbers_the_formulas_stand_alone() -> None:
    text = explained(figures=Figures(by_tier={}))
    assert "No numbers: --prometheus URL asks for them." in text
    assert "budget left = 1 - error ratio / error budget\n" in text


def test_the_status_gives_the_numbers_where_there_is_no_prometheus() -> None:
    figures = from_status(SloView.of(burning()), as_of="1m ago")
    assert figures.of("platinum").error["30d"] == pytest.approx(0.0005001)
    assert figures.of("platinum").remaining == pytest.approx(-0.1176)
    assert figures.of("bronze").burn == {}


def test_json_has_the_queries_and_decimal_text() -> None:
    data = json.loads(report(subject()).render("json"))
    platinum = data["tiers"][0]
    assert (platinum["errorBudget"], platinum["bad"], platinum["burnRate1h"]) == ("0.0005", "152.0", "24.0")
    assert platinum["queries"]["errorRatio"] == (
        'slo:sli_error:ratio_rate30d{clv_slo="shop/checkout",clv_tier="platinum"}'
    )
