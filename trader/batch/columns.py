"""The columns of the desk's file: one table, which the reader, the error texts and ``docs/batch.md`` all go by."""

from collections.abc import Sequence
from dataclasses import dataclass

from trader.batch.errors import BatchError, RowError


@dataclass(frozen=True, slots=True)
class Column:
    """One column a batch file may have.

    Attributes:
        name: The column's own name.
        holds: One sentence for the desk.
        example: A cell as it may stand in a file.
        synonyms: Other headers that are read as this column.
        is_required: The file must have the column.
    """

    name: str
    holds: str
    example: str = ""
    synonyms: tuple[str, ...] = ()
    is_required: bool = False


def _needed(name: str, holds: str, example: str, *synonyms: str) -> Column:
    return Column(name, holds, example, synonyms, is_required=True)


COLUMNS = (
    _needed("row_id", "Your own name for the row, unique in the file.", "T-0001", "id", "ref", "reference"),
    Column("product", "SPOT, TOD, TOM or FORWARD; may be empty when date or tenor say it.", "SPOT", ("deal_type",)),
    _needed("pair", "Two currencies with a slash, in either order.", "EUR/USD", "symbol", "currency_pair", "ccy_pair"),
    _needed("side", "BUY or SELL: what you do with the dealt currency.", "BUY", "buy_sell", "direction"),
    _needed("dealt_currency", "The currency of the amount: one of the pair's.", "EUR", "currency", "ccy", "dealt_ccy"),
    _needed("amount", "Units of the dealt currency, no sign, no separators.", "1000000", "notional", "quantity"),
    Column("value_date", "The day both currencies are paid, in ISO form.", "2026-12-22", ("settlement_date",)),
    Column("tenor", "The value date by name, instead of the date or beside it.", "1M", ("settl_type",)),
    Column("far_value_date", "A swap's second date: not traded yet, leave it empty.", "", ("far_date",)),
    Column("far_tenor", "A swap's second tenor: not traded yet, leave it empty."),
    Column("far_amount", "A swap's second amount: not traded yet, leave it empty."),
    Column("order_type", "MARKET or LIMIT; may be empty when there is a limit rate.", "LIMIT", ("ord_type",)),
    Column("limit_rate", "The worst rate you take, on the row's own pair.", "1.10250", ("limit_price", "price")),
    Column("time_in_force", "DAY, GTC, IOC (what fills at once) or FOK (all at once or nothing).", "DAY", ("tif",)),
    Column("strategy", "How the order is worked; empty means as one order.", "", ("algo",)),
    Column("venue", "Where to trade; empty means the venue the batch is started on."),
    Column("counterparty", "With whom; empty means whoever the venue brings.", "BANK-A", ("cpty",)),
    Column("book", "Whose position it is; empty means the configured book.", "SALES", ("portfolio",)),
    Column("account", "The account at the venue; empty means the configured one.", "ACC-1", ("acct",)),
    Column("netting_group", "Rows to be netted with each other: not done yet, leave it empty.", "", ("netting",)),
    Column("comment", "Anything; carried through to the result file.", "Import payments", ("comments", "note")),
)

NUMBER_COLUMNS = frozenset({"amount", "far_amount", "limit_rate"})

_BY_HEADER = {header: column.name for column in COLUMNS for header in (column.name, *column.synonyms)}
_KNOWN = ", ".join(f"{c.name} (or {', '.join(c.synonyms)})" if c.synonyms else c.name for c in COLUMNS)
_TO_UNDERSCORE = str.maketrans(" -", "__")


def resolve(header: Sequence[str]) -> dict[str, int]:
    """Find each column's place in the file.

    Headers are read without regard to case, outer blanks, and whether words are joined by blank, hyphen or underscore.

    Returns:
        Column name to index in the header, for the columns the file has.

    Raises:
        BatchError: A header is unknown, empty, or given twice, or a required column is missing: all of them.
    """
    places: dict[str, int] = {}
    errors = []
    for index, text in enumerate(header):
        name = _BY_HEADER.get(text.strip().lower().translate(_TO_UNDERSCORE))
        if name is None:
            problem = "is not a column of a batch" if text.strip() else f"column {index + 1} has no header"
            errors.append(RowError(1, text, text, problem, f"one of {_KNOWN}"))
        elif name in places:
            problem = f"means {name}, as column {places[name] + 1} does"
            errors.append(RowError(1, text, text, problem, "each column once"))
        else:
            places[name] = index
    errors += [_missing(column) for column in COLUMNS if column.is_required and column.name not in places]
    if errors:
        raise BatchError(errors)
    return places


def _missing(column: Column) -> RowError:
    headers = " or ".join((column.name, *column.synonyms))
    return RowError(1, column.name, "", "the file has no such column", f"a column {headers}, like {column.example}")


def markdown_table() -> str:
    """The column table of ``docs/batch.md``; a test holds the page to it."""
    rows = ["| Column | Also read as | Needed | What it holds | Example |", "|---|---|---|---|---|"]
    for column in COLUMNS:
        synonyms = ", ".join(f"`{synonym}`" for synonym in column.synonyms)
        needed = "yes" if column.is_required else ""
        example = f"`{column.example}`" if column.example else ""
        rows.append(f"| `{column.name}` | {synonyms} | {needed} | {column.holds} | {example} |")
    return "\n".join(rows)
