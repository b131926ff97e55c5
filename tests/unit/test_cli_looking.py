"""What the commands that only look say: of a folder that is not there, of limits, of what a line could be cut to."""

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from trader.cli import check, output
from trader.cli.limits import history, use
from trader.cli.output import plain
from trader.cli.people import approvals, list_users
from trader.domain.errors import ConfigError


class NoSubcommand:
    """What typer says of a command that is called by itself."""

    invoked_subcommand = None


@pytest.mark.parametrize("look", [approvals, list_users, history, lambda data: use(NoSubcommand(), data)])
def test_a_data_folder_that_is_not_there_is_said_and_not_made(look: Callable[..., None], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no data folder .*named with --data"):
        look(data=tmp_path / "wrong")
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
