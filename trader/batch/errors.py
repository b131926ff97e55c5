"""What is wrong with a batch file, as data: row by row, so that the desk can mend the whole file at once."""

from collections.abc import Iterable
from dataclasses import dataclass


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
        place = f"row {self.row}" if self.row else "file"
        column = f", {self.column}" if self.column else ""
        value = f" {self.value!r}" if self.value else ""
        return f"{place}{column}:{value} {self.problem}; expected {self.expected}"


class BatchError(ValueError):
    """The file is not a batch. Nothing of it may be traded.

    Attributes:
        errors: Everything that was found, in the order of the file; never empty.
    """

    def __init__(self, errors: Iterable[RowError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, self.errors)))
