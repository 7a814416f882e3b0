"""Whom a bearer token belongs to, as the API server says."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """username: such as `system:serviceaccount:monitoring:alertmanager`. extra travels into access reviews."""

    username: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: dict[str, list[str]] = field(default_factory=dict)
