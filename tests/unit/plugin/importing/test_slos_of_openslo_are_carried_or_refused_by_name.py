import pytest

from tests.unit.plugin.importing.files import carried, changes, converted, measured, openslo, refusal

WINDOWED = 'sum(rate(orders_total{result="ok"}[{{.window}}]))'
SLI = {
    "apiVersion": "openslo/v1",
    "kind": "SLI",
    "metadata": {"name": "good-orders"},
    "spec": {"ratioMetric": {"good": measured(WINDOWED), "total": measured("sum(rate(orders_total[{{.window}}]))")}},
}


def alpha(**spec):
    query = {"source": "prometheus", "queryType": "promql"}
    good = query | {"query": WINDOWED}
    total = query | {"query": "sum(rate(orders_total[{{.window}}]))"}
    return {
        "apiVersion": "openslo/v1alpha",
        "kind": "SLO",
        "metadata": {"name": "orders", "displayName": "Orders"},
        "spec": {
            "service": "checkout",
            "budgetingMethod": "Occurrences",
            "timeWindows": [{"count": 4, "unit": "Week", "isRolling": True}],
            "objectives": [{"target": 0.995, "ratioMetrics": {"good": good, "total": total}}],
            **spec,
        },
    }


def without(document, name):
    return document | {"spec": {key: value for key, value in document["spec"].items() if key != name}}


def test_an_slo_becomes_one_for_everyone():
    off = {"disabled": True}
    assert carried("openslo", openslo()) == {
        "apiVersion": "clvsre.io/v1alpha1",
        "kind": "TieredSLO",
        "metadata": {"name": "orders"},
        "spec": {
            "service": "checkout",
            "period": {"rolling": "28d"},
            "tierLabel": "clv_tier",
            "indicator": {"ratio": {"errors": 'orders_total{result="failed"}', "total": "orders_total"}},
            "objectives": [{"tier": "*", "target": "99.9"}],
            "alerting": {"page": off, "ticket": off},
        },
    }


def test_without_alert_policies_alerts_stay_off_and_that_is_told():
    assert [field for field, _ in changes("openslo", openslo())] == ["spec.alertPolicies"]


def test_with_alert_policies_alerts_are_on_and_their_conditions_are_told():
    given = openslo(alertPolicies=[{"alertPolicyRef": "burning"}])
    assert "alerting" not in carried("openslo", given)["spec"]
    assert "conditions and targets of the alert policies are left out" in changes("openslo", given)[0][1]


def test_the_older_form_is_carried_too():
    made = carried("openslo", alpha())
    assert made["metadata"]["annotations"] == {"kubernetes.io/description": "Orders"}
    assert made["spec"]["period"] == {"rolling": "28d"}
    assert made["spec"]["objectives"] == [{"tier": "*", "target": "99.5"}]
    assert made["spec"]["indicator"]["ratio"]["errors"] == 'orders_total{result!="ok"}'


def test_an_indicator_is_found_among_the_other_documents():
    given = without(openslo(indicatorRef="good-orders"), "indicator")
    made = carried("openslo", given, SLI)
    assert made["spec"]["indicator"] == {"ratio": {"errors": 'orders_total{result!="ok"}', "total": "orders_total"}}
    assert "there is no SLI good-orders in PATH" in refusal("openslo", given)[1]


def test_a_data_source_is_found_among_the_other_documents():
    given = openslo()
    ratio = given["spec"]["indicator"]["spec"]["ratioMetric"]
    for name in ("bad", "total"):
        ratio[name]["metricSource"] = {"metricSourceRef": "main", "spec": ratio[name]["metricSource"]["spec"]}
    source = {
        "apiVersion": "openslo/v1",
        "kind": "DataSource",
        "metadata": {"name": "main"},
        "spec": {"type": "Prometheus"},
    }
    assert carried("openslo", given, source)["metadata"]["name"] == "orders"
    assert "there is no DataSource main in PATH" in refusal("openslo", given)[1]
    assert "Datadog is asked" in refusal("openslo", given, source | {"spec": {"type": "Datadog"}})[1]


def test_each_objective_is_an_slo_of_its_own():
    conversion = converted("openslo", openslo(objectives=[{"target": 0.99}, {"targetPercent": 99.95}]))
    named = {made["metadata"]["name"]: made["spec"]["objectives"][0]["target"] for made in conversion.manifests}
    assert named == {"orders-1": "99", "orders-2": "99.95"}


def test_labels_with_one_value_stay_and_the_owner_has_its_field():
    given = openslo()
    given["metadata"]["labels"] = {"owner": "payments", "area": "shop", "tags": ["a", "b"], "note": "two words"}
    made = carried("openslo", given)
    assert made["metadata"]["labels"] == {"owner": "payments", "area": "shop"}
    assert made["spec"]["owner"] == "payments"
    told = dict(changes("openslo", given))
    assert "one value, not 2" in told["metadata.labels.tags"]
    assert "note is left out" in told["metadata.labels"]


@pytest.mark.parametrize(("kind", "errors"), [("success", 'a{x!="1"}'), ("failure", 'a{x="1"}')])
def test_a_raw_ratio_says_what_it_is_of(kind, errors):
    raw = measured('sum(rate(a{x="1"}[{{.window}}])) / sum(rate(a[{{.window}}]))')
    given = openslo(indicator={"spec": {"ratioMetric": {"raw": raw, "rawType": kind}}})
    assert carried("openslo", given)["spec"]["indicator"]["ratio"] == {"errors": errors, "total": "a"}


def ratio(**members):
    metric = {"counter": True, "bad": measured("a"), "total": measured("b"), **members}
    return {
        "indicator": {"spec": {"ratioMetric": {name: value for name, value in metric.items() if value is not None}}}
    }


@pytest.mark.parametrize(
    ("document", "field", "problem", "fix"),
    [
        (openslo(budgetingMethod="Timeslices"), "spec.budgetingMethod", "Timeslices judges slices", "Occurrences"),
        (openslo(budgetingMethod="RatioTimeslices"), "spec.budgetingMethod", "RatioTimeslices", "Occurrences"),
        (without(openslo(), "budgetingMethod"), "spec.budgetingMethod", "missing", "a text"),
        (openslo(objectives=[{"target": 0.9, "timeSliceTarget": 0.9}]), "spec.objectives[0].timeSliceTarget", "slices", "remove"),
        (openslo(objectives=[{"target": 0.9, "compositeWeight": 1}]), "spec.objectives[0].compositeWeight", "composite", "for each"),
        (openslo(objectives=[{"target": 0.9, "indicator": {}}]), "spec.objectives[0].indicator", "composite", "for each"),
        (openslo(objectives=[{"target": 0.9, "op": "lte"}]), "spec.objectives[0].op", "compares a value", "in the query"),
        (openslo(objectives=[{"target": 99.9}]), "spec.objectives[0].target", "99.9 is no share below 1", "targetPercent"),
        (openslo(objectives=[{}]), "spec.objectives[0].target", "exactly one of target", "one of the two"),
        (openslo(objectives=[]), "spec.objectives", "promises nothing", "add an objective"),
        (openslo(timeWindow=[{"duration": "1M", "isRolling": True}]), "spec.timeWindow[0].duration", "no fixed number", "30d"),
        (openslo(timeWindow=[{"duration": "1M", "calendar": {"timeZone": "UTC"}}]), "spec.timeWindow[0].isRolling", "calendar", "rolling"),
        (openslo(timeWindow=[{"duration": "12h", "isRolling": True}]), "spec.timeWindow[0].duration", "no such period", "1d to 90d"),
        (without(openslo(), "timeWindow"), "spec.timeWindow", "missing", "--period"),
        (openslo(indicator={"spec": {"thresholdMetric": {}}}), "spec.indicator.spec.thresholdMetric", "judges a value", "ratioMetric"),
        (openslo(indicator={"spec": {}}), "spec.indicator.spec.ratioMetric.good", "exactly one of good, bad and raw", "one of them"),
        (openslo(**ratio(good=measured("c"))), "spec.indicator.spec.ratioMetric.good", "exactly one of good", "one of them"),
        (openslo(**ratio(counter=None)), "spec.indicator.spec.ratioMetric.total.metricSource.spec.query", "no rate() in it", "sum(rate"),
        (openslo(**ratio(bad=measured("sum(rate(a[5m]))"))), "spec.indicator.spec.ratioMetric.bad.metricSource.spec.query",
         "its window is fixed (5m)", "[{{.window}}]"),
        (openslo(**ratio(bad={"metricSource": {"type": "Datadog", "spec": {"query": "q"}}})),
         "spec.indicator.spec.ratioMetric.bad.metricSource.type", "Datadog is asked", "type: Prometheus"),
        (openslo(**ratio(bad=None, raw=measured("a / b"), total=None)), "spec.indicator.spec.ratioMetric.rawType", "good or bad", "failure"),
        (openslo() | {"kind": "Sli"}, "kind", "Sli is no kind of OpenSLO", "write SLO"),
        (openslo() | {"apiVersion": "openslo/v9"}, "apiVersion", "another version", "openslo/v1"),
        (alpha(timeWindows=[{"count": 1, "unit": "Month", "isRolling": True}]), "spec.timeWindows[0].unit", "no fixed number", "Day"),
        (alpha(timeWindows=[{"count": 1.5, "unit": "Day", "isRolling": True}]), "spec.timeWindows[0].count", "no whole number", "whole days"),
        (alpha(objectives=[{"target": 0.9}]), "spec.objectives[0].ratioMetrics", "counts no events", "ratioMetrics"),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_is_refused_with_place_and_mend(document, field, problem, fix):
    told = refusal("openslo", document)
    assert told[0] == field
    assert problem in told[1]
    assert fix in told[2]
