"""What is wrong with a row, kept while the rest of it is read."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar, TypeVarTuple

from trader.batch.fields import BLANKS, CellError

Value = TypeVar("Value")
More = TypeVarTuple("More")


class Problem(NamedTuple):
    """A row error before it is known which rows have it; the column is the canonical one."""

    column: str
    value: str
    problem: str
    expected: str


class Notes:
    """Reads cells and keeps every problem instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, column: str, text: str, reader: Callable[[str, *More], Value], *more: *More) -> Value | None:
        """The cell's value, or None after noting what is wrong with it.

        Args:
            column: The canonical one.
            text: The cell.
            reader: Reads it without the blanks around it.
            more: What else the reader wants.
        """
        text = text.strip(BLANKS)
        try:
            return reader(text, *more)
        except CellError as wrong:
            self.problems.append(Problem(column, text, wrong.problem, wrong.expected))
            return None
