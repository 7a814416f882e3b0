"""Counts of long windows, put together from recorded ones, against the same stretch of E and of the raw counter."""

from dataclasses import replace

import pytest

from sloengine.rules import slo_group
from tests.contract.rules.promtool import Check, Scenario, near, oldest_only, play
from tests.unit.engine.builders import FOUR, slo

pytestmark = pytest.mark.needs("promtool")

COUNTS = {"clv:sli_events:increase5m", "clv:sli_events:increase_days"}
TOTAL = 'http_requests_total{job="shop",clv_tier="gold"}'
HIT = '{clv_event="total", clv_slo="shop/%s", clv_tier="gold", clv_window="%s"}'


def counting(name, days, names=COUNTS):
    group = slo_group(slo(name, days=days), FOUR)
    return replace(group, rules=tuple(rule for rule in group.rules if rule.name in names))


def day_and_night(days):
    """A counter by the minute: a busy half of each day, a quiet one, and no two days alike."""
    values, parts = 0, []
    for day in range(days):
        for rate in (7 + day % 5, 60 + 11 * (day % 7)):
            parts.append(f"{values}+{rate}x719")
            values += rate * 720
    return " ".join(parts)


@oldest_only
def test_four_days_are_the_increase_of_the_counter_to_the_minute(tmp_path):
    # Asked a few minutes after the rate changed, so that a minute lost or counted twice at a seam would show: the
    # window ends two minutes ago, and its edges are five minutes wide.
    ours = 'clv:sli_events:increase_days{clv_window="%s",clv_event="total"}'
    raw = "sum by (clv_tier) (increase(http_requests_total[%s] offset %s))"
    checks = []
    for minute in (4 * 1440 + 130, 4 * 1440 + 720 + 45):
        for window, lag in (("3d", "1m"), ("4d", "2m")):
            expr = f"abs({ours % window} / on (clv_tier) group_left () ({raw % (window, lag)}) - 1) < bool 0.0005"
            checks.append(Check(minute=minute, expr=expr, samples={HIT % ("four", window): 1.0}))
    scenario = Scenario(name="four", series={TOTAL: day_and_night(6)}, checks=checks)
    play(tmp_path, [counting("four", 4)], scenario)


def one_day(hour):
    """E holds hour + 1 at each hour, and a fifth of its sum is the count."""
    return sum(h + 1 for h in range(hour - 23, hour + 1)) / 5


def three_days(hour):
    return sum(one_day(hour - 1 - 24 * i) for i in range(3))


@oldest_only
@pytest.mark.parametrize("days", [1, 2, 3, 5, 7, 30, 45, 90])
def test_a_period_is_made_of_each_of_its_days_once(tmp_path, days):
    # E and rules by the hour, not the minute: every sample differs, so the sum says which it is made of. What a rule
    # reads of itself is one evaluation old, which is an hour here.
    hour = days * 24 + 10
    triples, singles = divmod(days, 3) if days > 3 else (0, days)
    parts = [three_days(hour - 1 - 72 * i) for i in range(triples)]
    parts += [one_day(hour - 1 - 72 * triples - 24 * i) for i in range(singles)]
    expected = one_day(hour) if days == 1 else sum(parts)
    event = 'clv:sli_events:increase5m{clv_slo="shop/p",clv_tier="gold",clv_event="total"}'
    ours = f'clv:sli_events:increase_days{{clv_window="{days}d",clv_event="total"}}'
    check = near(hour * 60, ours, {HIT % ("p", f"{days}d"): round(expected, 1)}, digits=1)
    scenario = Scenario(name=f"{days}d", series={event: f"1+1x{hour + 1}"}, interval="1h", checks=[check])
    play(tmp_path, [counting("p", days, {"clv:sli_events:increase_days"})], scenario, every="1h")


def test_an_outage_of_the_rules_of_three_hours_is_bridged_and_ends(tmp_path):
    # Nothing recorded 1d for less than three hours a day ago: the window before it stands in. The rules read E alone.
    day = 'clv:sli_events:increase_days{clv_slo="shop/p",clv_tier="gold",clv_event="total",clv_window="1d"}'
    group = counting("p", 2, {"clv:sli_events:increase_days"})
    checks = [
        near(1440 + 170, 'clv:sli_events:increase_days{clv_window="2d"}', {HIT % ("p", "2d"): 500}),
        near(1440 + 190, 'clv:sli_events:increase_days{clv_window="2d"}', {}),
    ]
    scenario = Scenario(name="outage", series={day: "500 _x30"}, interval="1m", checks=checks)
    play(tmp_path, [group], scenario, every="10m")


def test_errors_weigh_by_requests_and_not_by_minutes(tmp_path):
    # Half an hour with 10 requests a minute, half of them bad, then half an hour with 1,000 good ones: 150 of 30,300.
    # The mean of the ratios would be 25 %, fifty times the truth.
    bad = 'http_errors_total{job="shop",clv_tier="gold"}'
    series = {TOTAL: "0+10x30 1300+1000x34", bad: "0+5x30 150x34"}
    ratio = "sum by (clv_tier) (slo:sli_error:ratio_rate%s)"
    hour = f"abs({ratio % '2h'} - 150/30300) < bool 0.0005"
    day = f"abs({ratio % '30d'} - 150/30300) < bool 0.0005"
    checks = [Check(minute=62, expr=expr, samples={'{clv_tier="gold"}': 1.0}) for expr in (hour, day)]
    play(tmp_path, [slo_group(slo(), FOUR)], Scenario(name="night", series=series, checks=checks))
