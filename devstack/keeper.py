"""A stack that outlives the command which started it: `make up`, and the API server that a whole test session shares.

The keeper is a process of its own that holds the stack in RUN_FOLDER and a lock beside it. It ends on SIGTERM, or with
the process it was told to follow. However it ends, the servers and RUN_FOLDER are gone afterwards.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from devstack.cache import locked
from devstack.errors import DevstackError, StartFailed
from devstack.process import SupervisorLink
from devstack.stack import Stack

REPOSITORY = Path(__file__).parent.parent
START_TIMEOUT_SECONDS = 240


def up_folder() -> Path:
    """Where `make up` keeps its state."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "clv-sre" / "devstack-up"


def _lock(folder: Path) -> Path:
    return folder.with_name(folder.name + ".lock")


def state(folder: Path) -> dict[str, Any] | None:
    """What the keeper of this folder wrote when it was ready; None when no keeper lives."""
    try:
        document: dict[str, Any] = json.loads((folder / "state.json").read_text())
        with _lock(folder).open("r") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return document  # the keeper lives: it holds the lock
    except FileNotFoundError:
        pass
    return None


def ensure(folder: Path, *, components: Sequence[str], until_pid: int | None = None) -> tuple[dict[str, Any], bool]:
    """The state of a running keeper, and whether it was started by this call.

    components: of `apiserver`, `prometheus`, `alertmanager`. until_pid: the process that the keeper follows into its end.
    Raises StartFailed with the keeper's own words.
    """
    with locked(folder.with_name(folder.name + ".starting")):
        there = state(folder)
        if there is not None:
            return there, False
        command = [sys.executable, "-m", "devstack", "keep", f"--folder={folder}", *components]
        if until_pid is not None:
            command.append(f"--until-pid={until_pid}")
        with tempfile.TemporaryFile("w+") as words:
            keeper = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=words,
                start_new_session=True,  # Ctrl-C here must not reach it
            )
            deadline = time.monotonic() + START_TIMEOUT_SECONDS
            while time.monotonic() < deadline:
                there = state(folder)
                if there is not None:
                    return there, True
                if keeper.poll() is not None:
                    break
                time.sleep(0.05)
            keeper.terminate()
            code = keeper.wait(timeout=30)
            words.seek(0)
            raise StartFailed(f"the stack did not start (exit {code}):\n{words.read().strip()}")


def end(folder: Path, timeout_seconds: float = 30) -> bool:
    """End the keeper and its stack; returns whether there was one, when everything is gone."""
    there = state(folder)
    if there is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(there["pid"])
        try:
            signal.pidfd_send_signal(descriptor, signal.SIGTERM)
            poller = select.poll()
            poller.register(descriptor, select.POLLIN)
            if not poller.poll(timeout_seconds * 1000):
                raise DevstackError(f"the keeper (pid {there['pid']}) still runs {timeout_seconds} s after SIGTERM")
        finally:
            os.close(descriptor)
    return True


def keep(folder: Path, *, components: Sequence[str], until_pid: int | None) -> None:
    """The keeper's own life."""
    leader = os.pidfd_open(until_pid) if until_pid is not None else None
    wake, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_write)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock(folder).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder.mkdir(mode=0o700, exist_ok=True)
        link = SupervisorLink.get()
        link.ask(do="own", folder=str(folder))
        crds = [REPOSITORY / "crds"] if any((REPOSITORY / "crds").glob("*.yaml")) else []
        with Stack.start(
            apiserver="apiserver" in components,
            crds=crds if "apiserver" in components else [],
            prometheus="prometheus" in components,
            alertmanager="alertmanager" in components,
        ) as stack:
            document = {"pid": os.getpid(), "since": time.time(), **stack.to_state()}
            part = folder / "state.part"
            part.touch(mode=0o600)
            part.write_text(json.dumps(document, indent=1))
            part.rename(folder / "state.json")
            poller = select.poll()
            for descriptor in (wake, leader):
                if descriptor is not None:
                    poller.register(descriptor, select.POLLIN)
            poller.poll()
        link.close()
