"""The operator's copy of the cluster: per kind, what was read of each object, and what could not be read and why.

Only the main loop touches it, so there is no lock. `seq` counts local changes: the sweep uses it to tell an entry that
it may judge from one that moved while it was looking. Snapshots are cheap copies of one dict.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from clv_operator.kube.resource import Resource
from sloengine.errors import InvalidSpec

M = TypeVar("M")
Key = tuple[str, str]
"""(namespace, name); the namespace of a cluster-scoped object is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An object that could not be read. reason: CamelCase, for its condition. message: names the field and the fix."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[M]):
    """One object. model: what its parser made of it, or why it made nothing. seq: the store's count at this change.

    status_json: the status as it was last seen, as JSON text: half of what a dict would keep in memory, and needed
    only where something is compared or replayed.
    """

    namespace: str
    name: str
    uid: str
    resource_version: str
    generation: int
    created: datetime
    labels: Mapping[str, str]
    model: M | Rejected
    status_json: bytes
    seq: int

    @property
    def key(self) -> Key:
        return self.namespace, self.name

    @property
    def status(self) -> dict[str, Any]:
        """A fresh copy of the status as last seen."""
        status: dict[str, Any] = json.loads(self.status_json)
        return status

    def is_same_as(self, uid: str, resource_version: str) -> bool:
        return self.uid == uid and self.resource_version == resource_version


Listener = Callable[[Resource, Key], None]


@dataclass(slots=True)
class Collection(Generic[M]):
    """All objects of one kind. parse: object as JSON to model; raises InvalidSpec or ValueError."""

    resource: Resource
    parse: Callable[[dict[str, Any]], M]
    listeners: list[Listener] = field(default_factory=list)
    _entries: dict[Key, Entry[M]] = field(default_factory=dict)
    _seq: int = 0

    @property
    def seq(self) -> int:
        """How many changes there were so far; a tick can compare it to know that nothing moved."""
        return self._seq

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry[M]]:
        return iter(tuple(self._entries.values()))

    def get(self, namespace: str, name: str) -> Entry[M] | None:
        return self._entries.get((namespace, name))

    def snapshot(self) -> dict[Key, Entry[M]]:
        """The entries of this moment; later changes do not reach it."""
        return self._entries.copy()

    def models(self) -> dict[Key, M]:
        """What could be read, by key."""
        return {key: entry.model for key, entry in self._entries.items() if not isinstance(entry.model, Rejected)}

    def put(self, body: Mapping[str, Any], *, is_certain: bool = False) -> Entry[M]:
        """Take an object as the API server sent it; an older version than the one held is left aside.

        is_certain: take it even so. Versions go back when etcd is restored from a backup; the sweep sees that.
        """
        meta = body["metadata"]
        key = (str(meta.get("namespace", "")), str(meta["name"]))
        held = self._entries.get(key)
        if held is not None and held.uid == meta["uid"]:
            if held.resource_version == meta["resourceVersion"]:
                return held
            # A sweep's GET and the watch race: the later version stands. They are of one etcd, hence comparable.
            if not is_certain and _number(meta["resourceVersion"]) < _number(held.resource_version):
                return held
        self._seq += 1
        entry = Entry(
            namespace=key[0],
            name=key[1],
            uid=str(meta["uid"]),
            resource_version=str(meta["resourceVersion"]),
            generation=int(meta.get("generation", 0)),
            created=_time(meta.get("creationTimestamp")),
            labels=dict(meta.get("labels") or {}),
            model=self._read(body),
            status_json=json.dumps(body.get("status") or {}, separators=(",", ":"), ensure_ascii=False).encode(),
            seq=self._seq,
        )
        self._entries[key] = entry
        self._tell(key)
        return entry

    def drop(self, namespace: str, name: str, *, uid: str | None = None, seq: int | None = None) -> bool:
        """Forget an object; with uid or seq only if it is still that one. Whether it was forgotten."""
        held = self._entries.get((namespace, name))
        if held is None or (uid is not None and held.uid != uid) or (seq is not None and held.seq != seq):
            return False
        del self._entries[namespace, name]
        self._seq += 1
        self._tell((namespace, name))
        return True

    def _read(self, body: Mapping[str, Any]) -> M | Rejected:
        try:
            return self.parse(dict(body))
        except InvalidSpec as error:
            return Rejected(reason=error.reason, message=str(error))
        except Exception as error:  # noqa: BLE001  # whatever a parser stumbles over, one bad object never stops the rest
            return Rejected(reason="InvalidSpec", message=f"the object cannot be read ({error}); apply it anew")

    def _tell(self, key: Key) -> None:
        for listener in self.listeners:
            listener(self.resource, key)


class Store:
    """The collections by kind."""

    def __init__(self) -> None:
        self._collections: dict[str, Collection[Any]] = {}

    def add(self, resource: Resource, parse: Callable[[dict[str, Any]], M]) -> Collection[M]:
        """Keep a kind; `parse` makes the model of an object, and raises InvalidSpec where it cannot."""
        made: Collection[M] = Collection(resource=resource, parse=parse)
        self._collections[resource.kind] = made
        return made

    def __iter__(self) -> Iterator[Collection[Any]]:
        return iter(self._collections.values())

    def of(self, resource: Resource) -> Collection[Any]:
        return self._collections[resource.kind]

    def of_kind(self, kind: str) -> Collection[Any]:
        """The collection of a kind by its name. Raises KeyError for one that is not kept."""
        return self._collections[kind]


def _number(resource_version: object) -> int:
    text = str(resource_version)
    return int(text) if text.isdigit() else 0


def _time(text: object) -> datetime:
    return datetime.fromisoformat(str(text)) if text else datetime.fromtimestamp(0, UTC)
