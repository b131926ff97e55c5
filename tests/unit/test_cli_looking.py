"""What the commands that only look say: of a folder that is not there, of limits, of what a line could be cut to."""

import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.unit.engine_cases import Wire, trade_request
from tests.unit.test_engine_reopened import busts, done
from trader.adapters.store import Store
from trader.app.projections import Projector
from trader.cli import check, look, output
from trader.cli.limits import history, use
from trader.cli.look import batches
from trader.cli.output import plain
from trader.cli.people import approvals, list_users
from trader.domain.errors import ConfigError
from trader.engine import inputs
from trader.engine.engine import Engine
from trader.journal.codec import Codec
from trader.journal.record import Chain


class NoSubcommand:
    """What typer says of a command that is called by itself."""

    invoked_subcommand = None


@pytest.mark.parametrize("asks", [approvals, list_users, history, lambda data: use(NoSubcommand(), data)])
def test_a_data_folder_that_is_not_there_is_said_and_not_made(asks: Callable[..., None], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no data folder .*named with --data"):
        asks(data=tmp_path / "wrong")
    assert not (tmp_path / "wrong").exists()


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("1100000.000000000000", "1100000"),
        ("12.3456789012345", "12.345678"),
        ("-0.5", "-0.5"),
        ("100", "100"),
        ("0E-12", "0"),
        ("1E+3", "1000"),
    ],
)
def test_a_long_number_is_written_short(number: str, told: str) -> None:
    assert plain(Decimal(number)) == told


LIMIT: dict[str, Any] = {
    "node": "SETTLEMENT_DAY group=STREET value_date=2026-11-24",
    "used_percent": "63.3",
    "used": "2531884201.123",
    "used_before": "1031884201",
    "free": "1468115798.877",
    "limit": "4000000000",
}


@pytest.mark.parametrize(("width", "bar"), [(80, "▓▓████░░░░"), (120, "▓▓▓▓▓███████░░░░░░░░")])
def test_the_limits_of_a_batch_fit_the_terminal_with_their_bars(
    monkeypatch: pytest.MonkeyPatch, width: int, bar: str
) -> None:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None, soft_wrap=True)
    for module in (check, output):
        monkeypatch.setattr(module, "out", console)
    check._print_limits([LIMIT])
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert max(map(len, shown.splitlines())) <= width
    assert bar in shown
    assert "2,531,884,201.123" in shown
    assert "4,000,000,000" in shown


def test_a_cut_is_said_to_be_for_the_line_alone() -> None:
    denial = {"cut_to": "12551843.14", "dealt_currency": "EUR"}
    told = "cut to 12,551,843.14 EUR, by itself and at these rates, it would fit every limit"
    assert check._way_out(denial) == told
    assert check._way_out(denial | {"cut_to": "0.00"}) == "no size would fit"
    assert check._way_out(denial | {"cut_to": None}) == "no other size would help"


# --- why a batch is not reconciled ------------------------------------------------------------------------------------


def looked_at(
    wire: Wire, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[str, Any]:
    """What ``trader batches`` says after these inputs: on a terminal, and with --json the only row."""
    store, chain, codec = Store(data / "trader.db"), Chain(), Codec(inputs.INPUT_TYPES)
    engine = Engine()
    projector = Projector(store, engine)
    for ts_ns, value in wire.journal:
        projector.note(chain.link(ts_ns, *codec.encode(value)), engine.step(ts_ns, value))
    projector.write()
    store.close()
    screen = io.StringIO()
    monkeypatch.setattr(look, "out", Console(file=screen, width=400, force_terminal=True, color_system=None))
    monkeypatch.setattr(output, "out", look.out)
    batches(data)
    monkeypatch.setattr(output.Output, "json", True)
    batches(data)
    (row,) = json.loads(capsys.readouterr().out)["batches"]
    return screen.getvalue(), row


def test_a_batch_that_a_late_bust_has_re_opened_says_which_trade_was_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wire = done()
    busts(wire)
    screen, row = looked_at(wire, tmp_path, monkeypatch, capsys)
    told = "re-opened: row T-1: the venue took back trade F1-1000, 0 is filled now"
    assert f"no: {told}" in screen
    assert (row["is_reconciled"], row["unreconciled"].startswith(told)) == (False, True)


def test_a_batch_whose_books_agree_again_says_no_more_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wire = done()
    busts(wire)
    wire.announces(trade_request(wire.wait(1)).request_id, 0)
    screen, row = looked_at(wire, tmp_path, monkeypatch, capsys)
    assert "yes" in screen
    assert (row["is_reconciled"], row["unreconciled"]) == (True, "")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"breaks": 2}, "2 breaks"),
        ({"breaks": 1, "lines_unknown": 3}, "3 lines unknown; 1 break"),
        ({"phase": "SUSPENDED"}, "not over"),
        ({}, "the venue has not shown its own books"),
        ({"breaks": 2, "is_signed_for": True}, ""),
    ],
)
def test_why_a_batch_is_not_reconciled_is_said_in_words(row: dict[str, Any], why: str) -> None:
    plain_row = {"is_reconciled": False, "is_signed_for": False, "phase": "DONE", "lines_unknown": 0, "breaks": 0}
    assert look._unreconciled(plain_row | row, "") == why
