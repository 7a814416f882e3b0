"""Each alert of a TieredSLO in which it fires, in which it clears, and what it must not fire on."""

from dataclasses import replace

import pytest

from sloengine.rules import RuleSettings, slo_group
from sloengine.slo import Alerting, AlertTweak
from tests.contract.rules.promtool import Scenario, firing, near, play
from tests.unit.engine.builders import FOUR, slo

pytestmark = pytest.mark.needs("promtool")

TOTAL = 'http_requests_total{job="shop",clv_tier="%s"}'
BAD = 'http_errors_total{job="shop",clv_tier="%s"}'
SLO = 'clv_slo="shop/checkout", '
GOLD = SLO + 'clv_tier="gold"'
PAGE, TICKET, EXHAUSTED, NO_DATA = (
    "ClvBudgetBurnPage",
    "ClvBudgetBurnTicket",
    "ClvBudgetExhausted",
    "ClvSLINoData",
)


def reason(tier, why):
    return f'clv_reason="{why}", clv_slo="shop/checkout", clv_tier="{tier}"'


def run(folder, series, *checks, group=None, alerts=(), **options):
    group = group or slo_group(slo(), FOUR)
    scenario = Scenario(name="alerts", series=series, checks=list(checks), alerts=list(alerts))
    play(folder, [group], scenario, **options)


def test_a_page_fires_for_the_tier_that_is_hit_alone_and_clears_when_it_recovers(tmp_path):
    series = {
        TOTAL % "gold": "0+100x60",
        BAD % "gold": "0x20 100+100x9 1000x30",
        TOTAL % "bronze": "0+100x60",
        BAD % "bronze": "0x60",
    }
    run(
        tmp_path,
        series,
        firing(20, PAGE),
        firing(21, PAGE, GOLD),
        firing(30, PAGE, GOLD),
        firing(33, PAGE, GOLD),
        firing(35, PAGE),  # five minutes after the last error
    )


def test_a_page_keeps_its_identity_when_the_pair_that_holds_it_changes(tmp_path):
    # First the fast pair, then, from 10 % on, the slow one: the labels of ALERTS name no window.
    series = {TOTAL % "gold": "0+100x300", BAD % "gold": "0x200 100+100x5 600+1x90"}
    labels = '{alertname="ClvBudgetBurnPage", alertstate="firing", clv_burn="page", clv_slo="shop/checkout", clv_tier="gold", owner="payments", service="checkout", severity="page"}'
    alerts = 'ALERTS{alertname="ClvBudgetBurnPage"}'
    run(tmp_path, series, *(near(minute, alerts, {labels: 1}) for minute in (201, 205, 230)))


def test_a_ticket_fires_on_slow_burn_and_clears(tmp_path):
    # A burn of 2.5 from the first minute, between the factors of ticket (2) and page (3) for 7 days: the 1d pair is warm
    # after 12 hours, and 2h forget enough after half an hour.
    series = {TOTAL % "gold": "0+100x900", BAD % "gold": "0+0.25x730 182.5x170"}
    run(
        tmp_path,
        series,
        firing(719, TICKET),
        firing(720, TICKET, GOLD),
        firing(730, TICKET, GOLD),
        firing(855, TICKET),
        firing(730, PAGE),
        group=slo_group(slo(days=7), FOUR),
    )


def test_an_exhausted_budget_is_a_ticket_until_good_traffic_refills_it(tmp_path):
    # 50 bad of 5,050 are ten times the budget; of 105,000 they are half of it.
    series = {TOTAL % "gold": "0+100x50 5000+10000x30", BAD % "gold": "0x9 10+10x4 50x70"}
    run(
        tmp_path,
        series,
        firing(9, EXHAUSTED),
        firing(30, EXHAUSTED, GOLD),
        firing(80, EXHAUSTED),
        near(80, 'clv:budget_remaining:ratio{clv_slo="shop/checkout"} > bool 0.5', {"{" + GOLD + "}": 1}),
        group=slo_group(slo(days=1), FOUR),
    )


def test_a_handful_of_errors_exhausts_nothing(tmp_path):
    series = {TOTAL % "gold": "0+10x60", BAD % "gold": "0x9 4x50"}
    run(
        tmp_path,
        series,
        firing(30, EXHAUSTED),
        firing(30, PAGE),
        near(30, 'clv:budget_remaining:ratio{clv_slo="shop/checkout"} < bool -5', {"{" + GOLD + "}": 1}),
    )


def test_one_error_among_ten_requests_pages_nobody_and_five_of_five_do(tmp_path):
    lone = {TOTAL % "gold": "0x30 10x30", BAD % "gold": "0x30 1x30"}
    run(tmp_path, lone, *(firing(minute, PAGE) for minute in range(30, 60, 3)))
    # One a minute for five minutes, and nothing else. The counters have counted before: 3.x takes the zero from which
    # a counter starts for the edge of its window, and would see half an event less.
    all_failed = {TOTAL % "gold": "9x30 10+1x4 14x30", BAD % "gold": "2x30 3+1x4 7x30"}
    run(tmp_path, all_failed, firing(38, PAGE, GOLD))


def test_an_slo_whose_series_vanish_is_absent_after_ten_minutes_until_they_return(tmp_path):
    back = "_x40 4000+100x30"
    series = {TOTAL % "gold": f"0+100x30 {back}", TOTAL % "bronze": f"0+100x30 {back}"}
    both = (reason("gold", "Absent"), reason("bronze", "Absent"))
    run(tmp_path, series, firing(30, NO_DATA), firing(55, NO_DATA, *both), firing(73, NO_DATA))


def test_a_tier_that_is_idle_while_others_report_is_no_alert(tmp_path):
    series = {TOTAL % "gold": "0+100x30 _x40", TOTAL % "bronze": "0+100x70"}
    run(tmp_path, series, *(firing(minute, NO_DATA) for minute in (35, 50, 69)))


def test_maintenance_is_silent(tmp_path):
    series = {
        TOTAL % "gold": "0+100x30 _x40",
        BAD % "gold": "0x20 100+100x10 _x40",
        'clv:maintenance:active{clv_slo="shop/checkout",clv_tier="gold"}': "_x20 1x50",
    }
    run(tmp_path, series, *(firing(minute, alert) for minute in (21, 25, 50, 69) for alert in (PAGE, NO_DATA)))


@pytest.mark.parametrize(
    ("total", "bad"),
    [
        pytest.param("0+10x30 300+100x30", "0+12x30 360+1x30", id="more bad than total"),
        pytest.param("_x30 300+100x30", "0+12x30 360+1x30", id="bad without total"),
    ],
)
def test_more_bad_than_total_means_that_the_selectors_disagree(tmp_path, total, bad):
    run(
        tmp_path,
        {TOTAL % "gold": total, BAD % "gold": bad},
        firing(10, NO_DATA),
        firing(17, NO_DATA, reason("gold", "BadOverTotal")),
        firing(45, NO_DATA),
    )


def test_an_error_counter_without_total_that_does_not_move_is_idleness(tmp_path):
    series = {BAD % "gold": "0x30", TOTAL % "bronze": "0+10x30"}
    run(tmp_path, series, firing(25, NO_DATA))


def test_traffic_that_came_at_this_hour_yesterday_and_a_week_ago_is_lost(tmp_path):
    # Rules every ten minutes: a week by the minute takes too long, and only counts of an hour matter here.
    week, quiet = 7 * 1440, 200
    end = 50 * (week + 60)
    series = {
        TOTAL % "gold": f"0+50x{week + 60} {end}x{quiet} {end}+50x{quiet}",
        TOTAL % "bronze": f"0+10x{week + 60 + 2 * quiet}",
    }
    group = slo_group(slo(), FOUR)
    needed = {"clv:sli_events:increase5m", "clv:sli_events:increase_hours", NO_DATA}
    checks = [
        firing(week + 60, NO_DATA),
        firing(week + 150, NO_DATA, reason("gold", "TrafficLost")),
        firing(week + 60 + quiet + 30, NO_DATA),
    ]
    chosen = replace(group, rules=tuple(rule for rule in group.rules if rule.name in needed))
    play(tmp_path, [chosen], Scenario(name="lost", series=series, checks=checks), every="10m")


def test_labels_and_annotations_say_what_a_person_and_a_router_need(tmp_path):
    alerting = Alerting(page=AlertTweak(labels={"team": "payments", "severity": "warning"}))
    settings = RuleSettings(runbook_base_url="https://wiki.example/runbooks/")
    group = slo_group(slo(alerting=alerting, playbook="https://wiki.example/outage"), FOUR, settings)
    # 100 errors of 2,000 in the hour: a burn of 50, which spends 30 days' budget in 720 / 50 = 14.4 hours. The figures of
    # the period are two minutes late, so it is still untouched.
    series = {TOTAL % "gold": "0+100x30", BAD % "gold": "0x18 50+50x11"}
    seen = {
        "exp_labels": {
            "clv_slo": "shop/checkout",
            "clv_tier": "gold",
            "clv_burn": "page",
            "severity": "page",  # ours: it is part of the alert's identity
            "service": "checkout",
            "owner": "payments",
            "team": "payments",
        },
        "exp_annotations": {
            "summary": "checkout: tier gold burns its error budget 50.0 times too fast (shop/checkout)"
            "; budget left 100%; at this rate it lasts 14h 24m 0s",
            "runbook_url": "https://wiki.example/runbooks/ClvBudgetBurnPage.md",
            "playbook": "https://wiki.example/outage",
        },
    }
    alerts = [{"eval_time": "20m", "alertname": PAGE, "exp_alerts": [seen]}]
    run(tmp_path, series, group=group, alerts=alerts)
