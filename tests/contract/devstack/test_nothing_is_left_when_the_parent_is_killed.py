"""The promise that lets tests kill what they like: however the program that started a stack ends, nothing stays."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from devstack import Stack, until

PROGRAM = textwrap.dedent(
    """
    import json, sys, time
    from devstack import Stack
    from devstack.process import SupervisorLink
    with Stack.start(prometheus=True) as stack:
        child = stack.spawn("child", [sys.executable, "-c", %r])
        print(json.dumps({
            "folder": str(stack.folder),
            "supervisor": SupervisorLink.get().pid,
            "pids": [stack.prometheus.process.pid, child.pid],
        }), flush=True)
        time.sleep(600)
    """
)
# A program that ignores SIGTERM and has a child of its own.
STUBBORN = (
    "import signal, subprocess, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "subprocess.run(['sleep', '600']); time.sleep(600)"
)


@pytest.fixture
def program():
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM % STUBBORN], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3], text=True
    )
    told = json.loads(process.stdout.readline())
    told["pids"].extend(until(lambda: children_of(told["pids"][1]), what="the child has started its own child"))
    yield process, told
    process.kill()
    process.wait()
    process.stdout.close()


def children_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def alive(told):
    return [pid for pid in [*told["pids"], told["supervisor"]] if is_alive(pid)]


@pytest.mark.needs("prometheus")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_parent_ends_by_a_signal(program, number):
    process, told = program
    assert len(alive(told)) == 4
    process.send_signal(number)
    process.wait()
    until(lambda: not alive(told), what=f"no process of {told} lives")
    until(lambda: not Path(told["folder"]).exists(), what="the folder is gone")


@pytest.mark.needs("prometheus")
def test_a_frozen_server_is_no_exception(program):
    process, told = program
    os.kill(told["pids"][0], signal.SIGSTOP)
    process.kill()
    until(lambda: not alive(told), what=f"no process of {told} lives")
    assert not Path(told["folder"]).exists() or until(lambda: not Path(told["folder"]).exists(), what="folder gone")


@pytest.mark.needs("prometheus")
def test_the_supervisor_itself_is_killed(program):
    process, told = program
    os.kill(told["supervisor"], signal.SIGKILL)
    servers = {"pids": told["pids"][:2], "supervisor": told["supervisor"]}
    until(lambda: not alive(servers), what=f"no server of {told} lives")
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)
    assert not Path(told["folder"]).exists()


@pytest.mark.needs("prometheus")
def test_parent_and_supervisor_are_killed_at_once(program):
    process, told = program
    os.kill(told["supervisor"], signal.SIGSTOP)  # it must not see the parent's end before its own
    process.kill()
    os.kill(told["supervisor"], signal.SIGKILL)
    servers = {"pids": told["pids"][:2], "supervisor": told["supervisor"]}
    until(lambda: not alive(servers), what=f"no server of {told} lives")
    with Stack.start() as next_one:  # this one sweeps, where no other test's stack was quicker
        assert not Path(told["folder"]).exists()
        assert next_one.folder.exists()


@pytest.mark.needs("prometheus")
def test_a_server_outlives_the_thread_that_started_it():
    with Stack.start() as stack:
        thread = threading.Thread(target=stack.add_prometheus)
        thread.start()
        thread.join()
        assert stack.prometheus.query("vector(7)") == [({}, 7.0)]
        assert stack.prometheus.is_running
    assert not stack.folder.exists()


def test_a_forked_child_does_not_hide_the_death_of_its_parent(tmp_path):
    program = textwrap.dedent(
        """
        import os, time
        from devstack.process import Folder
        folder = Folder("fork")
        if os.fork() == 0:
            time.sleep(600)
        print(folder.path, flush=True)
        time.sleep(600)
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3], text=True
    )
    folder = Path(process.stdout.readline().strip())
    (forked,) = [
        pid for pid in children_of(process.pid) if b"supervisor" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert folder.is_dir()
    process.kill()
    process.wait()
    process.stdout.close()
    try:
        until(lambda: not folder.exists(), what="the folder is gone while the forked child lives")
        assert is_alive(forked)
    finally:
        os.kill(forked, signal.SIGKILL)
