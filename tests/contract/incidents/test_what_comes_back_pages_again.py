from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.incidents.house import House, Receiver, fired, post

pytestmark = [pytest.mark.needs("apiserver")]


def states(house: House) -> list[str]:
    return [item["state"] for item in house.incident()["status"].get("outbox") or ()]


def test_an_incident_that_was_over_opens_again_and_its_channel_hears_of_it(house: House, receiver: Receiver) -> None:
    house.policy(receiver, steps=[{"after": "0s", "notify": ["pager"]}])
    operator = house.start()
    page = fired(severity="page", minutes_ago=30)
    assert post(house, page) == 200
    house.wait("the page", lambda: receiver.at("/pager"))
    house.wait("the mark", lambda: states(house) == ["Sent"])
    assert post(house, {**page, "endsAt": fired(ended=True)["endsAt"]}) == 200
    house.wait("Mitigated", lambda: house.phase() == "Mitigated")
    house.wait("its update, marked", lambda: states(house) == ["Sent", "Sent"])
    operator.kill()
    # A quarter of an hour of quiet is more than a test can wait; what the leader would then have written:
    name = house.incident()["metadata"]["name"]
    earlier = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    path = f"{house.path(name)}/status"
    house.api.merge(path, {"status": {"phase": "Resolved", "resolvedAt": earlier, "mitigatedAt": earlier}})
    house.start()
    assert post(house, fired(severity="page", minutes_ago=0)) == 200
    house.wait("it is open again", lambda: house.phase() == "Open")
    house.wait("another page", lambda: len(receiver.at("/pager")) == 3)
    again = receiver.at("/pager")[2].json
    assert (again["kind"], again["subject"]) == ("page", "Reopened")
    assert (again["incident"]["name"], again["incident"]["generation"]) == (name, 2)
    assert again["id"] != receiver.at("/pager")[0].json["id"]
