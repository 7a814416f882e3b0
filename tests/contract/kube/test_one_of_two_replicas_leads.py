"""Two operators on one real API server: one leads, and what becomes of the other when that one goes."""

import time

import pytest

from devstack import until
from devstack.api import Api
from devstack.stack import Stack
from tests.contract.kube.operators import Operator, lease, start

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("operators")]


@pytest.fixture
def pair(stack: Stack, apiserver: Api, namespace: str) -> tuple[Operator, Operator]:
    """A leader and a follower, both ready."""
    leader = start(stack, apiserver, namespace, "first").wait_ready()
    until(leader.is_leading, what="the first leads", timeout_seconds=30)
    return leader, start(stack, apiserver, namespace, "second").wait_ready()


def seconds_until_leading(follower: Operator, within: float) -> float:
    began = time.monotonic()
    until(follower.is_leading, what="the follower leads", timeout_seconds=within)
    return time.monotonic() - began


def test_both_are_ready_and_one_leads(pair: tuple[Operator, Operator], apiserver: Api, namespace: str):
    leader, follower = pair
    assert leader.is_leading()
    assert not follower.is_leading()
    spec = lease(apiserver, namespace)
    assert spec["holderIdentity"].startswith("first_")
    assert spec["leaseDurationSeconds"] == 6
    assert leader.get("/healthz")[0] == 200


def test_a_stopped_leader_hands_over_at_once_and_exits_with_zero(
    pair: tuple[Operator, Operator], apiserver: Api, namespace: str
):
    leader, follower = pair
    before = lease(apiserver, namespace)["leaseTransitions"]
    leader.process.signal(15)
    assert seconds_until_leading(follower, 10) < 5, "sooner than the Lease of 6 s expires"
    assert leader.wait_exit(20) == 0
    assert lease(apiserver, namespace)["leaseTransitions"] == before + 1
    assert "Released the Lease" in leader.process.log_text()


def test_a_killed_leader_is_followed_when_its_lease_has_expired(pair: tuple[Operator, Operator]):
    leader, follower = pair
    leader.process.kill()
    assert 4 < seconds_until_leading(follower, 20) < 12


def test_a_frozen_leader_does_nothing_after_waking_and_exits(
    pair: tuple[Operator, Operator], apiserver: Api, namespace: str
):
    leader, follower = pair
    leader.process.freeze()
    seconds_until_leading(follower, 20)
    holder = lease(apiserver, namespace)["holderIdentity"]
    leader.process.thaw()
    assert leader.wait_exit(20) == 1
    assert "LeadershipLost" in leader.process.log_tail(1)
    assert lease(apiserver, namespace)["holderIdentity"] == holder
    assert follower.is_leading()


def test_a_deleted_lease_ends_the_leader_and_somebody_leads_again(
    pair: tuple[Operator, Operator], apiserver: Api, namespace: str
):
    leader, follower = pair
    apiserver.delete(f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/clv-operator")
    until(
        lambda: leader.process.wait(0.01) == 1 or follower.is_leading() or None,
        what="a new leader or an end",
        timeout_seconds=20,
    )
    until(lambda: lease(apiserver, namespace)["holderIdentity"], what="a new Lease", timeout_seconds=30)
