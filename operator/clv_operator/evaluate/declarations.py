"""All TieredSLOs with their rules rendered; what did not change is not rendered again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clv_operator.api.tieredslo import TieredSLO
from clv_operator.evaluate.tiers import TierSet
from clv_operator.kube.store import Entry, Rejected
from clv_operator.rules.wanted import SHARED, Document, Owner, WantedRules
from sloengine.errors import InvalidSpec
from sloengine.rules import RuleSettings, incident_group, operator_group, shared_group, slo_group
from sloengine.slo import Period, Slo

RENDERS_AT_ONCE = 5
"""Then the loop gets a turn: rendering a thousand groups takes seconds, and webhooks must not wait for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One TieredSLO. slo: None where even its spec makes no sense. rules: None where they cannot be rendered.

    problem: why; it becomes Ready=False.
    """

    entry: Entry[TieredSLO]
    slo: Slo | None
    rules: WantedRules | None
    problem: InvalidSpec | None = None

    @property
    def key(self) -> str:
        return f"{self.entry.namespace}/{self.entry.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """slos: those that could be read, by key. wanted: rules by key, the shared group included.

    kept: SLOs that exist without renderable rules; the last good ones go on.
    """

    tiers: TierSet
    slos: Mapping[str, Declared]
    wanted: Mapping[str, WantedRules]
    kept: frozenset[str]

    @property
    def periods(self) -> frozenset[Period]:
        return frozenset(each.slo.period for each in self.slos.values() if each.slo is not None)


class Declaring:
    """Remembers what it rendered: an SLO is rendered anew only when it, or the tiers' names, changed."""

    def __init__(self, settings: RuleSettings) -> None:
        self._settings = settings
        self._known: dict[str, tuple[object, Declared]] = {}
        self._shared: tuple[object, WantedRules] | None = None

    async def read(self, entries: Iterable[Entry[Any]], tiers: TierSet) -> Declarations:
        """What the SLOs and tiers of this moment ask for."""
        slos: dict[str, Declared] = {}
        kept: set[str] = set()
        rendered = 0
        for entry in entries:
            key = f"{entry.namespace}/{entry.name}"
            if isinstance(entry.model, Rejected):
                kept.add(key)
                continue
            declared, is_new = self._declared(entry, entry.model, key, tiers)
            slos[key] = declared
            if declared.rules is None:
                kept.add(key)
            rendered += is_new
            if is_new and rendered % RENDERS_AT_ONCE == 0:
                await asyncio.sleep(0)
        self._known = {key: known for key, known in self._known.items() if key in slos}
        wanted = {key: each.rules for key, each in slos.items() if each.rules is not None}
        made = Declarations(tiers=tiers, slos=slos, wanted=wanted, kept=frozenset(kept))
        shared = self._shared_rules(made)
        return Declarations(tiers=tiers, slos=slos, wanted={**wanted, SHARED: shared}, kept=frozenset(kept))

    def _declared(self, entry: Entry[Any], model: TieredSLO, key: str, tiers: TierSet) -> tuple[Declared, bool]:
        known = self._known.get(key)
        if known is not None and known[1].entry is entry and known[0] == tiers.identity:
            return known[1], False
        try:
            slo = model.to_slo()
        except InvalidSpec as error:
            return self._remember(tiers, Declared(entry=entry, slo=None, rules=None, problem=error)), True
        if known is not None and known[0] == tiers.identity and known[1].slo == slo and _owner(known[1]) == entry.uid:
            # Its status was written, or a label changed that the rules do not carry.
            before = known[1]
            return self._remember(
                tiers, Declared(entry=entry, slo=before.slo, rules=before.rules, problem=before.problem)
            ), False
        return self._remember(tiers, self._rendered(entry, slo, tiers)), True

    def _remember(self, tiers: TierSet, declared: Declared) -> Declared:
        self._known[declared.key] = (tiers.identity, declared)
        return declared

    def _rendered(self, entry: Entry[Any], slo: Slo, tiers: TierSet) -> Declared:
        in_force, settings = tiers.in_force, self._settings
        try:
            group = slo_group(slo, in_force, settings)
        except InvalidSpec as error:
            return Declared(entry=entry, slo=slo, rules=None, problem=error)

        def render() -> Document:
            return {"groups": [slo_group(slo, in_force, settings).to_dict()]}

        rules = WantedRules(
            key=slo.key,
            namespace=slo.namespace,
            name=slo.name,
            hash=group.hash,
            count=len(group.rules),
            render=render,
            owner=Owner(name=entry.name, uid=entry.uid),
        )
        return Declared(entry=entry, slo=slo, rules=rules)

    def _shared_rules(self, made: Declarations) -> WantedRules:
        tiers, settings, periods = made.tiers, self._settings, made.periods
        share = tiers.weights.share if tiers.weights is not None else {}
        identity = (share, tiers.values, periods)
        if self._shared is not None and self._shared[0] == identity:
            return self._shared[1]
        groups = (
            shared_group(weights=share, values=tiers.values, periods=periods, settings=settings),
            operator_group(settings),
            incident_group(settings),
        )

        def render() -> Document:
            return {"groups": [group.to_dict() for group in groups]}

        rules = WantedRules(
            key=SHARED,
            namespace="",
            name="shared",
            hash="".join(group.hash for group in groups),
            count=sum(len(group.rules) for group in groups),
            render=render,
        )
        self._shared = (identity, rules)
        return rules


def _owner(declared: Declared) -> str:
    return declared.entry.uid
