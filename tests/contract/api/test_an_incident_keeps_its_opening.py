import pytest

from devstack.api import Api, ApiRefused
from tests.contract.api.conftest import path_of
from tests.manifests import incident, policy, tier

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("crds")]


@pytest.fixture
def incident_path(cluster: Api) -> str:
    namespace = cluster.new_namespace()
    manifest = incident(namespace=namespace)
    cluster.create(f"{path_of('RevenueIncident', namespace=namespace)}?fieldValidation=Strict", manifest)
    return path_of("RevenueIncident", namespace=namespace, name=manifest["metadata"]["name"])


def snapshot(hash_: str) -> dict[str, object]:
    return {
        "name": "default",
        "namespace": "clv",
        "resourceVersion": "1",
        "hash": hash_,
        "spec": policy()["spec"],
    }


def test_what_was_known_at_the_start_cannot_be_changed(cluster: Api, incident_path: str) -> None:
    with pytest.raises(ApiRefused) as refused:
        cluster.merge(incident_path, {"spec": {"opening": {"service": "billing"}}})
    assert "what was known at the start does not change; leave spec.opening as it is" in refused.value.message
    assert "spec.opening" in refused.value.message


def test_the_policy_is_written_once_and_stays(cluster: Api, incident_path: str) -> None:
    cluster.merge(incident_path, {"spec": {"policy": snapshot("one")}})
    for change in ({"policy": {"hash": "two"}}, {"policy": None}):
        with pytest.raises(ApiRefused) as refused:
            cluster.merge(incident_path, {"spec": change})
        assert "spec.policy is the escalation policy as of the start" in refused.value.message
    assert cluster.get(incident_path)["spec"]["policy"]["hash"] == "one"


def test_people_edit_their_fields_and_the_rest_stays(cluster: Api, incident_path: str) -> None:
    cluster.merge(incident_path, {"spec": {"policy": snapshot("one")}})
    people = {"commander": "joe", "closed": None, "notes": [{"text": "Handed over"}], "severityOverride": None}
    spec = cluster.merge(incident_path, {"spec": people})["spec"]
    assert spec["commander"] == "joe"
    assert "closed" not in spec
    assert spec["policy"]["hash"] == "one"


def test_a_status_that_comes_with_the_object_is_dropped(cluster: Api) -> None:
    namespace = cluster.new_namespace()
    made = cluster.create(
        path_of("RevenueIncident", namespace=namespace), incident(namespace=namespace) | {"status": {"phase": "Open"}}
    )
    assert "status" not in made


def test_a_tier_may_change_its_values(cluster: Api) -> None:
    made = cluster.create(path_of("CLVTier"), tier("gold", rank=2))
    path = path_of("CLVTier", name="gold")
    changed = cluster.merge(path, {"spec": {"values": {"customers": 500}}})
    assert changed["metadata"]["generation"] == made["metadata"]["generation"] + 1
    cluster.delete(path)
