"""One thing that is wrong with a manifest, and where."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_clv.exits import Exit
from kubectl_clv.manifests import Manifest
from sloengine.errors import InvalidSpec

PAGE, TICKET, UNKNOWN = "page", "ticket", "unknown"
_CODES = {PAGE: Exit.NO, TICKET: Exit.WAIT, UNKNOWN: Exit.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """severity: page (it cannot work), ticket (it may not do what is meant), unknown (nobody could be asked)."""

    manifest: Manifest
    severity: str
    field: str
    problem: str
    fix: str

    @property
    def place(self) -> str:
        """`shop.yaml:31`."""
        line = self.manifest.line_of(self.field)
        return f"{self.manifest.origin}:{line}" if line else self.manifest.origin


def invalid(manifest: Manifest, error: InvalidSpec) -> Finding:
    """The refusal of a model or of the engine as a finding."""
    return Finding(manifest=manifest, severity=PAGE, field=error.field, problem=error.problem, fix=error.fix)


def exit_code(severities: set[str]) -> Exit:
    """That of the worst finding."""
    return next((code for severity, code in _CODES.items() if severity in severities), Exit.DONE)
