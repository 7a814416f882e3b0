"""What only Prometheus knows of a manifest: does the metric exist, does it carry the tier, is the threshold a bucket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from kubectl_clv.failure import did_you_mean
from kubectl_clv.finding import PAGE, TICKET, UNKNOWN, Finding
from kubectl_clv.manifests import Manifest
from sloengine import indicator
from sloengine.errors import QueryError
from sloengine.selector import Selector, parse
from sloengine.slo import LatencyIndicator, RatioIndicator, Slo
from sloengine.tier import UNKNOWN as UNKNOWN_TIER
from sloengine.tier import Tier

if TYPE_CHECKING:
    from clv_operator.prometheus.source import PrometheusSource

SHOWN_VALUES = 5


def open_source(url: str) -> PrometheusSource:
    """The Prometheus at `url`, with deadlines that suit a person who waits."""
    from clv_operator.prometheus.endpoint import Endpoint
    from clv_operator.prometheus.source import PrometheusSource

    return PrometheusSource(Endpoint(url=url, read_timeout_seconds=10.0, threads=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCheck:
    """One SLO against one Prometheus. tiers: known ones; none: which values are tiers is not judged."""

    manifest: Manifest
    slo: Slo
    tiers: Sequence[Tier]
    source: PrometheusSource
    now: datetime

    def findings(self) -> Iterator[Finding]:
        """Never raises: a Prometheus that does not answer is a finding of severity unknown."""
        try:
            yield from self._of_indicator()
        except QueryError as error:
            problem = f"Prometheus could not be asked: {error}"
            yield self._found(UNKNOWN, "spec.indicator", problem, "check --prometheus and CLV_PROMETHEUS_URL")

    def _of_indicator(self) -> Iterator[Finding]:
        match self.slo.indicator:
            case RatioIndicator() as ratio:
                field = "spec.indicator.ratio"
                yield from self._counter(parse(ratio.total, field=f"{field}.total"), f"{field}.total")
                yield from self._errors(parse(ratio.errors, field=f"{field}.errors"), f"{field}.errors")
            case LatencyIndicator() as latency:
                field = "spec.indicator.latency"
                buckets = indicator.bounds_selector(latency)
                yield from self._counter(buckets, f"{field}.histogram")
                yield from self._bucket(latency, buckets, f"{field}.threshold")

    def _found(self, severity: str, field: str, problem: str, fix: str) -> Finding:
        return Finding(manifest=self.manifest, severity=severity, field=field, problem=problem, fix=fix)

    def _asked(self, promql: str, *keys: str) -> list[tuple[tuple[str, ...], float]]:
        return list(self.source.ask(promql, self.now, keys).samples)

    def _counter(self, selector: Selector, field: str) -> Iterator[Finding]:
        label = self.slo.tier_label
        found = {labels[0]: int(value) for labels, value in self._asked(f"count by ({label}) ({selector})", label)}
        if not found:
            yield self._absent(selector, field)
            return
        without = found.pop("", 0)
        if not found:
            problem = f"none of its {without} series carries the label {label}, so all traffic counts as unknown"
            fix = f"have the application set {label}, or name the label that carries the tier in spec.tierLabel"
            yield self._found(PAGE, "spec.tierLabel", problem, fix)
            return
        if without:
            problem = (
                f"{without} of {without + sum(found.values())} series carry no label {label}; they count as unknown"
            )
            yield self._found(TICKET, "spec.tierLabel", problem, "have every instance of the application set it")
        yield from self._values(label, set(found))

    def _values(self, label: str, found: set[str]) -> Iterator[Finding]:
        known = {tier.label_value for tier in self.tiers} | {UNKNOWN_TIER}
        strange = sorted(found - known)
        if self.tiers and strange:
            shown = ", ".join(strange[:SHOWN_VALUES]) + (" …" if len(strange) > SHOWN_VALUES else "")
            problem = f"{label} carries {shown}, which no CLVTier has as labelValue; that traffic counts as unknown"
            fix = did_you_mean(strange[0], known) or "set spec.labelValue of the CLVTier, or mend the application"
            yield self._found(TICKET, "spec.tierLabel", problem, fix)

    def _exists(self, selector: Selector) -> bool:
        return bool(self._asked(f"count({selector.name})"))

    def _absent(self, selector: Selector, field: str) -> Finding:
        """Whether the name is unknown, or only its labels match nothing."""
        if self._exists(selector):
            problem = f"{selector.name} exists, but no series matches {selector}"
            return self._found(PAGE, field, problem, "loosen or mend the label matchers")
        near = did_you_mean(selector.name or "", self.source.metadata().metric_names())
        problem = f"Prometheus has no metric {selector.name}"
        return self._found(PAGE, field, problem, near or "check the name, and that the application is scraped")

    def _errors(self, selector: Selector, field: str) -> Iterator[Finding]:
        if self._asked(f"count({selector})"):
            return
        if not self._exists(selector):
            yield self._absent(selector, field)
            return
        # A counter of errors that was never raised does not exist yet: that is no error, but hides the first ones.
        problem = f"no series matches {selector} yet; that counts as no errors, and the first of each will be missed"
        fix = "have the application create its error series with 0 at start; if it has errors, mend the matchers"
        yield self._found(TICKET, field, problem, fix)

    def _bucket(self, latency: LatencyIndicator, buckets: Selector, field: str) -> Iterator[Finding]:
        bounds = [labels[0] for labels, _ in self._asked(f"count by (le) ({buckets})", "le")]
        finite = sorted(Decimal(bound) for bound in bounds if bound not in {"", "+Inf"})
        wanted = Decimal(round(latency.threshold.total_seconds() * 1000)) / 1000
        if not finite or wanted in finite:
            return
        listed = ", ".join(f"{bound.normalize():f}s" for bound in finite)
        nearest = min(finite, key=lambda bound: abs(bound - wanted))
        problem = f"{wanted:f}s is no bucket of the histogram; it has {listed}"
        fix = f"use {int(nearest * 1000)}ms, or add the bucket to the application"
        yield self._found(PAGE, field, problem, fix)
