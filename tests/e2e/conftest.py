"""The demo's own stage, once for the module: shop, traffic, Prometheus, Alertmanager, two replicas, channel double."""

from collections.abc import Iterator

import pytest

from examples.shop.demo.stage import Stage, set_stage
from examples.shop.demo.voice import Voice


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with set_stage(Voice(), context=None) as stage:
        yield stage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The story waits far longer than it works: it goes first, and the other workers do the rest meanwhile."""
    items.sort(key=lambda item: "test_the_story" not in item.nodeid)
