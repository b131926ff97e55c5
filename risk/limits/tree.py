"""Where names stand in the desk's trees: counterparty, group, country; trader, desk, firm; book, firm.

The limits of every node on the way to the root hold for an order. A tree is rows of the limits file like any other,
``TREE,counterparty=ACME-LDN,group,ACME,``: a name, and its parent.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from risk.limits.book import LimitBook, LimitTable
from risk.reasons import Violation

GROUP = LimitTable("TREE", "group", ("counterparty",))
COUNTRY = LimitTable("TREE", "country", ("group",))
DESK = LimitTable("TREE", "desk", ("trader",))
DESK_FIRM = LimitTable("TREE", "firm", ("desk",))
BOOK_FIRM = LimitTable("TREE", "firm", ("book",))

# What says what is above a name, by the name's dimension. A firm and a country are roots.
ABOVE: Mapping[str, LimitTable] = MappingProxyType(
    {table.dimensions[0]: table for table in (GROUP, COUNTRY, DESK, DESK_FIRM, BOOK_FIRM)}
)


def way_up(limits: LimitBook, dimension: str, name: str) -> list[tuple[str, str]]:
    """A node and every one above it, each with its dimension, up to the root or to where no row says more."""
    way = [(dimension, name)]
    while (table := ABOVE.get(way[-1][0])) is not None and (row := limits.limit(table, (way[-1][1],))) is not None:
        way.append((table.parameter, row.value))
    return way


class Ancestry(NamedTuple):
    """The nodes above an order's names; "" for one that no row gives.

    Attributes:
        counterparty: With whom the order is dealt. One that names nobody is dealt with whoever is behind its venue, so
            that the venue's own name stands here.
        group: Whose legal entity the counterparty is.
        country: Whose risk the group is.
        desk: The trader's.
        firm: The desk's.
        book_firm: The book's, which has to be the same.
        missing: The rows that would have to be there.
    """

    counterparty: str
    group: str
    country: str
    desk: str
    firm: str
    book_firm: str
    missing: tuple[Violation, ...]


def ancestry(limits: LimitBook, trader: str, desk: str, book: str, counterparty: str, venue: str) -> Ancestry:
    """Look up the nodes above the names of an order.

    Args:
        limits: Has the trees.
        trader: Who launched it.
        desk: For which desk.
        book: Whose position it is.
        counterparty: With whom; "" for whoever the venue brings.
        venue: Where it would go.
    """
    missing: list[Violation] = []

    def parent(table: LimitTable, name: str) -> str:
        row = limits.limit(table, (name,)) if name else None
        if row is None:
            missing.append(limits.undefined(table, (name,)))
        return "" if row is None else row.value

    name = counterparty or venue
    group = parent(GROUP, name)
    country = parent(COUNTRY, group) if group else ""  # one row is missing, and not two
    found = Ancestry(name, group, country, parent(DESK, trader), parent(DESK_FIRM, desk), parent(BOOK_FIRM, book), ())
    return found._replace(missing=tuple(missing))
