import math
from datetime import UTC, datetime, timedelta

import pytest

from clv_operator.prometheus import Endpoint, PrometheusSource
from sloengine.errors import QueryError

START = datetime(2026, 11, 1, tzinfo=UTC)
HISTORY = "".join(
    f"{name} {value} {START.timestamp() + 60 * minute:.0f}\n"
    for name, value in (
        ('shop{tier="gold",le="0.1"}', 3),
        ('shop{tier="gold \\"x\\" \\\\ ü"}', 4),
        ('broken{tier="gold"}', "NaN"),
        ('broken{tier="platinum"}', "+Inf"),
    )
    for minute in range(11)
)


@pytest.fixture
def source(prometheus):
    server = prometheus(history=f"{HISTORY}# EOF\n")
    source = PrometheusSource(Endpoint(url=server.url))
    yield source
    source.close()


async def test_a_vector_comes_back_with_the_labels_that_were_asked_for(source):
    at = START + timedelta(minutes=5)
    result = await source.query("shop", at, ["tier", "le", "nothing"])
    assert dict(result.samples) == {("gold", "0.1", ""): 3.0, ('gold "x" \\ ü', "", ""): 4.0}
    assert result.warnings == ()
    assert result.elapsed_seconds > 0
    wild = {row[0]: value for row, value in (await source.query("broken", at, ["tier"])).samples}
    assert math.isnan(wild["gold"])
    assert wild["platinum"] == math.inf
    assert len((await source.query("absent_metric", at, ["tier"])).samples) == 0
    assert list((await source.query("scalar(vector(7))", at, [])).samples) == [((), 7.0)]


async def test_the_moment_is_the_one_asked_for_and_not_now(source):
    assert len((await source.query("shop", START - timedelta(hours=1), ["tier"])).samples) == 0
    moment = START + timedelta(minutes=3)
    [(_, value)] = list((await source.query("vector(time())", moment, [])).samples)
    assert value == moment.timestamp()


async def test_a_range_has_its_points_in_order(source):
    step = timedelta(minutes=5)
    result = await source.query_range('shop{le="0.1"}', START, START + 2 * step, step)
    [series] = result.series
    assert series.labels["tier"] == "gold"
    assert series.points == tuple((START.timestamp() + 300 * n, 3.0) for n in range(3))


async def test_a_query_that_does_not_parse_brings_prometheus_own_words(source):
    with pytest.raises(QueryError) as caught:
        await source.query("sum(", START, [])
    assert (caught.value.kind, caught.value.status, caught.value.retryable) == ("http", 400, False)
    assert "parse error" in str(caught.value)


async def test_the_parser_is_asked_without_evaluating(source):
    assert await source.parse_problem("sum(rate(shop[5m]))") == ""
    assert "parse error" in await source.parse_problem("sum(")


async def test_a_reload_that_is_refused_says_so(prometheus):
    server = prometheus()
    source = PrometheusSource(Endpoint(url=server.url))
    await source.reload()
    (server.rules / "bad.yaml").write_text("groups: [{name: a, rules: [{record: x, expr: 'sum('}]}]")
    with pytest.raises(QueryError) as caught:
        await source.reload()
    assert caught.value.status == 500
    source.close()


def test_metadata_comes_through_the_client_library_over_our_session(source):
    metadata = source.metadata()
    assert {"shop", "broken"} <= metadata.metric_names()
    assert metadata.label_values("tier", "broken") == {"gold", "platinum"}
    end = START + timedelta(minutes=10)
    assert {labels["__name__"] for labels in metadata.series("shop", START, end)} == {"shop"}


async def test_a_prometheus_that_was_killed_is_refused_and_found_again(prometheus):
    server = prometheus()
    source = PrometheusSource(Endpoint(url=server.url))
    now = datetime.now(UTC)
    assert len((await source.query("vector(1)", now, [])).samples) == 1
    server.kill()
    with pytest.raises(QueryError) as caught:
        await source.query("vector(1)", now, [])
    assert caught.value.kind == "refused"
    server.start()
    assert len((await source.query("vector(1)", now, [])).samples) == 1
    source.close()
