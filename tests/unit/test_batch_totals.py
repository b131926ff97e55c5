"""The totals file beside a batch: read strictly, compared with what was read."""

from datetime import date
from decimal import Decimal

import pytest

from trader.batch.batch import Batch, LineDefaults, validate
from trader.batch.errors import BatchError, RowError
from trader.batch.table import read_table
from trader.batch.totals import Totals, compare, read_totals
from trader.domain.calendars import Calendars
from trader.domain.currency import Currency

TRADE_DATE = date(2026, 11, 20)
CALENDARS = Calendars({"EUR": (), "USD": (), "JPY": ()}, 2026, 2027)
EUR, JPY = Currency("EUR"), Currency("JPY")


def a_batch() -> Batch:
    content = (
        b"row_id,product,pair,side,dealt_currency,amount,order_type\n"
        b"A-1,SPOT,EUR/USD,BUY,EUR,1000000.50,MARKET\n"
        b"A-2,SPOT,USD/JPY,SELL,JPY,5000000,MARKET\n"
        b"A-3,SPOT,EUR/USD,SELL,EUR,1,MARKET\n"
    )
    return validate(read_table(content, "b.csv", 10), TRADE_DATE, CALENDARS, LineDefaults("B", "A"))


def errors_of(text: str) -> list[tuple[str, str]]:
    with pytest.raises(BatchError) as caught:
        read_totals(text)
    return [(error.column, error.problem) for error in caught.value.errors]


def test_a_totals_file_is_read() -> None:
    digest = "AB" * 32
    text = f'trade_date = "2026-11-20"\nlines = 3\nsha256 = "{digest}"\n[totals]\nJPY = 5000000\nEUR = "1000001.50"\n'
    assert read_totals(text) == Totals(
        TRADE_DATE, 3, digest.lower(), ((EUR, Decimal("1000001.50")), (JPY, Decimal(5000000)))
    )


def test_the_date_may_be_a_toml_date_and_the_hash_may_be_left_out() -> None:
    assert read_totals("trade_date = 2026-11-20\nlines = 1\n[totals]\n") == Totals(TRADE_DATE, 1, "", ())


def test_a_file_that_agrees_has_no_differences() -> None:
    batch = a_batch()
    totals = ((EUR, Decimal("1000001.5")), (JPY, Decimal(5000000)))
    assert compare(Totals(TRADE_DATE, 3, batch.content_hash, totals), batch) == ()
    assert compare(Totals(TRADE_DATE, 3, "", totals), batch) == ()


def test_every_difference_is_listed() -> None:
    totals = Totals(date(2026, 11, 19), 4, "0" * 64, ((EUR, Decimal(1)), (Currency("USD"), Decimal(7))))
    differences = compare(totals, a_batch())
    assert [difference.column for difference in differences] == [
        "trade_date",
        "lines",
        "sha256",
        "EUR",
        "JPY",
        "USD",
    ]
    assert differences[1] == RowError(
        0, "lines", "4", "the totals file says 4, and the batch has 3", "the same in both"
    )
    assert differences[4].problem == "the totals file says nothing, and the batch has 5000000"
    assert differences[5].problem == "the totals file says 7, and the batch has nothing"


def test_everything_wrong_with_a_totals_file_is_listed() -> None:
    head = 'trade_date = "20.11.2026"\nlines = 0\nsha256 = "12"\ncount = 3\n'
    assert errors_of(head + '[totals]\nEUX = "1"\nEUR = 1.5\nJPY = "1,000"\n') == [
        ("count", "the totals file has an unknown key"),
        ("trade_date", "is not a date in ISO form"),
        ("lines", "is not the number of rows"),
        ("sha256", "is not a SHA-256"),
        ("EUX", "is not a currency the robot knows"),
        ("EUR", "is a binary fraction"),
        ("JPY", "has a thousands separator or a decimal comma"),
    ]


def test_an_empty_totals_file_lacks_date_lines_and_sums() -> None:
    assert errors_of("") == [
        ("totals", "the totals file has no such table"),
        ("trade_date", "the totals file does not say it"),
        ("lines", "is not the number of rows"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "lines =",
        "lines = true\ntrade_date = true\ntotals = 1",
        "[totals]\nEUR = []",
        "lines = 0x" + "f" * 5000,
        "[totals]\nEUR = 0x" + "f" * 5000,
        "lines = " + "9" * 5000,
        "lines = " + "[" * 5000,
    ],
)
def test_nonsense_is_refused(text: str) -> None:
    assert errors_of(text)


def test_a_sum_may_be_longer_than_any_amount() -> None:
    text = 'trade_date = 2026-11-20\nlines = 1\n[totals]\nIDR = "123456789012345678901"\n'
    assert read_totals(text).totals == ((Currency("IDR"), Decimal(123456789012345678901)),)
