import json

import pytest

from clv_operator.kube.answer import AlreadyExists, Answer, Conflict, Gone, Permanent, Retry, error_of
from sloengine.errors import ClusterError


def error(
    status: int, message: str = "", reason: str = "", causes: tuple[str, ...] = (), **headers: str
) -> ClusterError | None:
    details = {"causes": [{"field": field} for field in causes]}
    body = json.dumps({"kind": "Status", "message": message, "reason": reason, "details": details}).encode()
    return error_of(Answer(status=status, body=body, headers=headers, request="PATCH /apis/x"))


@pytest.mark.parametrize("status", [200, 201, 202])
def test_success_is_no_error(status: int):
    assert error(status) is None


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (401, "Unauthorized", "Unauthorized"),
        (403, 'forbidden: User "x" cannot', "Forbidden"),
        (408, "slow", "ServerError"),
        (429, "storage is (re)initializing", "TooManyRequests"),
        (500, "etcdserver: leader changed", "ServerError"),
        (503, "request arrived before all known HTTP paths", "ServerError"),
        (504, "timeout", "ServerError"),
    ],
)
def test_a_server_that_starts_or_is_busy_is_asked_again(status: int, message: str, reason: str):
    found = error(status, message)
    assert isinstance(found, Retry)
    assert (found.reason, found.retryable) == (reason, True)


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (400, "strict decoding error: unknown field", "BadRequest"),
        (422, "spec.rank: Invalid value", "Invalid"),
        (413, "too large", "TooLarge"),
        (500, "failed to create typed patch object (…): .status.new: field not declared in schema", "CRDOutdated"),
        (500, "failed to create typed patch object: expected list", "Invalid"),
        (500, "etcdserver: request is too large", "TooLarge"),
    ],
)
def test_what_is_our_own_fault_is_never_sent_again(status: int, message: str, reason: str):
    found = error(status, message)
    assert isinstance(found, Permanent)
    assert (found.reason, found.retryable) == (reason, False)


def test_a_conflict_names_the_fields_that_another_manager_owns():
    found = error(409, "conflict", "Conflict", causes=(".spec.groups",))
    assert isinstance(found, Conflict)
    assert found.fields == (".spec.groups",)


def test_already_exists_is_told_from_other_conflicts():
    assert isinstance(error(409, "exists", "AlreadyExists"), AlreadyExists)
    assert not isinstance(error(409, "stale", "Conflict"), AlreadyExists)


def test_a_missing_object_and_an_expired_list_are_gone():
    missing, expired = error(404), error(410)
    assert isinstance(missing, Gone)
    assert isinstance(expired, Gone)
    assert (missing.reason, expired.reason) == ("NotFound", "Expired")


def test_the_server_may_say_when_to_come_again():
    found = error(429, "busy", **{"Retry-After": "7"})
    assert found is not None
    assert found.retry_after_seconds == 7.0


def test_an_answer_that_is_no_json_still_has_a_message():
    found = error_of(Answer(status=502, body=b"<html>bad gateway</html>", headers={}, request="GET /x"))
    assert found is not None
    assert "GET /x answered 502: <html>bad gateway" in str(found)
