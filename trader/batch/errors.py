"""What is wrong with a batch file, as data: row by row, so that the desk can mend the whole file at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_RANGES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing that is wrong in a batch file.

    Attributes:
        row: The row as the spreadsheet numbers it, the header being 1; 0 means the file as a whole.
        column: The column as the file's header has it, or "" when no single column is at fault.
        value: What stands there, as in the file.
        problem: What is wrong with it.
        expected: What would have been right.
    """

    row: int
    column: str
    value: str
    problem: str
    expected: str

    def __str__(self) -> str:
        return self.told_of(f"row {self.row}" if self.row else "file")

    def told_of(self, place: str) -> str:
        """The sentence, with the place as given."""
        column = f", {self.column}" if self.column else ""
        value = f" {self.value!r}" if self.value else ""
        return f"{place}{column}:{value} {self.problem}; expected {self.expected}"


@dataclass(frozen=True, slots=True)
class CellFault:
    """A row error of a cell before it is known which header stands above it.

    Attributes:
        row: As in :class:`RowError`.
        place: The cell's index in its row.
        value: What stands there.
        problem: What is wrong with it.
        expected: What would have been right.
    """

    row: int
    place: int
    value: str
    problem: str
    expected: str

    def under(self, columns: Sequence[str]) -> RowError:
        """The row error, under the headers of the file."""
        column = columns[self.place] if self.place < len(columns) else f"column {self.place + 1}"
        return RowError(self.row, column, self.value, self.problem, self.expected)


def in_order(errors: Iterable[RowError], columns: Sequence[str]) -> tuple[RowError, ...]:
    """The errors row by row, and those of a row in the order of the file's columns."""
    places = {column: place for place, column in enumerate(columns, start=1)}
    end = len(columns) + 1
    return tuple(sorted(errors, key=lambda error: (error.row, places.get(error.column, end) if error.column else 0)))


class BatchError(ValueError):
    """The file is not a batch. Nothing of it may be traded.

    Attributes:
        errors: Everything that was found, in the order of the file; never empty.
    """

    def __init__(self, errors: Iterable[RowError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, self.errors)))


def summary(errors: Iterable[RowError]) -> list[str]:
    """One line for each problem of each column, with the rows that have it and the first of them as the example."""
    alike: dict[tuple[str, str], list[RowError]] = {}
    for error in errors:
        alike.setdefault((error.column, error.problem), []).append(error)
    return [
        str(group[0]) if len(group) == 1 else group[0].told_of(_place([error.row for error in group]))
        for group in alike.values()
    ]


def _place(rows: Sequence[int]) -> str:
    """Which rows, the header being 1: ``500 rows (2-499, 501, 503)``."""
    ranges: list[list[int]] = []
    for row in rows:
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    shown = [f"{first}-{last}" if first < last else f"{first}" for first, last in ranges[:_RANGES_SHOWN]]
    return f"{len(rows)} rows ({', '.join(shown + ['...'] * (len(ranges) > _RANGES_SHOWN))})"
