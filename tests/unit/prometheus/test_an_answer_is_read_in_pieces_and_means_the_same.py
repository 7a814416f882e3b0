import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv_operator.prometheus.answer import read_vector, refusal
from sloengine.errors import QueryError


def body(samples, *, compact=True, **more):
    result = [{"metric": metric, "value": [1.5, value]} for metric, value in samples]
    document = {"status": "success", "data": {"resultType": "vector", "result": result}, **more}
    return json.dumps(document, separators=(",", ":") if compact else None, ensure_ascii=False).encode()


def pieces(content, size):
    return [content[start : start + size] for start in range(0, len(content), size)]


labels = st.dictionaries(st.text(max_size=5), st.text(max_size=12), max_size=3)
values = st.sampled_from(["0", "1", "-2.5", "NaN", "+Inf", "-Inf", "1e-09"])


@given(st.lists(st.tuples(labels, values), max_size=6), st.integers(min_value=1, max_value=400), st.booleans())
def test_however_it_is_cut_the_same_samples_come_out(samples, size, compact):
    result = read_vector(pieces(body(samples, compact=compact), size), ["a", "b"])
    assert result.samples.rows == [(metric.get("a", ""), metric.get("b", "")) for metric, _ in samples]
    for (_, text), (_, value) in zip(samples, result.samples, strict=True):
        assert value == float(text) or (math.isnan(value) and text == "NaN")


def test_a_label_that_looks_like_a_sample_is_a_label():
    evil = '},{"metric":{"a":"b"},"value":[0,"7"]'
    result = read_vector(pieces(body([({"a": evil}, "1"), ({"a": evil}, "2")]), 7), ["a"])
    assert list(result.samples) == [((evil,), 1.0), ((evil,), 2.0)]


def test_nan_infinity_zero_and_absence_are_four_things():
    result = read_vector([body([({"a": "n"}, "NaN"), ({"a": "i"}, "+Inf"), ({"a": "z"}, "0")])], ["a"])
    read = {row[0]: value for row, value in result.samples}
    assert math.isnan(read["n"])
    assert read["i"] == math.inf
    assert read["z"] == 0.0
    assert "absent" not in read


def test_warnings_and_infos_are_kept_wherever_they_stand():
    result = read_vector(pieces(body([({}, "1")], warnings=["part is missing"], infos=["odd"]), 11), [])
    assert result.warnings == ("part is missing",)
    assert result.infos == ("odd",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>sign in</html>",
        b"[]",
        b"null",
        b"{}",
        body([({"a": "1"}, "1")])[:-3],
        body([({"a": "1"}, "1"), ({"a": "2"}, "1")])[:-40],
        b'{"status":"success","data":{"resultType":"matrix","result":[]}}',
        b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"one"]}]}}',
        b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":1}]}}',
        b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"\xff"]}]}}',
    ],
)
def test_what_is_no_answer_is_malformed_and_never_an_empty_vector(content):
    with pytest.raises(QueryError) as caught:
        read_vector([content], ["a"])
    assert caught.value.kind in {"malformed", "http"}


def test_a_web_page_with_200_asks_whether_that_is_prometheus_at_all():
    with pytest.raises(QueryError, match="web page"):
        read_vector([b"  <!doctype html>"], [])


@pytest.mark.parametrize(
    ("status", "content", "kind", "retryable", "text"),
    [
        (422, b'{"status":"error","errorType":"execution","error":"many-to-many"}', "http", False, "many-to-many"),
        (400, b'{"status":"error","errorType":"bad_data","error":"parse error"}', "http", False, "parse error"),
        (503, b'{"status":"error","errorType":"timeout","error":"query timed out"}', "timeout", True, "timed out"),
        (502, b"<html>bad gateway</html>", "http", True, "web page"),
        (401, b"Unauthorized", "http", True, "check the token"),
        (500, b"", "http", True, "without a reason"),
    ],
)
def test_a_refusal_says_what_the_server_said_and_whether_to_ask_again(status, content, kind, retryable, text):
    error = refusal(status, content)
    assert (error.kind, error.status, error.retryable) == (kind, status, retryable)
    assert text in str(error)
