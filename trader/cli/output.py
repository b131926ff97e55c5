"""What people and scripts read: JSON on standard output when asked for, else text; progress on standard error."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from trader.adapters.config import Setup
from trader.batch.errors import BatchError, summary

WRONG_INPUT = 2


class _PatientConsole(Console):
    """A console whose reader may go away, by ``| head`` or a closed terminal: no reason to stop trading."""

    def print(self, *objects: Any, **how: Any) -> None:  # noqa: ANN401 -- rich's own signature
        """Print, or be quiet from now on when nobody reads."""
        try:
            super().print(*objects, **how)
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


def print_json(facts: Mapping[str, Any] | Sequence[Any]) -> None:
    """One JSON object on standard output, in UTF-8 whatever the terminal's encoding is."""
    text = msgspec.json.format(msgspec.json.encode(facts, enc_hook=str), indent=2) + b"\n"
    with suppress(BrokenPipeError):  # see _PatientConsole
        sys.stdout.flush()
        sys.stdout.buffer.write(text)


def print_failure(failure: Failure) -> None:
    """The sentence, for whoever reads."""
    if Output.json:
        problem = {"row": 0, "column": "", "value": "", "problem": str(failure), "expected": ""}
        print_json({"errors": [problem]})
    err.print(f"trader: {failure}", style="red", markup=False)


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
        err.print(f"  {line}", markup=False)
    if total > len(lines):
        err.print("Equal problems of a column are one line, with the first of them; --json lists every one.")


def print_rows(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on a terminal, tab-separated lines elsewhere."""
    if not out.is_terminal:
        sys.stdout.write("\t".join(columns) + "\n")
        for row in rows:
            sys.stdout.write("\t".join(str(cell) for cell in row) + "\n")
        return
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    out.print(table, markup=False)


def say_if_example(setup: Setup) -> None:
    """Somebody without a configuration is told whose limits are in force."""
    if setup.is_example:
        err.print("No trader.toml here: using the example limits, which only a simulated venue may be traded with.")
