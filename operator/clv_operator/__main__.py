"""`clv-operator`, or `python -m clv_operator`."""

from __future__ import annotations

import sys


def main() -> None:
    from clv_operator.main import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
