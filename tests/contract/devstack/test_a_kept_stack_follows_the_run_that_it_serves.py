import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from devstack import keeper, until
from devstack.http import Unreachable, call

pytestmark = pytest.mark.needs("prometheus")


@pytest.fixture
def run():
    """A process that stands for a test run."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def test_it_ends_when_the_run_is_killed(run, tmp_path):
    folder = tmp_path / "shared"
    state, is_new = keeper.ensure(folder, components=["prometheus"], until_pid=run.pid)
    assert is_new
    assert call(f"{state['prometheus']}/-/ready").status == 200
    os.kill(run.pid, signal.SIGKILL)
    until(lambda: keeper.state(folder) is None, what="the keeper is gone")
    until(lambda: not folder.exists() and not Path(state["folder"]).exists(), what="its folders are gone")
    with pytest.raises(Unreachable):
        call(f"{state['prometheus']}/-/ready")


def test_those_who_ask_at_once_get_the_same_one(run, tmp_path):
    folder = tmp_path / "shared"

    def ask(_):
        return keeper.ensure(folder, components=["prometheus"], until_pid=run.pid)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert sorted(is_new for _, is_new in answers) == [False, False, False, True]
    assert len({state["pid"] for state, _ in answers}) == 1
    assert keeper.end(folder)
    assert not keeper.end(folder)
