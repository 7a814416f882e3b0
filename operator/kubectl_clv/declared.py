"""Our objects as the engine knows them, from manifests or from the cluster; shared by generate and explain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubectl_clv import kinds
from kubectl_clv.failure import Failure
from kubectl_clv.manifests import Manifest
from sloengine.errors import InvalidSpec

if TYPE_CHECKING:
    from kubectl_clv.cluster import Cluster
    from sloengine.slo import Slo
    from sloengine.tier import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is declared, in the order in which it was found. weights: by tier, as the operator smoothed them last."""

    slos: tuple[Slo, ...]
    tiers: tuple[Tier, ...]
    weights: dict[str, float]


def from_manifests(manifests: Iterable[Manifest], *, namespace: str) -> Declared:
    """namespace: for SLOs that name none. Failure, with file and line, for the first that is not valid."""
    from clv_operator.api import CLVTier, TieredSLO, parse

    slos, tiers = [], []
    for manifest in manifests:
        if not manifest.is_ours or manifest.kind not in {kinds.SLO.kind, kinds.TIER.kind}:
            continue
        body = manifest.body
        if manifest.kind == kinds.SLO.kind and not manifest.namespace and isinstance(body.get("metadata"), dict):
            body = {**body, "metadata": {**body["metadata"], "namespace": namespace}}
        try:
            model = parse(manifest.kind, body)
            if isinstance(model, TieredSLO):
                slos.append(model.to_slo())
            elif isinstance(model, CLVTier):
                tiers.append(model.to_tier())
        except InvalidSpec as error:
            raise Failure(
                f"{manifest.origin}:{manifest.line_of(error.field)}: {manifest.label} is not valid",
                why=f"{error.field}: {error.problem}",
                fix=f"{error.fix}; `kubectl clv validate -f` tells everything that is wrong",
            ) from error
    return Declared(slos=tuple(slos), tiers=tuple(tiers), weights={})


def tiers_of(cluster: Cluster) -> tuple[tuple[Tier, ...], dict[str, float]]:
    """The CLVTiers of the cluster and the weights in their status; those that cannot be read are left out."""
    from clv_operator.api import CLVTier, read

    tiers, weights = [], {}
    for thing in cluster.list(kinds.TIER, namespace=None):
        try:
            model = read(kinds.TIER.kind, thing)
        except InvalidSpec:
            continue
        if isinstance(model, CLVTier):
            tiers.append(model.to_tier())
            weight = (thing.get("status") or {}).get("weight")
            if weight is not None:
                weights[model.metadata.name] = float(weight)
    return tuple(tiers), weights


def slo_of(thing: dict[str, Any]) -> Slo:
    """The SLO of an object of the cluster; Failure where it is not valid."""
    from clv_operator.api import TieredSLO, read

    try:
        model = read(kinds.SLO.kind, thing)
        assert isinstance(model, TieredSLO)  # noqa: S101  # the registry gives the model of the kind that was asked for
        return model.to_slo()
    except InvalidSpec as error:
        name = thing["metadata"]["name"]
        raise Failure(f"{name} is not valid", why=f"{error.field}: {error.problem}", fix=error.fix) from error
