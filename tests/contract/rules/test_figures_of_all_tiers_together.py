"""The shared group: weights, coverage, the three weightings, and the two alerts on the tier lookup."""

from datetime import timedelta
from decimal import Decimal

import pytest

from sloengine.rules import shared_group, slo_group
from sloengine.slo import RollingPeriod
from tests.contract.rules.promtool import Scenario, firing, near, play
from tests.unit.engine.builders import FOUR, slo

pytestmark = pytest.mark.needs("promtool")

WEIGHTS = {"platinum": 0.5, "gold": 0.3, "silver": 0.15, "bronze": 0.05}
VALUES = {"platinum": 1.0, "gold": 0.2, "silver": 0.05, "bronze": 0.01, "unknown": 0.01}
TOTAL = 'http_requests_total{job="shop",clv_tier="%s"}'
BAD = 'http_errors_total{job="shop",clv_tier="%s"}'
# platinum 10 requests a minute of which 10 % are bad, gold 100 of which 1 %, silver 1,000 of which none; bronze absent.
VECTOR = {
    TOTAL % "platinum": "0+10x70",
    BAD % "platinum": "0+1x70",
    TOTAL % "gold": "0+100x70",
    BAD % "gold": "0+1x70",
    TOTAL % "silver": "0+1000x70",
}


def shared(*days):
    periods = [RollingPeriod(length=timedelta(days=d)) for d in days or (30,)]
    return shared_group(weights=WEIGHTS, values=VALUES, periods=periods)


def labels(weighting, window="1h", name="checkout"):
    return f'{{clv_slo="shop/{name}", clv_weighting="{weighting}", clv_window="{window}"}}'


def weighted(minute, name, window, values, *, digits):
    """values: by value, by the value of requests, of the worst; None where there must be none."""
    by_name = zip(("value", "request_value", "worst"), values, strict=True)
    expected = {labels(weighting, window): value for weighting, value in by_name if value is not None}
    return near(minute, f'{name}{{clv_window="{window}"}}', expected, digits=digits)


@pytest.mark.parametrize("days", [1, 3, 30])
def test_the_vector_of_three_weightings_over_hour_and_period(tmp_path, days):
    # Value: (.5 x .1 + .3 x .01 + .15 x 0) / .95. RequestValue: (1 x 10 x .1 + .2 x 100 x .01) / (10 + 20 + 50).
    checks = []
    for window in ("1h", f"{days}d"):
        error = weighted(70, "clv:sli_error_weighted:ratio", window, (0.0557895, 0.015, 0.1), digits=7)
        burn = weighted(70, "clv:burn_rate_weighted:ratio", window, (55.7895, 15, 100), digits=4)
        covered = near(
            70,
            f'clv:weight_coverage:ratio{{clv_window="{window}"}}',
            {f'{{clv_slo="shop/checkout", clv_window="{window}"}}': 0.95},
        )
        checks += [error, burn, covered]
    groups = [slo_group(slo(days=days), FOUR), shared(days)]
    play(tmp_path, groups, Scenario(name="vector", series=VECTOR, checks=checks))


def test_slos_of_different_periods_each_have_their_own_and_no_other_window(tmp_path):
    groups = [slo_group(slo("month", days=30), FOUR), slo_group(slo("three", days=3), FOUR), shared(30, 3)]
    windows = "count by (clv_slo, clv_window) (clv:burn_rate_weighted:ratio)"
    expected = {
        f'{{clv_slo="shop/{name}", clv_window="{window}"}}': 3.0
        for name, window in (("month", "1h"), ("month", "30d"), ("three", "1h"), ("three", "3d"))
    }
    play(tmp_path, groups, Scenario(name="windows", series=VECTOR, checks=[near(70, windows, expected)]))


def test_budgets_of_different_size_weigh_the_burn_and_the_worst_is_the_worst_by_burn(tmp_path):
    objectives = {"platinum": "90", "gold": "99.9", "*": "99"}
    # Budgets .1, .001, .01: burns 1, 10, 0. Value: .053 / (.05 + .0003 + .0015). RequestValue: 1.2 / (1 + .02 + .5).
    groups = [slo_group(slo(objectives=objectives), FOUR), shared()]
    checks = [
        weighted(70, "clv:burn_rate_weighted:ratio", "1h", (1.023, 0.789, 10), digits=3),
        weighted(70, "clv:sli_error_weighted:ratio", "1h", (0.0558, 0.015, 0.01), digits=4),
    ]
    play(tmp_path, groups, Scenario(name="budgets", series=VECTOR, checks=checks))


def test_weights_of_nobody_steer_nothing_and_the_lookup_pages(tmp_path):
    # 200 of 1,310 requests without a tier would be 15 %; 400 of 1,510 are 26 %.
    series = {name: values.replace("x70", "x160") for name, values in VECTOR.items()} | {
        'http_requests_total{job="shop"}': "0+400x70 28000+10x90"
    }
    down = 'clv_slo="shop/checkout"'
    checks = [
        near(70, "clv:unknown_share:ratio", {'{clv_slo="shop/checkout"}': 0.265}),
        weighted(70, "clv:burn_rate_weighted:ratio", "1h", (None, None, 100), digits=3),
        firing(3, "ClvTierLookupDown"),
        firing(70, "ClvTierLookupDown", down),
        firing(55, "ClvUnknownTierShare"),
        firing(70, "ClvUnknownTierShare", down),
        firing(134, "ClvTierLookupDown"),
        firing(134, "ClvUnknownTierShare"),
        weighted(134, "clv:sli_error_weighted:ratio", "1h", (0.0558, 0.015, 0.1), digits=4),
    ]
    play(tmp_path, [slo_group(slo(), FOUR), shared()], Scenario(name="lookup", series=series, checks=checks))


def test_the_lookup_alerts_name_who_answers_for_the_service(tmp_path):
    series = {'http_requests_total{job="shop"}': "0+400x20"}
    seen = {
        "exp_labels": {
            "clv_slo": "shop/checkout",
            "service": "checkout",
            "owner": "payments",
            "severity": "page",
            "clv_burn": "lookup",
        },
        "exp_annotations": {
            "summary": "checkout: 100% of the requests carry no known tier (shop/checkout); figures weighted by value are withheld",
            "runbook_url": "https://clvsre.io/runbooks/ClvTierLookupDown.md",
        },
    }
    alerts = [{"eval_time": "15m", "alertname": "ClvTierLookupDown", "exp_alerts": [seen]}]
    play(tmp_path, [slo_group(slo(), FOUR), shared()], Scenario(name="labels", series=series, alerts=alerts))


def test_few_requests_without_a_tier_page_nobody(tmp_path):
    series = {'http_requests_total{job="shop"}': "0+1x60"}
    checks = [firing(60, "ClvTierLookupDown")]
    play(tmp_path, [slo_group(slo(), FOUR), shared()], Scenario(name="few", series=series, checks=checks))


def test_weights_and_values_are_recorded_as_ratios_that_sum_to_one(tmp_path):
    thirds = shared_group(
        weights={"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}, values={"a": 1.0, "b": 0.5, "unknown": 0.5}, periods=[]
    )
    checks = [
        near(1, "sum(clv:tier_weight:ratio)", {"{}": 1}, digits=6),
        near(
            1, "clv:tier_value:ratio", {f'{{clv_tier="{t}"}}': v for t, v in (("a", 1), ("b", 0.5), ("unknown", 0.5))}
        ),
    ]
    play(tmp_path, [thirds], Scenario(name="thirds", series={"x": "0x5"}, checks=checks))
    expressions = " ".join(rule.expr for rule in thirds.rules)
    assert str(Decimal("0.333334")) in expressions
