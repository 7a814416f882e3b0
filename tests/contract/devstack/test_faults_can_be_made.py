import pytest

from devstack import DevstackError, PrometheusConfig, Stack, StartFailed, until
from devstack.http import Unreachable


def test_a_killed_api_server_returns_with_its_address_its_tokens_and_its_data(own_apiserver):
    server = own_apiserver(crds=())
    name = server.api.new_namespace()
    server.kill()
    with pytest.raises(Unreachable):
        server.api.get("/api/v1/namespaces")
    server.start()
    assert name in server.api.kubectl("get", "namespaces", "-o", "name").stdout


def test_a_frozen_api_server_answers_after_it_is_thawed(own_apiserver):
    server = own_apiserver(crds=())
    server.freeze()
    with pytest.raises(Unreachable):
        server.api.request("GET", "/api/v1/namespaces", timeout_seconds=0.5)
    server.thaw()
    assert until(lambda: server.api.get("/api/v1/namespaces"), what="the server answers again")["items"]


def test_two_replicas_on_one_store_serve_the_same_objects_and_tokens(own_apiserver, apiserver, stack):
    one = own_apiserver(crds=())
    two = stack.add_apiserver(etcd_url=apiserver.etcd_url, etcd_prefix=one.etcd_prefix, twin=one)
    name = one.api.new_namespace()
    assert two.api.get(f"/api/v1/namespaces/{name}")["metadata"]["name"] == name
    assert one.api.tokens == two.api.tokens


def test_an_object_of_our_kind_is_made_at_once_when_the_crds_are_applied(module_apiserver):
    kinds = module_apiserver.api.kubectl("api-resources", "--api-group=clvsre.io", "-o", "name").stdout.split()
    assert "tieredslos.clvsre.io" in kinds


def test_service_accounts_get_tokens_that_the_server_accepts(module_apiserver):
    api = module_apiserver.api
    path = "/api/v1/namespaces/default/serviceaccounts/default"
    until(lambda: api.get(path), what="the default service account is there")
    token = api.kubectl("create", "token", "default").stdout.strip()
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    status = api.create("/apis/authentication.k8s.io/v1/tokenreviews", review)["status"]
    assert status["authenticated"] is True
    assert status["user"]["username"] == "system:serviceaccount:default:default"


def test_garbage_is_collected(module_apiserver):
    api, path = module_apiserver.api, "/api/v1/namespaces/default/configmaps"
    owner = api.create(path, config_map("owner"))
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
    api.create(path, config_map("owned", ownerReferences=[reference]))
    api.delete(f"{path}/owner")
    until(
        lambda: "owned" not in [item["metadata"]["name"] for item in api.get(path)["items"]],
        what="the owned object is collected",
        timeout_seconds=20,
    )
    assert "owner" not in [item["metadata"]["name"] for item in api.get(path)["items"]]


def config_map(name, **metadata):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}


def test_a_prometheus_that_was_killed_keeps_its_data(prometheus):
    history = '# TYPE a gauge\na{b="c"} 5 1700000000\n# EOF\n'
    server = prometheus(history=history)
    expression = 'last_over_time(a{b="c"}[1m] @ 1700000010)'
    assert server.query(expression)[0][1] == 5.0
    server.restart()
    assert server.query(expression)[0][1] == 5.0


def test_rules_that_prometheus_refuses_are_told(prometheus):
    server = prometheus()
    (server.rules / "bad.yaml").write_text("groups: [{name: a, rules: [{record: b, expr: 'sum('}]}]")
    with pytest.raises(DevstackError, match="refused to reload"):
        server.reload()


def test_an_alert_travels_from_a_rule_to_alertmanager(prometheus, alertmanager):
    receiver = alertmanager()
    rule = {"alert": "Always", "expr": "vector(1)", "labels": {"severity": "page"}}
    server = prometheus(rules={"always.yaml": {"groups": [{"name": "a", "interval": "1s", "rules": [rule]}]}})
    alerts = until(receiver.alerts, what="the alert arrived", timeout_seconds=20)
    assert alerts[0]["labels"] == {"alertname": "Always", "severity": "page"}
    assert server.config.alertmanagers == [receiver.address]


@pytest.mark.needs("prometheus")
def test_a_server_that_cannot_start_shows_the_end_of_its_log():
    with pytest.raises(StartFailed, match="nonsense"), Stack.start(prometheus=PrometheusConfig(flags=["--nonsense"])):
        pass


@pytest.mark.needs("prometheus")
def test_the_exit_code_of_a_process_is_known(stack):
    process = stack.spawn("quick", ["/bin/sh", "-c", "echo seen; exit 3"])
    assert process.wait(10) == 3
    assert process.log_text() == "seen\n"
    assert stack.spawn("killed", ["sleep", "600"]).stop() == -15
