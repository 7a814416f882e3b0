"""Where generated rules go: PrometheusRule objects, ConfigMaps, or files that Prometheus is told to reload."""

from clv_operator.rules.configmap import ConfigMapOutput
from clv_operator.rules.file import FileOutput
from clv_operator.rules.prometheusrule import PrometheusRuleOutput
from clv_operator.rules.wanted import Owner, Problem, RuleOutput, WantedRules
from clv_operator.rules.writer import RulesWriter

__all__ = [
    "ConfigMapOutput",
    "FileOutput",
    "Owner",
    "Problem",
    "PrometheusRuleOutput",
    "RuleOutput",
    "RulesWriter",
    "WantedRules",
]
