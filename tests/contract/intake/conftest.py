from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from devstack import Stack, until
from devstack.api import ApiRefused
from tests.contract.intake.replica import Replica

CRDS = Path(__file__).parents[3] / "crds"


@pytest.fixture(scope="session")
def intake_stack() -> Iterator[Stack]:
    with Stack.start(apiserver=True, crds=[CRDS]) as stack:
        until(lambda: serves(stack), what="the API server's storage of incidents", timeout_seconds=15)
        yield stack


def serves(stack: Stack) -> bool:
    # For some seconds after a CRD is established its storage answers 429.
    try:
        stack.api.get("/apis/clvsre.io/v1alpha1/revenueincidents")
    except ApiRefused:
        return False
    return True


@pytest.fixture
def namespace(intake_stack: Stack) -> str:
    return intake_stack.api.new_namespace()


@pytest.fixture
async def replica(intake_stack: Stack, namespace: str) -> AsyncIterator[Replica]:
    async with Replica(intake_stack, namespace) as running:
        yield running
