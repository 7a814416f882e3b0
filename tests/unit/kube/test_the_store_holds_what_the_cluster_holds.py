import pytest

from clv_operator.kube.resource import TIERED_SLO
from clv_operator.kube.store import Rejected, Store
from tests.unit.kube.cluster_double import body, service_of, store_with


def test_an_object_is_held_as_its_model():
    entry = store_with(body()).of(TIERED_SLO).get("shop", "checkout")
    assert entry is not None
    assert (entry.model, entry.generation, entry.labels["team"]) == ("checkout", 3, "payments")


def test_an_unreadable_object_is_rejected_with_the_fix_and_stops_nobody():
    kind = store_with(body(spec={}), body("cart")).of(TIERED_SLO)
    rejected = kind.get("shop", "checkout")
    assert rejected is not None
    assert rejected.model == Rejected(reason="InvalidSpec", message="spec.service: is missing; name the service")
    assert kind.models() == {("shop", "cart"): "cart"}


def test_a_parser_that_stumbles_rejects_only_that_object():
    kind = Store().add(TIERED_SLO, lambda read: read["spec"]["no such key"])
    entry = kind.put(body())
    assert isinstance(entry.model, Rejected)
    assert "apply it anew" in entry.model.message


def test_an_older_version_does_not_replace_a_newer_one():
    kind = store_with(body(version=7)).of(TIERED_SLO)
    kind.put(body(version=5, spec={"service": "old"}))
    assert kind.models() == {("shop", "checkout"): "checkout"}


def test_the_sweep_may_go_back_as_etcd_does_when_it_is_restored():
    kind = store_with(body(version=7)).of(TIERED_SLO)
    kind.put(body(version=5, spec={"service": "restored"}), is_certain=True)
    assert kind.models() == {("shop", "checkout"): "restored"}


def test_a_recreated_object_replaces_its_forerunner_whatever_its_version():
    kind = store_with(body(version=7, uid="u1")).of(TIERED_SLO)
    kind.put(body(version=3, uid="u2"))
    entry = kind.get("shop", "checkout")
    assert entry is not None
    assert entry.uid == "u2"


def test_a_late_deletion_of_the_forerunner_leaves_the_new_object():
    kind = store_with(body(uid="u2")).of(TIERED_SLO)
    assert not kind.drop("shop", "checkout", uid="u1")
    assert len(kind) == 1


def test_an_entry_that_moved_is_not_dropped_by_its_old_count():
    kind = store_with(body(version=1)).of(TIERED_SLO)
    before = kind.get("shop", "checkout")
    assert before is not None
    kind.put(body(version=2))
    assert not kind.drop("shop", "checkout", seq=before.seq)
    assert kind.get("shop", "checkout") is not None


def test_a_snapshot_does_not_move():
    kind = store_with(body()).of(TIERED_SLO)
    snapshot = kind.snapshot()
    kind.drop("shop", "checkout")
    assert ("shop", "checkout") in snapshot
    assert len(kind) == 0


def test_listeners_learn_of_changes_and_not_of_repetitions():
    store = Store()
    kind = store.add(TIERED_SLO, service_of)
    seen: list[tuple[str, str]] = []
    kind.listeners.append(lambda _, key: seen.append(key))
    kind.put(body(version=1))
    kind.put(body(version=1))
    kind.drop("shop", "checkout")
    assert seen == [("shop", "checkout")] * 2


def test_the_status_is_a_fresh_copy_each_time():
    entry = store_with(body(status={"tiers": [{"tier": "gold"}]})).of(TIERED_SLO).get("shop", "checkout")
    assert entry is not None
    entry.status["tiers"].clear()
    assert entry.status == {"tiers": [{"tier": "gold"}]}


def test_an_unknown_kind_is_no_silent_empty_collection():
    with pytest.raises(KeyError):
        store_with().of_kind("CohortRollout")
