from pathlib import Path

from clv_operator.rules import FileOutput
from sloengine.errors import QueryError

from .memory import MemoryReloader, rules, wanted

NONE: frozenset[str] = frozenset()


async def test_each_group_is_one_file_that_prometheus_is_told_of_once(tmp_path: Path) -> None:
    reloader = MemoryReloader(tmp_path)
    out = FileOutput(tmp_path / "", reloader=reloader)
    assert await out.sync(wanted(rules("shop/checkout"), rules("")), NONE) == {}
    assert sorted(reloader.loaded) == ["clv-shared.yaml", "shop.checkout.yaml"]
    assert await out.sync(wanted(rules("shop/checkout"), rules("")), NONE) == {}
    assert reloader.reloads == 1, "an unchanged set needs no reload"


async def test_files_of_others_are_neither_deleted_nor_overwritten(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text("groups: []\n")
    (tmp_path / "shop.checkout.yaml").write_text("groups: [] # by hand\n")
    out = FileOutput(tmp_path, reloader=MemoryReloader(tmp_path))
    problems = await out.sync(wanted(rules("shop/checkout"), rules("shop/cart")), NONE)
    assert problems["shop/checkout"].reason == "RuleConflict"
    assert (tmp_path / "shop.checkout.yaml").read_text() == "groups: [] # by hand\n"
    assert (tmp_path / "team.yaml").exists()
    assert (tmp_path / "shop.cart.yaml").exists()


async def test_files_go_with_their_slo_and_an_edited_one_is_put_back(tmp_path: Path) -> None:
    out = FileOutput(tmp_path, reloader=MemoryReloader(tmp_path))
    await out.sync(wanted(rules("shop/a"), rules("shop/b")), NONE)
    (tmp_path / "shop.a.yaml").write_text((tmp_path / "shop.a.yaml").read_text() + "# edited\n")
    await out.sync(wanted(rules("shop/a")), NONE)
    assert "edited" not in (tmp_path / "shop.a.yaml").read_text()
    assert not (tmp_path / "shop.b.yaml").exists()


async def test_what_prometheus_refuses_is_taken_back_and_the_rest_goes_in(tmp_path: Path) -> None:
    reloader = MemoryReloader(tmp_path)
    out = FileOutput(tmp_path, reloader=reloader)
    await out.sync(wanted(rules("shop/a", "old_a"), rules("shop/b", "old_b")), NONE)
    reloader.bad = {"sum("}
    changed = wanted(rules("shop/a", "sum("), rules("shop/b", "new_b"), rules("shop/c", "new_c"))
    problems = await out.sync(changed, NONE)
    assert list(problems) == ["shop/a"]
    assert problems["shop/a"].reason == "RulesRefused"
    assert "clv:slo_info: parse error: unexpected end in sum(" in problems["shop/a"].message
    assert "old_a" in reloader.loaded["shop.a.yaml"]
    assert "new_b" in reloader.loaded["shop.b.yaml"]
    assert "new_c" in reloader.loaded["shop.c.yaml"]


async def test_refused_rules_are_not_tried_again_until_they_change(tmp_path: Path) -> None:
    reloader = MemoryReloader(tmp_path)
    out = FileOutput(tmp_path, reloader=reloader)
    reloader.bad = {"sum("}
    await out.sync(wanted(rules("shop/a", "sum(")), NONE)
    seen = reloader.reloads
    assert (await out.sync(wanted(rules("shop/a", "sum(")), NONE))["shop/a"].reason == "RulesRefused"
    assert reloader.reloads == seen
    assert await out.sync(wanted(rules("shop/a", "good")), NONE) == {}
    assert "good" in reloader.loaded["shop.a.yaml"]


async def test_a_prometheus_that_is_down_is_told_later_and_the_files_stay(tmp_path: Path) -> None:
    reloader = MemoryReloader(tmp_path)
    out = FileOutput(tmp_path, reloader=reloader)
    reloader.says = QueryError("connection refused", kind="refused")
    problems = await out.sync(wanted(rules("shop/a")), NONE)
    assert problems["shop/a"].reason == "ReloadFailed"
    assert (tmp_path / "shop.a.yaml").exists()
    reloader.says = None
    assert await out.sync(wanted(rules("shop/a")), NONE) == {}
    assert "shop.a.yaml" in reloader.loaded


async def test_a_reload_that_fails_for_a_file_of_others_says_that_it_is_not_ours(tmp_path: Path) -> None:
    reloader = MemoryReloader(tmp_path)
    out = FileOutput(tmp_path, reloader=reloader)
    reloader.says = QueryError("HTTP 500: team.yaml: bad", kind="http", status=500)
    problems = await out.sync(wanted(rules("shop/a")), NONE)
    assert problems["shop/a"].reason == "ReloadFailed"
    assert "mend its other files" in problems["shop/a"].message


async def test_a_prometheus_without_lifecycle_says_which_flag_is_missing(tmp_path: Path) -> None:
    reloader = MemoryReloader(tmp_path)
    reloader.says = QueryError("HTTP 403: Lifecycle API is not enabled.", kind="http", status=403)
    problems = await FileOutput(tmp_path, reloader=reloader).sync(wanted(rules("shop/a")), NONE)
    assert "--web.enable-lifecycle" in problems["shop/a"].message
    assert (tmp_path / "shop.a.yaml").exists()


async def test_a_follower_touches_nothing(tmp_path: Path) -> None:
    out = FileOutput(tmp_path, reloader=MemoryReloader(tmp_path), is_leading=lambda: False)
    assert await out.sync(wanted(rules("shop/a")), NONE) == {}
    assert not (tmp_path / "shop.a.yaml").exists()
