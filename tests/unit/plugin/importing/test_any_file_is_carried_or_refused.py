"""Whatever stands in a file: a TieredSLO that the API takes, or a refusal with a mend; never an exception."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_operator.api import parse, problems
from kubectl_clv.importing.conversion import FORMATS, convert
from kubectl_clv.importing.draft import Settings
from kubectl_clv.manifests import Manifest
from tests.unit.plugin.importing.files import openslo, pyrra, sloth

GOOD = {"sloth": sloth, "pyrra": pyrra, "openslo": openslo}
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["100", "30d", "a_b", "sum(rate(a[{{.window}}]))"])
)  # fmt: skip
NAMES = st.one_of(
    st.integers(), st.text(max_size=4),
    st.sampled_from(["labels", "owner", "severity", "plugins", "events", "raw", "metadata", "name", "target", "spec", "annotations"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)


def paths(value, before=()):
    yield before
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, (*before, name))
    if isinstance(value, list):
        for place, inner in enumerate(value):
            yield from paths(inner, (*before, place))


def spoilt(document, path, value):
    """The document with the value at the path, or beside it."""
    if not path:
        return value
    changed = copy.deepcopy(document)
    node = changed
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    return changed


@pytest.mark.fuzz
@pytest.mark.parametrize("form", FORMATS)
@given(st.data())
def test_a_file_that_is_wrong_somewhere_is_refused_in_sentences(form, data):
    document = GOOD[form]()
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(list(paths(document))))
        new = data.draw(NAMES)
        document = spoilt(
            document,
            (*path, new) if data.draw(st.booleans()) and isinstance(at(document, path), dict) else path,
            data.draw(VALUES),
        )
    conversion = convert([Manifest(origin="given.yaml", body=document)], form, Settings(namespace="shop"))
    for made in conversion.manifests:
        assert problems("TieredSLO", made) == ()
        assert parse("TieredSLO", made).metadata.namespace
    for outcome in conversion.outcomes:
        assert outcome.made is not None or outcome.findings
        assert all(finding.problem and finding.fix and finding.field for finding in outcome.findings)


def at(document, path):
    for part in path:
        document = document[part]
    return document


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "body", [None, [], "text", 7, {}, {"kind": "List", "items": None}, {"metadata": "x", "kind": ["x"]}]
)
def test_what_is_no_objective_is_passed_over(form, body):
    conversion = convert([Manifest(origin="given.yaml", body=body)], form, Settings())
    assert (conversion.outcomes, len(conversion.passed_over)) == ([], 1)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("name", "value"), [("", None), (7, "x"), ("kind", []), ("metadata", [7])])
def test_a_member_of_the_wrong_kind_is_refused_by_its_name(form, name, value):
    document = GOOD[form]() | {name: value}
    conversion = convert([Manifest(origin="given.yaml", body=document)], form, Settings())
    assert [made["kind"] for made in conversion.manifests] == []
    assert all(finding.field and finding.fix for outcome in conversion.outcomes for finding in outcome.findings)
