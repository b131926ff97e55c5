"""Which rows were dealt, on which days: to see that nobody deals a file of yesterday's once more today."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from trader.domain.currency import Currency
from trader.domain.deal import Side


class Row(NamedTuple):
    """A row as the desk names it, and what it deals. Its dates are none of it: those move from day to day.

    Attributes:
        account: For whose account.
        row_id: The desk's own name for it.
        symbol: The pair.
        dealt_currency: What the amounts are in.
        legs: Side and amount of each leg.
    """

    account: str
    row_id: str
    symbol: str
    dealt_currency: Currency
    legs: tuple[tuple[Side, Decimal], ...]


class DealtRows:
    """Every row that is live or was dealt. One that ended without a fill is forgotten."""

    def __init__(self) -> None:
        self._row_ids: set[str] = set()
        # Of each line the first order, and its trade date.
        self._lines: dict[Row, dict[str, tuple[str, date]]] = {}
        self._live: dict[str, tuple[Row, str]] = {}

    def may_know(self, row_id: str) -> bool:
        """Whether any row of this name was ever held; most names are new, and nothing more has to be asked of them."""
        return row_id in self._row_ids

    def dealt_near(self, row: Row, day: date, days: Decimal) -> tuple[str, date] | None:
        """An order of the same row on another day, up to so many days away, and its trade date; None for none."""
        known = self._lines.get(row)
        if known is None:
            return None
        near = (each for each in known.values() if each[1] != day and abs((day - each[1]).days) <= days)
        return max(near, key=lambda each: each[1], default=None)

    def hold(self, name: str, row: Row, line: str, day: date) -> None:
        """An order of a row, for a line, is allowed."""
        self._row_ids.add(row.row_id)
        lines = self._lines.setdefault(row, {})
        if line not in lines:
            lines[line] = name, day
            self._live[name] = row, line

    def dealt(self, name: str) -> None:
        """Some of an order is dealt: its row is remembered."""
        self._live.pop(name, None)

    def over(self, name: str) -> None:
        """An order is over; when nothing of it was dealt, its row may come again."""
        held = self._live.pop(name, None)
        if held is not None:
            row, line = held
            del self._lines[row][line]
