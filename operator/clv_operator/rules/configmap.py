"""ConfigMaps `<name>-0`, `<name>-1`, … with a rule file per TieredSLO, for a sidecar or a projected volume.

A key stays in its shard for as long as it fits, so that one changed SLO rewrites one ConfigMap and not all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clv_operator.kube.resource import CONFIG_MAP
from clv_operator.rules.wanted import (
    HASH,
    MANAGED_BY,
    MANAGER_NAME,
    SHARED,
    SLO_LABEL,
    Objects,
    Problem,
    WantedRules,
    as_yaml,
    is_ours,
    shortened,
)
from sloengine.errors import ClusterError

MAX_BYTES = 900 * 1024
"""Of one ConfigMap; the API server takes 1 MiB, metadata included."""


@dataclass(slots=True)
class _Shard:
    """One ConfigMap. files: what lies in it, with the hash we gave it and its size in bytes."""

    name: str
    uid: str = ""
    version: str = ""
    is_foreign: bool = False
    files: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(size for _, size in self.files.values())


class ConfigMapOutput:
    """name: of the ConfigMaps, before the number. labels: for the sidecar that looks for them."""

    name = "ConfigMap"

    def __init__(self, objects: Objects, *, namespace: str, config_map_name: str, labels: Mapping[str, str]) -> None:
        self._objects = objects
        self._namespace = namespace
        self._base = config_map_name
        self._labels = dict(labels)
        self._shards: dict[str, _Shard] = {}

    async def sync(self, wanted: Mapping[str, WantedRules], kept: frozenset[str]) -> dict[str, Problem]:
        try:
            stale = await self._look()
        except ClusterError as error:
            return dict.fromkeys(wanted, _problem(error, f"ConfigMaps in {self._namespace} cannot be read"))
        by_file = {file_of(rules.key): rules for rules in wanted.values()}
        kept_files = {file_of(key) for key in kept}
        dirty = stale | self._assign(by_file, kept_files)
        problems: dict[str, Problem] = {}
        for name in sorted(dirty):
            shard = self._shards[name]
            problem = await self._write(shard, by_file, kept_files)
            if problem is not None:
                shard.version = ""  # look at it again next time
                problems.update({by_file[file].key: problem for file in shard.files if file in by_file})
        return problems

    async def _look(self) -> set[str]:
        """Learn what is there; the names of the shards that changed since we last looked, or were never seen."""
        found = {
            str(each["name"]): each
            for each in await self._objects.list_metadata(CONFIG_MAP, self._namespace)
            if self._is_shard(str(each["name"]))
        }
        for name in [name for name in self._shards if name not in found]:
            # Deleted by somebody: its files keep their place and are written anew.
            self._shards[name].uid = self._shards[name].version = ""
            self._shards[name].is_foreign = False
        stale = {name for name, shard in self._shards.items() if not shard.version}
        for name, metadata in found.items():
            shard = self._shards.setdefault(name, _Shard(name))
            if shard.is_foreign != (not is_ours(metadata)) or shard.version != metadata["resourceVersion"]:
                shard.is_foreign = not is_ours(metadata)
                shard.uid = str(metadata["uid"])
                stale.add(name)
                if not shard.files and not shard.is_foreign:
                    there = await self._objects.get(CONFIG_MAP, self._namespace, name)
                    shard.files = {file: ("", len(text.encode())) for file, text in (there.get("data") or {}).items()}
        return stale

    def _is_shard(self, name: str) -> bool:
        return name.startswith(f"{self._base}-") and name[len(self._base) + 1 :].isdigit()

    def _assign(self, by_file: Mapping[str, WantedRules], kept: set[str]) -> set[str]:
        """Give each wanted file its shard and forget the others; the names of the shards to write."""
        dirty: set[str] = set()
        place: dict[str, _Shard] = {}
        for shard in sorted(self._shards.values(), key=lambda shard: shard.name):
            for file in list(shard.files):
                if (file not in by_file and file not in kept) or file in place:
                    del shard.files[file]
                    dirty.add(shard.name)
                else:
                    place[file] = shard
        for file, rules in by_file.items():
            home = place.get(file)
            if home is not None and home.files[file][0] == rules.hash:
                continue
            size = len(_text(rules).encode())
            if home is not None:
                del home.files[file]
                dirty.add(home.name)
            if home is None or home.size + size > MAX_BYTES:
                home = self._with_room(size)
            home.files[file] = (rules.hash, size)
            dirty.add(home.name)
        return dirty

    def _with_room(self, size: int) -> _Shard:
        number = 0
        while True:
            name = f"{self._base}-{number}"
            shard = self._shards.setdefault(name, _Shard(name))
            if not shard.files or shard.size + size <= MAX_BYTES:
                return shard
            number += 1

    async def _write(self, shard: _Shard, by_file: Mapping[str, WantedRules], kept: set[str]) -> Problem | None:
        if shard.is_foreign:
            return Problem(
                "RuleConflict",
                f"ConfigMap {self._namespace}/{shard.name} exists and is not ours: it was left alone; "
                "delete or rename it, or choose another rules.configMapName",
            )
        try:
            there = await self._objects.get(CONFIG_MAP, self._namespace, shard.name) if shard.uid else {}
        except ClusterError as error:
            if error.reason != "NotFound":
                return _problem(error, f"ConfigMap {self._namespace}/{shard.name} cannot be read")
            there = {}
        old = there.get("data") or {}
        data = {file: _text(by_file[file]) for file in shard.files if file in by_file}
        data |= {file: old[file] for file in shard.files if file in kept and file not in by_file and file in old}
        metadata = there.get("metadata") or {}
        body = self._body(shard.name, data, metadata)
        try:
            if not data:
                if metadata:
                    await self._objects.delete(CONFIG_MAP, self._namespace, shard.name, uid=str(metadata["uid"]))
                del self._shards[shard.name]
                return None
            if not metadata:
                there = await self._objects.create(CONFIG_MAP, self._namespace, body)
            elif old != data or metadata.get("labels") != body["metadata"]["labels"]:
                there = await self._objects.replace(CONFIG_MAP, self._namespace, shard.name, body)
        except ClusterError as error:
            if error.reason in {"AlreadyExists", "Conflict", "NotFound"}:
                return Problem("Retrying", f"ConfigMap {shard.name} changed while we wrote it; looking again")
            return _problem(error, f"ConfigMap {self._namespace}/{shard.name} cannot be written")
        shard.uid, shard.version = str(there["metadata"]["uid"]), str(there["metadata"]["resourceVersion"])
        return None

    def _body(self, name: str, data: Mapping[str, str], there: Mapping[str, Any]) -> dict[str, Any]:
        metadata: dict[str, Any] = {
            "name": name,
            "namespace": self._namespace,
            "labels": {**(there.get("labels") or {}), **self._labels, MANAGED_BY: MANAGER_NAME, SLO_LABEL: "many"},
        }
        if there.get("annotations"):
            metadata["annotations"] = there["annotations"]
        if there.get("resourceVersion"):
            metadata["resourceVersion"] = there["resourceVersion"]
        return {"metadata": metadata, "data": dict(data)}


def file_of(key: str) -> str:
    """Name of the rule file of an SLO; a namespace has no dot, so no two SLOs share one."""
    return "clv-shared.yaml" if key == SHARED else f"{shortened(key.replace('/', '.', 1), 240)}.yaml"


def _text(rules: WantedRules) -> str:
    return f"# {HASH}: {rules.hash}\n{as_yaml(rules.render())}"


def _problem(error: ClusterError, what: str) -> Problem:
    return Problem("Forbidden" if error.reason == "Forbidden" else "WriteFailed", f"{what}: {error}")
