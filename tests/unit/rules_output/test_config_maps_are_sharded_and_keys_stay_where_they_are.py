from clv_operator.kube.resource import CONFIG_MAP
from clv_operator.rules import ConfigMapOutput

from .memory import MemoryObjects, rules, wanted

NONE: frozenset[str] = frozenset()
BIG = 300 * 1024


def output(objects: MemoryObjects) -> ConfigMapOutput:
    return ConfigMapOutput(objects, namespace="clv", config_map_name="clv-sre-rules", labels={"rules": "yes"})


def places(objects: MemoryObjects) -> dict[str, str]:
    return {file: name for (_, _, name), each in objects.there.items() for file in each.get("data", {})}


async def test_each_slo_is_one_key_and_no_map_grows_over_its_bound() -> None:
    objects = MemoryObjects()
    groups = [rules(f"shop/s{number}", size=BIG) for number in range(5)]
    assert await output(objects).sync(wanted(*groups, rules("")), NONE) == {}
    assert sorted(places(objects)) == ["clv-shared.yaml", *(f"shop.s{number}.yaml" for number in range(5))]
    sizes = [sum(map(len, each["data"].values())) for each in objects.there.values()]
    assert len(sizes) == 3
    assert max(sizes) <= 900 * 1024


async def test_a_changed_slo_rewrites_its_own_map_and_moves_nobody() -> None:
    objects = MemoryObjects()
    out = output(objects)
    groups = [rules(f"shop/s{number}", size=BIG) for number in range(5)]
    await out.sync(wanted(*groups), NONE)
    before = places(objects)
    objects.calls.clear()
    groups[4] = rules("shop/s4", "vector(2)", size=BIG)
    await out.sync(wanted(*groups), NONE)
    assert places(objects) == before
    assert objects.calls == ["list", "get", "replace"]


async def test_after_a_restart_keys_keep_their_place_and_nothing_is_written() -> None:
    objects = MemoryObjects()
    groups = [rules(f"shop/s{number}", size=BIG) for number in range(5)]
    await output(objects).sync(wanted(*groups), NONE)
    before = places(objects)
    objects.calls.clear()
    await output(objects).sync(wanted(*reversed(groups)), NONE)
    assert places(objects) == before
    assert not {"create", "replace", "delete"} & set(objects.calls), objects.calls


async def test_at_rest_one_list_is_read() -> None:
    objects = MemoryObjects()
    out = output(objects)
    await out.sync(wanted(rules()), NONE)
    objects.calls.clear()
    await out.sync(wanted(rules()), NONE)
    assert objects.calls == ["list"]


async def test_an_edited_or_deleted_map_is_put_back() -> None:
    objects = MemoryObjects()
    out = output(objects)
    await out.sync(wanted(rules()), NONE)
    held = objects.there["ConfigMap", "clv", "clv-sre-rules-0"]
    held["data"]["shop.checkout.yaml"] = "groups: []"
    held["metadata"]["resourceVersion"] = "edited"
    await out.sync(wanted(rules()), NONE)
    assert "vector(1)" in objects.there["ConfigMap", "clv", "clv-sre-rules-0"]["data"]["shop.checkout.yaml"]
    objects.there.clear()
    assert await out.sync(wanted(rules()), NONE) == {}
    assert places(objects) == {"shop.checkout.yaml": "clv-sre-rules-0"}


async def test_keys_go_with_their_slo_and_an_empty_map_with_its_last_key() -> None:
    objects = MemoryObjects()
    out = output(objects)
    await out.sync(wanted(rules("shop/a"), rules("shop/b")), NONE)
    await out.sync(wanted(rules("shop/a")), NONE)
    assert places(objects) == {"shop.a.yaml": "clv-sre-rules-0"}
    await out.sync({}, NONE)
    assert objects.names() == []


async def test_the_last_good_rules_of_an_slo_that_cannot_be_rendered_stay() -> None:
    objects = MemoryObjects()
    out = output(objects)
    await out.sync(wanted(rules("shop/a"), rules("shop/b")), NONE)
    await out.sync(wanted(rules("shop/a", "vector(2)")), frozenset({"shop/b"}))
    data = objects.there["ConfigMap", "clv", "clv-sre-rules-0"]["data"]
    assert "vector(2)" in data["shop.a.yaml"]
    assert "vector(1)" in data["shop.b.yaml"]


async def test_a_map_of_that_name_that_is_not_ours_is_left_alone_and_named() -> None:
    objects = MemoryObjects()
    objects.plant(CONFIG_MAP, "clv", "clv-sre-rules-0", data={"theirs": "x"})
    problems = await output(objects).sync(wanted(rules()), NONE)
    assert problems["shop/checkout"].reason == "RuleConflict"
    assert objects.there["ConfigMap", "clv", "clv-sre-rules-0"]["data"] == {"theirs": "x"}
