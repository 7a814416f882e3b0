"""Start and end of the process against an API server that goes away, or lacks our kinds."""

import time

import pytest

from devstack import until
from devstack.api import Api
from devstack.stack import Stack
from devstack.testing.fixtures import OwnApiServer
from tests.contract.kube.operators import start

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("operators")]


def test_without_an_api_server_a_leader_stops_at_its_deadline(stack: Stack, own_apiserver: OwnApiServer):
    server = own_apiserver()
    operator = start(stack, server.api, "default").wait_ready()
    until(operator.is_leading, what="it leads", timeout_seconds=30)
    began = time.monotonic()
    server.kill()
    assert operator.wait_exit(20) == 1
    assert time.monotonic() - began < 4 + 4, "the deadline is 4 s after the last renewal was sent"
    assert "could not be renewed for 4 s" in operator.process.log_tail(1)


def test_a_hanging_api_server_does_not_carry_a_leader_past_its_deadline(stack: Stack, own_apiserver: OwnApiServer):
    server = own_apiserver()
    operator = start(stack, server.api, "default").wait_ready()
    until(operator.is_leading, what="it leads", timeout_seconds=30)
    began = time.monotonic()
    server.freeze()
    try:
        until(
            lambda: not operator.process.is_running or not operator.is_leading(),
            what="it does not lead",
            timeout_seconds=20,
        )
        assert time.monotonic() - began < 4 + 4
        assert operator.wait_exit(30) == 1
    finally:
        server.thaw()


def test_an_operator_waits_for_an_api_server_that_is_not_there_yet(stack: Stack, own_apiserver: OwnApiServer):
    server = own_apiserver()
    server.kill()
    operator = start(stack, server.api, "default")
    until(operator.ready_file.exists, what="it listens", timeout_seconds=30)
    assert operator.get("/healthz")[0] == 200
    code, reasons = operator.get("/readyz")
    assert code == 503
    assert "the store does not equal the cluster yet" in reasons
    server.start()
    operator.wait_ready()


def test_a_crd_that_goes_ends_the_process_and_a_missing_one_is_named(stack: Stack, own_apiserver: OwnApiServer):
    server = own_apiserver()
    operator = start(stack, server.api, "default").wait_ready()
    server.api.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tieredslos.clvsre.io")
    assert operator.wait_exit(40) == 1
    assert "WatchEnded" in operator.process.log_tail(1)

    again = start(stack, server.api, "default", "again")
    assert again.wait_exit(30) == 1
    last = again.process.log_tail(1)
    assert "tieredslos.clvsre.io: apply the CRDs of this release" in last
    assert "clvtiers" not in last


def test_wrong_settings_are_told_and_exit_with_two(stack: Stack, apiserver: Api):
    operator = start(stack, apiserver, "default", leadr={})
    assert operator.wait_exit(30) == 2
    assert "setting leadr: is unknown; did you mean leader?" in operator.process.log_tail(1)
