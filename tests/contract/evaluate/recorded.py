"""What the rules of an SLO record, written as history: so that the questions of a tick meet a real Prometheus at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

NAMES = {
    "burn": "clv:burn_rate:ratio",
    "remaining": "clv:budget_remaining:ratio",
    "hours": "clv:sli_events:increase_hours",
    "events": "clv:sli_events:increase5m",
    "weighted_error": "clv:sli_error_weighted:ratio",
    "weighted_burn": "clv:burn_rate_weighted:ratio",
    "coverage": "clv:weight_coverage:ratio",
    "unknown": "clv:unknown_share:ratio",
    "info": "clv:slo_info",
}


def lines(name: str, value: float, times: Iterable[float], **labels: str) -> Iterator[str]:
    text = ",".join(f'{key}="{each}"' for key, each in labels.items())
    for moment in times:
        yield f"{name}{{{text}}} {value!r} {moment:.0f}\n"


def history(
    slos: Iterable[str],
    tiers: Iterable[str],
    *,
    end: float,
    minutes: int = 5,
    error: float = 0.0005,
    budget: float = 0.001,
    hash_of: dict[str, str] | None = None,
) -> str:
    """`minutes` of every recorded series that a tick reads, up to `end` (Unix seconds); all tiers alike."""
    times = [end - 60 * minute for minute in reversed(range(minutes))]
    tiers = tuple(tiers)
    parts: dict[str, list[str]] = {}

    def add(name: str, value: float, **labels: str) -> None:
        parts.setdefault(name, []).extend(lines(name, value, times, **labels))

    for slo in slos:
        add(NAMES["info"], 1.0, clv_slo=slo, service="shop", clv_period="30d", clv_hash=(hash_of or {}).get(slo, "x"))
        add(NAMES["unknown"], 0.0, clv_slo=slo)
        for window in ("1h", "30d"):
            add(NAMES["coverage"], 1.0, clv_slo=slo, clv_window=window)
            for how in ("value", "request_value", "worst"):
                add(NAMES["weighted_error"], error, clv_slo=slo, clv_window=window, clv_weighting=how)
                add(NAMES["weighted_burn"], error / budget, clv_slo=slo, clv_window=window, clv_weighting=how)
        for tier in tiers:
            own = {"clv_slo": slo, "clv_tier": tier}
            add(NAMES["remaining"], 1 - error / budget, **own)
            for event, count in (("total", 600.0), ("bad", 600.0 * error)):
                add(NAMES["events"], count, clv_event=event, **own)
                for window, factor in (("1h", 12), ("6h", 72)):
                    add(NAMES["hours"], count * factor, clv_event=event, clv_window=window, **own)
            for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"):
                add(f"slo:sli_error:ratio_rate{window}", error, clv_window=window, **own)
                add(NAMES["burn"], error / budget, clv_window=window, clv_bound="mean", **own)
                if window in {"1h", "6h", "1d", "3d", "30d"}:
                    add(NAMES["burn"], 0.8 * error / budget, clv_window=window, clv_bound="low", **own)
    return "".join(line for lines_of in parts.values() for line in lines_of) + "# EOF\n"
