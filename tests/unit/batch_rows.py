"""Rows of a batch file as dictionaries, read for a Friday in November."""

from datetime import date

import pytest

from trader.batch.batch import Batch, LineDefaults, validate
from trader.batch.table import BatchError, RowError, read_table
from trader.domain.calendars import Calendars
from trader.domain.deal import BatchLine

TRADE_DATE = date(2026, 11, 20)  # a Friday
LINES_MAX = 20
DEFAULTS = LineDefaults(book="HOUSE", account="ACC-0")

_CHRISTMAS = date(2026, 12, 25)
CALENDARS = Calendars(
    holidays={
        "EUR": (_CHRISTMAS,),
        "GBP": (_CHRISTMAS, date(2026, 12, 28)),
        "USD": (date(2026, 11, 26), _CHRISTMAS),
        "CAD": (_CHRISTMAS,),
        "JPY": (date(2026, 11, 23),),
        "KWD": (),
        "CNY": (date(2026, 12, 21),),
        "KRW": (),
        "PHP": (),
        "ARS": (),
    },
    first_year=2026,
    last_year=2028,
)
GOOD = {
    "row_id": "A-1",
    "product": "SPOT",
    "pair": "EUR/USD",
    "side": "BUY",
    "dealt_currency": "EUR",
    "amount": "1000000",
    "order_type": "MARKET",
}


def batch_of(
    *rows: dict[str, str],
    trade_date: date = TRADE_DATE,
    defaults: LineDefaults = DEFAULTS,
    far_from_near_leg: bool = False,
) -> Batch:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [",".join(columns), *(",".join(row.get(column, "") for column in columns) for row in rows)]
    table = read_table("\n".join(lines).encode(), "b.csv", LINES_MAX)
    return validate(table, trade_date, CALENDARS, defaults, far_from_near_leg=far_from_near_leg)


def line_of(**cells: str) -> BatchLine:
    return batch_of(GOOD | cells).lines[0]


def errors_of(*rows: dict[str, str], trade_date: date = TRADE_DATE) -> tuple[RowError, ...]:
    with pytest.raises(BatchError) as caught:
        batch_of(*rows, trade_date=trade_date)
    return caught.value.errors
