"""Debian packages unpacked into the cache: nothing is installed, root is not needed."""

from __future__ import annotations

import functools
import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from devstack.cache import cache_root, fill
from devstack.errors import BuildFailed
from devstack.progress import progress


def is_here() -> bool:
    return shutil.which("apt-get") is not None and shutil.which("dpkg") is not None


def _key(package: str, version: str) -> str:
    return hashlib.sha256(f"debian {package} {version}".encode()).hexdigest()


def _run(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        cwd=cwd,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
    )


def _own_lists() -> list[str]:
    """Options that make apt keep its package lists in our cache, where no root is needed to refresh them."""
    state = cache_root() / "apt"
    for folder in ("lists/partial", "archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    return [
        *("-o", f"Dir::State::Lists={state / 'lists'}"),
        *("-o", f"Dir::Cache={state}"),
        *("-o", f"Dir::Cache::Archives={state / 'archives'}"),
        *("-o", "APT::Sandbox::User="),
    ]


def _candidate(package: str, options: list[str]) -> str | None:
    answer = _run("apt-cache", *options, "policy", package).stdout
    found = re.search(r"Candidate: (\S+)", answer)
    return found[1] if found and found[1] != "(none)" else None


@functools.cache
def find(package: str, file_names: tuple[str, ...]) -> Path | None:
    """A binary of the package that is in the cache already, of any version: the newest unpacked."""
    records = [path for path in cache_root().glob("*/package") if path.read_text().split(" ", 1)[0] == package]
    for record in sorted(records, key=lambda path: path.stat().st_mtime, reverse=True):
        for name in file_names:
            binary = record.parent / "usr" / "bin" / name
            if binary.exists():
                return binary
    return None


def unpack(package: str) -> None:
    """Download the package that this Debian offers and unpack it into the cache. Raises BuildFailed."""
    with progress(f"fetching the Debian package {package}"):
        options: list[str] = []
        version = _candidate(package, options)
        if version is None:  # no package lists on this machine, as in slim images
            options = _own_lists()
            _run("apt-get", *options, "update")
            version = _candidate(package, options)
        if version is None:
            raise BuildFailed(f"the Debian package {package} is not offered to this machine")

        def produce(place: Path) -> None:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                done = _run("apt-get", *options, "download", f"{package}={version}", cwd=folder)
                files = list(folder.glob("*.deb"))
                if not files and not options:  # stale lists name a version that is gone
                    own = _own_lists()
                    _run("apt-get", *own, "update")
                    done = _run("apt-get", *own, "download", package, cwd=folder)
                    files = list(folder.glob("*.deb"))
                if not files:
                    raise BuildFailed(f"apt-get download {package} failed: {done.stderr.strip()[-500:]}")
                done = _run("dpkg", "-x", str(files[0]), str(place))
                if done.returncode != 0:
                    raise BuildFailed(f"dpkg -x {files[0].name} failed: {done.stderr.strip()[-500:]}")
            (place / "package").write_text(f"{package} {version}")

        fill(_key(package, version), produce)
    find.cache_clear()
