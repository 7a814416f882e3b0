"""What stands in each object's status, as far as we can know it, and whether a desired status differs from that.

Compared with: our own last write until its echo has come through the watch, what the store shows after that. So a new
leader, a restart, and a hand that edits a status are all seen, and at rest nothing differs. A server that adds
something of its own (a default, another manager's condition) is not fought: what it made of our last write counts as
what we asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clv_operator.kube.store import Entry, Store

JsonObject = dict[str, Any]
SlotKey = tuple[str, str, str]
"""(kind, namespace, name)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """desired: digest of what we asked for. result: of what the server made of it, which is `version`."""

    uid: str
    desired: bytes
    result: bytes
    version: int
    conditions: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    seq: int
    digest: bytes


class Ledger:
    """foreign: per kind the top-level status fields that others own; they are neither compared nor written."""

    def __init__(self, store: Store, foreign: Mapping[str, Collection[str]]) -> None:
        self._store = store
        self._foreign = foreign
        self._written: dict[SlotKey, _Written] = {}
        self._seen: dict[SlotKey, _Seen] = {}

    def digest(self, key: SlotKey, status: JsonObject, volatile: frozenset[str]) -> bytes:
        """A digest of what matters: our fields without the volatile ones, conditions in order and without times."""
        aside = volatile | frozenset(self._foreign.get(key[0], ()))
        matters = {field: value for field, value in status.items() if field not in aside}
        if "conditions" in matters:
            bare = [{k: v for k, v in item.items() if k != "lastTransitionTime"} for item in matters["conditions"]]
            matters["conditions"] = sorted(bare, key=lambda item: str(item.get("type")))
        text = json.dumps(matters, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=16).digest()

    def is_unchanged(self, key: SlotKey, desired: JsonObject, volatile: frozenset[str]) -> bool:
        """Whether the status of the object already says `desired`; False for an object that is not in the store."""
        entry = self._entry(key)
        if entry is None:
            return False
        wanted = self.digest(key, desired, volatile)
        written = self._last_write(key, entry)
        if written is not None and _version(entry.resource_version) < written.version:
            return wanted == written.desired
        current = self._current(key, entry, volatile)
        if wanted == current:
            return True
        return written is not None and written.desired == wanted and written.result == current

    def completed(self, key: SlotKey, status: JsonObject) -> JsonObject:
        """`status` with the generation that is in the store as `observedGeneration`, where a condition has none."""
        entry = self._entry(key)
        if entry is None or "conditions" not in status:
            return status
        seen = {"observedGeneration": entry.generation}
        return {**status, "conditions": [{**seen, **item} for item in status["conditions"]]}

    def with_transition_times(self, key: SlotKey, status: JsonObject, now: datetime) -> JsonObject:
        """`status` ready to apply: without foreign fields, each condition with the time since when it is so."""
        entry = self._entry(key)
        standing = {str(item.get("type")): item for item in self._standing_conditions(key, entry)}
        stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        foreign = self._foreign.get(key[0], ())
        made = {field: value for field, value in status.items() if field not in foreign}
        if "conditions" not in made:
            return made
        conditions = []
        for item in made["conditions"]:
            before = standing.get(str(item.get("type")), {})
            kept = before.get("lastTransitionTime") if before.get("status") == item.get("status") else None
            generation = (
                {} if entry is None or "observedGeneration" in item else {"observedGeneration": entry.generation}
            )
            conditions.append({**generation, **item, "lastTransitionTime": kept or stamp})
        return {**made, "conditions": conditions}

    def standing(self, key: SlotKey) -> JsonObject | None:
        """Our part of the status as the store shows it; None for an object that is not there."""
        entry = self._entry(key)
        if entry is None:
            return None
        foreign = self._foreign.get(key[0], ())
        return {field: value for field, value in entry.status.items() if field not in foreign}

    def record(self, key: SlotKey, desired: JsonObject, volatile: frozenset[str], answer: JsonObject) -> None:
        """Remember a write that succeeded. answer: the object as the API server returned it."""
        status = answer.get("status") or {}
        self._written[key] = _Written(
            uid=str(answer["metadata"]["uid"]),
            desired=self.digest(key, desired, volatile),
            result=self.digest(key, status, volatile),
            version=_version(answer["metadata"]["resourceVersion"]),
            conditions=tuple(status.get("conditions") or ()),
        )

    def forget(self, key: SlotKey) -> None:
        self._written.pop(key, None)
        self._seen.pop(key, None)

    def _entry(self, key: SlotKey) -> Entry[Any] | None:
        kind, namespace, name = key
        return self._store.of_kind(kind).get(namespace, name)

    def _last_write(self, key: SlotKey, entry: Entry[Any]) -> _Written | None:
        written = self._written.get(key)
        return written if written is not None and written.uid == entry.uid else None

    def _current(self, key: SlotKey, entry: Entry[Any], volatile: frozenset[str]) -> bytes:
        seen = self._seen.get(key)
        if seen is None or seen.seq != entry.seq:
            seen = _Seen(seq=entry.seq, digest=self.digest(key, entry.status, volatile))
            self._seen[key] = seen
        return seen.digest

    def _standing_conditions(self, key: SlotKey, entry: Entry[Any] | None) -> Collection[JsonObject]:
        if entry is None:
            return ()
        written = self._last_write(key, entry)
        if written is not None and _version(entry.resource_version) < written.version:
            return written.conditions
        return entry.status.get("conditions") or ()


def _version(resource_version: object) -> int:
    text = str(resource_version)
    return int(text) if text.isdigit() else 0
