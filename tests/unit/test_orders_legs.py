"""Orders of several legs, orders on a quote, and what a trade may not say of its dates, amounts and rates."""

import copy
from datetime import date
from decimal import Decimal

import pytest
from values import replace

from tests.unit.order_words import DEAL, ORDER_ID, QUANTITY, busts, corrects, fills, lists, says
from trader.domain.commands import QuoteReference
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.errors import LocalOrderError
from trader.domain.events import LegTraded, RejectReason
from trader.orders.applied import Applied
from trader.orders.blotter import Blotter
from trader.orders.machine import Phase, Sync
from trader.orders.order import Order
from trader.orders.reports import on_execution, on_trade_report

NEAR_DATE, FAR_DATE, LAST_DATE = date(2024, 5, 3), date(2024, 6, 5), date(2024, 8, 5)
FAR = Leg(Side.SELL, QUANTITY, FAR_DATE, "1M")
SWAP = replace(DEAL, product=Product.SWAP, far_legs=(FAR,))
UNEVEN = replace(SWAP, far_legs=(replace(FAR, amount=Decimal(1_010_000)),))
BLOCK = replace(
    DEAL, product=Product.BLOCK, far_legs=(FAR, Leg(Side.BUY, Decimal(250_000), LAST_DATE, LAST_DATE.isoformat()))
)
NDF = Deal(
    Product.NDF,
    parse_pair("USD/KRW"),
    Currency("USD"),
    Leg(Side.BUY, QUANTITY, FAR_DATE, "1M"),
    fixing_date=date(2024, 6, 3),
)
QUOTE = QuoteReference("Q7", "R1", (Decimal("1.1020"),))


def far(quantity: int = 1000, px: str = "1.1020", **fields: object) -> LegTraded:
    """What a trade did on a swap's far leg; quantity in thousands."""
    leg = LegTraded(Side.SELL, Decimal(quantity * 1000), Decimal(px), FAR_DATE)
    return replace(leg, **fields)


def an_order(deal: Deal = SWAP, quote: QuoteReference | None = None) -> Order:
    order_type = OrderType.MARKET if quote is None else OrderType.PREVIOUSLY_QUOTED
    price = None if quote is None else Decimal("1.10")
    order = Order(ORDER_ID, deal, order_type, price, TimeInForce.FOK, "ACC", quote)
    order.sent(1)
    return order


def rule_of(applied: Applied) -> str:
    return "" if applied.violation is None else applied.violation.rule


# --- what leaves ---


def test_an_order_is_placed_with_its_quote_and_its_link() -> None:
    order = Blotter("SIM").create(
        ORDER_ID,
        SWAP,
        OrderType.PREVIOUSLY_QUOTED,
        Decimal("1.10"),
        TimeInForce.FOK,
        "",
        quote=QUOTE,
        link_id="L1",
    )
    order.sent(1)
    command = order.place()
    assert (command.deal, command.quote, command.link_id) == (SWAP, QUOTE, "L1")


@pytest.mark.parametrize(("deal", "quote"), [(SWAP, None), (BLOCK, None), (DEAL, QUOTE)])
def test_neither_a_quote_nor_several_legs_can_be_replaced(deal: Deal, quote: QuoteReference | None) -> None:
    order = an_order(deal, quote)
    on_execution(order, says("NEW", "NEW"), 2)
    assert not order.can_replace
    with pytest.raises(LocalOrderError, match="one leg, on no quote"):
        order.request_replace(QUANTITY, order.price, 3)
    assert order.can_cancel


# --- one fill for all legs ---


def test_the_legs_of_a_swap_are_one_fill() -> None:
    order = an_order()
    applied = on_execution(order, fills("E1", 1000, 1000, settl_date=NEAR_DATE, far_legs=(far(),)), 2)
    (change,) = applied.fills
    assert (change.qty, change.last_px, change.far_legs) == (QUANTITY, Decimal("1.10"), (far(),))
    assert (applied.closed, applied.violation, order.phase) == (True, None, Phase.FILLED)


@pytest.mark.parametrize(
    ("deal", "quantity", "far_legs"),
    [
        (SWAP, 400, (far(400),)),
        (UNEVEN, 400, (far(404),)),
        (UNEVEN, 1, (far(last_qty=Decimal("1010.01")),)),  # a cent off is rounding
        (BLOCK, 400, (far(400), LegTraded(Side.BUY, Decimal(100_000), Decimal("1.108"), LAST_DATE))),
        (SWAP, 400, (far(400, settl_date=None),)),
    ],
)
def test_a_partial_fill_trades_every_leg_in_proportion(
    deal: Deal, quantity: int, far_legs: tuple[LegTraded, ...]
) -> None:
    order = an_order(deal)
    applied = on_execution(order, fills("E1", quantity, quantity, far_legs=far_legs), 2)
    assert (applied.violation, order.cum_qty, order.sync) == (None, quantity * 1000, Sync.IN_SYNC)
    assert order.leaves_qty == QUANTITY - quantity * 1000


def test_a_bust_takes_every_leg_back() -> None:
    order = an_order()
    on_execution(order, fills("E1", 1000, 1000, far_legs=(far(),)), 2)
    applied = on_execution(order, busts("E2", "E1", "CANCELED", 0), 3)
    (change,) = applied.fills
    assert (change.qty, change.far_legs) == (-QUANTITY, (far(),))
    assert (order.cum_qty, order.fills, order.phase, applied.violation) == (0, {}, Phase.CANCELED, None)


def test_a_correct_replaces_every_leg() -> None:
    order = an_order()
    on_execution(order, fills("E1", 1000, 1000, far_legs=(far(),)), 2)
    right = far(px="1.1025")
    applied = on_execution(order, corrects("E2", "E1", 1000, 1000, far_legs=(right,)), 3)
    assert [change.far_legs for change in applied.fills] == [(far(),), (right,)]
    assert [fill.far_legs for fill in order.fills.values()] == [(right,)]


def test_a_correct_that_leaves_a_leg_out_undoes_nothing() -> None:
    order = an_order()
    on_execution(order, fills("E1", 1000, 1000, far_legs=(far(),)), 2)
    applied = on_execution(order, corrects("E2", "E1", 1000, 1000), 3)
    assert (rule_of(applied), applied.fills) == ("OTHER_LEGS", ())
    assert [fill.far_legs for fill in order.fills.values()] == [(far(),)]


# --- told twice ---


def test_a_swap_that_is_reported_again_counts_once_with_or_without_its_far_leg() -> None:
    order = an_order()
    trade = fills("E1", 1000, 1000, far_legs=(far(),))
    on_execution(order, trade, 2)
    before = copy.deepcopy(order)
    for again in (trade, replace(trade, far_legs=()), replace(trade, far_legs=(far(settl_date=None),))):
        assert on_execution(order, again, 3) == Applied(duplicate=True)
    assert on_trade_report(order, lists("E1", 1000), 3) == Applied(duplicate=True)
    assert order == before


def test_one_exec_id_for_two_different_far_legs_is_told() -> None:
    order = an_order()
    on_execution(order, fills("E1", 1000, 1000, far_legs=(far(),)), 2)
    applied = on_execution(order, fills("E1", 1000, 1000, far_legs=(far(px="1.1999"),)), 3)
    assert (rule_of(applied), applied.fills) == ("EXEC_ID_REUSED", ())


def test_a_status_with_the_last_trade_in_it_books_nothing() -> None:
    """Source: FIX 4.2 appendix D: an answer to a status request repeats LastShares(32) and LastPx(31)."""
    order = an_order(DEAL)
    on_execution(order, fills("E1", 400, 400), 2)
    trade = fills("E1", 400, 400)
    status = says("ORDER_STATUS", "PARTIALLY_FILLED", 400, exec_id="E9", last_qty=trade.last_qty, last_px=trade.last_px)
    assert on_execution(order, status, 3) == Applied()
    assert (order.cum_qty, order.sync) == (400_000, Sync.IN_SYNC)


def test_an_acknowledgement_with_the_id_of_a_trade_hides_no_trade() -> None:
    order = an_order(DEAL)
    on_execution(order, says("NEW", "NEW", exec_id="E1"), 2)
    on_execution(order, fills("E1", 400, 400), 3)
    assert on_execution(order, fills("E1", 400, 400, poss_dup=True), 4).duplicate
    assert order.cum_qty == 400_000


# --- legs that were not asked for ---


@pytest.mark.parametrize(
    ("deal", "far_legs"),
    [
        (SWAP, ()),
        (SWAP, (far(), far())),
        (SWAP, (far(side=Side.BUY),)),
        (BLOCK, (far(),)),
        (DEAL, (far(),)),
    ],
    ids=["none", "too many", "the wrong way", "too few", "of an outright"],
)
def test_a_trade_on_other_legs_is_not_booked_and_is_kept(deal: Deal, far_legs: tuple[LegTraded, ...]) -> None:
    blotter = Blotter("SIM")
    order = blotter.add(an_order(deal))
    _, applied = blotter.apply(fills("E1", 1000, 1000, far_legs=far_legs), 2)
    assert (rule_of(applied), applied.fills, order.cum_qty) == ("OTHER_LEGS", (), 0)
    assert (order.sync, order.leaves_qty) == (Sync.IN_DOUBT, QUANTITY)
    assert [orphan.violation.rule for orphan in blotter.orphans.values()] == ["OTHER_LEGS"]


def test_a_trade_with_more_than_twice_a_far_leg_is_not_booked() -> None:
    order = an_order()
    applied = on_execution(order, fills("E1", 1000, 1000, far_legs=(far(2001),)), 2)
    assert (rule_of(applied), order.fills) == ("FILL_TOO_LARGE", {})


def test_the_whole_trade_from_the_venues_list_settles_one_that_lacked_a_leg() -> None:
    blotter = Blotter("SIM")
    order = blotter.add(an_order())
    blotter.apply(fills("E1", 1000, 1000), 2)
    _, applied = blotter.apply(lists("E1", 1000, far_legs=(far(),)), 3)
    assert (len(applied.fills), order.cum_qty, order.is_final, blotter.orphans) == (1, QUANTITY, True, {})


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-1", "0", "1E+999999"])
@pytest.mark.parametrize("name", ["last_qty", "last_px"])
def test_a_far_leg_with_an_impossible_number_is_not_booked(name: str, number: str) -> None:
    order = an_order()
    applied = on_execution(order, fills("E1", 1000, 1000, far_legs=(far(**{name: Decimal(number)}),)), 2)
    assert rule_of(applied) in ("IMPOSSIBLE_NUMBER", "UNBOOKABLE_TRADE")
    assert (applied.fills, order.cum_qty) == ((), 0)
    listed = on_trade_report(order, lists("E1", 1000, far_legs=(far(**{name: Decimal(number)}),)), 3)
    assert (rule_of(listed), order.cum_qty) == ("UNBOOKABLE_TRADE", 0)


# --- booked, and told ---


@pytest.mark.parametrize(
    ("deal", "fields", "rule"),
    [
        (DEAL, {"settl_date": FAR_DATE}, "VALUE_DATE_DIFFERS"),
        (SWAP, {"far_legs": (far(settl_date=LAST_DATE),)}, "VALUE_DATE_DIFFERS"),
        (SWAP, {"far_legs": (far(999),)}, "LEGS_OUT_OF_PROPORTION"),
        (UNEVEN, {"far_legs": (far(last_qty=Decimal("1010000.02")),)}, "LEGS_OUT_OF_PROPORTION"),
        (DEAL, {"fixing_date": NEAR_DATE}, "FIXING_DATE_DIFFERS"),
        (
            DEAL,
            {"last_spot_rate": Decimal("1.09"), "last_forward_points": Decimal("0.006199")},
            "OUTRIGHT_MISMATCH",
        ),
        (DEAL, {"last_spot_rate": Decimal("1.0938"), "last_forward_points": Decimal("-0.0062")}, "OUTRIGHT_MISMATCH"),
    ],
)
def test_what_the_venue_will_settle_is_booked_and_told(deal: Deal, fields: dict[str, object], rule: str) -> None:
    order = an_order(deal)
    applied = on_execution(order, fills("E1", 1000, 1000, **fields), 2)
    assert (rule_of(applied), len(applied.fills), order.cum_qty) == (rule, 1, QUANTITY)
    assert (order.sync, order.is_final) == (Sync.IN_DOUBT, False)
    confirmed = on_execution(order, says("ORDER_STATUS", "FILLED", 1000), 3)
    assert (confirmed.closed, order.sync) == (True, Sync.IN_SYNC)


@pytest.mark.parametrize(
    "fields",
    [
        {"last_spot_rate": Decimal("1.093801"), "last_forward_points": Decimal("0.006199")},
        {"last_spot_rate": Decimal("1.1062"), "last_forward_points": Decimal("-0.0062")},
        {"last_spot_rate": Decimal("1.09")},
        {"last_forward_points": Decimal("0.006199")},
        {"settl_date": NEAR_DATE},
    ],
)
def test_a_rate_that_is_its_spot_and_its_points_is_believed(fields: dict[str, object]) -> None:
    assert on_execution(an_order(DEAL), fills("E1", 1000, 1000, **fields), 2).violation is None


@pytest.mark.parametrize(
    ("fixing_date", "rule"), [(NDF.fixing_date, ""), (None, ""), (date(2024, 6, 4), "FIXING_DATE_DIFFERS")]
)
def test_the_fixing_date_of_an_ndf(fixing_date: date | None, rule: str) -> None:
    order = an_order(NDF)
    ndf = {"symbol": "USD/KRW", "currency": "USD", "settl_date": FAR_DATE, "px": "1375.5"}
    applied = on_execution(order, fills("E1", 1000, 1000, fixing_date=fixing_date, **ndf), 2)
    assert (rule_of(applied), order.cum_qty) == (rule, QUANTITY)


@pytest.mark.parametrize("rate", ["NaN", "sNaN", "Infinity", "1E+999999"])
@pytest.mark.parametrize("name", ["last_spot_rate", "last_forward_points", "avg_px"])
def test_a_part_of_a_rate_that_is_no_number_is_a_violation(name: str, rate: str) -> None:
    order = an_order(DEAL)
    parts = {"last_spot_rate": Decimal("1.1"), "last_forward_points": Decimal(0)} | {name: Decimal(rate)}
    applied = on_execution(order, fills("E1", 1000, 1000, **parts), 2)
    assert (rule_of(applied), order.cum_qty) == ("IMPOSSIBLE_NUMBER", 0)


# --- on a quote ---


@pytest.mark.parametrize(
    ("px", "far_px", "rule"),
    [
        ("1.10", "1.1020", ""),
        ("1.0999", "1.1021", ""),
        ("1.1001", "1.1020", "FILL_THROUGH_QUOTE"),
        ("1.10", "1.1019", "FILL_THROUGH_QUOTE"),
        ("1.0990", "1.1010", "FILL_THROUGH_QUOTE"),  # the same points, and yet the far leg is worse
    ],
)
def test_a_swap_on_a_quote_is_filled_at_its_rates_or_better(px: str, far_px: str, rule: str) -> None:
    order = an_order(SWAP, QUOTE)
    applied = on_execution(order, fills("E1", 1000, 1000, px=px, far_legs=(far(px=far_px),)), 2)
    assert (rule_of(applied), len(applied.fills), order.cum_qty) == (rule, 1, QUANTITY)


@pytest.mark.parametrize(("px", "rule"), [("1.10", ""), ("1.1001", ""), ("1.0999", "FILL_THROUGH_QUOTE")])
def test_who_buys_the_terms_currency_sells_the_base(px: str, rule: str) -> None:
    deal = replace(DEAL, dealt_currency=Currency("USD"))
    order = an_order(deal, QuoteReference("Q7"))
    assert rule_of(on_execution(order, fills("E1", 1000, 1000, px=px, currency="USD"), 2)) == rule


def test_a_quote_that_was_stale_is_a_no() -> None:
    order = an_order(SWAP, QUOTE)
    applied = on_execution(order, says("REJECTED", "REJECTED", reject_reason=RejectReason.STALE, text="expired"), 2)
    assert (applied.closed, applied.violation, order.phase) == (True, None, Phase.REJECTED)
    assert (order.reject_reason, order.text) == (RejectReason.STALE, "expired")


# --- the venue's own average ---


def test_the_venues_average_is_kept_until_the_next_fill() -> None:
    order = an_order(DEAL)
    on_execution(order, fills("E1", 400, 400), 2)
    on_execution(order, says("ORDER_STATUS", "PARTIALLY_FILLED", 400, avg_px=Decimal("1.10")), 3)
    assert order.venue_avg_px == Decimal("1.10")
    on_execution(order, fills("E2", 600, 1000), 4)
    assert order.venue_avg_px is None


# --- the venue's list after a correct ---


def test_a_list_that_voids_what_was_corrected_leaves_the_correction() -> None:
    order = an_order()
    on_execution(order, fills("E1", 1000, 1000, far_legs=(far(),)), 2)
    on_execution(order, corrects("E2", "E1", 1000, 1000, px="1.0999", far_legs=(far(),)), 3)
    assert on_trade_report(order, lists("E1", 1000, is_cancel=True), 4) == Applied(duplicate=True)
    applied = on_trade_report(order, lists("E2", 1000, is_cancel=True), 5)
    assert (rule_of(applied), order.cum_qty) == ("TRADE_VOIDED", 0)
