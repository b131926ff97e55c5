"""The limits file: rows of cells, one figure a row, read whole, with every error listed.

The columns are ``control,key,parameter,value,note``, and after them, where rows are in force for a time only,
``from,until``: the days from whose 00:00 UTC on, and until whose 00:00 UTC, a row holds. A key names every dimension of
its control, with ``*`` for "all": ``pair=EUR/USD tenor=* trader=* venue=*``. No figure has a default: what no row sets
is not allowed.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache

from risk.control import Control, Parameter, dimension_problem, value_problem
from risk.limits.book import Limit, LimitBook, LimitsConflictError
from risk.registry import CONTROLS
from trader.domain.errors import ConfigError

__all__ = ["COLUMNS", "DATES", "Limit", "LimitBook", "limits_of", "parse_limits"]

COLUMNS = ("control", "key", "parameter", "value", "note")
DATES = ("from", "until")

_KEYS_REMEMBERED = 65_536

# Where a row stands, as an error says it, and its cells.
Record = tuple[str, Sequence[str]]


def parse_limits(content: bytes | str, name: str) -> LimitBook:
    """Read a limits file in CSV.

    Args:
        content: The file, UTF-8 when it is bytes.
        name: What to call it in an error.

    Raises:
        ConfigError: Something in it is wrong; the message lists every error by row and column.
    """
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name} is not UTF-8 text ({error}); expected a CSV file") from error
    return limits_of([_csv_records(text, name)], name)


def limits_of(tables: Iterable[Iterable[Record]], name: str) -> LimitBook:
    """Read the rows of one or more tables, each with its own header.

    Args:
        tables: The rows, the header first; a row with nothing in it is passed over.
        name: What to call them in an error.

    Raises:
        ConfigError: Something in them is wrong; the message lists every error by row and column.
    """
    rows: list[Limit] = []
    numbers: dict[int, int] = {}
    places: list[str] = []
    problems: list[tuple[int, str]] = []
    for place, cells, header in (record for table in tables for record in _below_header(table, name)):
        found = list(_cell_problems(cells, header))
        problems += [(len(places), problem) for problem in found]
        if not found:
            rows.append(_limit(cells))
            numbers[id(rows[-1])] = len(places)
        places.append(place)
    try:
        book = LimitBook(rows)
    except LimitsConflictError as error:
        for one, other, problem in error.conflicts:
            problems.append((numbers[id(one)], f"column key, also {places[numbers[id(other)]]}: {problem}"))
    if problems:
        listed = "".join(f"\n  {places[number]}, {problem}" for number, problem in sorted(problems))
        raise ConfigError(f"{name} has {len(problems)} error(s):{listed}")
    return book


def _csv_records(text: str, name: str) -> Iterator[Record]:
    """The rows, with the line of the file on which each ends."""
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        for cells in reader:
            yield f"row {reader.line_num}", cells
    except csv.Error as error:
        raise ConfigError(f"{name}, row {reader.line_num}: {error}; expected a CSV file") from error


def _below_header(table: Iterable[Record], name: str) -> Iterator[tuple[str, list[str], tuple[str, ...]]]:
    """The rows that have anything in them, with the header above them."""
    records = iter(table)
    place, first = next(records, ("row 1", ()))
    header = tuple(first)
    if header not in (COLUMNS, COLUMNS + DATES):
        expected = f"{','.join(COLUMNS)!r}, and {','.join(DATES)!r} after them where rows have dates"
        raise ConfigError(f"{name}, {place}: the columns are {','.join(header)!r}; expected {expected}")
    for place, cells in records:
        if any(cells):
            yield place, [cell.strip() for cell in cells], header


def _cell_problems(cells: list[str], header: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with a row, column by column."""
    if len(cells) != len(header):
        yield f"the row has {len(cells)} cells; expected {len(header)}: {', '.join(header)}"
        return
    code, key, parameter_name, value, _, *days = cells
    control = CONTROLS.get(code)
    if control is None or not control.parameters:
        known = ", ".join(known_code for known_code, known in CONTROLS.items() if known.parameters)
        yield f"column control: {code!r} is not a control with limits; expected one of {known}"
        return
    parameter = _parameter(control, parameter_name)
    shapes = control.keys if parameter is None else control.keys_of(parameter)
    yield from (f"column key: {problem}" for problem in _key_problems(control.code, shapes, key))
    if parameter is None:
        names = ", ".join(known.name for known in control.parameters)
        yield f"column parameter: {parameter_name!r} is not a figure of {code}; expected one of {names}"
    elif problem := value_problem(parameter.kind, value):
        yield f"column value: {problem}"
    if days:
        yield from _date_problems(*days)


def _date_problems(since: str, until: str) -> Iterator[str]:
    """What is wrong with the days between which a row is in force."""
    days = {}
    for column, text in zip(DATES, (since, until), strict=True):
        try:
            days[column] = _date(text)
        except ValueError:
            yield f"column {column}: {text!r} is not a day; expected one like 2026-12-31, or nothing"
            return
    first, end = days["from"], days["until"]
    if first is not None and end is not None and not first < end:
        yield f"column until: {end} is not after {first}, so the row is never in force; expected a later day"


def _date(text: str) -> date | None:
    # The standard library also reads 20261231 and 2026-W53-4, which people do not.
    if text and (len(text) != len("2026-12-31") or text[4] != "-" or "W" in text):
        raise ValueError(text)
    return date.fromisoformat(text) if text else None


def _key_problems(code: str, shapes: tuple[tuple[str, ...], ...], text: str) -> Iterator[str]:
    parts = _parts(text)
    is_key = all(name and value for name, value in parts)
    if not is_key or not _is_shape(tuple([name for name, _ in parts]), shapes):
        expected = " or ".join(repr(" ".join(f"{name}=*" for name in shape)) for shape in shapes)
        what = f"does not name what {code} is keyed by" if is_key else "is not a key"
        yield f"{text!r} {what}; expected {expected} with a value or * for each"
        return
    for name, value in parts:
        if problem := _part_problem(name, value):
            yield problem


@lru_cache(maxsize=_KEYS_REMEMBERED)
def _is_shape(names: tuple[str, ...], shapes: tuple[tuple[str, ...], ...]) -> bool:
    return sorted(names) in [sorted(shape) for shape in shapes]


@lru_cache(maxsize=_KEYS_REMEMBERED)
def _part_problem(dimension: str, text: str) -> str:
    return dimension_problem(dimension, text)


@lru_cache(maxsize=_KEYS_REMEMBERED)
def _parts(key: str) -> tuple[tuple[str, str], ...]:
    parts = [part.partition("=") for part in key.split()]
    return tuple([(name, text) for name, _, text in parts])


def _parameter(control: Control, name: str) -> Parameter | None:
    return next((parameter for parameter in control.parameters if parameter.name == name), None)


def _limit(cells: list[str]) -> Limit:
    code, key, parameter, value, note, *days = cells
    return Limit(code, _parts(key), parameter, value, note, *map(_date, days))
