from __future__ import annotations

import gzip
import json

import pytest

from tests.contract.intake.replica import Replica, alert, message

pytestmark = [pytest.mark.needs("apiserver")]
MEGABYTE = 1024 * 1024


@pytest.mark.parametrize("token", [None, "wrong", "let-me-in-too"])
async def test_a_bad_token_is_refused(replica: Replica, token: str | None) -> None:
    status, answer = await replica.post(message(alert()), token=token)
    assert status == 401
    assert "let-me-in" not in str(answer)
    assert await replica.incidents() == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"version": "3"}, "version"),
        ({"version": 4}, "version"),
        ({"groupKey": 7}, "groupKey"),
        ({"alerts": {}}, "alerts"),
    ],
)
async def test_a_wrong_version_names_the_field(replica: Replica, change: dict[str, object], field: str) -> None:
    status, answer = await replica.post(message(alert(), **change))
    assert status == 400
    assert answer["error"].startswith(f"{field}:")
    assert await replica.incidents() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b'{"alerts": []',
        b'\xef\xbb\xbf{"alerts": []}',
        b'{"version": "4", "version": "4", "alerts": [], "groupKey": ""}',
        b'{"alerts": [NaN]}',
        b'{"alerts": ' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"alerts": []} trailing',
        b'{"payload": 1}',
    ],
)
async def test_what_is_no_webhook_is_refused_whole(replica: Replica, body: bytes) -> None:
    status, answer = await replica.post(body)
    assert status == 400
    assert 0 < len(json.dumps(answer)) <= 1024


async def test_one_malformed_alert_among_fifty_is_counted_and_the_others_go_on(replica: Replica) -> None:
    alerts = [alert(instance=str(i)) for i in range(50)]
    alerts[17]["startsAt"] = "yesterday"
    status, answer = await replica.post(message(*alerts))
    assert (status, answer["accepted"], answer["rejected"]) == (200, 49, 1)
    assert (await replica.only_incident())["status"]["alerts"]["firing"] == 49


async def test_a_compressed_body_is_refused_before_it_is_read(replica: Replica) -> None:
    body = gzip.compress(json.dumps(message(alert())).encode())
    status, _ = await replica.post(body, headers={"Content-Encoding": "gzip"})
    assert status == 415
    assert await replica.incidents() == []


async def test_nul_and_lone_surrogates_are_replaced(replica: Replica) -> None:
    odd = alert(note="a\x00b")
    body = json.dumps(message(odd)).replace("burns", "\\ud800 burns").encode()
    status, answer = await replica.post(body)
    top = (await replica.only_incident())["status"]["alerts"]["top"][0]
    assert (status, answer["accepted"]) == (200, 1)
    assert top["labels"]["note"] == "a\ufffdb"
    assert top["summary"].endswith("burns")
    assert "\\ud800" not in json.dumps(top)


async def test_utf8_names_and_huge_annotations_are_cut_to_size(replica: Replica) -> None:
    odd = alert()
    odd["labels"]["größe.名前"] = "ä" * 500
    odd["annotations"] = {"summary": "é" * 100_000}
    status, _ = await replica.post(message(odd))
    incident = await replica.only_incident()
    assert status == 200
    assert len(incident["status"]["alerts"]["top"][0]["summary"].encode()) <= 256
    assert len(json.dumps(incident).encode()) < 16 * 1024


async def test_seventy_megabytes_are_cut_and_what_came_is_kept(replica: Replica) -> None:
    alerts = [alert(instance=str(i)) for i in range(70)]
    for item in alerts:
        item["annotations"]["description"] = "x" * MEGABYTE
    status, answer = await replica.post(message(*alerts))
    kept = (await replica.only_incident())["status"]["alerts"]
    assert (status, answer["truncated"]) == (200, True)
    assert 60 <= answer["accepted"] < 70
    assert (kept["firing"], kept["truncated"]) == (answer["accepted"], True)


async def test_twenty_thousand_alerts_in_one_body_are_one_incident_with_exact_counts(replica: Replica) -> None:
    alerts = [alert(instance=str(i), end="" if i % 4 else "2026-11-24T14:03:00Z") for i in range(20_000)]
    began = replica.clock()
    status, answer = await replica.post(message(*alerts))
    took = (replica.clock() - began).total_seconds()
    incident = await replica.only_incident()
    stored = incident["status"]["alerts"]
    assert (status, answer["accepted"]) == (200, 20_000)
    assert (stored["firing"], stored["resolved"], len(stored["top"])) == (15_000, 5_000, 10)
    assert len(json.dumps(incident).encode()) < 128 * 1024
    assert took < 10
    _, again = await replica.post(message(*alerts))
    assert again["duplicate"] == 20_000
    assert (await replica.only_incident())["metadata"]["resourceVersion"] == incident["metadata"]["resourceVersion"]


async def test_a_replica_that_has_not_read_the_policies_opens_nothing(replica: Replica) -> None:
    replica.blind = "the store does not equal the cluster yet"
    status, answer = await replica.post(message(alert()))
    assert (status, answer["error"]) == (503, "the store does not equal the cluster yet; send again")
    assert await replica.incidents() == []
