"""The registry of our kinds: what the store watches, the generator writes and the plugin offers."""

from __future__ import annotations

from dataclasses import dataclass

from clv_operator.api.clvtier import CLVTier
from clv_operator.api.escalationpolicy import EscalationPolicy
from clv_operator.api.resource import GROUP, VERSION, Resource
from clv_operator.api.revenueincident import RevenueIncident
from clv_operator.api.tieredslo import TieredSLO


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of `kubectl get`. path: a JSONPath to a scalar (of a list, only the first would show)."""

    name: str
    path: str
    type: str = "string"
    description: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind: its names, its scope, its model, and how lists of it look."""

    kind: str
    plural: str
    short: str
    namespaced: bool
    model: type[Resource]
    columns: tuple[Column, ...]
    selectable: tuple[str, ...] = ()
    group: str = GROUP
    version: str = VERSION

    @property
    def crd_name(self) -> str:
        return f"{self.plural}.{self.group}"

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}"


_READY = Column(
    name="Ready", path='.status.conditions[?(@.type=="Ready")].status', description="Whether the operator accepted it."
)
_AGE = Column(name="Age", path=".metadata.creationTimestamp", type="date", description="Time since it was created.")

_TIERS = Kind(
    kind="CLVTier",
    plural="clvtiers",
    short="clvt",
    namespaced=False,
    model=CLVTier,
    columns=(
        Column(name="Rank", path=".spec.rank", type="integer", description="Place among the tiers; 1 is the best."),
        Column(
            name="Customers", path=".spec.values.customers", type="integer", description="Active customers of the tier."
        ),
        Column(name="Weight", path=".status.weight", description="Share of the residual value of all tiers."),
        Column(name="As Of", path=".spec.values.asOf", type="date", description="Age of the values."),
        _READY,
        _AGE,
    ),
)
_SLOS = Kind(
    kind="TieredSLO",
    plural="tieredslos",
    short="tslo",
    namespaced=True,
    model=TieredSLO,
    columns=(
        Column(name="Service", path=".spec.service", description="The service that is promised."),
        Column(name="Period", path=".spec.period.rolling", description="The time over which the budget counts."),
        Column(name="Worst Tier", path=".status.worstTier", description="The tier with the least budget left."),
        Column(name="Budget Left", path=".status.budgetRemaining", description="Its budget left; 1 is untouched."),
        Column(name="Weighted Burn", path=".status.weightedBurn", description="Weighted burn of the last hour."),
        Column(name="At Risk/h", path=".status.atRiskPerHour.mean", description="Margin lost now, money per hour."),
        _READY,
        _AGE,
    ),
    selectable=(".spec.service",),
)
_POLICIES = Kind(
    kind="EscalationPolicy",
    plural="escalationpolicies",
    short="escpol",
    namespaced=True,
    model=EscalationPolicy,
    columns=(
        Column(name="Severities", path=".status.severityNames", description="Severities, most severe first."),
        Column(name="Channels", path=".status.channelNames", description="Channels that it uses."),
        _READY,
        _AGE,
    ),
)
_INCIDENTS = Kind(
    kind="RevenueIncident",
    plural="revenueincidents",
    short="rinc",
    namespaced=True,
    model=RevenueIncident,
    columns=(
        Column(name="Severity", path=".status.severity", description="How severe."),
        Column(name="At Risk", path=".status.atRisk.projected", description="Revenue at risk, projected, money."),
        Column(name="Rate/h", path=".status.atRisk.ratePerHour", description="Being lost now, money per hour."),
        Column(name="Tiers", path=".status.tierNames", description="Tiers hit."),
        Column(name="Phase", path=".status.phase", description="Where it stands."),
        Column(name="Service", path=".spec.opening.service", description="The service that is hit.", priority=1),
        _AGE,
    ),
    selectable=(".spec.opening.service", ".status.phase"),
)

KINDS: dict[str, Kind] = {kind.kind: kind for kind in (_TIERS, _SLOS, _POLICIES, _INCIDENTS)}
"""Every kind by its name."""
