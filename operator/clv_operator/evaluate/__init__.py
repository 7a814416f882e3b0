"""The tick: what is declared and what Prometheus recorded, turned into what the statuses should say."""

from clv_operator.evaluate.tick import Evaluation, Evaluator

__all__ = ["Evaluation", "Evaluator"]
