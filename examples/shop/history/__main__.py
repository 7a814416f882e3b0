"""Write the month as OpenMetrics: `python -m examples.shop.history --namespace shop --out history.om`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from examples.shop.history.past import relive
from examples.shop.history.promise import promises
from examples.shop.history.recorded import recorded
from examples.shop.history.scraped import scraped
from examples.shop.history.series import Series, write_openmetrics

DAYS = 31
PERIOD_DAYS = 30


def history(namespace: str, *, until: datetime) -> Iterator[Series]:
    """Every series of the last 31 days; until: a whole minute."""
    past = relive(until=until, days=DAYS + PERIOD_DAYS)
    return chain(recorded(past, promises(namespace), until=until, days=DAYS), scraped(past, until=until))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m examples.shop.history", description="A month of the shop's past, for promtool to load."
    )
    parser.add_argument("--namespace", default="shop", help="of the TieredSLOs, as in the label clv_slo")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    arguments = parser.parse_args()
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    with arguments.out.open("w", encoding="utf-8") as out:
        samples = write_openmetrics(history(arguments.namespace, until=now), out)
    print(f"{samples} samples until {now:%Y-%m-%d %H:%M} UTC")


if __name__ == "__main__":
    main()
