"""What ``trader demo`` shows: a batch, the day it is for, and the venue that suits it."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from trader.adapters.resources import examples_dir
from trader.app.batch_file import totals_beside
from trader.domain.deal import Product

_SHIPPED, _PRODUCTS = "batch-100.csv", "batch-products.csv"


@dataclass(frozen=True, slots=True)
class Show:
    """One demonstration.

    Attributes:
        batch: The file to trade.
        day: The trade date it was made for; None for today's.
        scenario: What the simulator plays.
        note: What to say of it beforehand, or "".
        more: What there is to see afterwards.
        command: What shows it, as the arguments of ``trader`` without its data folder.
    """

    batch: Path
    day: date | None
    scenario: str = "plain"
    note: str = ""
    more: str = "what became of each row"
    command: tuple[str, ...] = ("orders",)


def one_batch(path: Path | None) -> Show:
    """A batch file on the plain venue: the shipped hundred lines where none is given."""
    if path is None:
        path = examples_dir() / _SHIPPED
        return Show(path, _day_of(path), more="why a row was dealt at its price", command=("explain", "T-0007"))
    return Show(path, _day_of(path))


def _day_of(path: Path) -> date | None:
    totals = totals_beside(path)
    return totals.trade_date if totals else None


def every_product(folder: Path) -> Show:
    """The example of every product, on the quotes of four makers.

    Rows that are paid on the trade date itself are left out: the example's day may be over, and then the currencies'
    cut-offs for payments of that day are over too, and such a row would be denied as it should.

    Args:
        folder: Where the file without these rows is written.
    """
    example = examples_dir() / _PRODUCTS
    with example.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    product, row_id = header.index("product"), header.index("row_id")
    path = folder / _PRODUCTS
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *(row for row in rows if row[product] != Product.TOD)])
    left_out = ", ".join(row[row_id] for row in rows if row[product] == Product.TOD)
    return Show(
        path,
        _day_of(example),
        scenario="rfq",
        note=f"Without {left_out} of the example: what is paid on the trade date itself has a cut-off on that day",
        more="every quote for a swap, and which won",
        command=("explain", "P-12"),
    )
