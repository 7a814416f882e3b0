from clv_operator.prometheus import Endpoint, PrometheusSource
from clv_operator.rules import FileOutput
from devstack import until

from .wanted import by_key, of_slo, shared

NONE: frozenset[str] = frozenset()


def hashes(server):
    return {labels["clv_slo"]: labels["clv_hash"] for labels, _ in server.query("clv:slo_info")}


def groups(server):
    return {group["name"] for group in server.get("/api/v1/rules")["groups"]}


async def test_prometheus_evaluates_what_is_written_and_shows_its_hash(prometheus):
    server = prometheus()
    source = PrometheusSource(Endpoint(url=server.url))
    output = FileOutput(server.rules, reloader=source)
    first = of_slo("shop", "checkout")
    assert await output.sync(by_key(first, shared()), NONE) == {}
    until(lambda: hashes(server) == {"shop/checkout": first.hash}, what="the hash of the rules is recorded")
    second = of_slo("shop", "checkout", target="99.5")
    assert second.hash != first.hash
    assert await output.sync(by_key(second, shared()), NONE) == {}
    until(lambda: hashes(server) == {"shop/checkout": second.hash}, what="the hash of the new rules alone is recorded")
    assert await output.sync(by_key(shared()), NONE) == {}
    assert groups(server) == {"clv-sre"}
    source.close()


async def test_an_expression_that_prometheus_refuses_is_named_taken_back_and_holds_nobody_up(prometheus):
    server = prometheus()
    source = PrometheusSource(Endpoint(url=server.url))
    output = FileOutput(server.rules, reloader=source)
    good = of_slo("shop", "checkout")
    await output.sync(by_key(good), NONE)
    until(lambda: hashes(server) == {"shop/checkout": good.hash}, what="the good rules are evaluated")
    wanted = by_key(of_slo("shop", "checkout", spoil="sum(rate(x[5m])"), of_slo("shop", "cart"))
    problems = await output.sync(wanted, NONE)
    assert list(problems) == ["shop/checkout"]
    assert problems["shop/checkout"].reason == "RulesRefused"
    assert "sum(rate(x[5m])" in problems["shop/checkout"].message
    assert "parse error" in problems["shop/checkout"].message
    until(lambda: set(hashes(server)) == {"shop/checkout", "shop/cart"}, what="the other group is evaluated")
    assert hashes(server)["shop/checkout"] == good.hash, "the old rules go on"
    assert await output.sync(by_key(good, of_slo("shop", "cart")), NONE) == {}
    source.close()


async def test_rules_wait_on_disk_for_a_prometheus_that_is_down(prometheus):
    server = prometheus()
    source = PrometheusSource(Endpoint(url=server.url))
    output = FileOutput(server.rules, reloader=source)
    server.kill()
    rules = of_slo("shop", "checkout")
    assert (await output.sync(by_key(rules), NONE))["shop/checkout"].reason == "ReloadFailed"
    server.start()
    assert await output.sync(by_key(rules), NONE) == {}
    until(lambda: hashes(server) == {"shop/checkout": rules.hash}, what="the rules are evaluated after all")
    source.close()


async def test_a_broken_file_of_somebody_else_is_not_blamed_on_us(prometheus):
    server = prometheus()
    source = PrometheusSource(Endpoint(url=server.url))
    output = FileOutput(server.rules, reloader=source)
    (server.rules / "team.yaml").write_text("groups: [{name: a, rules: [{record: x, expr: 'sum('}]}]")
    problems = await output.sync(by_key(of_slo("shop", "checkout")), NONE)
    assert problems["shop/checkout"].reason == "ReloadFailed"
    assert "mend its other files" in problems["shop/checkout"].message
    (server.rules / "team.yaml").unlink()
    assert await output.sync(by_key(of_slo("shop", "checkout")), NONE) == {}
    until(lambda: "shop/checkout" in hashes(server), what="the rules are evaluated once that is mended")
    source.close()
