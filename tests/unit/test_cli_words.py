"""What the commands say on a terminal: numbers, sentences, messages, and why a row was dealt at its price."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.integration.command_line import EXAMPLES
from trader.adapters.config import load_setup
from trader.cli.output import amount, print_rows, say
from trader.cli.stops import proof_told
from trader.cli.story import fields_in_lines, price_told
from trader.domain.counting import counted
from trader.domain.errors import ConfigError


def shown(text: str, wide: int, *, terminal: bool = True, **how: Any) -> list[str]:
    """What a console of some width shows of a sentence."""
    console = Console(file=io.StringIO(), width=wide, force_terminal=terminal, color_system=None, soft_wrap=True)
    say(text, console=console, **how)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_that_a_terminal_would_obey_is_shown(terminal: bool) -> None:
    text = "stopped by \x1b[31mmal\x1b]0;title\x07\u202e: \udce4"
    assert shown(text, 200, terminal=terminal) == [r"stopped by \x1b[31mmal\x1b]0;title\x07\u202e: \udce4"]


def test_neither_do_tables(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows("kills", ("who",), [["\x1b[2Jmal\trow"]])
    assert capsys.readouterr().out == "who\n" + r"\x1b[2Jmal\trow" + "\n"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("0", "0"),
        ("1000000", "1,000,000"),
        ("3357900.00", "3,357,900"),
        ("508786.10", "508,786.10"),
        ("-0.5", "-0.50"),
        ("1954392.675833", "1,954,392.675833"),
        (None, ""),
    ],
)
def test_an_amount_has_separators_and_no_lonely_decimal(number: str | None, told: str) -> None:
    assert amount(number) == told


def test_one_is_not_many() -> None:
    assert [counted(number, "batch") for number in (0, 1, 2)] == ["0 batches", "1 batch", "2 batches"]
    assert counted(1_000, "order") == "1,000 orders"


def test_a_sentence_is_broken_between_words_and_a_path_stays_whole() -> None:
    assert shown("one two three", 8) == ["one two", "  three"]
    assert shown("in /a/very/long/path.csv now", 10) == ["in", "  /a/very/long/path.csv", "  now"]
    assert shown("one two three", 8, terminal=False) == ["one two three"]


def test_a_message_is_broken_between_its_fields() -> None:
    assert [line.plain for line in fields_in_lines("8=FIX.4.4|35=D|55=EUR/USD|", 16)] == [
        "8=FIX.4.4|35=D|",
        "55=EUR/USD|",
    ]
    assert fields_in_lines("", 16) == []


def dealt(*, against: str | None = None, limit: str | None = None, **asked: Any) -> dict[str, Any]:
    """The facts of a row that was dealt in one fill."""
    return {
        "asked": {"limit_rate": limit},
        "outcome": {"contra_currency": "USD"},
        "orders": [{"fills": [{"against_reference_bps": against}]}],
        "rounds": [asked] if asked else [],
    }


def test_why_a_row_was_dealt_at_its_price_is_one_sentence() -> None:
    taken = {"maker": "ALPHA", "quote_id": "Q1"}
    gain = {"amount": "120.00", "bps": "0.36"}
    best = dealt(taken=taken, better_than_next=gain, others=2, against="-0.41")
    assert price_told(best) == (
        "the quote of ALPHA, the best of 3, 120 USD (0.36 bp) better than the next; "
        "0.41 bp worse than the reference's middle"
    )
    only = dealt(taken=taken, better_than_next=None, others=0)
    assert price_told(only) == "the quote of ALPHA, the only one that could be dealt on"
    assert price_told(dealt(against="0.00")) == "the venue's own, at the market; at the reference's middle"
    assert price_told(dealt(limit="1.5", against="1.2")).endswith("1.5; 1.2 bp better than the reference's middle")
    assert price_told(dealt() | {"orders": []}) == ""


def test_a_venue_without_prices_is_not_judged_by_its_prices(tmp_path: Path) -> None:
    for name in ("trader.toml", "limits.csv", "rules.txt"):
        (tmp_path / name).write_bytes((EXAMPLES / name).read_bytes())
    assert load_setup(tmp_path / "trader.toml", venue="fxcm").venue.dialect.requests.market_data
    with pytest.raises(ConfigError, match=r'LMAX sends no prices .* expected "file"'):
        load_setup(tmp_path / "trader.toml", venue="lmax")


def killed(**facts: Any) -> list[str]:
    """What is told of a kill with nothing live, nothing waiting and nothing sent, but for what is named."""
    orders = {"canceled": 0, "filled": 0, "unknown": 0}
    nothing = {"block_us": 14, "last_risk_us": None, "last_cancel_us": None, "lines_voided": 0, "orders": orders}
    return proof_told({**nothing, **facts})


def test_a_kill_says_what_was_not_there_in_words() -> None:
    assert killed() == [
        "nothing could leave after 0.0 ms",
        "no order has left",
        "no cancel has left",
        "no line was waiting",
        "no order was live",
    ]
    one = {"canceled": 1, "filled": 0, "unknown": 0}
    assert killed(last_risk_us=-1500, last_cancel_us=38000, lines_voided=14, orders=one)[1:] == [
        "the last order left 1.5 ms before",
        "the last cancel left 38.0 ms after the kill was heard of",
        "14 lines of which nothing was live came to an end",
        "1 order was live: 1 canceled, 0 filled, 0 unknown",
    ]


def test_no_number_of_a_table_is_broken_over_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    narrow = Console(file=file, width=40, force_terminal=True, color_system=None)
    monkeypatch.setattr("trader.cli.output.out", narrow)
    print_rows("t", ["limit of", "used", "limit"], [["SETTLEMENT_DAY group=STREET", "13,945,312.54", "60,000,000"]])
    assert "13,945,312.54  60,000,000" in file.getvalue()
    assert max(map(len, file.getvalue().splitlines())) <= 40


ORDERS = ["row", "pair", "side", "amount", "value date", "status", "rate", "reason"]
ORDER = ["T-0001", "EUR/CNY", "SELL CNY", "13,000,000", "2026-11-24", "denied", "7.43421", "ORDER_NOTIONAL"]
HELD = ["COUNTERPARTY_LINE counterparty=simulator", "10,102.05", "48,477.54", "249,941,420.41", "250,000,000"]


@pytest.mark.parametrize(
    ("width", "columns", "row"),
    [
        (80, ORDERS, ORDER),
        (120, ["batch", *ORDERS], ["JR174NKN3Q", *ORDER]),
        (80, ["limit of", "asked", "used before", "free after", "limit"], HELD),
    ],
)
def test_a_word_of_a_table_stays_whole_where_the_terminal_has_room_for_the_words(
    monkeypatch: pytest.MonkeyPatch, width: int, columns: list[str], row: list[str]
) -> None:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True, color_system=None)
    monkeypatch.setattr("trader.cli.output.out", console)
    print_rows("t", columns, [row])
    assert max(map(len, file.getvalue().splitlines())) <= width
    shown = file.getvalue().split()
    assert [word for cell in row for word in cell.split() if word not in shown] == []


def test_a_table_that_has_no_room_for_its_words_breaks_the_longest_and_no_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = io.StringIO()
    monkeypatch.setattr("trader.cli.output.out", Console(file=file, width=30, force_terminal=True, color_system=None))
    print_rows("t", ["what", "used"], [["counterparty=simulator", "249,941,420.41"]])
    assert "249,941,420.41" in file.getvalue()
    assert max(map(len, file.getvalue().splitlines())) <= 30
