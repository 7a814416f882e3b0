def test_the_kinds_of_crds_are_served(apiserver, kubectl):
    names = kubectl("get", "crd", "-o", "name").stdout
    assert "customresourcedefinition.apiextensions.k8s.io/tieredslos.clvsre.io" in names


def test_a_namespace_of_its_own_for_each_test(apiserver, namespace):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"key": "value"}}
    apiserver.create(f"/api/v1/namespaces/{namespace}/configmaps", body)
    found = apiserver.get(f"/api/v1/namespaces/{namespace}/configmaps")["items"]
    assert {"one"} <= {item["metadata"]["name"] for item in found}


def test_another_prefix_of_the_same_etcd_is_another_cluster(apiserver, namespace, own_apiserver):
    own = own_apiserver(crds=())
    names = {item["metadata"]["name"] for item in own.api.get("/api/v1/namespaces")["items"]}
    assert namespace not in names
    assert "default" in names


def test_the_operator_user_has_no_right_without_rbac(apiserver, namespace):
    answer = apiserver.kubectl("auth", "can-i", "list", "pods", "-n", namespace, user="operator", check=False)
    assert answer.stdout.strip() == "no"
