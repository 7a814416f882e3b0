"""One PrometheusRule per TieredSLO, in its namespace and owned by it; the shared one beside the operator.

The list of metadata says what is there; an object is fetched and compared only when its version is not one that we
have already found equal. So the drift check of a thousand objects costs one list and no more memory than it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from clv_operator.kube.resource import PROMETHEUS_RULE, TIERED_SLO
from clv_operator.rules.wanted import (
    HASH,
    MANAGED_BY,
    MANAGER_NAME,
    SHARED,
    SLO_LABEL,
    Objects,
    Problem,
    WantedRules,
    is_ours,
    shortened,
)
from sloengine.errors import ClusterError

AT_ONCE = 8
OTHER_OUTPUTS = "set rules.output to ConfigMap or File, or install prometheus-operator"


class PrometheusRuleOutput:
    """labels: for the ruleSelector of Prometheus. namespace: of the operator, for the shared group.

    watched: the namespaces that we may see; empty: all.
    """

    name = "PrometheusRule"

    def __init__(
        self, objects: Objects, *, namespace: str, labels: Mapping[str, str], watched: tuple[str, ...] = ()
    ) -> None:
        self._objects = objects
        self._namespace = namespace
        self._labels = dict(labels)
        self._watched = watched
        self._equal: dict[tuple[str, str], tuple[str, str, str]] = {}

    async def sync(self, wanted: Mapping[str, WantedRules], kept: frozenset[str]) -> dict[str, Problem]:
        try:
            present = await self._present()
        except ClusterError as error:
            return dict.fromkeys(wanted, _problem_of_listing(error))
        problems: dict[str, Problem] = {}
        slots = asyncio.Semaphore(AT_ONCE)

        async def bring(rules: WantedRules) -> None:
            async with slots:
                problem = await self._bring(rules, present.get(self._place(rules)))
            if problem is not None:
                problems[rules.key] = problem

        await asyncio.gather(*(bring(rules) for rules in wanted.values()))
        places = {self._place(rules) for rules in wanted.values()} | {self._place_of(key) for key in kept}
        for place, metadata in present.items():
            if place not in places and is_ours(metadata):
                await self._remove(place, metadata)
        return problems

    async def _present(self) -> dict[tuple[str, str], dict[str, Any]]:
        namespaces = sorted({*self._watched, self._namespace}) if self._watched else [""]
        found = [
            each for namespace in namespaces for each in await self._objects.list_metadata(PROMETHEUS_RULE, namespace)
        ]
        return {(str(each.get("namespace", "")), str(each["name"])): each for each in found}

    def _place(self, rules: WantedRules) -> tuple[str, str]:
        return self._place_of(rules.key)

    def _place_of(self, key: str) -> tuple[str, str]:
        if key == SHARED:
            return self._namespace, "clv-shared"
        namespace, _, name = key.partition("/")
        return namespace, shortened(f"clv-slo-{name}", 253)

    async def _bring(self, rules: WantedRules, metadata: dict[str, Any] | None) -> Problem | None:
        namespace, name = self._place(rules)
        try:
            if metadata is None:
                made = await self._objects.create(PROMETHEUS_RULE, namespace, self._body(rules, {}))
                self._remember(namespace, name, rules, made["metadata"])
                return None
            if not is_ours(metadata):
                return _foreign(namespace, name)
            if self._equal.get((namespace, name)) == _version(rules, metadata):
                return None
            there = await self._objects.get(PROMETHEUS_RULE, namespace, name)
            if not is_ours(there["metadata"]):
                return _foreign(namespace, name)
            body = self._body(rules, there["metadata"])
            if any(there["metadata"].get(part) != body["metadata"].get(part) for part in _OUR_PARTS) or (
                there.get("spec") != body["spec"]
            ):
                there = await self._objects.replace(PROMETHEUS_RULE, namespace, name, body)
            self._remember(namespace, name, rules, there["metadata"])
        except ClusterError as error:
            if error.reason == "AlreadyExists":
                return Problem(
                    "Retrying", f"PrometheusRule {namespace}/{name} appeared while we made it; looking again"
                )
            return _problem_of_writing(error, namespace, name)
        return None

    def _body(self, rules: WantedRules, there: Mapping[str, Any]) -> dict[str, Any]:
        """The whole object; labels and annotations that others added stay."""
        namespace, name = self._place(rules)
        label = "shared" if rules.key == SHARED else shortened(rules.name, 63)
        metadata: dict[str, Any] = {
            "name": name,
            "namespace": namespace,
            "labels": {**(there.get("labels") or {}), **self._labels, MANAGED_BY: MANAGER_NAME, SLO_LABEL: label},
            "annotations": {**(there.get("annotations") or {}), HASH: rules.hash},
        }
        if rules.owner is not None:
            metadata["ownerReferences"] = [
                {
                    "apiVersion": TIERED_SLO.api_version,
                    "kind": TIERED_SLO.kind,
                    "name": rules.owner.name,
                    "uid": rules.owner.uid,
                }
            ]
        if there.get("resourceVersion"):
            metadata["resourceVersion"] = there["resourceVersion"]
        return {"metadata": metadata, "spec": dict(rules.render())}

    def _remember(self, namespace: str, name: str, rules: WantedRules, metadata: Mapping[str, Any]) -> None:
        self._equal[namespace, name] = _version(rules, metadata)

    async def _remove(self, place: tuple[str, str], metadata: Mapping[str, Any]) -> None:
        self._equal.pop(place, None)
        # Gone already, made anew by somebody in this moment, or the API server is away: the next sync judges it afresh.
        with contextlib.suppress(ClusterError):
            await self._objects.delete(PROMETHEUS_RULE, *place, uid=str(metadata["uid"]))


_OUR_PARTS = ("labels", "annotations", "ownerReferences")


def _version(rules: WantedRules, metadata: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(metadata.get("uid")), str(metadata.get("resourceVersion")), rules.hash


def _foreign(namespace: str, name: str) -> Problem:
    return Problem(
        "RuleConflict",
        f"PrometheusRule {namespace}/{name} exists and is not ours: it was left alone and these rules are not loaded; "
        f"delete or rename it, or label it {MANAGED_BY}={MANAGER_NAME} and {SLO_LABEL} to hand it over",
    )


def _problem_of_listing(error: ClusterError) -> Problem:
    if error.reason == "NotFound":
        return Problem("OutputMissing", f"the API server knows no PrometheusRule; {OTHER_OUTPUTS}")
    return _problem_of_cluster(error, "PrometheusRules cannot be listed")


def _problem_of_writing(error: ClusterError, namespace: str, name: str) -> Problem:
    if error.reason == "NotFound":
        return Problem("Retrying", f"PrometheusRule {namespace}/{name} or its namespace has just gone; looking again")
    if error.reason == "Conflict":
        return Problem("Retrying", f"PrometheusRule {namespace}/{name} changed while we wrote it; looking again")
    return _problem_of_cluster(error, f"PrometheusRule {namespace}/{name} cannot be written")


def _problem_of_cluster(error: ClusterError, what: str) -> Problem:
    if error.reason == "Forbidden":
        return Problem("Forbidden", f"{what}: {error}; give the operator's role that right, or {OTHER_OUTPUTS}")
    return Problem("WriteFailed" if not error.retryable else "Retrying", f"{what}: {error}")
