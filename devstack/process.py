"""Processes that cannot outlive us: started, frozen, killed, started again."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from devstack.errors import DevstackError, StartFailed
from devstack.supervisor import OWNER


class SupervisorLink:
    """Our end of the supervisor's pipe; one per Python process, started at the first need, usable from any thread."""

    _instance: ClassVar[SupervisorLink | None] = None
    _guard: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("supervisor.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in the terminal is ours to handle
            cwd="/",
        )
        self.pid = self._process.pid

    @classmethod
    def get(cls) -> SupervisorLink:
        with cls._guard:
            if cls._instance is None:
                cls._instance = cls()
                atexit.register(cls._instance.close)
            return cls._instance

    @classmethod
    def forget_in_child(cls) -> None:
        """After fork: the pipe belongs to the parent; a copy kept open here would hide the parent's death."""
        link, cls._instance, cls._guard = cls._instance, None, threading.Lock()
        if link is None:
            return
        atexit.unregister(link.close)
        for stream in (link._process.stdin, link._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    os.close(stream.fileno())

    def ask(self, **request: Any) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise DevstackError("the supervisor has no pipe")
        with self._lock:
            try:
                stdin.write(json.dumps(request).encode() + b"\n")
                stdin.flush()
                line = stdout.readline()
            except (OSError, ValueError) as problem:
                raise DevstackError("the supervisor of the components is gone, and they with it") from problem
        if not line:
            raise DevstackError("the supervisor of the components is gone, and they with it")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise StartFailed(reply["error"])
        return reply

    def close(self) -> None:
        """Kill every component of this Python process and delete every folder of theirs; returns when that is done."""
        with self._lock:
            if self._process.stdin is not None:
                with contextlib.suppress(OSError):
                    self._process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=20)
        with self._guard:
            if SupervisorLink._instance is self:
                SupervisorLink._instance = None


os.register_at_fork(after_in_child=SupervisorLink.forget_in_child)


class Folder:
    """A temporary folder that is deleted on `remove`, at our exit, and when we are killed.

    When the supervisor is killed at the same moment, the next Folder of anybody deletes it.
    """

    _prefix = "clv-devstack-"

    def __init__(self, name: str) -> None:
        self._link = SupervisorLink.get()
        self._sweep()
        self.path = Path(tempfile.mkdtemp(prefix=f"{self._prefix}{name}-"))
        self._link.ask(do="own", folder=str(self.path))

    @classmethod
    def _sweep(cls) -> None:
        for owner in Path(tempfile.gettempdir()).glob(f"{cls._prefix}*/{OWNER}"):
            with contextlib.suppress(OSError), owner.open("r") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(owner.parent, ignore_errors=True)

    def remove(self) -> None:
        try:
            self._link.ask(do="remove", folder=str(self.path))
        except DevstackError:  # the supervisor was killed
            shutil.rmtree(self.path, ignore_errors=True)


class Process:
    """One program with its arguments, environment and log; `start` may be called again after it ended.

    env: added to ours; a value of None removes the name. log: the file that takes stdout and stderr, appended to.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.argv = [str(argument) for argument in argv]
        self.log = log
        self.env: dict[str, str | None] = dict(env or {})
        self.cwd = cwd
        self.pid: int | None = None
        self._descriptor: int | None = None
        self._link = SupervisorLink.get()
        self._log_start = 0

    def start(self) -> Process:
        if self.is_running:
            raise StartFailed(f"{self.name} is running already (pid {self.pid})")
        self._forget()
        environment = {**os.environ, **{key: value for key, value in self.env.items() if value is not None}}
        for key in (key for key, value in self.env.items() if value is None):
            environment.pop(key, None)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        reply = self._link.ask(
            do="spawn", argv=self.argv, env=environment, cwd=str(self.cwd or self.log.parent), log=str(self.log)
        )
        pid: int = reply["pid"]
        self.pid = pid
        with contextlib.suppress(ProcessLookupError):  # ended and reaped already
            self._descriptor = os.pidfd_open(pid)
        return self

    def _forget(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def is_running(self) -> bool:
        return self._descriptor is not None and not self._ended_within(0)

    def _ended_within(self, seconds: float) -> bool:
        if self._descriptor is None:
            return True
        poller = select.poll()
        poller.register(self._descriptor, select.POLLIN)
        return bool(poller.poll(seconds * 1000))

    def signal(self, number: int) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)

    def wait(self, timeout_seconds: float) -> int | None:
        """The exit code (negative: the signal that ended it), or None if it has not ended by then."""
        if not self._ended_within(timeout_seconds):
            return None
        code: int | None = self._link.ask(do="code", pid=self.pid)["code"]
        return code

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        if not self._ended_within(10):
            raise DevstackError(f"{self.name} (pid {self.pid}) survived SIGKILL for 10 s")

    def stop(self, timeout_seconds: float = 10) -> int | None:
        """SIGTERM, then SIGKILL when it takes longer; returns the exit code."""
        self.signal(signal.SIGTERM)
        if not self._ended_within(timeout_seconds):
            self.kill()
        return self.wait(0)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def log_text(self) -> str:
        """What it wrote since its last start."""
        try:
            with self.log.open("rb") as stream:
                stream.seek(self._log_start)
                return stream.read().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def log_tail(self, lines: int = 15) -> str:
        return "\n".join(self.log_text().splitlines()[-lines:])
