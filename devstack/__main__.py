"""The real components on this machine: find or build them, keep one stack of them running."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from devstack import keeper
from devstack.acquire import obtain
from devstack.api import Api
from devstack.errors import DevstackError
from devstack.pins import COMPONENTS, DEFAULT
from devstack.published import PUBLISHED, obtain_published

STACK = ("apiserver", "prometheus", "alertmanager")


def _build(names: list[str]) -> None:
    for name in names or [*DEFAULT, *PUBLISHED]:
        if name in PUBLISHED:
            print(f"{name:25}{PUBLISHED[name].version:10}{PUBLISHED[name].module}: {obtain_published(name)}")
            continue
        found = obtain(name)
        print(f"{name:25}{'.'.join(map(str, found.version)):10}{found.source}: {found.path}")


def _show(state: dict[str, Any]) -> None:
    api = Api.from_state(state["apiserver"])
    print(f"  API server    {api.url}")
    print(f"  Prometheus    {state['prometheus']}")
    print(f"  Alertmanager  {state['alertmanager']}")
    print(f"  logs          {state['folder']}")
    print("Talk to it with")
    print(f"  export KUBECONFIG={api.kubeconfig} PATH={Path(sys.executable).parent}:$PATH")


def _up() -> None:
    began = time.monotonic()
    for name in DEFAULT:
        obtain(name)
    state, is_new = keeper.ensure(keeper.up_folder(), components=STACK)
    if is_new:
        print(f"The stack is up after {time.monotonic() - began:.1f} s; `make down` ends it.")
    else:
        print(f"The stack is running already, since {time.time() - state['since']:.0f} s; `make down` ends it.")
    _show(state)


def _status() -> int:
    state = keeper.state(keeper.up_folder())
    if state is None:
        print("No stack is running; `make up` starts one.")
        return 1
    print(f"The stack is running since {time.time() - state['since']:.0f} s.")
    _show(state)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devstack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="find, fetch or build the components")
    known = ", ".join([*COMPONENTS, *PUBLISHED])
    build.add_argument("component", nargs="*", help=f"default: all that demo and tests need; known: {known}")
    commands.add_parser("up", help="keep one stack running")
    commands.add_parser("status", help="whether that stack runs, and where")
    commands.add_parser("down", help="end it")
    keep = commands.add_parser("keep")
    keep.add_argument("components", nargs="*", choices=STACK)
    keep.add_argument("--folder", type=Path, required=True)
    keep.add_argument("--until-pid", type=int)
    return parser


def main() -> int:
    parser = _parser()
    chosen = parser.parse_args()
    unknown = set(getattr(chosen, "component", [])) - {*COMPONENTS, *PUBLISHED}
    if unknown:
        parser.error(f"unknown component {', '.join(sorted(unknown))}")
    try:
        match chosen.command:
            case "build":
                _build(chosen.component)
            case "up":
                _up()
            case "status":
                return _status()
            case "down":
                print("The stack is down." if keeper.end(keeper.up_folder()) else "No stack was running.")
            case "keep":
                keeper.keep(chosen.folder, components=chosen.components, until_pid=chosen.until_pid)
    except DevstackError as problem:
        print(f"devstack: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
