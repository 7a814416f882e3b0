"""One expression that Prometheus refuses costs a whole file of rules, those of other SLOs included."""

import pytest
import yaml

from devstack import promtool
from sloengine.errors import InvalidSpec
from sloengine.selector import parse, quote

REFUSED = {
    "x**": "one repetition upon another",
    "x*+": "one repetition upon another",
    "x{2}{3}": "one repetition upon another",
    "a{1001}": "more than 1000 repetitions",
    "(a{100}){100}": "more than 1000 repetitions",
    "((ab{2,40}c)|d){30}": "more than 1000 repetitions",
    "(?x) a b": r"the flags \(\?x\)",
    "(?-u)x": r"the flags \(\?-u\)",
    "[a--b]": "-- in a class",
    r"\u{61}": "the escape",
    r"\p{scx=Greek}": "a property with =",
}
TAKEN = (
    "5..", "x*?", "x??", "a{1000}", "(a{10}){100}", "a{,5}", "{", "]", "[]a]", "[^]*]", "[*+]{2}", r"\*\*", r"\**",
    "(?i)x", "(?s-m:x)", "(?P<n>x)", r"\p{Greek}", r"\x{61}", "(a|b)+?", "a{2}?", "()*", "é+",
)  # fmt: skip


@pytest.mark.needs("promtool")
@pytest.mark.parametrize("expression", [*TAKEN, *REFUSED])
def test_an_expression_is_refused_by_both_or_by_none(tmp_path, expression, version):
    selector = f"m{{code=~{quote(expression)}}}"
    rules = tmp_path / "rules.yaml"
    rules.write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [{"record": "r", "expr": selector}]}]}))
    checked = promtool("check", "rules", rules, check=False, component=version)
    assert (checked.returncode == 0) == (expression in TAKEN), checked.stderr
    if expression in TAKEN:
        assert parse(selector, field="x").matchers[0].value == expression
    else:
        with pytest.raises(InvalidSpec, match=REFUSED[expression]):
            parse(selector, field="x")
