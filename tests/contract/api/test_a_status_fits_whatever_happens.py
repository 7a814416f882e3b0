"""What `cut_status` returns is taken by the API server; what it is given would not be."""

from __future__ import annotations

from typing import Any

import pytest

from clv_operator.api import KINDS, cut_status
from clv_operator.api.schema import Schema, structural
from clv_operator.api.text import matcher
from devstack.api import Api, ApiRefused
from tests.contract.api.conftest import path_of
from tests.manifests import GOOD

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("crds")]

SPARE = "é"


@pytest.fixture(scope="module")
def namespace(cluster: Api) -> str:
    return cluster.new_namespace()


@pytest.fixture(params=list(KINDS))
def stored(cluster: Api, namespace: str, request: pytest.FixtureRequest) -> tuple[str, str]:
    """A kind, and the path of the status of an object of it."""
    kind: str = request.param
    manifest = GOOD[kind]()
    manifest["metadata"] = {"name": f"full-{kind.lower()}", "namespace": namespace}
    path = path_of(kind, namespace=namespace, name=manifest["metadata"]["name"])
    cluster.apply(path, manifest)
    return kind, f"{path}/status"


def apply(cluster: Api, kind: str, path: str, status: dict[str, Any]) -> dict[str, Any]:
    name = path.split("/")[-2]
    body = {"apiVersion": KINDS[kind].api_version, "kind": kind, "metadata": {"name": name}, "status": status}
    return cluster.apply(path, body, manager="clv-operator")["status"]


def full(node: Schema, *, beyond: int) -> Any:
    """A value as large as the node allows, or `beyond` larger where a cut keeps it legal."""
    match node["type"]:
        case "object" if "properties" in node:
            return {name: full(child, beyond=beyond) for name, child in node["properties"].items()}
        case "object":
            return {
                f"key{i}": full(node["additionalProperties"], beyond=beyond)
                for i in range(node["maxProperties"] + beyond)
            }
        case "array" if node.get("x-kubernetes-list-type") == "map":
            return [full(node["items"], beyond=0) | {"type": f"Condition{i}"} for i in range(node["maxItems"] + beyond)]
        case "array":
            return [full(node["items"], beyond=beyond) for _ in range(node["maxItems"] + beyond)]
        case "integer":
            return node["maximum"]
        case "boolean":
            return True
    if "enum" in node:
        return node["enum"][-1]
    if "pattern" in node:
        return _matching(node["pattern"])
    return SPARE * (node["maxLength"] + beyond)


def _matching(pattern: str) -> str:
    for text in ("2026-11-25T14:02:00.123456Z", "-123456789012345.123456789012", "Reason", "50000.00"):
        if matcher(pattern).match(text):
            return text
    raise AssertionError(f"no example for {pattern}")


def test_the_largest_legal_status_is_taken_and_left_as_it_is(cluster: Api, stored: tuple[str, str]) -> None:
    kind, path = stored
    status = full(structural(KINDS[kind])["properties"]["status"], beyond=0)
    cut = cut_status(kind, status)
    assert cut.paths == ()
    assert cut.status == status
    written = apply(cluster, kind, path, cut.status)
    assert {key: written[key] for key in status if key != "conditions"} == {
        key: value for key, value in status.items() if key != "conditions"
    }


def test_a_larger_one_is_cut_until_it_is_taken(cluster: Api, stored: tuple[str, str]) -> None:
    kind, path = stored
    status = full(structural(KINDS[kind])["properties"]["status"], beyond=3)
    with pytest.raises(ApiRefused) as refused:
        apply(cluster, kind, path, status)
    assert refused.value.status == 422
    cut = cut_status(kind, status)
    assert len(cut.paths) > 1
    assert set(apply(cluster, kind, path, cut.status)) == set(status)


def test_text_that_cannot_be_stored_is_made_storable(cluster: Api, stored: tuple[str, str]) -> None:
    kind, path = stored
    condition = {
        "type": "Ready",
        "status": "False",
        "reason": "not a reason",
        "message": "half a \ud83d character and a \x00",
        "lastTransitionTime": "2026-11-25T14:02:00Z",
    }
    cut = cut_status(kind, {"conditions": [condition]})
    assert cut.paths == ("status.conditions[0].reason",)
    written = apply(cluster, kind, path, cut.status | {"conditions": [cut.status["conditions"][0] | {"reason": "Odd"}]})
    assert written["conditions"][-1]["message"] == "half a \ufffd character and a \ufffd"


def test_two_managers_share_the_conditions_of_one_object(cluster: Api, stored: tuple[str, str]) -> None:
    kind, path = stored
    name = path.split("/")[-2]
    for manager, type_ in (("clv-operator", "Ready"), ("somebody", "Fresh")):
        condition = {
            "type": type_,
            "status": "True",
            "reason": "Test",
            "message": "",
            "lastTransitionTime": "2026-11-25T14:02:00Z",
        }
        body = {"apiVersion": KINDS[kind].api_version, "kind": kind, "metadata": {"name": name}}
        written = cluster.apply(path, body | {"status": {"conditions": [condition]}}, manager=manager)
    assert {condition["type"] for condition in written["status"]["conditions"]} >= {"Ready", "Fresh"}
