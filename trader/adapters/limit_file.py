"""A file of limits, CSV or XLSX, to a book; and a book to a file. A file that may be half written is refused."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from risk.limits.book import LimitBook
from risk.limits.file import Record, limits_of, parse_limits
from trader.batch.errors import CellFault, RowError
from trader.batch.sheet import named_sheet_records
from trader.domain.errors import ConfigError

_TITLES = ("limits", "tree")
_WORKBOOK = b"PK"  # a workbook is an archive, and no CSV file begins like one
_BYTES_MAX = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LimitFile:
    """A file of limits, read.

    Attributes:
        name: The file's name, without its folder.
        sha256: Of its bytes, in hexadecimal.
        book: Its rows.
    """

    name: str
    sha256: str
    book: LimitBook


def load_limits(path: Path) -> LimitFile:
    """Read a file of limits.

    Args:
        path: CSV, or a workbook with one sheet, or with a sheet ``limits`` and a sheet ``tree``; each sheet has its
            own header.

    Raises:
        ConfigError: It cannot be read, is cut off, or rows are wrong: every one, by row and column.
    """
    try:
        if path.stat().st_size > _BYTES_MAX:
            raise ConfigError(f"{path} has more than {_BYTES_MAX:,} bytes; expected a file of limits")
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
    if content.startswith(_WORKBOOK):
        book = _workbook(content, str(path))
    else:
        if not content.endswith(b"\n"):
            raise ConfigError(
                f"{path} ends in the middle of a line, so that it may be half written; expected a line end after the "
                "last row"
            )
        book = parse_limits(content, str(path))
    return LimitFile(path.name, sha256(content).hexdigest(), book)


def _workbook(content: bytes, name: str) -> LimitBook:
    errors: list[RowError] = []
    faults: list[CellFault] = []
    tables: dict[str, list[Record]] = {}
    for title, row_number, cells in named_sheet_records(content, _TITLES, errors, faults):
        tables.setdefault(title, []).append((f"sheet {title}, row {row_number}", cells))
    problems = [f"{error.value} {error.problem}".strip() + f"; expected {error.expected}" for error in errors]
    problems += [f"row {fault.row}, {fault.value!r} {fault.problem}; expected {fault.expected}" for fault in faults]
    if problems:
        raise ConfigError(f"{name} has {len(problems)} error(s):" + "".join(f"\n  {problem}" for problem in problems))
    return limits_of((_filled_up(table) for table in tables.values()), name)


def _filled_up(table: Iterable[Record]) -> Iterator[Record]:
    """The rows with the empty cells at their end, which a sheet does not keep."""
    width = 0
    for place, cells in table:
        width = width or len(cells)
        yield place, [*cells, *[""] * (width - len(cells))]
