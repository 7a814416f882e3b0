from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from devstack.api import Api
from tests.contract.intake.replica import Replica, wait_until_served


@pytest.fixture
async def replica(apiserver: Api, namespace: str) -> AsyncIterator[Replica]:
    wait_until_served(apiserver)
    async with Replica(apiserver, namespace) as running:
        yield running
