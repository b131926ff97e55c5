"""Every kind of break, shown to fire and not to fire, on one line that asks to buy EUR 1,000,000 against USD."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from values import replace

from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Deal, Leg, Product, Side
from trader.domain.errors import LocalOrderError
from trader.domain.ids import LineId, batch_id, cl_ord_id, content_hash
from trader.reconcile import causes
from trader.reconcile.reconcile import Asked, Break, BreakKind, reconcile
from trader.reconcile.trade import Trade

BATCH = batch_id(content_hash(b"today"))
OTHER_BATCH = batch_id(content_hash(b"yesterday"))
LINE = LineId(BATCH, 7)
VALUE_DATE = date(2024, 5, 2)
MILLION = Decimal(1_000_000)
DEAL = Deal(Product.SPOT, parse_pair("EUR/USD"), Currency("EUR"), Leg(Side.BUY, MILLION, VALUE_DATE, "SPOT"))
ROW = Asked(LINE, "R7", DEAL, is_final=True, claimed_qty=MILLION)
FILL = Trade(
    exec_id="E1",
    cl_ord_id=cl_ord_id(BATCH, 7),
    line=LINE,
    symbol="EUR/USD",
    side=Side.BUY,
    currency="EUR",
    qty=MILLION,
    px=Decimal("1.08345"),
    settl_date=VALUE_DATE,
    contra_qty=Decimal("1083450.00"),
)
HALVES = (
    replace(FILL, qty=MILLION / 2, contra_qty=None),
    replace(FILL, exec_id="E2", qty=MILLION / 2, contra_qty=None),
)


def only(breaks: tuple[Break, ...]) -> Break:
    """The one break of a line; its totals aside."""
    (found,) = [found for found in breaks if found.kind is not BreakKind.TOTAL]
    return found


def kinds(breaks: tuple[Break, ...]) -> list[BreakKind]:
    return [found.kind for found in breaks]


def test_three_books_that_agree_have_no_breaks() -> None:
    assert reconcile([ROW], [FILL], [replace(FILL)]) == ()


def test_a_batch_without_trades_has_no_breaks() -> None:
    assert reconcile([replace(ROW, claimed_qty=Decimal(0))], [], []) == ()


def test_without_trade_reports_only_the_robot_and_the_result_file_are_compared() -> None:
    assert reconcile([ROW], [FILL], None) == ()


def test_an_empty_list_of_trade_reports_is_not_the_same_as_none() -> None:
    assert only(reconcile([ROW], [FILL], [])).kind is BreakKind.MISSING_AT_VENUE


def test_the_order_in_which_trades_are_listed_does_not_matter() -> None:
    assert reconcile([ROW], HALVES, HALVES[::-1]) == ()


def test_equal_numbers_written_differently_are_equal() -> None:
    assert reconcile([ROW], [FILL], [replace(FILL, qty=Decimal("1000000.00"), px=Decimal("1.083450"))]) == ()


@pytest.mark.parametrize(
    "unsaid",
    [{"settl_date": None}, {"contra_qty": None}, {"cl_ord_id": "", "line": None}, {"exec_id": ""}],
    ids=",".join,
)
def test_what_the_venue_does_not_report_is_no_break(unsaid: dict[str, None]) -> None:
    assert reconcile([ROW], [FILL], [replace(FILL, **unsaid)]) == ()


def test_a_report_of_another_version_of_the_same_order_is_no_break() -> None:
    assert reconcile([ROW], [FILL], [replace(FILL, cl_ord_id=cl_ord_id(BATCH, 7, version=2))]) == ()


# --- the venue's reports against the robot's book ---


@pytest.mark.parametrize(
    ("kind", "change", "ours", "theirs"),
    [
        (BreakKind.SIDE, {"side": Side.SELL}, "BUY", "SELL at the venue"),
        (BreakKind.CURRENCY, {"currency": "USD"}, "EUR", "USD at the venue"),
        (BreakKind.SYMBOL, {"symbol": "EUR/GBP"}, "EUR/USD", "EUR/GBP at the venue"),
        (BreakKind.VALUE_DATE, {"settl_date": date(2024, 5, 3)}, "2024-05-02", "2024-05-03 at the venue"),
        (BreakKind.QUANTITY, {"qty": MILLION - 1, "contra_qty": None}, "1,000,000", "999,999 at the venue"),
        (BreakKind.PRICE, {"px": Decimal("1.08346"), "contra_qty": None}, "1.08345", "1.08346 at the venue"),
        (
            BreakKind.CONTRA_AMOUNT,
            {"contra_qty": Decimal("1083450.02")},
            "USD 1,083,450.00",
            "USD 1,083,450.02 at the venue",
        ),
    ],
)
def test_a_report_that_differs_from_the_booked_trade(
    kind: BreakKind, change: dict[str, object], ours: str, theirs: str
) -> None:
    found = only(reconcile([ROW], [FILL], [replace(FILL, **change)]))
    assert (found.kind, found.ours, found.theirs, found.exec_id) == (kind, ours, theirs, "E1")
    assert (found.line, found.row_id) == (LINE, "R7")
    assert found.likely_cause == causes.AGAINST_VENUE[kind]


def test_a_report_for_another_account() -> None:
    ours, theirs = (replace(FILL, account=account) for account in ("ACC-1", "ACC-2"))
    found = only(reconcile([ROW], [ours], [theirs]))
    assert (found.kind, found.ours, found.theirs) == (BreakKind.ACCOUNT, "ACC-1", "ACC-2 at the venue")
    assert reconcile([ROW], [ours], [FILL]) == reconcile([ROW], [FILL], [theirs]) == ()


def test_every_difference_of_one_trade_is_listed() -> None:
    report = replace(FILL, side=Side.SELL, px=Decimal("1.08346"), settl_date=date(2024, 5, 3), contra_qty=Decimal(9))
    expected = [BreakKind.SIDE, BreakKind.VALUE_DATE, BreakKind.PRICE, BreakKind.CONTRA_AMOUNT]
    assert kinds(reconcile([ROW], [FILL], [report]))[:4] == expected


def test_a_contra_amount_within_one_minor_unit_is_no_break() -> None:
    assert reconcile([ROW], [FILL], [replace(FILL, contra_qty=Decimal("1083450.01"))]) == ()


def test_a_minor_unit_of_yen_is_a_whole_yen() -> None:
    """Source: FIX 4.2 appendix O; the dealt currency is the terms, so the contra amount is in dollars."""
    leg = Leg(Side.SELL, Decimal(50_000_000), VALUE_DATE, "SPOT")
    sell_yen = replace(
        ROW, deal=Deal(Product.SPOT, parse_pair("USD/JPY"), Currency("JPY"), leg), claimed_qty=leg.amount
    )
    fill = replace(FILL, symbol="USD/JPY", side=Side.SELL, currency="JPY", qty=leg.amount, px=Decimal("105.92"))
    right, wrong = replace(fill, contra_qty=Decimal("472054.39")), replace(fill, contra_qty=Decimal("472054.40"))
    assert reconcile([sell_yen], [right], [right]) == ()
    assert only(reconcile([sell_yen], [right], [wrong])).ours == "USD 472,054.38"


def test_a_trade_that_the_venue_does_not_report() -> None:
    found = only(reconcile([ROW], HALVES, HALVES[:1]))
    assert (found.kind, found.exec_id, found.theirs) == (BreakKind.MISSING_AT_VENUE, "E2", "no trade")
    assert found.ours == "BUY EUR 500,000 on EUR/USD at 1.08345 value 2024-05-02"
    assert found.likely_cause == causes.BUSTED


def test_a_trade_that_the_robot_did_not_book() -> None:
    found = only(reconcile([replace(ROW, claimed_qty=MILLION / 2)], HALVES[:1], HALVES))
    assert (found.kind, found.exec_id, found.ours) == (BreakKind.MISSING_IN_ROBOT, "E2", "no trade")
    assert found.likely_cause == causes.LOST


def test_one_trade_under_two_exec_ids_is_told_apart_from_two_missing_trades() -> None:
    breaks = reconcile([ROW], [FILL], [replace(FILL, exec_id="E9")])
    assert [(found.kind, found.exec_id) for found in breaks] == [
        (BreakKind.MISSING_IN_ROBOT, "E9"),
        (BreakKind.MISSING_AT_VENUE, "E1"),
    ]
    assert {found.likely_cause for found in breaks} == {causes.RENAMED}


def test_reports_without_exec_id_are_paired_by_their_terms() -> None:
    dearer = replace(HALVES[1], px=Decimal("1.08399"))
    nameless = [replace(trade, exec_id="") for trade in (dearer, HALVES[0])]
    assert reconcile([ROW], [HALVES[0], dearer], nameless) == ()
    assert kinds(reconcile([ROW], [HALVES[0], dearer], nameless[:1]))[0] is BreakKind.MISSING_AT_VENUE


def test_a_repeated_report_counts_once() -> None:
    (found,) = reconcile([ROW], [FILL], [FILL, FILL])
    assert (found.kind, found.line, found.likely_cause) == (BreakKind.DUPLICATE_REPORT, LINE, causes.SENT_TWICE)


def test_an_amended_report_is_not_taken_for_a_repeat() -> None:
    (found,) = reconcile([ROW], [FILL], [FILL, replace(FILL, px=Decimal("1.09"))])
    assert (found.kind, found.likely_cause) == (BreakKind.DUPLICATE_REPORT, causes.AMENDED)
    assert "1.08345" in found.theirs
    assert "1.09" in found.theirs


def test_a_fill_booked_twice() -> None:
    (found,) = reconcile([ROW], [FILL, FILL], [FILL])
    assert (found.kind, found.line, found.likely_cause) == (BreakKind.DUPLICATE_REPORT, LINE, causes.BOOKED_TWICE)


def test_the_same_exec_id_on_two_lines_is_two_trades() -> None:
    """ExecID(17) is unique per venue only, and a batch may go to several."""
    line = LineId(BATCH, 8)
    rows = [ROW, replace(ROW, line=line, row_id="R8")]
    trades = [FILL, replace(FILL, line=line, cl_ord_id=cl_ord_id(BATCH, 8))]
    assert reconcile(rows, trades, trades[::-1]) == ()


# --- the robot's book against the desk's row and the result file ---


@pytest.mark.parametrize(
    ("kind", "change", "theirs"),
    [
        (BreakKind.SIDE, {"side": Side.SELL}, "BUY asked for"),
        (BreakKind.CURRENCY, {"currency": "USD"}, "EUR asked for"),
        (BreakKind.SYMBOL, {"symbol": "EUR/GBP"}, "EUR/USD asked for"),
        (BreakKind.VALUE_DATE, {"settl_date": date(2024, 5, 3)}, "2024-05-02 asked for"),
        (BreakKind.PRICE, {"px": Decimal(0)}, "a rate greater than zero"),
        (BreakKind.CONTRA_AMOUNT, {"contra_qty": Decimal("1083449.98")}, "USD 1,083,449.98 at the venue"),
    ],
)
@pytest.mark.parametrize("has_reports", [True, False])
def test_a_trade_that_is_not_what_the_row_asked_for_breaks_once(
    kind: BreakKind, change: dict[str, object], theirs: str, has_reports: bool
) -> None:
    """Robot and venue agree with each other, so the fact is told once, against the row."""
    fill = replace(FILL, **change)
    found = only(reconcile([ROW], [fill], [fill] if has_reports else None))
    assert (found.kind, found.theirs, found.line) == (kind, theirs, LINE)
    assert found.likely_cause == causes.AGAINST_DESK[kind]


def test_a_result_file_that_claims_another_quantity() -> None:
    found = only(reconcile([replace(ROW, claimed_qty=MILLION / 2)], [FILL], [FILL]))
    assert (found.kind, found.ours, found.theirs) == (BreakKind.QUANTITY, "1,000,000", "500,000 in the result file")


def test_more_booked_than_asked_for() -> None:
    fills = [FILL, replace(HALVES[0], exec_id="E2")]
    found = only(reconcile([replace(ROW, claimed_qty=MILLION * 3 / 2)], fills, fills))
    assert (found.kind, found.ours, found.theirs) == (BreakKind.OVERFILL, "1,500,000", "1,000,000 asked for")


def test_more_dealt_at_the_venue_than_asked_for() -> None:
    breaks = reconcile([ROW], [FILL], [FILL, replace(FILL, exec_id="E2")])
    assert kinds(breaks) == [BreakKind.OVERFILL, BreakKind.MISSING_IN_ROBOT, BreakKind.TOTAL]
    assert breaks[0].theirs == "2,000,000 at the venue"


def test_a_line_that_is_not_final_is_listed_even_when_its_fills_agree() -> None:
    half = replace(ROW, claimed_qty=MILLION / 2, is_final=False)
    found = only(reconcile([half], HALVES[:1], HALVES[:1]))
    assert (found.kind, found.ours) == (BreakKind.UNKNOWN_ORDER, "500,000 of 1,000,000 filled so far")


# --- trades of no row ---


def test_a_trade_of_another_batch_of_ours_is_not_a_break() -> None:
    theirs = replace(FILL, exec_id="X", cl_ord_id=cl_ord_id(OTHER_BATCH, 7), line=LineId(OTHER_BATCH, 7))
    assert reconcile([ROW], [FILL, theirs], [FILL, theirs, replace(theirs, line=None)]) == ()


def test_a_report_without_cl_ord_id_of_another_batchs_trade_is_not_a_break() -> None:
    theirs = replace(FILL, exec_id="X", cl_ord_id=cl_ord_id(OTHER_BATCH, 7), line=LineId(OTHER_BATCH, 7))
    assert reconcile([ROW], [FILL, theirs], [FILL, replace(theirs, cl_ord_id="", line=None)]) == ()


@pytest.mark.parametrize("cl_ord_id_text", ["", "by hand"])
def test_a_reported_trade_of_nobodys_line(cl_ord_id_text: str) -> None:
    foreign = replace(FILL, exec_id="X", cl_ord_id=cl_ord_id_text, line=None)
    found = only(reconcile([ROW], [FILL], [FILL, foreign]))
    assert (found.kind, found.line, found.row_id, found.exec_id) == (BreakKind.UNKNOWN_LINE, None, "", "X")
    assert (found.ours, found.likely_cause) == ("no trade", causes.FOREIGN_TRADE)


def test_a_reported_trade_of_a_line_that_the_batch_does_not_have() -> None:
    stray = replace(FILL, exec_id="X", cl_ord_id=cl_ord_id(BATCH, 99), line=None)
    found = only(reconcile([ROW], [FILL], [FILL, stray]))
    assert (found.kind, found.line) == (BreakKind.UNKNOWN_LINE, LineId(BATCH, 99))


def test_an_orphan_fill_that_both_books_have_is_one_break() -> None:
    orphan = replace(FILL, exec_id="X", cl_ord_id="by hand", line=None)
    found = only(reconcile([ROW], [FILL, orphan], [FILL, orphan]))
    assert (found.kind, found.likely_cause) == (BreakKind.UNKNOWN_LINE, causes.ORPHAN_FILL)
    assert found.ours == found.theirs == f"{orphan} under ClOrdID(11) by hand"


def test_a_repeated_orphan_fill_is_not_dropped() -> None:
    orphan = replace(FILL, exec_id="X", cl_ord_id="by hand", line=None)
    breaks = reconcile([ROW], [FILL], [FILL, orphan, replace(orphan, px=Decimal(2))])
    assert kinds(breaks) == [BreakKind.UNKNOWN_LINE, BreakKind.DUPLICATE_REPORT, BreakKind.TOTAL]


def test_a_report_under_a_foreign_cl_ord_id_that_was_matched_otherwise() -> None:
    found = only(reconcile([ROW], [FILL], [replace(FILL, cl_ord_id="by hand")]))
    assert (found.kind, found.line, found.theirs) == (BreakKind.UNKNOWN_LINE, LINE, "by hand at the venue")


# --- totals, order, wording ---


def test_totals_are_signed_and_per_currency_and_value_date() -> None:
    (total,) = [found for found in reconcile([ROW], [FILL], [replace(FILL, side=Side.SELL)]) if found.line is None]
    assert (total.kind, total.currency, total.value_date) == (BreakKind.TOTAL, "EUR", VALUE_DATE)
    assert (total.ours, total.theirs) == ("+1,000,000", "+1,000,000 in the result file, -1,000,000 at the venue")


def test_a_break_that_moves_no_amount_has_no_total() -> None:
    breaks = reconcile([ROW], [FILL], [replace(FILL, px=Decimal("1.09"), contra_qty=None)])
    assert kinds(breaks) == [BreakKind.PRICE]


def test_a_moved_value_date_shows_in_the_totals_of_both_dates() -> None:
    later = date(2024, 5, 3)
    breaks = reconcile([ROW], [FILL], [replace(FILL, settl_date=later)])
    assert [found.value_date for found in breaks if found.kind is BreakKind.TOTAL] == [VALUE_DATE, later]


def test_a_total_without_trade_reports_names_the_result_file_only() -> None:
    breaks = reconcile([replace(ROW, claimed_qty=MILLION / 2)], [FILL], None)
    assert (breaks[-1].kind, breaks[-1].theirs) == (BreakKind.TOTAL, "+500,000 in the result file")


def test_breaks_come_worst_first_and_then_by_line() -> None:
    rows = [replace(ROW, line=LineId(BATCH, n), row_id=f"R{n}") for n in (10, 9, 2)]
    fills = [replace(FILL, line=row.line, cl_ord_id="", exec_id=row.row_id) for row in rows]
    reports = [fills[0], replace(fills[1], side=Side.SELL)]
    found = [
        (found.kind, found.row_id) for found in reconcile([replace(r, is_final=False) for r in rows], fills, reports)
    ]
    assert found == [
        (BreakKind.SIDE, "R9"),
        (BreakKind.MISSING_AT_VENUE, "R2"),
        (BreakKind.UNKNOWN_ORDER, "R2"),
        (BreakKind.UNKNOWN_ORDER, "R9"),
        (BreakKind.UNKNOWN_ORDER, "R10"),
        (BreakKind.TOTAL, ""),
    ]


def test_a_line_listed_twice_is_our_own_bug() -> None:
    with pytest.raises(LocalOrderError, match="2 rows with only 1 different legs"):
        reconcile([ROW, ROW], [FILL], [FILL])


def test_a_break_as_a_sentence_and_as_json() -> None:
    found = only(reconcile([ROW], [FILL], [replace(FILL, settl_date=date(2024, 5, 3))]))
    assert found.sentence == (
        f"VALUE_DATE: row R7 ({LINE}), EUR value 2024-05-02, ExecID(17) E1: the value date differs; "
        "ours: 2024-05-02; theirs: 2024-05-03 at the venue. The venue moved the value date after the robot booked it: "
        "the venue's date settles, so agree it with the desk."
    )
    assert found.to_json() == {
        "kind": "VALUE_DATE",
        "line": str(LINE),
        "row_id": "R7",
        "currency": "EUR",
        "value_date": "2024-05-02",
        "exec_id": "E1",
        "ours": "2024-05-02",
        "theirs": "2024-05-03 at the venue",
        "likely_cause": causes.AGAINST_VENUE[BreakKind.VALUE_DATE],
        "sentence": found.sentence,
    }
    assert type(found.to_json()["currency"]) is str  # a JSON writer refuses a text that is more than a text


def test_a_break_of_no_line_and_no_date_as_a_sentence_and_as_json() -> None:
    foreign = replace(FILL, exec_id="X", cl_ord_id="", line=None, settl_date=None)
    found = only(reconcile([ROW], [FILL], [FILL, foreign]))
    assert found.sentence.startswith("UNKNOWN_LINE: EUR, ExecID(17) X: a trade stands under an order")
    assert (found.to_json()["line"], found.to_json()["value_date"]) == (None, None)


def test_the_documentation_lists_every_kind_in_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reconcile.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    assert [(row[1].strip(" `"), row[2].strip()) for row in rows] == [(kind.value, kind.headline) for kind in BreakKind]


@pytest.mark.parametrize(
    ("side", "limit", "is_through"),
    [
        (Side.BUY, "1.08345", False),
        (Side.BUY, "1.08344", True),
        (Side.SELL, "1.08345", False),
        (Side.SELL, "1.08346", True),
    ],
)
def test_a_rate_worse_than_the_desks_limit_is_a_break(side: Side, limit: str, is_through: bool) -> None:
    row = replace(ROW, deal=replace(DEAL, near_leg=replace(DEAL.near_leg, side=side)), limit_rate=Decimal(limit))
    fill = replace(FILL, side=side)
    found = [(found.kind, found.likely_cause) for found in reconcile([row], [fill], [fill]) if found.exec_id]
    assert found == ([(BreakKind.PRICE, causes.THROUGH_LIMIT)] if is_through else [])
