"""`python -m devstack build|up|down|status`: the real components on this machine."""

from __future__ import annotations

import argparse
import sys

from devstack.acquire import obtain
from devstack.errors import DevstackError
from devstack.pins import COMPONENTS, DEFAULT


def _build(names: list[str]) -> int:
    for name in names or DEFAULT:
        found = obtain(name)
        print(f"{name:25}{'.'.join(map(str, found.version)):10}{found.source}: {found.path}")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m devstack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="find, fetch or build the components")
    build.add_argument("component", nargs="*", choices=[[], *COMPONENTS], help="default: all that demo and tests need")
    chosen = parser.parse_args()
    try:
        return _build(chosen.component)
    except DevstackError as problem:
        print(f"devstack: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
