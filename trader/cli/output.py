"""What people and scripts read: JSON on standard output when asked for, else text; progress on standard error."""

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any, Literal

import msgspec
import typer
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trader.adapters.config import Setup
from trader.app.exit_codes import EXIT_INTERRUPTED
from trader.batch.errors import BatchError, summary
from trader.domain.printable import printable

_PLACES_MAX = 6
_GAP, _WORD_MIN = 2, 4  # between the columns of a table; of a word that is broken
_NUMBER = re.compile(r"[-+]?[\d,]+(\.\d+)?( bp| %)?")


class _PatientConsole(Console):
    """A console whose reader may go away, by ``| head`` or a closed terminal: no reason to stop trading."""

    def print(self, *objects: Any, **how: Any) -> None:  # noqa: ANN401 -- rich's own signature
        """Print, with nothing in it that the terminal would obey, or be quiet from now on when nobody reads."""
        try:
            super().print(*map(_harmless, objects), **how)
        except OSError:
            self.quiet = True

    def on_broken_pipe(self) -> None:
        """Be quiet from now on; rich would end the process, in the middle of a batch."""
        self.quiet = True


out = _PatientConsole(highlight=False, soft_wrap=True)
err = _PatientConsole(stderr=True, highlight=False, soft_wrap=True)


class Output:
    """Whether this run speaks JSON. Set once by the command, read where it ends."""

    json = False


class Failure(Exception):  # noqa: N818 -- a failure to do as asked, not an error of ours
    """A command cannot do what it was asked.

    Args:
        sentence: What, where, and what would be right.
        exit_code: See the exit codes in the README.
    """

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


@contextmanager
def stoppable(sentence: str) -> Iterator[None]:
    """A command, or a part of one, that Ctrl-C ends at once.

    Args:
        sentence: What was stopped, what was sent, and what is kept.

    Raises:
        Failure: It was stopped.
    """
    try:
        yield
    except (KeyboardInterrupt, typer.Abort):
        raise Failure(sentence, EXIT_INTERRUPTED) from None


def print_json(facts: Mapping[str, Any] | Sequence[Any]) -> None:
    """One JSON object on standard output, in UTF-8 whatever the terminal's encoding is."""
    text = msgspec.json.format(msgspec.json.encode(facts, enc_hook=str), indent=2) + b"\n"
    with suppress(BrokenPipeError):  # see _PatientConsole
        sys.stdout.flush()
        sys.stdout.buffer.write(text)


def print_failure(failure: Failure, *, aloud: bool = True) -> None:
    """The sentence, for whoever reads; for programs alone where it has been said."""
    if Output.json:
        problem = {"row": 0, "column": "", "value": "", "problem": str(failure), "expected": ""}
        print_json({"errors": [problem]})
    if aloud:
        say(f"trader: {failure}", style="red", console=err)


def print_batch_errors(error: BatchError) -> None:
    """Every error of a file, one by one as JSON; for people, equal problems of a column together."""
    if Output.json:
        names = ("row", "column", "value", "problem", "expected")
        print_json({"errors": [{name: getattr(wrong, name) for name in names} for wrong in error.errors]})
        return
    total = len(error.errors)
    err.print(f"trader: {total} error{'s' * (total > 1)} in the file; nothing was sent", style="red")
    lines = summary(error.errors)
    for line in lines:
        say(line, indent=2, console=err)
    if total > len(lines):
        err.print("Equal problems of a column are one line, with the first of them; --json lists every one.")


def say(text: str, *, indent: int = 0, hang: int = 2, style: str = "", console: Console = out) -> None:
    """A sentence: on a terminal broken between words, elsewhere one line. A word, such as a path, stays whole.

    Args:
        text: The sentence.
        indent: Blanks before it.
        hang: Further blanks before what follows its first line.
        style: As rich names it.
        console: Where to.
    """
    first, text = " " * indent, printable(text, keep="\n")
    lines = [first + text]
    if console.is_terminal:
        wrapper = textwrap.TextWrapper(console.width, first, first + " " * hang)
        wrapper.break_long_words = wrapper.break_on_hyphens = False
        lines = wrapper.wrap(text) or [""]
    for line in lines:
        console.print(line, style=style, markup=False)


def _harmless(shown: object) -> object:
    """A text with nothing in it that a terminal would obey; what breaks a line stays. Others are made of cells."""
    if isinstance(shown, str):
        return printable(shown, keep="\n")
    if isinstance(shown, Text) and not shown.plain.isprintable():
        return Text(printable(shown.plain, keep="\n"), style=shown.style)
    return shown


def amount(number: str | None) -> str:
    """A number with thousands separators, and with no decimals or two at least."""
    if number is None:
        return ""
    whole, _, rest = number.partition(".")
    rest = rest.rstrip("0")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-') or 0):,}" + (f".{rest:0<2}" if rest else "")


def plain(number: Decimal) -> str:
    """A number for a line of text: to a millionth at the most, and without zeros at its end."""
    whole, point, rest = f"{number:f}".partition(".")
    rest = rest[:_PLACES_MAX].rstrip("0")
    return f"{whole}{point}{rest}" if rest else whole


def print_rows(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on a terminal, where words go on in the next line and numbers do not; tab-separated lines elsewhere."""
    if not out.is_terminal:
        sys.stdout.write("\t".join(columns) + "\n")
        for row in rows:
            sys.stdout.write("\t".join(printable(str(cell)) for cell in row) + "\n")
        return
    cells = [[printable(str(cell), keep="\n") for cell in row] for row in rows]
    if not cells:
        out.print(f"{title}: none", markup=False)
        return
    out.print(Text(title, style="italic"))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    drawn = [_Column(name, column) for name, column in zip(columns, zip(*cells, strict=True), strict=True)]
    for column, width in zip(drawn, _widths(drawn, out.width - _GAP * (len(drawn) - 1)), strict=True):
        justify: Literal["left", "right"] = "right" if column.is_number else "left"
        table.add_column(Text(column.name), justify=justify, overflow="fold", no_wrap=column.is_number, width=width)
    for row in cells:
        table.add_row(*map(Text, row))
    out.print(table, soft_wrap=False)


class _Column:
    """A column of a table, with what decides its width.

    Args:
        name: What stands above it.
        cells: What stands in it, without what a terminal would obey.
    """

    def __init__(self, name: str, cells: Sequence[str]) -> None:
        self.name = name
        lines = [line for cell in cells for line in cell.split("\n")]
        self.is_number = any(cells) and all(not line or _NUMBER.fullmatch(line) for line in lines)
        self.longest = max(map(cell_len, (name, *lines)))
        unbroken = [*name.split(), *(lines if self.is_number else (word for line in lines for word in line.split()))]
        self.least = max(map(cell_len, unbroken), default=0)


def _widths(columns: Sequence[_Column], room: int) -> list[int]:
    """How wide each column is drawn: as its longest line, or less where there is no room, but not less than a word.

    Where there is no room for the words either, the longest of them are broken; a number never is.
    """
    widths = [column.least for column in columns]
    while sum(widths) < room and (short := [at for at, each in enumerate(columns) if widths[at] < each.longest]):
        widths[min(short, key=widths.__getitem__)] += 1
    while sum(widths) > room and (long := [at for at, each in enumerate(columns) if not each.is_number]):
        if widths[widest := max(long, key=widths.__getitem__)] <= _WORD_MIN:
            break
        widths[widest] -= 1
    return widths


def say_units(reporting_currency: str) -> None:
    """What the amounts of limits are in, which stand in a table without it.

    Args:
        reporting_currency: That of the desk's limits.
    """
    say(f"In the currency that a limit names, else in {reporting_currency}; OPEN_COUNT counts orders.", style="dim")


def say_if_example(setup: Setup) -> None:
    """Somebody without a configuration is told whose limits are in force."""
    if setup.is_example:
        text = "No trader.toml here: using the example limits, which only a simulated venue may be traded with."
        say(text, console=err)
