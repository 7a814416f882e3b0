from __future__ import annotations

from kubectl_clv.output.report import Heading, Report, Verbatim
from kubectl_clv.output.table import Cell, Column, Table, cells, cut, priced

COLUMNS = (
    Column(title="NAME"),
    Column(title="NOTE", flex=True),
    Column(title="MONEY", priority=1, right=True, is_money=True),
    Column(title="AGE", priority=5),
    Column(title="OWNER", wide=True),
)
ROWS = [["inc-checkout-rsvzgl7jaj-1", "burns fourteen times too fast", "37k", "31m", "payments"]]
TABLE = Table(columns=COLUMNS, rows=ROWS)


def test_without_a_limit_everything_but_wide_columns_is_shown() -> None:
    assert TABLE.lines(width=None) == [
        "NAME                       NOTE                           MONEY  AGE",
        "inc-checkout-rsvzgl7jaj-1  burns fourteen times too fast    37k  31m",
    ]


def test_the_least_important_column_goes_first() -> None:
    assert TABLE.lines(width=64)[0] == "NAME                       NOTE                           MONEY"


def test_a_flexible_column_is_cut_before_an_important_one_goes() -> None:
    assert TABLE.lines(width=50)[1] == "inc-checkout-rsvzgl7jaj-1  burns fourteen …    37k"


def test_names_are_never_cut() -> None:
    lines = TABLE.lines(width=30)
    assert lines[1].startswith("inc-checkout-rsvzgl7jaj-1  ")
    assert "37k" not in lines[1]


def test_wide_shows_all_at_any_width() -> None:
    assert TABLE.lines(width=20, wide=True)[1].endswith("37k  31m  payments")


def test_colour_only_repeats_what_the_text_says() -> None:
    table = Table(columns=(Column(title="STATE"),), rows=[[Cell("Failed", "red")]])
    assert table.lines(width=None)[1] == "Failed"
    assert table.lines(width=None, colour=True)[1] == "\x1b[31mFailed\x1b[0m"


def test_wide_characters_take_two_cells() -> None:
    assert cells("支払い") == 6
    assert cut("支払いサービス", 7) == "支払い…"


def test_a_title_carries_the_currency() -> None:
    assert [column.title for column in priced(COLUMNS, "USD")][2] == "MONEY, USD"
    assert priced(COLUMNS, "") == COLUMNS


def test_markdown_escapes_what_would_end_a_cell() -> None:
    table = Table(columns=(Column(title="A"), Column(title="B", right=True)), rows=[["x|y", "1"]])
    assert table.markdown() == ["| A | B |", "| --- | ---: |", "| x\\|y | 1 |"]


def test_sentences_are_wrapped_and_commands_are_not() -> None:
    command = "kubectl clv explain rinc/inc-checkout-rsvzgl7jaj-1 -n shop"
    report = Report(data=None, blocks=[Heading("Why"), "one two three four five six", Verbatim(command)])
    assert report.render("table", width=20).splitlines() == ["Why", "one two three four", "  five six", f"  {command}"]


def test_a_column_that_says_nothing_is_left_out() -> None:
    columns = (Column(title="NAME"), Column(title="SPENT", optional=True))
    assert Table(columns=columns, rows=[["a", "-"], ["b", ""]]).lines(width=None) == ["NAME", "a", "b"]
    assert Table(columns=columns, rows=[["a", "-"], ["b", "never"]]).lines(width=None)[0] == "NAME  SPENT"
