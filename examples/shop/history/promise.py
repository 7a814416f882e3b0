"""What was promised to whom: the shop's TieredSLOs, as the history needs them, read from the manifests themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from clv_operator.api.parsing import parse
from clv_operator.api.tieredslo import TieredSLO
from examples.shop.customers import SEGMENTS
from sloengine.slo import LatencyIndicator, Slo

MANIFEST = Path(__file__).parents[1] / "manifests" / "slos.yaml"
_ROUTE = re.compile(r'route="(/[a-z]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One TieredSLO. measures: which count of a route is bad, `failed` or `slow`. budgets: by tier, 1 - target."""

    slo: Slo
    route: str
    measures: str
    budgets: dict[str, float]


def promises(namespace: str) -> list[Promise]:
    """Those of slos.yaml, applied in `namespace`."""
    return [_promise(_slo(manifest, namespace)) for manifest in yaml.safe_load_all(MANIFEST.read_text())]


def _slo(manifest: dict[str, object], namespace: str) -> Slo:
    model = parse("TieredSLO", manifest)
    assert isinstance(model, TieredSLO)  # noqa: S101  # parse() returns the model of the kind that it was asked for
    metadata = model.metadata.model_copy(update={"namespace": namespace})
    return model.model_copy(update={"metadata": metadata}).to_slo()


def _promise(slo: Slo) -> Promise:
    is_latency = isinstance(slo.indicator, LatencyIndicator)
    selector = slo.indicator.histogram if isinstance(slo.indicator, LatencyIndicator) else slo.indicator.total
    route = _ROUTE.search(selector)
    if route is None:
        raise ValueError(f"{slo.key}: {selector} names no route of the shop")
    objectives = {segment.tier: slo.objective_of(segment.tier) for segment in SEGMENTS}
    budgets = {tier: float(objective.error_budget) for tier, objective in objectives.items() if objective}
    return Promise(slo=slo, route=route[1], measures="slow" if is_latency else "failed", budgets=budgets)
