"""E on a real Prometheus engine: what is total, what is bad, and whose it is, whatever telemetry does."""

from datetime import timedelta

import pytest

from sloengine.rules import slo_group
from sloengine.slo import LatencyIndicator, RatioIndicator
from tests.contract.rules.promtool import Scenario, near, play, recorded
from tests.unit.engine.builders import FOUR, slo, tier

pytestmark = pytest.mark.needs("promtool")

E = "clv:sli_events:increase5m"
TOTAL = 'http_requests_total{job="shop",pod="%s",clv_tier="%s"}'
BAD = 'http_errors_total{job="shop",pod="%s",clv_tier="%s"}'


def check(folder, series, samples, *, group=None, minute=10, more=()):
    group = group or slo_group(slo(), FOUR)
    checks = [recorded(minute, "shop/checkout", E, samples), *more]
    play(folder, [group], Scenario(name="events", series=series, checks=checks))


def test_total_and_bad_are_the_events_of_five_minutes_over_all_pods(tmp_path):
    series = {
        TOTAL % ("a", "gold"): "0+100x15",
        TOTAL % ("b", "gold"): "0+20x15",
        BAD % ("a", "gold"): "0+2x15",
        TOTAL % ("a", "bronze"): "0+7x15",
        BAD % ("a", "bronze"): "0+1x15",
    }
    check(tmp_path, series, {"gold total": 600, "gold bad": 10, "bronze total": 35, "bronze bad": 5})


def test_a_pod_that_exports_nan_costs_only_its_own_requests(tmp_path):
    series = {
        TOTAL % ("a", "gold"): "0+100x15",
        BAD % ("a", "gold"): "0+2x15",
        TOTAL % ("b", "gold"): "0+100x3" + " NaN" * 12,
        BAD % ("b", "gold"): "NaN" + " NaN" * 15,
        TOTAL % ("c", "gold"): "0+1x5" + " Inf" * 10,
    }
    later = near(
        15,
        'clv:sli_events:increase_hours{clv_slo="shop/checkout",clv_window="1h"} == bool Inf',
        {
            '{clv_event="total", clv_slo="shop/checkout", clv_tier="gold", clv_window="1h"}': 0.0,
            '{clv_event="bad", clv_slo="shop/checkout", clv_tier="gold", clv_window="1h"}': 0.0,
        },
    )
    check(tmp_path, series, {"gold total": 500, "gold bad": 10}, minute=14, more=[later])


def test_a_tier_without_an_error_series_had_no_error(tmp_path):
    check(tmp_path, {TOTAL % ("a", "gold"): "0+100x15"}, {"gold total": 500, "gold bad": 0})


def test_a_missing_unknown_or_forged_tier_counts_as_unknown(tmp_path):
    series = {
        'http_requests_total{job="shop"}': "0+1x15",
        TOTAL % ("a", "unknown"): "0+10x15",
        TOTAL % ("a", "diamond"): "0+100x15",
        TOTAL % ("a", "golden"): "0+1000x15",
        TOTAL % ("a", "gold"): "0+3x15",
    }
    check(tmp_path, series, {"unknown total": 5_555, "unknown bad": 0, "gold total": 15, "gold bad": 0})


def test_label_values_are_mapped_to_the_names_of_tiers_and_matched_literally(tmp_path):
    label = 'http_requests_total{job="shop",customer_class="%s"}'
    tiers = [tier("platinum", 1, label_value='vip.1"'), tier("gold", 2, label_value="2"), tier("silver", 3)]
    series = {
        label % 'vip.1\\"': "0+1x15",
        label % 'vipX1\\"': "0+10x15",
        label % "2": "0+100x15",
        label % "gold": "0+1000x15",
        label % "silver": "0+2x15",
    }
    expected = {"platinum total": 5, "gold total": 500, "silver total": 10, "unknown total": 5_050}
    bad = {f"{key.split()[0]} bad": 0 for key in expected}
    group = slo_group(slo(tier_label="customer_class"), tiers)
    check(tmp_path, series, expected | bad, group=group)


def test_a_tier_label_of_the_same_name_as_our_scratch_label_works(tmp_path):
    group = slo_group(slo(tier_label="clv_t"), FOUR)
    series = {'http_requests_total{job="shop",clv_t="gold"}': "0+100x15"}
    check(tmp_path, series, {"gold total": 500, "gold bad": 0}, group=group)


def test_an_idle_tier_is_zero_and_has_no_ratio(tmp_path):
    series = {TOTAL % ("a", "gold"): "100x15", TOTAL % ("a", "bronze"): "0+10x15"}
    ratios = recorded(10, "shop/checkout", "slo:sli_error:ratio_rate5m", {"bronze": 0})
    check(tmp_path, series, {"gold total": 0, "gold bad": 0, "bronze total": 50, "bronze bad": 0}, more=[ratios])


def test_a_counter_reset_costs_one_minute_of_its_own_and_nothing_of_the_others(tmp_path, version):
    series = {TOTAL % ("a", "gold"): "0+100x8 0+100x6", TOTAL % ("b", "gold"): "0+10x15"}
    # Of pod a the minute of the reset is lost: 4 of 5 in 2.x; 3.x sees 3 of 4 and extrapolates from 4 to 5.
    expected = {"promtool": 400 + 50, "promtool3": 300 * 5 / 4 + 50}[version]
    check(tmp_path, series, {"gold total": expected, "gold bad": 0})


def test_two_slos_on_one_metric_do_not_add_up(tmp_path):
    series = {TOTAL % ("a", "gold"): "0+100x70", BAD % ("a", "gold"): "0+1x70"}
    groups = [slo_group(slo(name), FOUR) for name in ("checkout", "search")]
    hour = '{clv_event="total", clv_slo="shop/%s", clv_tier="gold", clv_window="1h"}'
    checks = [
        near(
            70,
            'clv:sli_events:increase_hours{clv_event="total",clv_window="1h"}',
            {hour % "checkout": 6_000, hour % "search": 6_000},
        ),
        recorded(70, "shop/checkout", "slo:sli_error:ratio_rate1h", {"gold": 0.01}),
    ]
    play(tmp_path, groups, Scenario(name="two", series=series, checks=checks))


def test_a_quote_cannot_leave_its_matcher(tmp_path):
    hostile = 'a"} or vector(1) or x{y="'
    selector = "http_requests_total{path='" + hostile + "'}"
    group = slo_group(slo(indicator=RatioIndicator(errors=selector, total=selector)), FOUR)
    literal = hostile.replace('"', '\\"')
    series = {
        f'http_requests_total{{clv_tier="gold",path="{literal}"}}': "0+100x15",
        'http_requests_total{clv_tier="gold",path="/"}': "0+5x15",
    }
    check(tmp_path, series, {"gold total": 500, "gold bad": 500}, group=group)


BUCKET = 'rt_seconds_bucket{job="shop",clv_tier="%s",le="%s"}'
COUNT = 'rt_seconds_count{job="shop",clv_tier="%s"}'


def latency(milliseconds):
    threshold = timedelta(milliseconds=milliseconds)
    return slo_group(slo(indicator=LatencyIndicator(histogram='rt_seconds{job="shop"}', threshold=threshold)), FOUR)


@pytest.mark.parametrize(("milliseconds", "bound"), [(300, "0.3"), (1_000, "1"), (1_000, "1.0"), (2_500, "2.5")])
def test_requests_slower_than_the_bound_are_bad_however_it_is_written(tmp_path, milliseconds, bound):
    series = {COUNT % "gold": "0+100x15", BUCKET % ("gold", bound): "0+97x15", BUCKET % ("gold", "10"): "0+100x15"}
    check(tmp_path, series, {"gold total": 500, "gold bad": 15}, group=latency(milliseconds))


def test_a_threshold_that_is_no_bucket_gives_no_events_rather_than_wrong_ones(tmp_path):
    series = {COUNT % "gold": "0+100x15", BUCKET % ("gold", "0.3"): "0+97x15"}
    check(tmp_path, series, {}, group=latency(400), more=[near(10, "vector(1)", {"{}": 1})])


def test_a_bucket_above_its_count_is_no_negative_error(tmp_path):
    series = {COUNT % "gold": "0+100x15", BUCKET % ("gold", "0.3"): "0+101x15"}
    check(tmp_path, series, {"gold total": 500, "gold bad": 0}, group=latency(300))


def test_a_tier_in_maintenance_has_no_events_and_the_others_do(tmp_path):
    series = {
        TOTAL % ("a", "gold"): "0+100x15",
        BAD % ("a", "gold"): "0+100x15",
        TOTAL % ("a", "bronze"): "0+10x15",
        'clv:maintenance:active{clv_slo="shop/checkout",clv_tier="gold"}': "1x15",
        'clv:maintenance:active{clv_slo="shop/search",clv_tier="bronze"}': "1x15",
    }
    check(tmp_path, series, {"bronze total": 50, "bronze bad": 0})
