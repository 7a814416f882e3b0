from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack import Stack, until
from devstack.api import ApiRefused
from tests.contract.incidents.house import House, Receiver

CRDS = Path(__file__).parents[3] / "crds"


@pytest.fixture(scope="session")
def incident_stack() -> Iterator[Stack]:
    with Stack.start(apiserver=True, crds=[CRDS]) as stack:
        wait_until_served(stack)
        yield stack


def wait_until_served(stack: Stack) -> None:
    until(lambda: _serves(stack), what="the API server's storage of incidents", timeout_seconds=15)


def _serves(stack: Stack) -> bool:
    # For some seconds after a CRD is established its storage answers 429.
    try:
        stack.api.get("/apis/clvsre.io/v1alpha1/revenueincidents")
    except ApiRefused:
        return False
    return True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def house(incident_stack: Stack) -> Iterator[House]:
    made = House(incident_stack, incident_stack.api.new_namespace())
    yield made
    if made.operator is not None and made.operator.is_running:
        made.operator.kill()
