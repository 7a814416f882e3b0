from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clv_operator.kube.answer import Retry
from clv_operator.kube.identity import Identity
from clv_operator.kube.resource import REVENUE_INCIDENT, Resource
from clv_operator.settings import IntakeSettings
from clv_operator.web.auth import Access, BearerAuth, Refused
from sloengine.errors import ClusterError

ALERTMANAGER = Identity(username="system:serviceaccount:monitoring:alertmanager")
INTAKE = Access(verb="create", resource=REVENUE_INCIDENT, subresource="intake")


@dataclass
class ApiServer:
    users: dict[str, Identity] = field(default_factory=lambda: {"good": ALERTMANAGER})
    allowed: bool = True
    failure: ClusterError | None = None
    reviews: list[str] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    async def token_review(self, token: str, audience: str) -> Identity | None:
        self.reviews.append(token)
        if self.failure:
            raise self.failure
        return self.users.get(token)

    async def subject_access_review(
        self, user: Identity, *, verb: str, resource: Resource, subresource: str = "", namespace: str = ""
    ) -> bool:
        self.asked.append((verb, resource.plural, subresource))
        return self.allowed


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def auth(server: ApiServer, settings: IntakeSettings | None = None, clock: Clock | None = None) -> BearerAuth:
    return BearerAuth(reviewer=server, settings=settings or IntakeSettings(), access=INTAKE, clock=clock or Clock())


async def status(checker: BearerAuth, header: str | None) -> int:
    try:
        await checker.check(header)
    except Refused as refused:
        return refused.status
    return 200


async def test_a_token_that_the_api_server_knows_and_rbac_allows_is_let_in():
    server = ApiServer()
    assert (await auth(server).check("Bearer good")).username == ALERTMANAGER.username
    assert server.asked == [("create", "revenueincidents", "intake")]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer  ", "Basic Z29vZA==", "good"])
async def test_without_a_bearer_token_nobody_is_asked(header: str | None):
    server = ApiServer()
    assert await status(auth(server), header) == 401
    assert server.reviews == []


async def test_an_unknown_token_is_401_and_a_known_one_without_rights_403():
    assert await status(auth(ApiServer()), "Bearer bad") == 401
    assert await status(auth(ApiServer(allowed=False)), "Bearer good") == 403


async def test_what_cannot_be_checked_now_is_503_and_is_asked_again():
    server = ApiServer(failure=Retry("starting", reason="Forbidden"))
    checker = auth(server)
    assert await status(checker, "Bearer good") == 503
    server.failure = None
    assert await status(checker, "Bearer good") == 200


async def test_a_listed_service_account_needs_no_access_review():
    server = ApiServer(allowed=False)
    settings = IntakeSettings(service_accounts=("monitoring/alertmanager",))
    assert await status(auth(server, settings), "Bearer good") == 200
    assert server.asked == []


async def test_a_yes_is_kept_for_a_minute_and_a_no_for_ten_seconds():
    server, clock = ApiServer(), Clock()
    checker = auth(server, clock=clock)
    for at in (0, 59, 61):
        clock.seconds = at
        await checker.check("Bearer good")
    assert server.reviews == ["good", "good"]
    server.reviews.clear()
    for at in (100, 109, 111):
        clock.seconds = at
        assert await status(checker, "Bearer bad") == 401
    assert server.reviews == ["bad", "bad"]


async def test_a_flood_of_tokens_does_not_fill_the_memory():
    checker = auth(ApiServer())
    for number in range(1100):
        await status(checker, f"Bearer random-{number}")
    assert len(checker._known) == 1000
    assert not any("random" in repr(entry) for entry in checker._known.items()), "tokens are kept as digests only"


async def test_either_of_two_shared_tokens_is_taken_while_one_is_replaced(tmp_path: Path):
    (tmp_path / "old").write_text("first\n")
    (tmp_path / "new").write_text("second\n")
    server = ApiServer()
    checker = auth(server, IntakeSettings(token_files=(tmp_path / "old", tmp_path / "new")))
    assert (await checker.check("Bearer first")).username == "shared-token:old"
    assert (await checker.check("Bearer second")).username == "shared-token:new"
    assert server.reviews == []
    assert await status(checker, "Bearer third") == 401


async def test_a_replaced_shared_token_is_noticed(tmp_path: Path):
    (tmp_path / "token").write_text("first")
    clock = Clock()
    checker = auth(ApiServer(), IntakeSettings(token_files=(tmp_path / "token",)), clock)
    assert await status(checker, "Bearer first") == 200
    (tmp_path / "token").write_text("second")
    clock.seconds = 11
    assert await status(checker, "Bearer first") == 401
    assert await status(checker, "Bearer second") == 200


async def test_an_unreadable_token_file_makes_an_unknown_token_503_not_401(tmp_path: Path):
    checker = auth(ApiServer(), IntakeSettings(token_files=(tmp_path / "absent",)))
    assert await status(checker, "Bearer perhaps") == 503


async def test_an_empty_token_file_lets_nobody_in(tmp_path: Path):
    (tmp_path / "empty").write_text("\n")
    assert await status(auth(ApiServer(), IntakeSettings(token_files=(tmp_path / "empty",))), "Bearer x") == 401


async def test_a_demo_may_go_without_tokens_only_when_it_says_so():
    assert await status(auth(ApiServer(), IntakeSettings(insecure_demo=True)), None) == 200
    assert await status(auth(ApiServer()), None) == 401


async def test_a_refusal_never_repeats_the_token():
    with pytest.raises(Refused) as caught:
        await auth(ApiServer()).check("Bearer s3cr3t-canary")
    assert "s3cr3t-canary" not in str(caught.value)
