"""What was exchanged on each date of each line, once as the result file tells it and once as the venue's log does."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Side
from trader.domain.ids import line_of
from trader.domain.money import contra_amount


@dataclass(frozen=True, order=True)
class Exchange:
    """One exchange of two currencies: the dealt amount on its side, the other amount, and the rate between them."""

    line_no: int
    value_date: str
    side: str
    currency: str
    amount: Decimal
    rate: Decimal
    contra: Decimal


def told(result: Path) -> list[Exchange]:
    """Every exchange of the filled rows of a result file."""
    rows = csv.DictReader(io.StringIO(result.read_text("utf-8")))
    return sorted(each for number, row in enumerate(rows, start=1) for each in _of_row(number, row))


def logged(trades: Iterable[dict[str, Any]]) -> list[Exchange]:
    """Every exchange of the venue's trade log."""
    return sorted(each for trade in trades for each in _of_trade(trade))


def _of_row(number: int, row: dict[str, str]) -> Iterator[Exchange]:
    dates = [row["near_value_date"], *row["far_value_date"].split()]
    amounts = [row["filled_amount"], *row["far_filled_amount"].split()]
    rates = [row["average_rate"], *row["far_average_rate"].split()]
    contras = [row["contra_amount"], *row["far_contra_amount"].split()]
    for day, side, amount, rate, contra in zip(dates, _sides(row), amounts, rates, contras, strict=True):
        yield Exchange(number, day, side, row["dealt_currency"], Decimal(amount), Decimal(rate), Decimal(contra))


def _sides(row: dict[str, str]) -> list[str]:
    """A swap goes back on its second date; in a block a minus sign turns a date's side."""
    side = Side(row["side"])
    if row.get("far_tenor") or row["product"] == "SWAP":
        return [side, side.opposite]
    return [side.opposite if amount.startswith("-") else side for amount in row["amount"].split()]


def _of_trade(trade: dict[str, Any]) -> Iterator[Exchange]:
    line, pair, currency = line_of(trade["cl_ord_id"]), parse_pair(trade["symbol"]), Currency(trade["currency"])
    assert line is not None
    for leg in trade.get("legs", [trade]):
        amount, rate = Decimal(leg["last_qty"]), Decimal(leg["last_px"])
        contra = contra_amount(amount, currency, pair, rate)
        yield Exchange(line.line_no, leg["settl_date"], leg["side"], currency, amount, rate, contra)
