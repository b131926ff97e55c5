"""Nothing that others wrote can forge a line, obey as a command, or turn the writing round, wherever it is shown."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from risk.alerts.wording import TEXT_MAX, neutral
from trader.adapters.log import Log
from trader.adapters.sinks import FileSink
from trader.app.batch_file import _readable_name
from trader.app.conformance.report import _cell
from trader.cli import output
from trader.domain.printable import printable
from trader.fix.text import SOH, readable

NASTY = "late\nFORGED 2026-11-20 all filled\r\x1b[2J\x1b]0;title\x07\u202e001\u2066\u2028\x00\x85\udcff\t| ![x](y) <b>"
BODY = {"kind": "raised", "number": 1, "text": NASTY, "is_hard": True, "control": "X"}


def is_harmless(shown: str) -> bool:
    """One line of characters that can be seen."""
    return shown.isprintable() and "FORGED" in shown


@given(st.text())
def test_what_is_shown_is_printable_and_what_was_printable_is_the_same(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    shown.encode("utf-8")
    if text.isprintable():
        assert shown == text


def test_what_is_kept_stays() -> None:
    assert printable("a\n\x1bb", keep="\n") == "a\n\\x1bb"


SHOWN: dict[str, Callable[[str], str]] = {
    "a message of a venue": lambda text: readable(f"58={text}{SOH}").removesuffix(SOH),
    "an alert, a reason": neutral,
    "the name of a file": lambda text: _readable_name(Path(text.replace("\x00", "").replace("/", ""))),
    "a cell of a report in Markdown": _cell,
}


@pytest.mark.parametrize("where", SHOWN)
def test_it_is_harmless_as(where: str) -> None:
    assert is_harmless(SHOWN[where](NASTY))


def test_a_very_long_text_is_cut_in_an_alert() -> None:
    assert len(neutral("x" * 10_000_000)) == TEXT_MAX


def test_a_cell_of_a_report_stays_one_cell_without_html() -> None:
    assert "\\|" in _cell(NASTY)
    assert "<" not in _cell(NASTY)


@pytest.mark.parametrize("is_terminal", [False, True])
@pytest.mark.parametrize(
    "show",
    [
        pytest.param(lambda console, text: console.print(text, markup=False), id="print"),
        pytest.param(lambda console, text: console.print(Text(text, style="red")), id="styled"),
        pytest.param(lambda console, text: output.say(text, console=console), id="say"),
    ],
)
def test_the_console_sends_a_terminal_nothing_to_obey(
    is_terminal: bool, show: Callable[[output._PatientConsole, str], None]
) -> None:
    written = io.StringIO()
    console = output._PatientConsole(file=written, force_terminal=is_terminal, color_system=None, width=10_000)
    show(console, NASTY.replace("\n", " "))
    assert is_harmless(written.getvalue().rstrip("\n"))


def test_a_row_for_a_program_is_one_line_with_as_many_cells_as_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "out", output._PatientConsole(file=io.StringIO()))
    output.print_rows("orders", ("row", "reason"), [("1", NASTY)])
    header, row = capsys.readouterr().out.splitlines()
    assert (header, row.count("\t")) == ("row\treason", 1)
    assert is_harmless(row.replace("\t", ""))


def test_a_line_of_the_log_is_one_line_of_ascii(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.alert("X", NASTY.encode("utf-8", "replace").decode())
    log.alert("RUN", NASTY)
    log.close()
    lines = (tmp_path / "robot.jsonl").read_bytes().split(b"\n")
    assert [line.isascii() and line.decode().isprintable() for line in lines] == [True] * 3
    assert json.loads(lines[1])["text"] == NASTY


def test_a_line_of_the_alerts_file_is_one_line_of_ascii(tmp_path: Path) -> None:
    FileSink("file", tmp_path / "alerts.jsonl").give(BODY)
    (line, rest) = (tmp_path / "alerts.jsonl").read_bytes().split(b"\n")
    assert rest == b""
    assert line.decode("ascii").isprintable()
    assert json.loads(line)["text"] == NASTY
