"""Where obtained binaries are kept: one folder per source and version, filled under a lock, renamed into place at the end."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


def cache_root() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "clv-sre" / "devstack"


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file; it ends with this process, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def entry(key: str) -> Path:
    return cache_root() / key


def fill(key: str, produce: Callable[[Path], None]) -> Path:
    """The folder of this key; when it is not there, `produce` fills a new one, which is renamed into place.

    Two that want the same key at once: the second waits and finds it. A build that is killed leaves a folder that the
    next build of the same key removes.
    """
    place = entry(key)
    if place.is_dir():
        return place
    with locked(cache_root() / f"{key}.lock"):
        if place.is_dir():
            return place
        for left in cache_root().glob(f"{key}.*.part"):
            shutil.rmtree(left, ignore_errors=True)
        part = Path(tempfile.mkdtemp(prefix=f"{key}.", suffix=".part", dir=cache_root()))
        try:
            produce(part)
            part.chmod(0o755)
            part.rename(place)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    return place
