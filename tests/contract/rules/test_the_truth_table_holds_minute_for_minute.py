"""100 requests a minute at 99.9 % over 30 days: which share of errors alerts when, in Prometheus.

The same table through burn.py stands in tests/unit/engine. Each row plays the rules that its alerts rest on, and no
more: a month of them takes promtool minutes.
"""

from dataclasses import replace

import pytest

from sloengine.rules import slo_group
from sloengine.slo import RatioIndicator
from tests.contract.rules.promtool import Scenario, firing, oldest_only, play
from tests.unit.engine.builders import slo, tier

pytestmark = pytest.mark.needs("promtool")

FOR_PAGES = ("increase5m", "increase_hours", "rate5m", "rate30m", "rate1h", "rate6h", "budget:", "burn", "info", "Page")
FOR_TICKETS = ("increase", "rate2h", "rate6h", "rate1d", "rate3d", "budget:", "burn", "info", "Page", "Ticket")


def name(percent):
    return f"errors-{percent.replace('.', '-')}"


def of(percent):
    return f'clv_slo="shop/{name(percent)}", clv_tier="gold"'


def played(percent, *, clean, minutes, parts, days=30):
    """The series and the rules of a service whose share of errors rises from 0 to `percent` after `clean` minutes."""
    job = f'job="{name(percent)}"'
    series = {
        f'http_requests_total{{{job},clv_tier="gold"}}': f"0+100x{clean + minutes}",
        f'http_errors_total{{{job},clv_tier="gold"}}': f"0x{clean} {percent}+{percent}x{minutes}",
    }
    indicator = RatioIndicator(errors=f"http_errors_total{{{job}}}", total=f"http_requests_total{{{job}}}")
    group = slo_group(slo(name(percent), indicator=indicator, days=days), [tier("gold")])
    chosen = tuple(rule for rule in group.rules if any(part in rule.name for part in parts))
    return series, replace(group, rules=chosen)


def test_a_total_outage_pages_at_once_2_percent_at_45_minutes_and_1_percent_at_219(tmp_path):
    # Theory: the window's share of the budget over the rate of spending it: 0.02 x 43200 / 20 = 43.2, 0.05 x 43200 / 10 = 216.
    pages = {"100": 1, "2": 45, "1": 219}
    clean = 720
    rows = [played(percent, clean=clean, minutes=225, parts=FOR_PAGES) for percent in pages]
    series = {name: values for row, _ in rows for name, values in row.items()}
    checks = [
        firing(
            clean + minute, "ClvBudgetBurnPage", *(of(percent) for percent, since in pages.items() if since <= minute)
        )
        for minute in (0, 1, 44, 45, 218, 219)
    ]
    play(tmp_path, [group for _, group in rows], Scenario(name="pages", series=series, checks=checks))


@oldest_only
@pytest.mark.parametrize(
    ("percent", "ticket"),
    [
        ("0.5", 867),  # theory: 0.1 x 43200 / 5 = 864
        ("0.2", 2_334),  # theory: 4320 / 2 = 2160; at this traffic the guard costs 8 %
    ],
)
def test_slow_burn_opens_a_ticket_and_never_pages(tmp_path, percent, ticket):
    clean = 3 * 1440 + 10
    series, group = played(percent, clean=clean, minutes=ticket + 5, parts=FOR_TICKETS)
    checks = [
        firing(clean + ticket - 1, "ClvBudgetBurnTicket"),
        firing(clean + ticket, "ClvBudgetBurnTicket", of(percent)),
        firing(clean + ticket, "ClvBudgetBurnPage"),
    ]
    play(tmp_path, [group], Scenario(name=percent, series=series, checks=checks))


@oldest_only
def test_burn_of_exactly_the_budget_alerts_nobody(tmp_path):
    # Without clean days, so that every window burns at 1.0 and warm-up is over: rounding must not make it 1.0000001.
    series, group = played("0.1", clean=0, minutes=2_300, parts=FOR_TICKETS)
    checks = [
        firing(minute, alert)
        for minute in range(2_170, 2_300, 10)
        for alert in ("ClvBudgetBurnPage", "ClvBudgetBurnTicket")
    ]
    play(tmp_path, [group], Scenario(name="0.1", series=series, checks=checks))
