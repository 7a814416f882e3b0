from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from clv_operator.kube.client import Cluster
from clv_operator.kube.connection import Connection
from devstack.api import Api


@pytest_asyncio.fixture
async def cluster(apiserver: Api) -> AsyncIterator[Cluster]:
    """Our client on the shared API server."""
    async with Cluster(await Connection(kubeconfig=apiserver.kubeconfig).client()) as made:
        yield made
