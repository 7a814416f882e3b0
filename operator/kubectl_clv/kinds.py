"""The names of our kinds, as a person types them.

A copy of what `clv_operator.api.KINDS` says, because importing the models costs more than listing 1,000 objects;
tests/unit/plugin/test_kinds_are_those_of_the_api.py keeps the two in step.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_clv.exits import Exit
from kubectl_clv.failure import Failure, did_you_mean

GROUP = "clvsre.io"
VERSION = "v1alpha1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """kind, plural, short: its names. noun: in a sentence."""

    kind: str
    plural: str
    short: str
    noun: str
    namespaced: bool = True

    @property
    def full_name(self) -> str:
        """As `-o name` writes it: `tieredslo.clvsre.io`."""
        return f"{self.kind.lower()}.{GROUP}"

    @property
    def spellings(self) -> tuple[str, ...]:
        singular = self.kind.lower()
        return (self.short, singular, self.plural, self.full_name, f"{self.plural}.{GROUP}")


TIER = Kind(kind="CLVTier", plural="clvtiers", short="clvt", noun="tier", namespaced=False)
SLO = Kind(kind="TieredSLO", plural="tieredslos", short="tslo", noun="SLO")
POLICY = Kind(kind="EscalationPolicy", plural="escalationpolicies", short="escpol", noun="escalation policy")
INCIDENT = Kind(kind="RevenueIncident", plural="revenueincidents", short="rinc", noun="incident")
ALL = (TIER, SLO, POLICY, INCIDENT)


def without_kind(kind: Kind, reference: str) -> str:
    """`checkout` of `tslo/checkout`, `tieredslo.clvsre.io/checkout` and `checkout`; Failure for another kind."""
    before, slash, name = reference.rpartition("/")
    if slash and before.lower() not in kind.spellings:
        raise Failure(f"{reference} is no {kind.noun}", fix=f"write {kind.short}/{name} or {name}", code=Exit.USAGE)
    return name


def split(reference: str, kinds: tuple[Kind, ...]) -> tuple[Kind, str]:
    """Kind and name of `tslo/checkout`; Failure where it names none of `kinds`."""
    before, slash, name = reference.partition("/")
    for kind in kinds:
        if slash and name and before.lower() in kind.spellings:
            return kind, name
    forms = " or ".join(f"{kind.short}/NAME" for kind in kinds)
    near = did_you_mean(before.lower(), (kind.short for kind in kinds)) if slash else ""
    raise Failure(
        f"{reference!r} does not say what to explain", fix=f"write {forms}; {near}".rstrip("; "), code=Exit.USAGE
    )
