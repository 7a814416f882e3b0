from __future__ import annotations

import asyncio

import pytest

from devstack import Stack
from devstack.testing.fixtures import CRDS
from tests.contract.intake.replica import Replica, alert, message, serves

pytestmark = [pytest.mark.needs("apiserver")]


async def test_only_503_meanwhile_and_everything_acknowledged_is_stored() -> None:
    with Stack.start(apiserver=True, crds=[CRDS]) as stack:
        await _until(lambda: serves(stack.api))
        async with Replica(stack.api, stack.api.new_namespace()) as replica:
            acknowledged: set[str] = set()
            codes: list[int] = []

            async def send(number: int) -> None:
                body = message(alert(instance=str(number)))
                for _ in range(200):
                    status, _ = await replica.post(body)
                    codes.append(status)
                    if status == 200:
                        acknowledged.add(str(number))
                        return
                    await asyncio.sleep(0.1)

            await send(0)
            stack.apiserver.kill()
            waiting = [asyncio.create_task(send(number)) for number in range(1, 25)]
            await _until(lambda: codes.count(503) >= 24)
            assert acknowledged == {"0"}
            stack.apiserver.start()
            await asyncio.gather(*waiting)
            assert set(codes) == {200, 503}
            stored = (await replica.only_incident())["status"]["alerts"]
            assert (stored["firing"], len(acknowledged)) == (25, 25)


async def _until(condition: object, seconds: float = 30) -> None:
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # what is awaited is another process
            await asyncio.sleep(0.05)
