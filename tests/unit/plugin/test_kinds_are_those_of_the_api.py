from __future__ import annotations

import pytest

from clv_operator.api import KINDS
from kubectl_clv import kinds
from kubectl_clv.failure import Failure


def test_names_and_scopes_are_those_of_the_models() -> None:
    ours = {(kind.kind, kind.plural, kind.short, kind.namespaced) for kind in kinds.ALL}
    theirs = {(kind.kind, kind.plural, kind.short, kind.namespaced) for kind in KINDS.values()}
    assert ours == theirs
    assert {(kind.group, kind.version) for kind in KINDS.values()} == {(kinds.GROUP, kinds.VERSION)}


@pytest.mark.parametrize(
    "reference", ["checkout", "tslo/checkout", "TieredSLO/checkout", "tieredslo.clvsre.io/checkout"]
)
def test_a_name_is_taken_with_or_without_its_kind(reference: str) -> None:
    assert kinds.without_kind(kinds.SLO, reference) == "checkout"


def test_a_name_of_another_kind_is_refused_with_the_form_to_write() -> None:
    with pytest.raises(Failure) as refused:
        kinds.without_kind(kinds.SLO, "rinc/checkout")
    assert refused.value.lines() == ["Error: rinc/checkout is no SLO", "  Try: write tslo/checkout or checkout"]


def test_a_reference_without_a_kind_is_asked_for_one() -> None:
    with pytest.raises(Failure) as refused:
        kinds.split("checkout", (kinds.SLO, kinds.INCIDENT))
    assert refused.value.fix == "write tslo/NAME or rinc/NAME"


def test_a_misspelt_kind_gets_the_nearest() -> None:
    with pytest.raises(Failure) as refused:
        kinds.split("tlso/checkout", (kinds.SLO, kinds.INCIDENT))
    assert refused.value.fix == "write tslo/NAME or rinc/NAME; did you mean tslo?"
