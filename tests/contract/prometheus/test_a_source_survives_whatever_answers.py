import asyncio
import threading
import time
from datetime import UTC, datetime

import pytest

from clv_operator.prometheus import Endpoint, PrometheusSource
from sloengine.errors import QueryError

from .liar import liar, says, vector

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def error_of(url, **options):
    source = PrometheusSource(Endpoint(url=url, connect_timeout_seconds=0.5, read_timeout_seconds=0.5, **options))
    try:
        with pytest.raises(QueryError) as caught:
            source.ask("up", AT, ["a"])
    finally:
        source.close()
    return caught.value


def test_nobody_listening_is_refused():
    with liar(says(200, vector())) as (url, _):
        gone = url
    assert error_of(gone).kind == "refused"


def test_a_name_that_does_not_resolve_is_refused():
    assert error_of("http://prometheus.invalid:9090").kind == "refused"


def test_silence_is_a_timeout_and_so_is_an_answer_that_trickles():
    stop = threading.Event()

    def trickle(handler):
        handler.send_response(200)
        handler.end_headers()
        while not stop.wait(0.05):
            handler.wfile.write(b" ")

    for answer in (lambda handler: stop.wait(5), trickle):
        began = time.monotonic()
        with liar(answer) as (url, _):
            assert error_of(url).kind == "timeout"
        assert time.monotonic() - began < 4, "the deadline is of the whole answer"
    stop.set()


def test_half_an_answer_is_no_answer():
    def half(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(vector()[:40])
        handler.close_connection = True

    with liar(half) as (url, _):
        assert error_of(url).kind == "malformed"


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (200, b"<html>please sign in</html>", "malformed", "web page"),
        (422, b'{"status":"error","errorType":"execution","error":"too many samples"}', "http", "too many samples"),
        (302, b"", "http", "redirects"),
        (200, b'{"status":"error","error":"vmselect is away"}', "http", "vmselect is away"),
    ],
)
def test_lies_are_named(status, body, kind, text):
    with liar(says(status, body, Location="http://127.0.0.1:1/login")) as (url, asked):
        error = error_of(url)
    assert error.kind == kind
    assert text in str(error)
    assert len(asked) == 1, "a lie is not asked for twice"


def test_an_answer_without_end_is_cut_off():
    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b" " * 65536)

    with liar(endless) as (url, _):
        error = error_of(url, max_answer_bytes=1 << 20)
    assert "more than 1 MiB" in str(error)


def test_partial_data_comes_with_its_warning():
    with liar(says(200, vector(more=',"warnings":["store-2 did not answer"]'))) as (url, _):
        source = PrometheusSource(Endpoint(url=url))
        assert source.ask("up", AT, ["a"]).warnings == ("store-2 did not answer",)
        source.close()


def test_a_query_is_a_post_with_its_moment_its_deadline_and_who_asks(tmp_path):
    token = tmp_path / "token"
    token.write_text("first\n")
    with liar(says(200, vector())) as (url, asked):
        endpoint = Endpoint(url=url + "/prefix/", headers={"X-Scope-OrgID": "shop"}, token_file=token)
        source = PrometheusSource(endpoint)
        source.ask("up + 1", AT, ["a"])
        token.write_text("second\n")
        source.ask("up", AT, ["a"])
        source.close()
    first, second = asked
    assert (first["method"], first["path"]) == ("POST", "/prefix/api/v1/query")
    assert first["body"] == f"query=up+%2B+1&time={AT.timestamp():.3f}&timeout=18s"
    assert first["headers"]["X-Scope-OrgID"] == "shop"
    assert first["headers"]["Authorization"] == "Bearer first"
    assert second["headers"]["Authorization"] == "Bearer second", "a rotated token is read anew"


@pytest.mark.parametrize("answer", [says(500, b"no"), says(302, b""), says(200, b"<html>"), says(200, vector())])
def test_a_password_in_the_address_stays_out_of_messages(answer):
    with liar(answer) as (url, asked):
        endpoint = Endpoint(url=url.replace("//", "//user:hunter2@"))
        source = PrometheusSource(endpoint)
        try:
            source.ask("up", AT, ["a"])
        except QueryError as error:
            assert "hunter2" not in str(error)  # noqa: PT017  # one of the four answers is good
        source.close()
    assert asked[0]["headers"]["Authorization"].startswith("Basic ")
    with pytest.raises(QueryError) as caught:
        PrometheusSource(endpoint).ask("up", AT, ["a"])
    assert "hunter2" not in str(caught.value)


def test_a_missing_token_file_is_said_and_nothing_is_sent(tmp_path):
    with liar(says(200, vector())) as (url, asked):
        error = error_of(url, token_file=tmp_path / "absent")
    assert "cannot be read" in str(error)
    assert asked == []


def test_nothing_of_the_environment_changes_whom_we_talk_to(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with liar(says(200, vector())) as (url, asked):
        source = PrometheusSource(Endpoint(url=url))
        source.ask("up", AT, ["a"])
        source.close()
    assert "Authorization" not in asked[0]["headers"]


async def test_a_slow_source_does_not_delay_another():
    stop = threading.Event()
    with liar(lambda handler: stop.wait(5)) as (slow_url, _), liar(says(200, vector())) as (url, _):
        slow = PrometheusSource(Endpoint(url=slow_url, threads=1, read_timeout_seconds=3))
        quick = PrometheusSource(Endpoint(url=url, threads=1))
        waiting = asyncio.ensure_future(slow.query("up", AT, ["a"]))
        result = await asyncio.wait_for(quick.query("up", AT, ["a"]), 2.5)
        assert len(result.samples) == 1
        assert not waiting.done()
        stop.set()
        with pytest.raises(QueryError):
            await waiting
        slow.close()
        quick.close()
