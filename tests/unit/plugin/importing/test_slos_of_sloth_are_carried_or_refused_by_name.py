import pytest

from clv_operator.api import tieredslo
from kubectl_clv.importing import draft
from tests.unit.plugin.importing.files import carried, changes, converted, refusal, sloth

EVENTS = {
    "errorQuery": 'sum(rate(orders_total{result="failed"}[{{.window}}]))',
    "totalQuery": "sum(rate(orders_total[{{.window}}]))",
}


def as_object(slo, **spec):
    return {
        "apiVersion": "sloth.slok.dev/v1",
        "kind": "PrometheusServiceLevel",
        "metadata": {"name": "checkout", "namespace": "shop", "labels": {"app": "checkout"}},
        "spec": {"service": "checkout", "slos": [slo], **spec},
    }


def test_a_file_becomes_an_slo_for_everyone():
    assert carried("sloth", sloth()) == {
        "apiVersion": "clvsre.io/v1alpha1",
        "kind": "TieredSLO",
        "metadata": {"name": "checkout-orders"},
        "spec": {
            "service": "checkout",
            "period": {"rolling": "30d"},
            "tierLabel": "clv_tier",
            "indicator": {"ratio": {"errors": 'orders_total{result="failed"}', "total": "orders_total"}},
            "objectives": [{"tier": "*", "target": "99.9"}],
        },
    }


def test_an_object_keeps_its_namespace_and_labels():
    made = carried("sloth", as_object({"name": "orders", "objective": "99.90", "sli": {"events": EVENTS}}))
    assert made["metadata"] == {"name": "checkout-orders", "namespace": "shop", "labels": {"app": "checkout"}}
    assert made["spec"]["objectives"] == [{"tier": "*", "target": "99.9"}]


def test_what_the_api_server_added_is_left_behind():
    given = as_object({"name": "orders", "objective": 99, "sli": {"events": EVENTS}}) | {"status": {"processedSLOs": 1}}
    applied = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
    given["metadata"] |= {"uid": "0", "resourceVersion": "7", "managedFields": [{}], "annotations": applied}
    assert set(carried("sloth", given)["metadata"]) == {"name", "namespace", "labels"}


def test_the_period_and_the_tier_label_are_those_of_the_command_line():
    spec = carried("sloth", sloth(), period="28d", tier_label="plan")["spec"]
    assert (spec["period"], spec["tierLabel"]) == ({"rolling": "28d"}, "plan")


def test_labels_go_to_the_alerts_and_the_owner_to_its_field():
    given = sloth(labels={"team": "blue"}, alerting={"page_alert": {"labels": {"chat": "loud"}}})
    given["labels"] = {"owner": "payments", "team": "red"}
    assert changes("sloth", given) == []
    spec = carried("sloth", given)["spec"]
    assert spec["owner"] == "payments"
    assert spec["alerting"] == {
        "page": {"labels": {"chat": "loud", "team": "blue"}},
        "ticket": {"labels": {"team": "blue"}},
    }


def test_alerts_that_were_off_stay_off():
    alerting = {"page_alert": {"disable": True}, "ticket_alert": {"disable": False}}
    assert carried("sloth", sloth(alerting=alerting))["spec"]["alerting"] == {"page": {"disabled": True}}


def test_what_the_rules_say_themselves_is_told_as_a_change():
    alerting = {
        "name": "OrdersFail",
        "annotations": {"runbook": "https://wiki.example/orders"},
        "page_alert": {"labels": {"severity": "critical"}},
    }
    told = dict(changes("sloth", sloth(alerting=alerting)))
    assert set(told) == {
        "slos[0].alerting.name",
        "slos[0].alerting.annotations",
        "slos[0].alerting.page_alert.labels.severity",
    }
    assert "not called OrdersFail but ClvBudgetBurnPage" in told["slos[0].alerting.name"]


def test_the_name_of_alerts_that_are_off_changes_nothing():
    off = {"disable": True}
    assert changes("sloth", sloth(alerting={"name": "X", "page_alert": off, "ticket_alert": off})) == []


def test_exactly_the_labels_that_the_api_refuses_on_alerts_are_left_out():
    assert set(tieredslo._RESERVED) == draft._RESERVED


def test_a_description_is_kept():
    annotations = carried("sloth", sloth(description="Orders go through."))["metadata"]["annotations"]
    assert annotations == {"kubernetes.io/description": "Orders go through."}


def test_a_raw_ratio_of_two_counters_is_carried():
    query = '1 - (sum(rate(orders_total{result="ok"}[{{.window}}])) / sum(rate(orders_total[{{.window}}])))'
    spec = carried("sloth", sloth(sli={"raw": {"error_ratio_query": query}}))["spec"]
    assert spec["indicator"]["ratio"]["errors"] == 'orders_total{result!="ok"}'


def test_a_name_that_kubernetes_does_not_take_is_changed_and_told():
    assert carried("sloth", sloth(name="Orders_OK"))["metadata"]["name"] == "checkout-orders-ok"
    assert changes("sloth", sloth(name="Orders_OK")) == [
        ("slos[0].name", "checkout-Orders_OK is called checkout-orders-ok")
    ]


@pytest.mark.parametrize(
    ("slo", "field", "problem", "fix"),
    [
        ({"objective": 100}, "slos[0].objective", "above 0 and below 100", "99.9"),
        ({"objective": 0}, "slos[0].objective", "above 0 and below 100", "99.9"),
        ({"objective": "most"}, "slos[0].objective", "'most' is no number", "99.9"),
        ({"objective": None}, "slos[0].objective", "missing", "a number"),
        ({"objective": float("nan")}, "slos[0].objective", "nan is no number", "99.9"),
        ({"objective": 99.99999999999}, "slos[0].objective", "not a percentage", "decimal string"),
        ({"sli": {"plugin": {"id": "our/http"}}}, "slos[0].sli.plugin", "our/http makes the query", "events.error_query"),
        ({"plugins": {"chain": [{"id": "x"}]}}, "slos[0].plugins", "plugins change its rules", "remove them"),
        ({"sli": {}}, "slos[0].sli.events", "exactly one of events and raw", "one of the two"),
        ({"sli": None}, "slos[0].sli.events", "exactly one of events and raw", "one of the two"),
        ({"sli": {"events": {"error_query": "x"}}}, "slos[0].sli.events.total_query", "missing", "a text"),
        ({"sli": ["events"]}, "slos[0].sli", "a list stands where fields belong", "fields below it"),
        ({"name": "ü"}, "slos[0].name", "is no name of an object", "lower-case letters"),
        ({"labels": {"a": 1}}, "slos[0].labels.a", "a whole number stands where a text belongs", "in quotes"),
        ({"labels": {"a-b": "c"}}, "slos[0].alerting.page_alert", "not a Prometheus label name", "letters, digits"),
        ({"labels": {"owner": "team payments"}}, "slos[0].labels", "not a plain name", "letters, digits"),
        ({"alerting": {"page_alert": {"disable": "yes"}}}, "slos[0].alerting.page_alert.disable", "neither true nor", "true"),
        ({"alerts": {}}, "slos[0].alerts", "this field is not known", "did you mean alerting?"),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_is_refused_with_place_and_mend(slo, field, problem, fix):
    told = refusal("sloth", sloth(**slo))
    assert told[0] == field
    assert problem in told[1]
    assert fix in told[2]


@pytest.mark.parametrize(
    ("document", "field", "problem"),
    [
        ({"version": "prometheus/v2", "service": "checkout", "slos": []}, "version", "another format"),
        ({"version": "prometheus/v1", "service": "checkout"}, "slos", "lists no SLO"),
        ({"version": "prometheus/v1", "slos": [{}]}, "service", "missing"),
        (sloth() | {"slo_plugins": {"chain": [{"id": "x"}]}}, "slo_plugins", "change the rules of every SLO"),
        (as_object({}, sloPlugins={"chain": []}), "spec.sloPlugins", "change the rules of every SLO"),
        (as_object({}) | {"apiVersion": "sloth.slok.dev/v2"}, "apiVersion", "another version"),
        (as_object({}) | {"metadata": {"name": "x", "labels": []}}, "metadata.labels", "a list stands"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_whole(document, field, problem):
    told = refusal("sloth", document)
    assert told[0] == field
    assert problem in told[1]


def test_one_faulty_slo_does_not_stop_the_others():
    given = sloth()
    given["slos"] = [*given["slos"], *sloth(name="bad", objective=100)["slos"], *sloth(name="good")["slos"]]
    conversion = converted("sloth", given)
    assert [made["metadata"]["name"] for made in conversion.manifests] == ["checkout-orders", "checkout-good"]
    assert conversion.severities == {"page"}


def test_a_second_slo_of_one_name_is_refused():
    first, second = converted("sloth", sloth(), sloth()).outcomes
    assert first.made is not None
    assert second.made is None
    assert "there is a second checkout-orders, after given.yaml:" in second.findings[0].problem


def test_a_namespace_that_leads_out_of_the_folder_is_refused():
    given = as_object({"name": "orders", "objective": 99, "sli": {"events": EVENTS}})
    given["metadata"]["namespace"] = "../../etc"
    assert "is no name of a namespace" in refusal("sloth", given)[1]
