"""The columns of the desk's file: one table, which the reader, the error texts and ``docs/batch.md`` all go by."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from trader.batch.errors import RowError


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
    _needed(
        "row_id", "Your own name for the row, unique in the file.", "T-0001",
        "id", "ref", "reference", "trade_id", "trade_ref", "deal_id", "deal_ref",
    ),
    Column(
        "product", "SPOT, TOD, TOM, FORWARD, SWAP, NDF or BLOCK; all but NDF may be left to the dates.", "SPOT",
        ("deal_type", "product_type"),
    ),
    _needed(
        "pair", "Two currencies with a slash, in either order.", "EUR/USD",
        "symbol", "currency_pair", "ccy_pair", "ccypair",
    ),
    _needed(
        "side", "BUY or SELL: what you do with the dealt currency; in a swap, on its first date.", "BUY",
        "buy_sell", "b_s", "direction",
    ),
    _needed(
        "dealt_currency", "The currency of the amount: one of the pair's.", "EUR",
        "currency", "ccy", "dealt_ccy", "deal_ccy",
    ),
    _needed(
        "amount", "Units of the dealt currency, no sign, no separators; one for each date of a block.", "1000000",
        "notional", "nominal", "quantity", "qty", "amt",
    ),
    Column(
        "value_date", "The day both currencies are paid, in ISO form; the first of a swap, all of a block.",
        "2026-12-22", ("settlement_date", "settle_date", "val_date"),
    ),
    Column("tenor", "The value date by name, instead of the date or beside it.", "1M", ("settl_type",)),
    Column("far_value_date", "A swap's second date, after the first.", "2027-01-22", ("far_date",)),
    Column("far_tenor", "The second date by name, instead of the date or beside it.", "2M"),
    Column("far_amount", "Units dealt back on the second date; empty means as many as on the first.", "1010000"),
    Column(
        "fixing_date", "The day an NDF's rate is fixed; empty means the market's day for its currency.", "2026-12-18",
        ("fixing", "fixing_dt", "fix_date"),
    ),
    Column(
        "order_type", "MARKET, LIMIT, or PREVIOUSLY_QUOTED (RFQ, QUOTED); may be empty when there is a limit rate.",
        "LIMIT", ("ord_type",),
    ),
    Column(
        "limit_rate", "The worst rate you take, on the row's own pair.", "1.10250", ("limit_price", "limit", "price"),
    ),
    Column("time_in_force", "DAY, GTC, IOC (what fills at once) or FOK (all at once or nothing).", "DAY", ("tif",)),
    Column("strategy", "How the order is worked; empty means as one order.", "", ("algo",)),
    Column("venue", "Where to trade; empty means the venue the batch is started on."),
    Column("counterparty", "With whom; empty means whoever the venue brings.", "BANK-A", ("cpty",)),
    Column("book", "Whose position it is; empty means the configured book.", "SALES", ("portfolio",)),
    Column("account", "The account at the venue; empty means the configured one.", "ACC-1", ("acct",)),
    Column("netting_group", "Rows to be netted with each other: not done yet, leave it empty.", "", ("netting",)),
    Column(
        "comment", "Anything; carried through to the result file.", "Import payments",
        ("comments", "note", "notes", "remark", "remarks"),
    ),
)  # fmt: skip

NUMBER_COLUMNS = frozenset({"amount", "far_amount", "limit_rate"})
DATE_COLUMNS = frozenset({"value_date", "tenor", "far_value_date", "far_tenor", "fixing_date"})  # a tenor may be a date

_BY_HEADER = {header: column.name for column in COLUMNS for header in (column.name, *column.synonyms)}
_ACCEPTED = ", ".join(f"{c.name} (or {', '.join(c.synonyms)})" if c.synonyms else c.name for c in COLUMNS)
_TO_UNDERSCORE = str.maketrans(" -/", "___")
_ONCE = "each column once"
_ALIKE = 0.75  # of 1: a letter or two wrong, and no other word


@dataclass(frozen=True, slots=True)
class Header:
    """A header as read.

    Attributes:
        places: Column name to index in the file. A header that is nearly a column's is taken for it, so that the cells
            below are checked as well; the file is refused all the same.
        errors: What is wrong with it, in the order of the file.
        known: How many columns it names without such a guess.
        is_complete: Every required column has its place.
    """

    places: dict[str, int]
    errors: tuple[RowError, ...]
    known: int
    is_complete: bool


def read_header(header: Sequence[str], row_number: int = 1) -> Header:
    """Find each column's place in the file.

    Headers are read without regard to case, outer blanks, and whether words are joined by blank, hyphen, slash or
    underscore.

    Args:
        header: The cells of the header row.
        row_number: Of the header row in the file.
    """
    keys = [text.strip().lower().translate(_TO_UNDERSCORE) for text in header]
    places: dict[str, int] = {}
    faults: dict[int, tuple[str, str]] = {}  # index to problem and expected
    for index, key in enumerate(keys):
        name = _BY_HEADER.get(key)
        if name is None:
            faults[index] = "is not a column of a batch" if key else f"column {index + 1} has no header", ""
        elif name in places:
            faults[index] = f"means {name}, as column {places[name] + 1} does", _ONCE
        else:
            places[name] = index
    known = len(places)
    for index, (problem, expected) in faults.items():
        if not expected:
            meant = _nearest(keys[index], taken=places)
            faults[index] = problem, meant or "one of them: delete the column if it is for you alone"
            if meant:
                places[meant] = index
    missing = [column for column in COLUMNS if column.is_required and column.name not in places]
    errors = [RowError(row_number, header[index], header[index], *fault) for index, fault in sorted(faults.items())]
    errors += [_missing(column, row_number) for column in missing]
    return Header(places, tuple(_with_accepted(errors)), known, is_complete=not missing)


def _nearest(key: str, taken: Collection[str]) -> str:
    """The column that an unknown header most likely means, and no other header is; "" when nothing is near."""
    free = [known for known, name in _BY_HEADER.items() if name not in taken]
    of_its_length = [known for known in free if abs(len(known) - len(key)) <= 1]
    if alike := get_close_matches(key, of_its_length, n=1, cutoff=_ALIKE):
        return _BY_HEADER[alike[0]]
    # Rate alone may mean the limit or a rate of information: it is asked for and not guessed.
    words = set(key.split("_")) - {""}
    sharing = {_BY_HEADER[known] for known in free if words & set(known.split("_"))}
    return sharing.pop() if len(sharing) == 1 else ""


def _missing(column: Column, row_number: int) -> RowError:
    headers = " or ".join((column.name, *column.synonyms))
    return RowError(row_number, column.name, "", "the file has no such column", f"a column {headers}")


def _with_accepted(errors: list[RowError]) -> list[RowError]:
    """The errors, the last of them with the list of all columns, which would be long to read with each."""
    if any(error.expected != _ONCE for error in errors):
        errors[-1] = replace(errors[-1], expected=f"{errors[-1].expected}. The columns of a batch: {_ACCEPTED}")
    return errors


def markdown_table() -> str:
    """The column table of ``docs/batch.md``; a test holds the page to it."""
    rows = ["| Column | Also read as | Needed | What it holds | Example |", "|---|---|---|---|---|"]
    for column in COLUMNS:
        synonyms = ", ".join(f"`{synonym}`" for synonym in column.synonyms)
        needed = "yes" if column.is_required else ""
        example = f"`{column.example}`" if column.example else ""
        rows.append(f"| `{column.name}` | {synonyms} | {needed} | {column.holds} | {example} |")
    return "\n".join(rows)
