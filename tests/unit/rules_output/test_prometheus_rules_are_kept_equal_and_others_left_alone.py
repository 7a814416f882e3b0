from clv_operator.kube.resource import PROMETHEUS_RULE
from clv_operator.rules import PrometheusRuleOutput
from sloengine.errors import ClusterError

from .memory import MemoryObjects, rules, wanted

NONE: frozenset[str] = frozenset()


def output(objects: MemoryObjects) -> PrometheusRuleOutput:
    return PrometheusRuleOutput(objects, namespace="clv", labels={"release": "prometheus"})


async def test_each_slo_gets_one_in_its_namespace_owned_by_it_and_labelled_for_the_selector() -> None:
    objects = MemoryObjects()
    assert await output(objects).sync(wanted(rules("shop/checkout"), rules("")), NONE) == {}
    assert objects.names() == ["clv/clv-shared", "shop/clv-slo-checkout"]
    made = objects.there["PrometheusRule", "shop", "clv-slo-checkout"]
    assert made["metadata"]["ownerReferences"][0]["uid"] == "uid-checkout"
    assert made["metadata"]["labels"]["release"] == "prometheus"
    assert made["spec"]["groups"][0]["rules"][0]["expr"] == "vector(1)"


async def test_a_second_sync_of_the_same_rules_reads_one_list_and_writes_nothing() -> None:
    objects = MemoryObjects()
    out = output(objects)
    await out.sync(wanted(rules()), NONE)
    objects.calls.clear()
    await out.sync(wanted(rules()), NONE)
    assert objects.calls == ["list"]


async def test_after_a_restart_an_equal_object_is_read_and_not_written() -> None:
    objects = MemoryObjects()
    await output(objects).sync(wanted(rules()), NONE)
    objects.calls.clear()
    await output(objects).sync(wanted(rules()), NONE)
    assert objects.calls == ["list", "get"]


async def test_an_object_of_that_name_that_is_not_ours_is_left_alone_and_named() -> None:
    objects = MemoryObjects()
    objects.plant(PROMETHEUS_RULE, "shop", "clv-slo-checkout", spec={"groups": []})
    problems = await output(objects).sync(wanted(rules("shop/checkout"), rules("shop/cart")), NONE)
    assert problems["shop/checkout"].reason == "RuleConflict"
    assert "shop/clv-slo-checkout" in problems["shop/checkout"].message
    assert objects.there["PrometheusRule", "shop", "clv-slo-checkout"]["spec"] == {"groups": []}
    assert "shop/clv-slo-cart" in objects.names(), "the conflict of one must not stop the other"


async def test_what_somebody_changed_is_put_back_and_what_they_added_stays() -> None:
    objects = MemoryObjects()
    out = output(objects)
    await out.sync(wanted(rules()), NONE)
    held = objects.there["PrometheusRule", "shop", "clv-slo-checkout"]
    held["spec"] = {"groups": []}
    held["metadata"]["labels"]["team"] = "payments"
    held["metadata"]["resourceVersion"] = "edited"
    await out.sync(wanted(rules()), NONE)
    mended = objects.there["PrometheusRule", "shop", "clv-slo-checkout"]
    assert mended["spec"]["groups"][0]["name"] == "clv.shop.checkout"
    assert mended["metadata"]["labels"]["team"] == "payments"


async def test_the_rules_of_an_slo_that_is_gone_go_and_those_of_one_that_cannot_be_rendered_stay() -> None:
    objects = MemoryObjects()
    out = output(objects)
    await out.sync(wanted(rules("shop/checkout"), rules("shop/cart"), rules("")), NONE)
    objects.plant(PROMETHEUS_RULE, "shop", "by-hand", metadata={"labels": {"team": "x"}})
    await out.sync(wanted(rules("")), frozenset({"shop/cart"}))
    assert objects.names() == ["clv/clv-shared", "shop/by-hand", "shop/clv-slo-cart"]


async def test_without_the_kind_every_slo_says_which_outputs_there_are() -> None:
    objects = MemoryObjects()
    objects.absent = {"PrometheusRule"}
    problems = await output(objects).sync(wanted(rules()), NONE)
    assert problems["shop/checkout"].reason == "OutputMissing"
    assert "ConfigMap or File" in problems["shop/checkout"].message


async def test_one_refused_write_is_the_problem_of_its_slo_alone() -> None:
    objects = MemoryObjects()
    refused = ClusterError("forbidden", reason="Forbidden", retryable=True)
    objects.refuse = lambda verb, name: refused if verb == "create" and name == "clv-slo-cart" else None
    problems = await output(objects).sync(wanted(rules("shop/checkout"), rules("shop/cart")), NONE)
    assert list(problems) == ["shop/cart"]
    assert problems["shop/cart"].reason == "Forbidden"
    assert "shop/clv-slo-checkout" in objects.names()


async def test_the_longest_name_still_makes_a_name() -> None:
    objects = MemoryObjects()
    names = [f"shop/{'a' * 252}{end}" for end in "bc"]
    assert await output(objects).sync(wanted(*map(rules, names)), NONE) == {}
    assert len({name for _, _, name in objects.there}) == 2
    assert all(len(name) <= 253 for _, _, name in objects.there)
