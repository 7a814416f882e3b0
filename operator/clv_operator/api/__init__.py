"""The custom resources as pydantic models, one kind a module, and the generator of their CRDs."""

from clv_operator.api.bounds import Cut, cut_status
from clv_operator.api.clvtier import CLVTier, CLVTierStatus
from clv_operator.api.escalationpolicy import EscalationPolicy, EscalationPolicyStatus, PolicySnapshot
from clv_operator.api.incidentstatus import RevenueIncidentStatus
from clv_operator.api.kinds import KINDS, Kind
from clv_operator.api.parsing import parse, problems, read
from clv_operator.api.resource import API_VERSION, GROUP, VERSION, Condition, Metadata, Resource
from clv_operator.api.revenueincident import RevenueIncident
from clv_operator.api.tieredslo import TieredSLO, TieredSLOStatus

__all__ = [
    "API_VERSION",
    "GROUP",
    "KINDS",
    "VERSION",
    "CLVTier",
    "CLVTierStatus",
    "Condition",
    "Cut",
    "EscalationPolicy",
    "EscalationPolicyStatus",
    "Kind",
    "Metadata",
    "PolicySnapshot",
    "Resource",
    "RevenueIncident",
    "RevenueIncidentStatus",
    "TieredSLO",
    "TieredSLOStatus",
    "cut_status",
    "parse",
    "problems",
    "read",
]
