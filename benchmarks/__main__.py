"""`python -m benchmarks [CLAIM…]`: measure all claims, or the named ones."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import claims, host
from benchmarks.figure import Figure
from devstack.errors import DevstackError

OUT = Path("build/bench.json")


def main() -> int:
    """0: every bar passed. 1: one did not. 2: one could not be measured."""
    known = sorted(module.name for module in pkgutil.iter_modules(claims.__path__))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("claims", nargs="*", metavar="CLAIM", help=f"one of: {', '.join(known)}")
    chosen = parser.parse_args().claims or known
    unknown = [name for name in chosen if name not in known]
    if unknown:
        parser.error(f"no claim is called {unknown[0]}; there are: {', '.join(known)}")
    console, progress = Console(), Console(stderr=True)
    console.print(f"{host.describe()}")
    figures: list[Figure] = []
    missing: list[str] = []
    for name in chosen:
        began = time.monotonic()
        progress.print(f"measuring {name} …")
        try:
            figures += importlib.import_module(f"benchmarks.claims.{name}").measure()
        except DevstackError as error:
            missing.append(f"{name}: not measured, {error}")
        progress.print(f"measured {name} in {time.monotonic() - began:.0f} s")
    console.print(_table(figures))
    console.print(f"load afterwards {host.load():.2f}")
    for line in missing:
        console.print(line)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([figure.to_json() for figure in figures], indent=2) + "\n")
    if any(figure.ok is False for figure in figures):
        return 1
    return 2 if missing else 0


def _table(figures: list[Figure]) -> Table:
    table = Table("what", "value", "unit", "bar", "peer", "ok")
    for figure in figures:
        verdict = {None: "", True: "yes", False: "NO"}[figure.ok]
        table.add_row(figure.name, f"{figure.value:.3g}", figure.unit, figure.bar, figure.peer, verdict)
    return table


if __name__ == "__main__":
    sys.exit(main())
