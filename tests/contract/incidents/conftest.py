from __future__ import annotations

from collections.abc import Iterator

import pytest

from devstack import Stack
from devstack.api import Api
from tests.contract.incidents.house import House, Receiver
from tests.contract.intake.replica import wait_until_served


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def house(stack: Stack, apiserver: Api, namespace: str) -> House:
    """An operator of its own namespace, on the shared API server; its processes end with the test."""
    wait_until_served(apiserver)
    return House(stack, apiserver, namespace)
