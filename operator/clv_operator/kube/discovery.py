"""Whether the API server serves our kinds. kopf would only warn of a missing one, and never look again."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import structlog

from clv_operator.kube.client import Cluster
from clv_operator.kube.resource import Resource
from sloengine.errors import ClusterError, ClvError

log = structlog.get_logger(__name__)
TRIES = 4


class MissingCrds(ClvError):
    """names: of the custom resource definitions that are not there."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__(
            f"the API server does not serve {', '.join(names)}: apply the CRDs of this release "
            "(kubectl apply --server-side -f crds/, or the chart clv-sre-crds)"
        )
        self.names = tuple(names)


async def require(cluster: Cluster, resources: Collection[Resource], pause_seconds: float = 1.0) -> None:
    """Return when all are served. Raises MissingCrds when they are not, after a few looks.

    An API server that cannot be asked is waited for: it may be starting, and we are of no use without it.
    """
    looks = 0
    while True:
        try:
            missing = await _missing(cluster, resources)
        except ClusterError as error:
            log.warning("Failed to ask for the kinds; trying again", reason=error.reason, error=str(error))
            await asyncio.sleep(max(pause_seconds, error.retry_after_seconds or 0.0))
            continue
        if not missing:
            return
        looks += 1  # a definition that was just applied is served a moment later
        if looks >= TRIES:
            raise MissingCrds(missing)
        await asyncio.sleep(pause_seconds)


async def _missing(cluster: Cluster, resources: Collection[Resource]) -> list[str]:
    groups = {(resource.group, resource.version) for resource in resources}
    served = {group: await cluster.served(*group) for group in groups}
    return [
        f"{resource.plural}.{resource.group}"
        for resource in resources
        if resource.plural not in served[resource.group, resource.version]
    ]
