import pytest

from tests.unit.plugin.importing.files import carried, changes, pyrra, refusal

LATENCY = {
    "latency": {
        "success": {"metric": 'pay_seconds_bucket{job="pay",le="0.25"}'},
        "total": {"metric": 'pay_seconds_count{job="pay"}'},
    }
}


def test_a_ratio_becomes_an_slo_for_everyone():
    assert carried("pyrra", pyrra()) == {
        "apiVersion": "clvsre.io/v1alpha1",
        "kind": "TieredSLO",
        "metadata": {"name": "orders", "namespace": "shop"},
        "spec": {
            "service": "checkout",
            "period": {"rolling": "28d"},
            "tierLabel": "clv_tier",
            "indicator": {"ratio": {"errors": 'orders_total{result="failed"}', "total": "orders_total"}},
            "objectives": [{"tier": "*", "target": "99.9"}],
        },
    }
    assert changes("pyrra", pyrra()) == []


def test_a_latency_becomes_histogram_and_threshold():
    spec = carried("pyrra", pyrra(indicator=LATENCY))["spec"]
    assert spec["indicator"] == {"latency": {"histogram": 'pay_seconds{job="pay"}', "threshold": "250ms"}}


def test_a_bound_that_may_be_no_seconds_keeps_its_number_and_is_told():
    success, total = {"metric": 'pay_ms_bucket{le="250"}'}, {"metric": "pay_ms_count"}
    given = pyrra(indicator={"latency": {"success": success, "total": total}})
    assert carried("pyrra", given)["spec"]["indicator"]["latency"] == {"histogram": "pay_ms", "threshold": "250s"}
    ((field, problem),) = changes("pyrra", given)
    assert field == "spec.indicator"
    assert "250s stands for the bound 250" in problem


def test_labels_for_the_rules_go_to_the_alerts_and_the_others_stay():
    given = pyrra()
    given["metadata"]["labels"] |= {"pyrra.dev/owner": "payments", "pyrra.dev/team": "blue", "app": "shop"}
    made = carried("pyrra", given)
    assert made["metadata"]["labels"] == {"app": "shop"}
    assert made["spec"]["owner"] == "payments"
    blue = {"labels": {"team": "blue"}}
    assert made["spec"]["alerting"] == {"page": blue, "ticket": blue}


@pytest.mark.parametrize("alerting", [{"disabled": True}, {"burnrates": False}, {"burnrates": False, "name": "X"}])
def test_alerts_that_were_off_stay_off(alerting):
    off = {"disabled": True}
    assert carried("pyrra", pyrra(alerting=alerting))["spec"]["alerting"] == {"page": off, "ticket": off}
    assert changes("pyrra", pyrra(alerting=alerting)) == []


def test_without_a_service_its_name_stands_in_and_that_is_told():
    given = pyrra()
    del given["metadata"]["labels"]
    assert carried("pyrra", given)["spec"]["service"] == "orders"
    assert [field for field, _ in changes("pyrra", given)] == ["metadata.name"]
    assert carried("pyrra", given, service="checkout")["spec"]["service"] == "checkout"
    assert changes("pyrra", given, service="checkout") == []


def test_what_alerts_are_called_and_annotated_with_is_told_as_a_change():
    given = pyrra(alerting={"name": "OrdersBurn", "absentName": "OrdersGone", "absent": False})
    given["metadata"]["annotations"] = {"pyrra.dev/dashboard": "https://graphs.example"}
    assert [field for field, _ in changes("pyrra", given)] == [
        "metadata.annotations",
        "spec.alerting.name",
        "spec.alerting.absentName",
        "spec.alerting.absent",
    ]


def test_grouping_by_the_tier_label_is_carried():
    given = pyrra()
    given["spec"]["indicator"]["ratio"]["grouping"] = ["plan"]
    assert carried("pyrra", given, tier_label="plan")["spec"]["tierLabel"] == "plan"


@pytest.mark.parametrize(
    ("spec", "field", "problem", "fix"),
    [
        ({"target": "100"}, "spec.target", "above 0 and below 100", "99.9"),
        ({"target": "99.9%"}, "spec.target", "is no number", "99.9"),
        ({"window": "91d"}, "spec.window", "'91d' is no such period", "1d to 90d"),
        ({"window": "12h"}, "spec.window", "'12h' is no such period", "1d to 90d"),
        ({"window": "1y"}, "spec.window", "'1y' is no such period", "1d to 90d"),
        ({"window": "9" * 80 + "d"}, "spec.window", "is no such period", "1d to 90d"),
        ({"window": None}, "spec.window", "missing", "a text"),
        ({"indicator": {}}, "spec.indicator.ratio", "exactly one source", "ratio and latency"),
        ({"indicator": {"bool_gauge": {"metric": "up"}}}, "spec.indicator.bool_gauge", "gauges are not read", "counter"),
        ({"indicator": {"latencyNative": {"latency": "1s"}}}, "spec.indicator.latencyNative", "native", "classic histogram"),
        ({"indicator": {"ratio": {"errors": {"metric": "rate(x[5m])"}, "total": {"metric": "x"}}}},
         "spec.indicator.ratio.errors.metric", "calls rate()", "selector alone"),
        ({"indicator": {"ratio": {"errors": {"metric": "x"}, "total": {"metric": "y"}, "grouping": ["handler"]}}},
         "spec.indicator.ratio.grouping", "a budget for each value of handler", "--tier-label"),
        ({"indicator": {"latency": {"success": {"metric": "a_bucket"}, "total": {"metric": "a_count"}}}},
         "spec.indicator.latency.success.metric", "not chosen by one le=", 'le="0.3"'),
        ({"indicator": {"latency": {"success": {"metric": 'a_bucket{le="1",b="c"}'}, "total": {"metric": "a_count"}}}},
         "spec.indicator.latency.success.metric", "filtered differently", "same matchers"),
        ({"indicator": {"latency": {"success": {"metric": 'a_bucket{le="1"}'}, "total": {"metric": "b_count"}}}},
         "spec.indicator.latency.success.metric", "no one histogram", "error query"),
        ({"indicator": {"latency": {"success": {"metric": 'a_bucket{le="+Inf"}'}, "total": {"metric": "a_count"}}}},
         "spec.indicator.latency.success.metric", "no threshold", "whole milliseconds"),
        ({"indicator": {"latency": {"success": {"metric": 'a_bucket{le="0.0005"}'}, "total": {"metric": "a_count"}}}},
         "spec.indicator.latency.success.metric", "no threshold", "whole milliseconds"),
        ({"alerting": {"burnRates": False}}, "spec.alerting.burnRates", "not known", "did you mean burnrates?"),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_is_refused_with_place_and_mend(spec, field, problem, fix):
    told = refusal("pyrra", pyrra(**spec))
    assert told[0] == field
    assert problem in told[1]
    assert fix in told[2]
