"""Three equal books never break; one change to any of them always does, names its line, and shows in the totals."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from values import replace

from trader.domain.currency import parse_pair
from trader.domain.deal import Deal, Leg, Product, Side
from trader.domain.ids import LineId, batch_id, cl_ord_id, content_hash
from trader.domain.money import contra_amount
from trader.reconcile.reconcile import Asked, Break, BreakKind, reconcile
from trader.reconcile.trade import Trade

BATCH = batch_id(content_hash(b"today"))
FIRST_DATE = date(2024, 5, 2)
PAIRS = [parse_pair(text) for text in ("EUR/USD", "USD/JPY", "GBP/CHF", "EUR/KWD")]

LINKED = "L"  # stands in the ExecID(17) of what was dealt by one order for each leg

Books = tuple[list[Asked], list[Trade]]
Change = Callable[[Trade], Trade]


@st.composite
def rows_and_fills(draw: st.DrawFn) -> Books:
    """A few lines of one to three legs, each with up to three trades, and the claims that follow from them."""
    rows: list[Asked] = []
    fills: list[Trade] = []
    for line_no in range(1, draw(st.integers(1, 4)) + 1):
        pair = draw(st.sampled_from(PAIRS))
        currency = draw(st.sampled_from([pair.base, pair.terms]))
        is_linked = draw(st.booleans())  # one order for each leg, or one for all of them
        trades = draw(st.integers(0, 3))
        first_date = FIRST_DATE + timedelta(draw(st.integers(0, 2)))
        for leg_no in range(draw(st.integers(1, 3))):
            quantities = [Decimal(draw(st.integers(1, 10_000_000))) for _ in range(trades)]
            asked_qty = sum(quantities, Decimal(draw(st.integers(1, 1000))))
            leg = Leg(draw(st.sampled_from(Side)), asked_qty, first_date + timedelta(2 * leg_no), "1W")
            deal = Deal(Product.FORWARD, pair, currency, leg)
            line, claimed = LineId(BATCH, line_no), sum(quantities, Decimal(0))
            rows.append(Asked(line, f"R{line_no}", deal, is_final=True, claimed_qty=claimed, leg=leg_no))
            for trade_no, qty in enumerate(quantities):
                px = Decimal(draw(st.integers(1, 999_999))).scaleb(-5)
                contra = contra_amount(qty, currency, pair, px) if draw(st.booleans()) else None
                exec_id = f"E{line_no}.{trade_no}" + (f"{LINKED}{leg_no}" if is_linked else "")
                order = cl_ord_id(BATCH, line_no, child=leg_no + 1 if is_linked else 1)
                terms = (str(pair), leg.side, currency, qty, px, leg.value_date, contra)
                fills.append(Trade(exec_id, order, line, *terms, leg=leg_no))
    return rows, fills


def nameless(trade: Trade) -> Trade:
    """Without its ClOrdID(11), a leg counts from that of its order."""
    return replace(trade, cl_ord_id="", line=None, leg=0 if LINKED in trade.exec_id else trade.leg)


def _other_line(trade: Trade) -> Trade:
    assert trade.line is not None
    return replace(trade, cl_ord_id=cl_ord_id(BATCH, trade.line.line_no + 1), line=None)


def _off_contra(trade: Trade) -> Trade:
    pair = parse_pair(trade.symbol)
    currency = pair.base if trade.currency == pair.base else pair.terms
    right = contra_amount(trade.qty, currency, pair, trade.px)
    return replace(trade, contra_qty=right + 2 * pair.other(currency).minor_unit)


CHANGES: dict[str, Change] = {
    "exec_id": lambda trade: replace(trade, exec_id="another"),
    "cl_ord_id": lambda trade: replace(trade, cl_ord_id="another"),
    "line": _other_line,
    "nobody's": lambda trade: replace(trade, cl_ord_id="another", line=None),
    "symbol": lambda trade: replace(trade, symbol="AUD/NZD"),
    "side": lambda trade: replace(trade, side=trade.side.opposite),
    "currency": lambda trade: replace(trade, currency="AUD"),
    "qty": lambda trade: replace(trade, qty=trade.qty + 1),
    "px": lambda trade: replace(trade, px=trade.px + Decimal("0.00001")),
    "settl_date": lambda trade: replace(trade, settl_date=FIRST_DATE + timedelta(9)),
    "contra_qty": _off_contra,
    "leg": lambda trade: replace(trade, leg=trade.leg + 5),
}


@st.composite
def one_change(draw: st.DrawFn) -> tuple[Books, Sequence[Trade], Trade]:
    """Rows and fills, the same fills with one dropped, repeated or altered, and the fill it happened to."""
    rows, fills = draw(rows_and_fills().filter(lambda books: bool(books[1])))
    at = draw(st.integers(0, len(fills) - 1))
    what = draw(st.sampled_from(["drop", "repeat", *CHANGES]))
    if what == "drop":
        new = []
    elif what == "repeat":
        new = [fills[at], fills[at]]
    else:
        new = [CHANGES[what](fills[at])]
    return (rows, fills), draw(st.permutations([*fills[:at], *new, *fills[at + 1 :]])), fills[at]


def names_line(breaks: Iterable[Break], line: LineId | None) -> bool:
    return any(found.line == line and found.row_id for found in breaks)


def sums(trades: Iterable[Trade]) -> Counter[tuple[str, date | None]]:
    """Signed dealt amounts by currency and value date, each execution once. Written apart from the code under test."""
    totals: Counter[tuple[str, date | None]] = Counter()
    for trade in {(trade.exec_id, trade.cl_ord_id, trade.leg): trade for trade in trades}.values():
        totals[trade.currency, trade.settl_date] += int(trade.qty) * trade.side.sign
    return totals


def differing(*books: Any) -> set[tuple[str, date | None]]:
    return {key for book in books for key in book if len({other[key] for other in books}) > 1}


def totals_of(breaks: Iterable[Break]) -> set[tuple[str, date | None]]:
    return {(found.currency, found.value_date) for found in breaks if found.kind is BreakKind.TOTAL}


@given(rows_and_fills(), st.data())
def test_equal_books_have_no_breaks_in_whatever_order_they_are_listed(books: Books, data: st.DataObject) -> None:
    rows, fills = books
    reports = data.draw(st.permutations([replace(fill) for fill in fills]))
    assert reconcile(data.draw(st.permutations(rows)), fills, reports) == ()
    assert reconcile(rows, fills, None) == ()


@given(rows_and_fills(), st.data())
def test_books_that_say_less_have_no_breaks(books: Books, data: st.DataObject) -> None:
    """The venue leaves out dates, contra amounts, and either the ClOrdID(11) or the ExecID(17)."""
    rows, fills = books
    terse: list[Change] = [
        lambda trade: replace(trade, settl_date=None),
        lambda trade: replace(trade, contra_qty=None),
        lambda trade: replace(trade, exec_id=""),
        nameless,
    ]
    reports = [data.draw(st.sampled_from(terse))(fill) for fill in fills]
    assert reconcile(rows, fills, reports) == ()


@given(one_change())
def test_any_one_change_at_the_venue_breaks_and_names_its_line(case: tuple[Books, Sequence[Trade], Trade]) -> None:
    (rows, fills), reports, changed = case
    breaks = reconcile(rows, fills, reports)
    assert names_line(breaks, changed.line)
    assert totals_of(breaks) == differing(sums(fills), sums(reports))


@given(one_change())
def test_any_one_change_in_the_robot_breaks_and_names_its_line(case: tuple[Books, Sequence[Trade], Trade]) -> None:
    (rows, reports), fills, changed = case
    breaks = reconcile(rows, fills, reports)
    assert names_line(breaks, changed.line)
    assert totals_of(breaks) == differing(sums(fills), sums(reports))


@given(rows_and_fills(), st.data())
def test_any_one_changed_row_breaks_and_names_its_line(books: Books, data: st.DataObject) -> None:
    rows, fills = books
    at = data.draw(st.integers(0, len(rows) - 1))
    changes: list[dict[str, Any]] = [{"claimed_qty": rows[at].claimed_qty + 1}]
    if rows[at].leg == 0:  # a line in doubt is told once, in its first leg
        changes.append({"is_final": False})
    change = data.draw(st.sampled_from(changes))
    changed = replace(rows[at], **change)
    reports = data.draw(st.sampled_from([None, fills]))
    breaks = reconcile([*rows[:at], changed, *rows[at + 1 :]], fills, reports)
    assert [found.line for found in breaks if found.kind is not BreakKind.TOTAL] == [changed.line]
    leg = changed.deal.near_leg
    expected = {(changed.deal.dealt_currency, leg.value_date)} if "claimed_qty" in change else set()
    assert totals_of(breaks) == expected


@given(one_change(), st.randoms(use_true_random=False))
def test_the_breaks_do_not_depend_on_the_order_of_the_books(
    case: tuple[Books, Sequence[Trade], Trade], rng: Any
) -> None:
    (rows, fills), reports, _ = case
    breaks = reconcile(rows, fills, reports)
    mixed_rows, mixed_fills = rng.sample(rows, len(rows)), rng.sample(fills, len(fills))
    assert reconcile(mixed_rows, mixed_fills, reports) == breaks
    assert list(breaks) == sorted(breaks, key=lambda found: found.kind.rank)
