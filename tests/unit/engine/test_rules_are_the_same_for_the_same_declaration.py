"""Text, hash, names and numbers of rendered rules."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import yaml

from sloengine.errors import InvalidSpec
from sloengine.rules import group_name, shared_group, slo_group
from sloengine.slo import Alerting, AlertTweak, LatencyIndicator, RatioIndicator, RollingPeriod
from tests.unit.engine.builders import FOUR, slo, tier

MONTH = RollingPeriod(length=timedelta(days=30))


def test_a_group_has_15_recording_and_4_alerting_rules_whatever_the_number_of_tiers():
    for tiers in (FOUR[:2], FOUR, (*FOUR, tier("iron", 5))):
        rules = slo_group(slo(), tiers).rules
        assert [bool(rule.record) for rule in rules].count(True) == 15
        assert [rule.alert for rule in rules if rule.alert] == [
            "ClvBudgetBurnPage",
            "ClvBudgetBurnTicket",
            "ClvBudgetExhausted",
            "ClvSLINoData",
        ]


def test_groups_are_named_after_their_object_and_run_every_minute():
    group = slo_group(slo(), FOUR).to_dict()
    assert group["name"] == group_name(slo()) == "clv.shop.checkout"
    assert group["interval"] == "1m"


def test_the_order_in_which_tiers_are_given_changes_nothing():
    assert slo_group(slo(), FOUR).to_dict() == slo_group(slo(), FOUR[::-1]).to_dict()


def test_the_hash_stands_in_the_info_series_and_moves_with_everything_that_rules_say():
    group = slo_group(slo(), FOUR)
    info = next(rule for rule in group.rules if rule.record == "clv:slo_info")
    assert info.labels == {
        "clv_slo": "shop/checkout",
        "clv_hash": group.hash,
        "clv_period": "30d",
        "service": "checkout",
        "owner": "payments",
    }
    others = [
        slo_group(slo(owner="search"), FOUR),
        slo_group(slo(days=28), FOUR),
        slo_group(slo(objectives={"*": "99.99"}), FOUR),
        slo_group(slo(), FOUR[:3]),
        slo_group(slo(), (replace(FOUR[0], label_value="vip"), *FOUR[1:])),
    ]
    assert len({group.hash, *(other.hash for other in others)}) == 6


def test_values_of_tiers_do_not_touch_the_rules_of_an_slo():
    richer = tuple(tier(t.name, t.rank, value=99) for t in FOUR)
    assert slo_group(slo(), richer).hash == slo_group(slo(), FOUR).hash


def test_every_selector_of_a_recorded_series_names_its_slo():
    # One that does not would add up two SLOs on one metric.
    for days in (1, 2, 3, 7, 30):
        for rule in slo_group(slo(days=days), FOUR).rules:
            for selector in re.findall(r"(?:clv|slo):[a-z_0-9]+:?[a-z_0-9]*(\{[^}]*\})?", rule.expr):
                if selector:
                    assert 'clv_slo="shop/checkout"' in selector, f"{rule.name}: {selector}"
            assert not re.search(r"(?:clv|slo):[a-z_0-9:]+(?![a-z_0-9:{|\"])", rule.expr), rule.expr


def test_numbers_in_rules_are_exact():
    rules = slo_group(slo(objectives={"platinum": "99.999999", "gold": "99.9", "*": "95"}), FOUR).rules
    budgets = next(rule.expr for rule in rules if rule.record == "clv:error_budget:ratio")
    assert re.findall(r"vector\(([^)]*)\)", budgets) == ["0.00000001", "0.001", "0.05", "0.05", "0.05"]
    assert not [rule.name for rule in rules if re.search(r"1 ?- ?0\.9|\de-\d|0000000\d{3}|99999", rule.expr)]


def test_no_rule_reads_more_than_a_day_of_samples():
    for days in (1, 30, 90):
        for rule in slo_group(slo(days=days), FOUR).rules:
            spans = [int(seconds) for seconds in re.findall(r"\[(\d+)s\]", rule.expr)]
            assert all(span < 86_400 for span in spans), rule.name
            assert re.findall(r"_total\{[^}]*\}\[([^\]]*)\]", rule.expr) in ([], ["5m"] * 3), rule.name


def test_ranges_are_a_second_short_so_that_both_prometheus_read_the_same_samples():
    expressions = " ".join(rule.expr for rule in slo_group(slo(), FOUR).rules)
    assert set(re.findall(r"\[(\w+)\]", expressions)) == {"5m", "1799s", "3599s", "7199s", "10799s", "21599s", "86399s"}


def test_a_rule_file_survives_yaml_and_json():
    document = {"groups": [slo_group(slo(), FOUR).to_dict()]}
    assert yaml.safe_load(yaml.safe_dump(document)) == json.loads(json.dumps(document)) == document


def test_rules_hold_nothing_that_prometheus_2_42_cannot_load():
    for group in (
        slo_group(slo(), FOUR),
        shared_group(weights={"a": 1.0}, values={"a": 1.0, "unknown": 1.0}, periods=[MONTH]),
    ):
        assert set(group.to_dict()) == {"name", "interval", "rules"}  # no query_offset, no labels of the group
        for rule in group.to_dict()["rules"]:
            assert set(rule) <= {"record", "alert", "expr", "for", "labels", "annotations"}
            assert all(re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name) for name in rule.get("labels", {}))


def test_money_stands_in_no_rule():
    group = shared_group(weights={"a": 0.6, "b": 0.4}, values={"a": 1.0, "b": 0.25, "unknown": 0.25}, periods=[MONTH])
    constants = [float(n) for rule in group.rules for n in re.findall(r"vector\(([^)]*)\)", rule.expr)]
    assert constants
    assert all(0 <= constant <= 1 for constant in constants)


def test_two_tiers_of_one_label_value_or_one_called_unknown_are_refused():
    with pytest.raises(InvalidSpec, match=r"spec\.labelValue: 'gold' stands for gold already"):
        slo_group(slo(), [tier("gold", 1), tier("vip", 2, label_value="gold")])
    with pytest.raises(InvalidSpec, match=r"metadata\.name: `unknown` is the tier of traffic without a tier"):
        slo_group(slo(), [tier("gold", 1), tier("unknown", 2)])


@pytest.mark.parametrize(
    ("indicator", "message"),
    [
        (RatioIndicator(errors="rate(x[5m])", total="x"), r"spec\.indicator\.ratio\.errors: calls rate\(\)"),
        (RatioIndicator(errors="x", total="x{"), r"spec\.indicator\.ratio\.total: is no PromQL"),
        (
            LatencyIndicator(histogram="h_seconds_bucket", threshold=timedelta(seconds=1)),
            r"spec\.indicator\.latency\.histogram: ends in _bucket; write the base name, h_seconds",
        ),
        (
            LatencyIndicator(histogram='h{le="1"}', threshold=timedelta(seconds=1)),
            r"spec\.indicator\.latency\.histogram: matches on le",
        ),
        (
            LatencyIndicator(histogram="h", threshold=timedelta(0)),
            r"spec\.indicator\.latency\.threshold: is not above 0",
        ),
    ],
)
def test_an_indicator_that_cannot_be_rendered_names_the_field_and_the_mend(indicator, message):
    with pytest.raises(InvalidSpec, match=message):
        slo_group(slo(indicator=indicator), FOUR)


def test_a_tier_label_that_is_none_is_refused():
    with pytest.raises(InvalidSpec, match=r"spec\.tierLabel: 'clv tier' is no label name"):
        slo_group(slo(tier_label="clv tier"), FOUR)


def test_disabled_alerts_are_not_rendered_and_the_others_are():
    def alerts(**alerting):
        return [rule.alert for rule in slo_group(slo(alerting=Alerting(**alerting)), FOUR).rules if rule.alert]

    silent = AlertTweak(disabled=True)
    assert alerts(page=silent) == ["ClvBudgetBurnTicket", "ClvBudgetExhausted", "ClvSLINoData"]
    assert alerts(ticket=silent) == ["ClvBudgetBurnPage"]
