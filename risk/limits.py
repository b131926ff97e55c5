"""The limits file: CSV, one figure a row, read whole, with every error listed.

The columns are ``control,key,parameter,value,note``. A key names every dimension of its control, with ``*`` for "all":
``pair=EUR/USD tenor=* trader=* venue=*``. No figure has a default: what no row sets is not allowed.
"""

import csv
from collections.abc import Iterator

from risk.control import Control, Parameter, dimension_problem, value_problem
from risk.limit_book import Limit, LimitBook, conflicts
from risk.registry import CONTROLS
from trader.domain.errors import ConfigError

__all__ = ["COLUMNS", "Limit", "LimitBook", "parse_limits"]

COLUMNS = ("control", "key", "parameter", "value", "note")


def parse_limits(content: bytes | str, name: str) -> LimitBook:
    """Read a limits file.

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
    rows: list[tuple[int, Limit]] = []
    problems: list[tuple[int, str]] = []
    for row_no, cells in _table(text, name):
        found = list(_cell_problems(cells))
        problems += [(row_no, problem) for problem in found]
        if not found:
            rows.append((row_no, _limit(cells)))
    row_nos = {id(row): row_no for row_no, row in rows}
    for one, other, problem in conflicts([row for _, row in rows]):
        problems.append((row_nos[id(one)], f"column key, also row {row_nos[id(other)]}: {problem}"))
    if problems:
        listed = "".join(f"\n  row {row_no}, {problem}" for row_no, problem in sorted(problems))
        raise ConfigError(f"{name} has {len(problems)} error(s):{listed}")
    return LimitBook(row for _, row in rows)


def _table(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that have anything in them, with the line of the file on which each ends."""
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        header = tuple(next(reader, ()))
        if header != COLUMNS:
            raise ConfigError(f"{name}, row 1: the columns are {','.join(header)!r}; expected {','.join(COLUMNS)!r}")
        for cells in reader:
            if any(cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise ConfigError(f"{name}, row {reader.line_num}: {error}; expected a CSV file") from error


def _cell_problems(cells: list[str]) -> Iterator[str]:
    """What is wrong with a row, column by column."""
    if len(cells) != len(COLUMNS):
        yield f"the row has {len(cells)} cells; expected {len(COLUMNS)}: {', '.join(COLUMNS)}"
        return
    code, key, parameter_name, value, _ = cells
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


def _key_problems(code: str, shapes: tuple[tuple[str, ...], ...], text: str) -> Iterator[str]:
    expected = " or ".join(repr(" ".join(f"{name}=*" for name in shape)) for shape in shapes)
    parts = [part.partition("=") for part in text.split()]
    if any(not name or not value for name, _, value in parts):
        yield f"{text!r} is not a key; expected {expected} with a value or * for each"
        return
    names = [name for name, _, _ in parts]
    if sorted(names) not in [sorted(shape) for shape in shapes]:
        yield f"{text!r} does not name what {code} is keyed by; expected {expected} with a value or * for each"
        return
    yield from (problem for name, _, value in parts if (problem := dimension_problem(name, value)))


def _parameter(control: Control, name: str) -> Parameter | None:
    return next((parameter for parameter in control.parameters if parameter.name == name), None)


def _limit(cells: list[str]) -> Limit:
    code, key, parameter, value, note = cells
    parts = [part.partition("=") for part in key.split()]
    return Limit(code, tuple((name, text) for name, _, text in parts), parameter, value, note)
