"""The one process that starts, watches and ends every component; run as a file, with the standard library alone.

Servers are its children, not those of the program that asked for them, for three reasons. PR_SET_PDEATHSIG fires when the
*thread* that started a child ends, and here there is one thread only. The parent may be killed with -9: then the pipe on
stdin closes, and what is left is killed and deleted here. And a supervisor that is killed itself takes its children along.

Reads one JSON request a line, writes one JSON reply a line; `end of file` means: kill, delete, exit.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import time
from typing import Any

PR_SET_PDEATHSIG = 1
OWNER = ".owner"  # locked by the supervisor that will delete the folder
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the thread that started it ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _prepare_child() -> None:
    die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)  # ignored signals would stay ignored across exec


class Supervisor:
    def __init__(self) -> None:
        self.children: dict[int, subprocess.Popen[bytes]] = {}
        self.codes: dict[int, int] = {}
        self.folders: dict[str, int] = {}  # folder -> descriptor of its lock

    def spawn(self, argv: list[str], env: dict[str, str], cwd: str, log: str) -> dict[str, Any]:
        with open(log, "ab") as output:  # noqa: PTH123  # pathlib would triple the start time of this script
            child = subprocess.Popen(  # the program that owns the pipe says what to run
                argv,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_prepare_child,  # noqa: PLW1509  # safe: this process has one thread
            )
        self.children[child.pid] = child
        return {"pid": child.pid}

    def reap(self) -> None:
        for pid, child in list(self.children.items()):
            code = child.poll()
            if code is None:
                continue
            del self.children[pid]
            self.codes[pid] = code
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)  # whatever it started and left behind

    def own(self, folder: str) -> None:
        path = os.path.join(folder, OWNER)  # noqa: PTH118  # as in spawn
        lock = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.rename(f"{path}.new", path)  # noqa: PTH104  # never there without its lock
        self.folders[folder] = lock

    def remove(self, folder: str) -> None:
        for _ in range(50):
            shutil.rmtree(folder, ignore_errors=True)
            if not os.path.lexists(folder):
                return
            time.sleep(0.02)  # a dying server may still be writing

    def end(self) -> None:
        for pid in self.children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        for child in self.children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=10)
        for folder in self.folders:
            self.remove(folder)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        do = request.pop("do")
        try:
            if do == "spawn":
                return self.spawn(**request)
            if do == "code":
                self.reap()
                return {"code": self.codes.get(request["pid"])}
            if do == "own":
                self.own(request["folder"])
            elif do == "remove":
                lock = self.folders.pop(request["folder"])
                self.remove(request["folder"])
                os.close(lock)
        except (OSError, ValueError, KeyError) as problem:
            return {"error": str(problem)}
        return {}

    def serve(self) -> None:
        wake, wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(wake_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        stopping = False

        def stop(*_: object) -> None:
            nonlocal stopping
            stopping = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        pending = b""
        while not stopping:
            ready, _, _ = select.select([0, wake], [], [])
            if wake in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(wake, 4096)
                self.reap()
            if 0 not in ready:
                continue
            received = os.read(0, 1 << 20)
            if not received:
                return
            *lines, pending = (pending + received).split(b"\n")
            for line in lines:
                reply = json.dumps(self.answer(json.loads(line))).encode() + b"\n"
                try:
                    os.write(1, reply)
                except BrokenPipeError:
                    return


def main() -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    supervisor = Supervisor()
    try:
        supervisor.serve()
    finally:
        supervisor.end()


if __name__ == "__main__":
    main()
