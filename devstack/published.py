"""CRDs that other projects publish, read from their Go modules into the cache; never copied into this repository."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from devstack.cache import entry, fill
from devstack.errors import ComponentMissing
from devstack.golang import module_folder
from devstack.progress import progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """path: of the YAML file inside the module."""

    name: str
    module: str
    version: str
    path: str

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.module} {self.version} {self.path}".encode()).hexdigest()


PUBLISHED = {
    item.name: item
    for item in (
        Published(
            name="prometheusrule-crd",
            module="github.com/prometheus-operator/prometheus-operator",
            version="v0.93.0",
            path="example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
        ),
    )
}


def find_published(name: str) -> Path | None:
    file = entry(PUBLISHED[name].key) / "crd.yaml"
    return file if file.exists() else None


def published(name: str) -> Path:
    """The file, for Api.apply_crds. Raises ComponentMissing with the remedy; fetches nothing."""
    file = find_published(name)
    if file is None:
        raise ComponentMissing(component=name, problem="not found", remedy="run `make devstack`")
    return file


def obtain_published(name: str) -> Path:
    item = PUBLISHED[name]

    def produce(place: Path) -> None:
        with progress(f"fetching {name} of {item.module} {item.version}"):
            shutil.copy(module_folder(item.module, item.version) / item.path, place / "crd.yaml")

    return fill(item.key, produce) / "crd.yaml"
