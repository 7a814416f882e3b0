import asyncio
from datetime import UTC, datetime, timedelta

import requests

from clv_operator.prometheus import Alertmanagers, Endpoint
from devstack import until

from .liar import liar, says


async def test_what_fires_is_read_with_its_start_and_what_is_silenced_with_its_silence(alertmanager):
    server = alertmanager()
    started = datetime.now(UTC).replace(microsecond=123000) - timedelta(minutes=2)
    server.post(
        [
            {
                "labels": {"alertname": name, "service": "checkout"},
                "annotations": {"summary": "ü"},
                "startsAt": started.isoformat(),
                "generatorURL": "http://127.0.0.1/graph",
            }
            for name in ("Loud", "Quiet")
        ]
    )
    silence = {
        "matchers": [{"name": "alertname", "value": "Quiet", "isRegex": False}],
        "startsAt": datetime.now(UTC).isoformat(),
        "endsAt": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        "createdBy": "test",
        "comment": "test",
    }
    posted = await asyncio.to_thread(requests.post, f"{server.url}/api/v2/silences", json=silence, timeout=5)
    made = posted.json()["silenceID"]
    peers = Alertmanagers([Endpoint(url=server.url)])
    until(lambda: any(alert["status"]["state"] != "active" for alert in server.alerts()), what="the silence holds")
    [answer] = await peers.ask()
    peers.close()
    assert answer.answered
    assert answer.status is not None
    assert datetime.now(UTC) - answer.status.started_at < timedelta(minutes=5)
    alerts = {alert.labels["alertname"]: alert for alert in answer.alerts}
    assert alerts["Loud"].is_active
    assert alerts["Loud"].starts_at == started
    assert alerts["Loud"].annotations["summary"] == "ü"
    assert not alerts["Quiet"].is_active
    assert alerts["Quiet"].silenced_by == (made,)


async def test_a_peer_that_is_gone_or_lies_says_so_and_the_others_still_count(alertmanager):
    server = alertmanager()
    with liar(says(200, b"{}")) as (gone, _):
        pass
    with liar(says(200, b"<html>")) as (url, _):
        peers = Alertmanagers([Endpoint(url=server.url), Endpoint(url=url), Endpoint(url=gone)])
        good, lying, away = await peers.ask()
        peers.close()
    assert good.answered
    assert lying.error is not None
    assert lying.error.kind == "malformed"
    assert away.error is not None
    assert away.error.kind == "refused"
    assert away.alerts == ()
