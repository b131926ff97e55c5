"""Reconciliation of what has several legs, of NDFs, and of venues that only answer for single orders."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest
from values import replace

from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Deal, Leg, Product, Side
from trader.domain.ids import LineId, batch_id, cl_ord_id, content_hash
from trader.reconcile import causes
from trader.reconcile.reconcile import Asked, Break, BreakKind, Stated, reconcile
from trader.reconcile.trade import Trade

BATCH = batch_id(content_hash(b"today"))
LINE = LineId(BATCH, 7)
NEAR_DATE, FAR_DATE, OTHER_DATE = date(2024, 5, 3), date(2024, 6, 5), date(2024, 6, 6)
MILLION = Decimal(1_000_000)
SWAP = Deal(
    Product.SWAP,
    parse_pair("EUR/USD"),
    Currency("EUR"),
    Leg(Side.BUY, MILLION, NEAR_DATE, "SPOT"),
    (Leg(Side.SELL, MILLION, FAR_DATE, "1M"),),
)
ROWS = [Asked(LINE, "R7", deal, True, MILLION, leg=leg) for leg, deal in enumerate(SWAP.outrights())]
NEAR = Trade(
    "E1",
    cl_ord_id(BATCH, 7),
    LINE,
    "EUR/USD",
    Side.BUY,
    "EUR",
    MILLION,
    Decimal("1.10"),
    NEAR_DATE,
    Decimal("1100000.00"),
)
FAR = replace(NEAR, side=Side.SELL, px=Decimal("1.102"), settl_date=FAR_DATE, contra_qty=Decimal("1102000.00"), leg=1)
BOOK = [NEAR, FAR]


def told(breaks: Iterable[Break]) -> list[tuple[BreakKind, str, date | None]]:
    """The breaks of the line, its totals aside, each with its row and value date."""
    return [(found.kind, found.row_id, found.value_date) for found in breaks if found.kind is not BreakKind.TOTAL]


def test_a_swap_that_all_books_have_alike_has_no_breaks() -> None:
    assert reconcile(ROWS, BOOK, [FAR, NEAR]) == ()
    assert reconcile(ROWS, BOOK, None) == ()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"side": Side.BUY}, BreakKind.SIDE),
        ({"qty": MILLION - 1, "contra_qty": None}, BreakKind.QUANTITY),
        ({"px": Decimal("1.1021"), "contra_qty": None}, BreakKind.PRICE),
        ({"contra_qty": Decimal("1102000.02")}, BreakKind.CONTRA_AMOUNT),
        ({"settl_date": OTHER_DATE}, BreakKind.VALUE_DATE),
    ],
)
def test_a_far_leg_that_the_venue_reports_otherwise(change: dict[str, object], kind: BreakKind) -> None:
    ((found, row, _),) = told(reconcile(ROWS, BOOK, [NEAR, replace(FAR, **change)]))
    assert (found, row) == (kind, "R7")


def test_a_leg_that_the_venue_leaves_out_is_missing_there() -> None:
    assert told(reconcile(ROWS, BOOK, [NEAR])) == [(BreakKind.MISSING_AT_VENUE, "R7", FAR_DATE)]


def test_a_leg_that_nobody_asked_for_is_told_in_its_row() -> None:
    extra = replace(NEAR, settl_date=OTHER_DATE, leg=2)
    (found, *_) = reconcile(ROWS, BOOK, [*BOOK, extra])
    assert (found.kind, found.row_id, found.value_date) == (BreakKind.OVERFILL, "R7", OTHER_DATE)
    assert (found.ours, found.likely_cause) == ("no trade", causes.UNASKED_LEG)


@pytest.mark.parametrize("has_reports", [True, False])
def test_a_far_leg_on_another_date_than_the_row_asked_for_breaks_once(has_reports: bool) -> None:
    book = [NEAR, replace(FAR, settl_date=OTHER_DATE)]
    breaks = reconcile(ROWS, book, book if has_reports else None)
    assert told(breaks) == [(BreakKind.VALUE_DATE, "R7", OTHER_DATE)]
    totals = [found for found in breaks if found.kind is BreakKind.TOTAL]
    assert [found.value_date for found in totals] == [FAR_DATE, OTHER_DATE]


def test_each_legs_claim_stands_for_itself() -> None:
    rows = [ROWS[0], replace(ROWS[1], claimed_qty=MILLION / 2)]
    assert told(reconcile(rows, BOOK, BOOK)) == [(BreakKind.QUANTITY, "R7", FAR_DATE)]


def test_the_totals_of_a_swap_are_per_value_date_and_signed() -> None:
    breaks = reconcile(ROWS, BOOK, [])
    totals = [(found.value_date, found.ours) for found in breaks if found.kind is BreakKind.TOTAL]
    assert totals == [(NEAR_DATE, "+1,000,000"), (FAR_DATE, "-1,000,000")]


def test_a_swap_in_doubt_is_listed_once() -> None:
    rows = [replace(row, is_final=False) for row in ROWS]
    assert told(reconcile(rows, BOOK, BOOK)) == [(BreakKind.UNKNOWN_ORDER, "R7", NEAR_DATE)]


def test_a_swap_reported_twice_breaks_on_each_leg() -> None:
    breaks = told(reconcile(ROWS, BOOK, BOOK * 2))
    assert breaks == [(BreakKind.DUPLICATE_REPORT, "R7", day) for day in (NEAR_DATE, FAR_DATE)]


# --- one order for each leg ---


LINKED = [replace(NEAR, cl_ord_id=cl_ord_id(BATCH, 7, 1)), replace(FAR, cl_ord_id=cl_ord_id(BATCH, 7, 2), exec_id="E2")]


def test_the_orders_of_a_linked_swap_make_one_line() -> None:
    assert reconcile(ROWS, LINKED, LINKED[::-1]) == ()


def test_a_linked_leg_without_cl_ord_id_goes_where_its_trade_is_booked() -> None:
    nameless = [replace(trade, cl_ord_id="", line=None, leg=0) for trade in LINKED]
    assert reconcile(ROWS, LINKED, nameless) == ()


def test_a_swap_without_cl_ord_id_goes_where_its_legs_are_booked() -> None:
    nameless = [replace(trade, cl_ord_id="", line=None) for trade in BOOK]
    assert reconcile(ROWS, BOOK, nameless) == ()


def test_a_linked_leg_that_was_not_dealt_is_a_break_when_it_is_claimed() -> None:
    assert told(reconcile(ROWS, LINKED[:1], LINKED[:1])) == [(BreakKind.QUANTITY, "R7", FAR_DATE)]
    rows = [ROWS[0], replace(ROWS[1], claimed_qty=Decimal(0))]
    assert reconcile(rows, LINKED[:1], LINKED[:1]) == ()


# --- non-deliverable ---


def test_an_ndf_is_compared_by_notional_rate_and_settlement_date() -> None:
    """The contra amount is the notional at the dealt rate, in whole won."""
    leg = Leg(Side.BUY, MILLION, FAR_DATE, "1M")
    deal = Deal(Product.NDF, parse_pair("USD/KRW"), Currency("USD"), leg, fixing_date=date(2024, 6, 3))
    row = Asked(LINE, "R7", deal, True, MILLION)
    trade = replace(
        NEAR,
        symbol="USD/KRW",
        currency="USD",
        px=Decimal("1375.5"),
        settl_date=FAR_DATE,
        contra_qty=Decimal(1_375_500_000),
    )
    assert reconcile([row], [trade], [trade]) == ()
    off = replace(trade, contra_qty=Decimal(1_375_500_002))
    assert told(reconcile([row], [trade], [off])) == [(BreakKind.CONTRA_AMOUNT, "R7", FAR_DATE)]
    late = replace(trade, settl_date=OTHER_DATE)
    assert told(reconcile([row], [late], [late])) == [(BreakKind.VALUE_DATE, "R7", OTHER_DATE)]


# --- venues that answer for single orders only ---


ANSWER = Stated(LINE, 0, cl_ord_id(BATCH, 7), MILLION, Decimal("1.10"), MILLION, Decimal("1.10"))


@pytest.mark.parametrize("venue_px", ["1.10", "1.10001", "1.09999", "0", None])
def test_an_answer_that_fits_or_says_no_rate_is_no_break(venue_px: str | None) -> None:
    answer = replace(ANSWER, venue_px=None if venue_px is None else Decimal(venue_px))
    assert reconcile(ROWS, BOOK, None, [answer]) == ()


@pytest.mark.parametrize(
    ("change", "kind", "cause"),
    [
        ({"venue_qty": MILLION / 2}, BreakKind.QUANTITY, causes.ANSWERED_QUANTITY),
        ({"venue_px": Decimal("1.10002")}, BreakKind.PRICE, causes.ANSWERED_PRICE),
        ({"leg": 1, "venue_px": Decimal("1.10002")}, BreakKind.PRICE, causes.ANSWERED_PRICE),
    ],
)
def test_an_answer_that_does_not_fit_is_a_break_of_its_line(
    change: dict[str, object], kind: BreakKind, cause: str
) -> None:
    (found,) = reconcile(ROWS, BOOK, None, [replace(ANSWER, **change)])
    assert (found.kind, found.row_id, found.likely_cause) == (kind, "R7", cause)
    assert ANSWER.cl_ord_id in found.theirs
