"""What can go wrong between an outbox and its receivers, with the operator as a process."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.incidents.house import House, Receiver, fired, post

pytestmark = [pytest.mark.needs("apiserver")]


def entries(house: House) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.incident().get("status", {}).get("outbox") or []
    return found


def condition(house: House, kind: str) -> str:
    found = house.incident().get("status", {}).get("conditions") or ()
    return next((item["message"] for item in found if item["type"] == kind), "")


def test_a_page_survives_kill_9_and_arrives_under_the_same_key(house: House, receiver: Receiver) -> None:
    receiver.answers["/pager"] = (503, "busy")
    house.policy(receiver, steps=[{"after": "0s", "notify": ["pager"]}])
    operator = house.start()
    assert post(house, fired(severity="page")) == 200
    house.wait("a first try", lambda: receiver.at("/pager"))
    house.wait("it is kept", lambda: entries(house) and entries(house)[0]["state"] == "Pending")
    operator.kill()
    receiver.answers.clear()
    house.start()
    house.wait("it is sent", lambda: entries(house)[0]["state"] == "Sent")
    assert {item.headers["Idempotency-Key"] for item in receiver.at("/pager")} == {entries(house)[0]["id"]}
    assert len(entries(house)) == 1
    assert "receivers-token" not in operator.log_text()
    assert receiver.url not in operator.log_text()


def test_a_channel_whose_secret_is_missing_says_so_and_another_is_told(house: House, receiver: Receiver) -> None:
    house.policy(
        receiver,
        steps=[{"after": "0s", "notify": ["broken"]}, {"after": "1h", "notify": ["manager"]}],
        channels=[
            {"name": "broken", "webhook": {"urlRef": {"name": "no-such-secret", "key": "url"}}},
            {"name": "manager", "webhook": {"urlRef": {"name": "channels", "key": "manager"}}},
        ],
    )
    house.start()
    assert post(house, fired(severity="page")) == 200
    house.wait("the next channel", lambda: receiver.at("/manager"))
    house.wait("the condition", lambda: condition(house, "SecretUnreadable"))
    assert condition(house, "SecretUnreadable") == (
        f"channel broken: Secret {house.namespace}/no-such-secret is missing; create it"
    )
    path = f"/apis/clvsre.io/v1alpha1/namespaces/{house.namespace}/escalationpolicies/default"
    status = house.api.get(path)["status"]
    (ready,) = status["conditions"]
    assert (ready["status"], ready["reason"]) == ("False", "SecretUnreadable")
    assert ready["message"].startswith("channel broken: Secret no-such-secret is missing in namespace")
    assert (status["severityNames"], status["channelNames"]) == ("SEV1,SEV2", "broken,manager")
    house.wait("both are marked", lambda: [item["state"] for item in entries(house)] == ["Failed", "Sent"])


def test_slack_is_believed_only_when_it_says_ok(house: House, receiver: Receiver) -> None:
    receiver.answers["/room"] = (200, "no_service")
    house.policy(receiver, steps=[{"after": "0s", "notify": ["room"]}, {"after": "1h", "notify": ["pager"]}])
    house.start()
    assert post(house, fired("<!channel>", severity="page", service="<!here>")) == 200
    house.wait("the other channel", lambda: receiver.at("/pager"))
    assert "<!here>" not in receiver.at("/room")[0].json["text"]
    assert "&lt;!here&gt;" in receiver.at("/room")[0].json["text"].splitlines()[0]
    assert len(receiver.at("/room")[0].json["text"].splitlines()) > 1
    house.wait("the condition", lambda: condition(house, "ChannelFailing"))
    assert condition(house, "ChannelFailing") == "channel room: Slack answered 200, no_service"


def test_without_a_policy_the_fallback_channel_is_told(house: House, receiver: Receiver) -> None:
    url = house.folder / "fallback"
    url.write_text(f"{receiver.url}/fallback")
    house.start(incidents={"fallbackChannel": {"urlFile": str(url)}})
    assert post(house, fired(severity="page")) == 200
    house.wait("the fallback", lambda: receiver.at("/fallback"))
    assert receiver.at("/fallback")[0].json["incident"]["severity"] == "Unrated"
    assert condition(house, "NoPolicy").startswith("no EscalationPolicy matched")
