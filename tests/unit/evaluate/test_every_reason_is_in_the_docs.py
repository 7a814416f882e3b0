import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
SOURCES = [
    *(ROOT / "operator/clv_operator/evaluate" / f"{name}.py" for name in ("tiers", "slo_status", "diagnosis")),
    *(path for path in (ROOT / "operator/clv_operator/rules").glob("*.py") if path.name != "__init__.py"),
]
TYPES = {"Ready", "Fresh", "RulesInSync", "DataAvailable", "BudgetHealthy"}
OTHER_WORDS = {
    "NotFound", "Conflict", "AlreadyExists", "NotLeading",  # what the API server says
    "PrometheusRule", "ConfigMap", "File", "TieredSLO",  # outputs and kinds
    "True", "False", "Unknown", "Inf", "CSafeDumper",
}  # fmt: skip


def words(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[A-Z][a-zA-Z]+", node.value)
        ):
            yield node.value


def test_no_reason_is_left_out_of_the_page_about_conditions():
    page = (ROOT / "docs/conditions.md").read_text()
    told = set(re.findall(r"`([A-Z][a-zA-Z]+)…?`", page)) | TYPES | OTHER_WORDS
    used = {word for path in SOURCES for word in words(path)}
    assert used - told == set()
    assert {"RankConflict", "NoSuchBucket", "RulesRefused"} <= used, "the search finds nothing any more"
