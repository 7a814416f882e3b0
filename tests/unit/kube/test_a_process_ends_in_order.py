import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field

from clv_operator.process import Process


@dataclass
class Diary:
    lines: list[str] = field(default_factory=list)

    def __call__(self, line: str) -> None:
        self.lines.append(line)


@dataclass
class Part:
    name: str
    diary: Diary
    fails: Exception | None = None
    ends: bool = False

    async def run(self) -> None:
        self.diary(f"{self.name} began")
        if self.fails:
            raise self.fails
        if self.ends:
            return
        try:
            await asyncio.Event().wait()
        finally:
            self.diary(f"{self.name} ended")


@dataclass
class Leadership:
    diary: Diary
    ends: asyncio.Event = field(default_factory=asyncio.Event)

    async def campaign(self) -> None:
        self.diary("won")

    async def keep(self) -> None:
        await self.ends.wait()
        raise RuntimeError("the Lease is held by another")

    async def release(self) -> None:
        self.diary("released")


@dataclass
class Web:
    diary: Diary

    async def stop(self) -> None:
        self.diary("closed the door")


def process(
    diary: Diary, everywhere: Part, leader: Part, leadership: Leadership, settle: Callable[..., object] | None = None
) -> Process:
    async def prepare() -> None:
        diary("prepared")

    async def settled(seconds: float) -> bool:
        diary("settled")
        return True

    return Process(
        everywhere=[everywhere],
        leader=[leader],
        leadership=leadership,
        web=Web(diary),
        prepare=prepare,
        settle=settled,
        begin_stop=lambda: diary("not ready"),
        grace_seconds=0.0,
    )


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  # a double has no event for it
            await asyncio.sleep(0.005)


async def test_a_signal_stops_everything_in_order_and_exits_with_zero():
    diary = Diary()
    work = process(diary, Part("watch", diary), Part("tick", diary), Leadership(diary))
    running = asyncio.create_task(work.run())
    await until(lambda: "tick began" in diary.lines)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == 0
    stop = ["not ready", "closed the door", "tick ended", "settled", "released", "watch ended"]
    assert diary.lines[-6:] == stop


async def test_a_lost_lease_ends_the_leaders_work_and_exits_with_one():
    diary = Diary()
    leadership = Leadership(diary)
    work = process(diary, Part("watch", diary), Part("tick", diary), leadership)
    running = asyncio.create_task(work.run())
    await until(lambda: "tick began" in diary.lines)
    leadership.ends.set()
    assert await running == 1
    assert "tick ended" in diary.lines
    assert "settled" not in diary.lines, "who lost the Lease may not write any more"


async def test_an_exception_that_escapes_from_a_component_exits_with_one():
    diary = Diary()
    broken = Part("watch", diary, fails=ValueError("the watch ended"))
    assert await process(diary, broken, Part("tick", diary), Leadership(diary)).run() == 1


async def test_a_component_that_ends_by_itself_exits_with_one():
    diary = Diary()
    assert await process(diary, Part("watch", diary), Part("tick", diary, ends=True), Leadership(diary)).run() == 1
    assert diary.lines.index("prepared") < diary.lines.index("won") < diary.lines.index("tick began")
