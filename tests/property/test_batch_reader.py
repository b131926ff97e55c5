"""Whatever the bytes and cells are: a batch, or a list of what is wrong, and never anything else."""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from itertools import pairwise
from operator import itemgetter
from typing import TypeVar

from hypothesis import event, given
from hypothesis import strategies as st

from trader.batch.batch import Batch, LineDefaults, validate
from trader.batch.columns import COLUMNS
from trader.batch.errors import BatchError, RowError
from trader.batch.result import LineResult, result_bytes
from trader.batch.sheet import sheet_bytes
from trader.batch.table import Table, read_table
from trader.batch.totals import Totals, read_totals
from trader.domain.calendars import Calendars
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import OrderType, Product, Side, TimeInForce

Made = TypeVar("Made")

TRADE_DATE = date(2026, 11, 20)
PAIRS = ("EUR/USD", "USD/JPY", "GBP/USD", "EUR/GBP", "USD/KWD", "USD/CNY")
CALENDARS = Calendars({"EUR": (), "USD": (), "JPY": (), "GBP": (), "KWD": (), "CNY": ()}, 2026, 2028)
DEFAULTS = LineDefaults("HOUSE", "ACC-0")
NAMES = [column.name for column in COLUMNS]

plain_texts = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)

# Cells that are nearly right find more than noise does.
CELLS: dict[str, st.SearchStrategy[str]] = {
    "product": st.sampled_from(["", "SPOT", "tod", "TOM", "FORWARD", "SWAP", "NDF", "BLOCK"]),
    "pair": st.sampled_from(["", *PAIRS, "usd/eur", "JPY/USD", "EURUSD", "EUR/EUR", "EUR/SGD", "/"]),
    "side": st.sampled_from(["BUY", "sell", "B", "\uff22\uff35\uff39"]),
    "dealt_currency": st.sampled_from(["EUR", "USD", "JPY", "KWD", "", "eur", "XXX"]),
    "amount": st.sampled_from(["1", "0", "1.005", "1e6", "-1", "NaN", "9" * 40, "0.0000000001", "1,000", "1 -2"]),
    "value_date": st.one_of(st.sampled_from(["", "2026-13-01", "2026-11-24 2026-12-24"]), st.dates().map(str)),
    "tenor": st.sampled_from(["", "SPOT", "1W", "999Y", "IMM99", "TN", "9999-12-31", "M1", "SPOT 1M", "1M  SPOT"]),
    "far_value_date": st.sampled_from(["", "", "2026-11-24", "2026-12-24", "9999-12-31"]),
    "far_tenor": st.sampled_from(["", "", "ON", "SN", "1W", "TOD", "IMM99"]),
    "far_amount": st.sampled_from(["", "", "", "1"]),
    "fixing_date": st.sampled_from(["", "", "2026-11-23", "2026-11-22", "2026-12-24"]),
    "order_type": st.sampled_from(["", "LIMIT", "market", "STOP", "rfq"]),
    "limit_rate": st.sampled_from(["", "1.1", "0.00000001", "999999999999999", "1.123456", "-1", "0.0000000001"]),
    "time_in_force": st.sampled_from(["", "DAY", "ioc", "X"]),
}  # fmt: skip
any_cells = st.one_of(st.text(max_size=20), plain_texts)


@st.composite
def good_rows(draw: st.DrawFn) -> dict[str, str]:
    pair = parse_pair(draw(st.sampled_from(PAIRS)))
    dealt = draw(st.sampled_from([pair.base, pair.terms]))
    is_limit = draw(st.booleans())
    by_date = draw(st.booleans())
    days = draw(st.integers(10, 400))
    of_a_date = draw(st.sampled_from(["FORWARD", "NDF"])) if "CNY" in pair else "FORWARD"
    return {
        "product": of_a_date if by_date else "SPOT",
        "pair": str(pair),
        "side": draw(st.sampled_from(list(Side))),
        "dealt_currency": dealt,
        "amount": str(draw(st.integers(1, 10**12)) * dealt.minor_unit),
        "value_date": str(TRADE_DATE + timedelta(days=days)) if by_date else "",
        "order_type": "LIMIT" if is_limit else "MARKET",
        "limit_rate": str(draw(st.integers(1, 10**7)) * pair.tick) if is_limit else "",
        "time_in_force": draw(st.sampled_from(list(TimeInForce))),
        "book": draw(plain_texts).strip(),
        "account": draw(plain_texts).strip(),
        "comment": draw(st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=30)),
    }


@st.composite
def rows_of_many_legs(draw: st.DrawFn) -> tuple[dict[str, str], list[tuple[Side, Decimal, date]]]:
    """A swap's or a block's row, and its legs."""
    row = draw(good_rows()) | {"order_type": draw(st.sampled_from(["MARKET", "RFQ"])), "limit_rate": ""}
    side, unit = Side(row["side"]), Currency(row["dealt_currency"]).minor_unit
    count = draw(st.just(2) | st.integers(2, 10))
    offsets = draw(st.sets(st.integers(0, 700), min_size=count, max_size=count))
    days = [TRADE_DATE + timedelta(days=offset) for offset in sorted(offsets)]
    amounts = [n * unit for n in draw(st.lists(st.integers(1, 10**12), min_size=count, max_size=count))]
    if count == 2 and draw(st.booleans()):
        swap = {"product": "SWAP", "value_date": str(days[0]), "far_value_date": str(days[1])}
        legs = [(side, amounts[0], days[0]), (side.opposite, amounts[1], days[1])]
        return row | swap | {"amount": str(amounts[0]), "far_amount": str(amounts[1])}, legs
    sides = draw(st.lists(st.sampled_from(Side), min_size=count, max_size=count))
    cells = [f"{'' if leg_side is side else '-'}{amount}" for leg_side, amount in zip(sides, amounts, strict=True)]
    block = {"product": "BLOCK", "value_date": " ".join(map(str, days)), "amount": " ".join(cells)}
    return row | block, list(zip(sides, amounts, days, strict=True))


@given(rows_of_many_legs(), st.booleans())
def test_every_leg_that_is_written_is_read(
    row_and_legs: tuple[dict[str, str], list[tuple[Side, Decimal, date]]], says_product: bool
) -> None:
    row, legs = row_and_legs
    _, batch = batch_of([row if says_product else row | {"product": ""}], as_workbook=False)
    deal = batch.lines[0].deal
    assert deal.product == row["product"]
    assert [(leg.side, leg.amount, leg.value_date) for leg in deal.legs] == legs
    assert dict(batch.totals)[deal.dealt_currency] == sum(amount for _, amount, _ in legs)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Good rows with up to two cells in each replaced, and the columns in any order."""
    columns = tuple(draw(st.permutations(NAMES)))
    any_rows = st.one_of(good_rows(), rows_of_many_legs().map(itemgetter(0)))
    rows = []
    for number in range(draw(st.integers(1, 4))):
        row = dict.fromkeys(NAMES, "") | draw(any_rows) | {"row_id": f"R{number}"}
        for column in draw(st.lists(st.sampled_from(NAMES), max_size=2)):
            row[column] = draw(st.one_of(CELLS.get(column, any_cells), any_cells))
        rows.append(tuple(row[column] for column in columns))
    return Table("t", "0" * 64, columns, tuple(rows), tuple(range(2, len(rows) + 2)), "csv")


def outcome(make: Callable[[], Made]) -> Made | tuple[RowError, ...]:
    try:
        return make()
    except BatchError as wrong:
        return wrong.errors


def is_complete(errors: tuple[RowError, ...]) -> bool:
    in_order = [error.row for error in errors] == sorted(error.row for error in errors)
    return bool(errors) and in_order and all(error.problem and error.expected and error.row >= 0 for error in errors)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode), st.binary().map(b"PK\3\4".__add__)))
def test_any_bytes_are_a_table_or_a_list_of_errors(content: bytes) -> None:
    made = outcome(lambda: read_table(content, "any", 5))
    if isinstance(made, Table):
        assert 1 <= len(made.rows) <= 5
        assert not made.errors or is_complete(made.errors)
    else:
        assert is_complete(made)


@given(st.lists(st.lists(any_cells, max_size=6), max_size=8))
def test_any_csv_under_a_good_header_keeps_its_cells_or_is_a_list_of_errors(rows: list[list[str]]) -> None:
    text = StringIO(newline="")
    csv.writer(text).writerows([["row_id", "pair", "side", "dealt_currency", "amount"], *rows])
    made = outcome(lambda: read_table(text.getvalue().encode(), "any", 5))
    if isinstance(made, Table) and made.errors:
        assert is_complete(made.errors)
        assert all(rows.count(list(row)) for row in made.rows)
    elif isinstance(made, Table):
        read, left_out = rows[: len(made.rows)], rows[len(made.rows) :]
        assert made.rows == tuple(map(tuple, read))
        assert not any(cell.strip() for row in left_out for cell in row)
    else:
        assert is_complete(made)


@given(tables())
def test_any_table_is_a_batch_or_a_list_of_errors(table: Table) -> None:
    made = outcome(lambda: validate(table, TRADE_DATE, CALENDARS, DEFAULTS))
    event("batch" if isinstance(made, Batch) else "errors")
    if not isinstance(made, Batch):
        assert is_complete(made)
        return
    assert len(made.lines) == len(table.rows)
    for line in made.lines:
        deal = line.deal
        event(deal.product)
        assert deal.pair.is_market_order
        assert all(leg.amount > 0 and leg.value_date >= TRADE_DATE for leg in deal.legs)
        assert all(later.value_date > leg.value_date for leg, later in pairwise(deal.legs))
        assert bool(deal.far_legs) == deal.product.has_many_legs
        assert deal.product is not Product.SWAP or [leg.side for leg in deal.far_legs] == [deal.near_leg.side.opposite]
        assert (deal.fixing_date is not None) == (deal.product is Product.NDF)
        assert deal.fixing_date is None or TRADE_DATE <= deal.fixing_date < deal.near_leg.value_date
        assert line.order_type is not OrderType.LIMIT or line.limit_rate is not None
        assert line.limit_rate is None or not (deal.far_legs or line.order_type is OrderType.MARKET)
        assert line.limit_rate is None or (line.limit_rate > 0 and line.limit_rate % deal.pair.tick == 0)


@given(st.text(max_size=200))
def test_any_text_is_a_totals_file_or_a_list_of_errors(text: str) -> None:
    made = outcome(lambda: read_totals(text))
    assert isinstance(made, Totals) or is_complete(made)


def batch_of(rows: list[dict[str, str]], *, as_workbook: bool) -> tuple[Table, Batch]:
    numbered = [{"row_id": f"R{number}", **row} for number, row in enumerate(rows)]
    header, cells = list(numbered[0]), [list(row.values()) for row in numbered]
    if as_workbook:
        content = sheet_bytes(header, cells)
    else:
        text = StringIO(newline="")
        csv.writer(text).writerows([header, *cells])
        content = text.getvalue().encode()
    table = read_table(content, "good", len(rows))
    return table, validate(table, TRADE_DATE, CALENDARS, DEFAULTS)


@given(st.lists(good_rows(), min_size=1, max_size=5), st.booleans())
def test_what_is_written_is_what_is_read(rows: list[dict[str, str]], as_workbook: bool) -> None:
    _, batch = batch_of(rows, as_workbook=as_workbook)
    for row, line in zip(rows, batch.lines, strict=True):
        leg = line.deal.near_leg
        assert (str(line.deal.pair), leg.side, line.deal.dealt_currency) == (
            row["pair"],
            row["side"],
            row["dealt_currency"],
        )
        assert (str(leg.amount), str(line.limit_rate or "")) == (row["amount"], row["limit_rate"])
        assert row["value_date"] in {"", str(leg.value_date)}
        assert (line.book, line.account) == (row["book"] or "HOUSE", row["account"] or "ACC-0")
        assert (line.comment, line.time_in_force) == (row["comment"], row["time_in_force"])


@given(st.lists(good_rows(), min_size=1, max_size=5))
def test_the_result_of_a_csv_holds_every_cell_of_the_input(rows: list[dict[str, str]]) -> None:
    table, batch = batch_of(rows, as_workbook=False)
    results = [
        LineResult(
            row_id=line.row_id,
            status="FILLED",
            filled_amount=line.deal.near_leg.amount,
            average_rate=Decimal(1),
            contra_currency=line.deal.contra_currency,
            contra_amount=Decimal(1),
            near_value_date=line.deal.near_leg.value_date,
            venue="simulator",
            order_id=line.comment,
            trade_ids=(),
            reason_code="",
            reason="",
            sent_at_ns=1,
            done_at_ns=2,
        )
        for line in batch.lines
    ]
    header, *written = csv.reader(StringIO(result_bytes(table, results).decode(), newline=""))
    assert header[: len(table.columns)] == list(table.columns)
    for cells, row in zip(table.rows, written, strict=True):
        for cell, text in zip(cells, row[: len(cells)], strict=True):
            assert text in {cell, f"'{cell}"}
            assert text[:1] not in {"=", "+", "@"}
