"""Recording and alerting rules as plain values: one group for each TieredSLO, one shared group."""

from sloengine.rules.incidents import incident_group
from sloengine.rules.operator import operator_group
from sloengine.rules.rule import Rule, RuleGroup
from sloengine.rules.settings import RuleSettings
from sloengine.rules.shared import SHARED_GROUP, shared_group
from sloengine.rules.tiered import group_name, slo_group

__all__ = [
    "SHARED_GROUP",
    "Rule",
    "RuleGroup",
    "RuleSettings",
    "group_name",
    "incident_group",
    "operator_group",
    "shared_group",
    "slo_group",
]
