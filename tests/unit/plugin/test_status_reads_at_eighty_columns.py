from __future__ import annotations

import json

from kubectl_clv.verbs.status import report
from kubectl_clv.views.slo import SloView
from tests.unit.plugin.objects import NOW, burning, healthy, slo

BOTH = [SloView.of(healthy()), SloView.of(burning())]


def test_the_worst_comes_first_with_its_money_and_its_conditions() -> None:
    assert report(BOTH, now=NOW).render("table", width=80).splitlines() == [
        "SLO       TIER          BUDGET LEFT  BURN 1H  SPENT      AT RISK/H, USD",
        "checkout  platinum    spent (-12 %)     140x  already    11k",
        "          gold                 51 %     6.4x  in 12h37m  820",
        "          bronze         no traffic        -  -          -",
        "          unknown           no data        -  -          -",
        "          (weighted)           21 %      61x             12k (8.2k to 19k)",
        "search    platinum             98 %    0.02x  never      -",
        "",
        "checkout: BudgetHealthy is False (Exhausted): platinum has spent its budget",
        "",
        "2 SLOs: 1 with a spent budget, 1 burning above 1x, 0 without data",
    ]


def test_no_line_of_a_table_is_wider_than_the_terminal() -> None:
    for width in (60, 80, 100, 200):
        lines = report(BOTH, now=NOW, everywhere=True).render("table", width=width).splitlines()
        assert max(map(len, lines)) <= width, lines


def test_wide_shows_targets_forecasts_and_owners() -> None:
    lines = report(BOTH, now=NOW).render("wide").splitlines()
    titles = "SLO TIER TARGET SLI BUDGET LEFT BURN 1H BURN 6H SPENT EARLIEST LATEST AT RISK/H, USD PERIOD OWNER AS OF"
    assert " ".join(lines[0].split()) == titles
    assert lines[1].split()[:4] == ["checkout", "platinum", "99.95", "%"]
    assert "99.94 %" in lines[1]


def test_several_currencies_stay_with_their_figures() -> None:
    other = burning()
    other["metadata"]["name"] = "billing"
    other["status"]["atRiskPerHour"]["currency"] = "EUR"
    text = report([SloView.of(burning()), SloView.of(other)], now=NOW).render("table", width=100)
    assert "12k (8.2k to 19k) USD" in text
    assert "12k (8.2k to 19k) EUR" in text
    assert "AT RISK/H, " not in text


def test_an_slo_that_nobody_has_judged_yet_says_so() -> None:
    text = report([SloView.of(slo("new", tiers=[]))], now=NOW).render("table", width=80)
    assert "no figures yet" in text


def test_one_slo_is_headed_by_what_it_promises() -> None:
    lines = report([SloView.of(burning())], now=NOW, detail=True).render("table", width=80).splitlines()
    assert lines[0] == "shop/checkout: service checkout, owned by payments"
    assert "no rules written yet" in lines[1]


def test_json_keeps_the_keys_and_the_decimals_of_the_resource() -> None:
    data = json.loads(report([SloView.of(burning())], now=NOW).render("json"))
    assert data[0]["atRiskPerHour"]["mean"] == "12310.00"
    assert data[0]["tiers"][0]["budgetRemaining"] == "-0.1176"
    assert data[0]["conditions"][1]["reason"] == "Exhausted"


def test_names_are_those_that_kubectl_takes() -> None:
    assert report(BOTH, now=NOW).render("name").splitlines() == [
        "tieredslo.clvsre.io/checkout",
        "tieredslo.clvsre.io/search",
    ]


def test_a_thousand_objects_do_not_bury_the_prompt_in_conditions() -> None:
    many = []
    for place in range(30):
        each = burning()
        each["metadata"]["name"] = f"checkout-{place:02}"
        many.append(SloView.of(each))
    lines = report(many, now=NOW).render("table").splitlines()
    assert lines[-3] == "… and 18 more; `kubectl clv status NAME` tells those of one SLO"
