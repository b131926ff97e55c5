"""The life of an order at the simulated venue, request by request, in virtual time."""

from datetime import date
from decimal import Decimal

import pytest
from values import replace as changed

from simulator.effects import Request
from tests.unit.simulator_cases import (
    DESK,
    MS,
    T0,
    TRADE_DATE,
    cancel,
    deal,
    events,
    place,
    refusal,
    replace,
    report,
    status,
    story,
    trades,
    venue,
)
from trader.domain.commands import (
    CancelAllOrders,
    CancelOrder,
    PlaceOrder,
    ReplaceOrder,
    RequestMassStatus,
    RequestTrades,
)
from trader.domain.deal import Product, Side, TimeInForce
from trader.domain.events import (
    ExecType,
    ExecutionReported,
    MassCancelReported,
    NoOrdersOpen,
    OrdStatus,
    RejectReason,
    TradeReported,
    TradeRequestAcknowledged,
    VenueEvent,
)

D = Decimal
NEW = (ExecType.NEW, OrdStatus.NEW)
FILLED = (ExecType.TRADE, OrdStatus.FILLED)
PART = (ExecType.TRADE, OrdStatus.PARTIALLY_FILLED)
CANCELED = (ExecType.CANCELED, OrdStatus.CANCELED)
REJECTED = (ExecType.REJECTED, OrdStatus.REJECTED)
FAR_BELOW = "1.00000"
HALF = '[[rules]]\nwhen = { message = "NewOrderSingle" }\nthen = { action = "fill", fraction = "0.5" }\n'
IN_TEN = '[[rules]]\nwhen = { message = "NewOrderSingle" }\nthen = { action = "fill", slices = 10, interval_ms = 5 }\n'


def test_market_order_is_accepted_logged_and_filled_at_the_offer() -> None:
    effects = venue().handle(DESK, place(), T0)
    assert story(effects) == [NEW, FILLED]
    (trade,) = trades(effects)
    assert (trade.last_px, trade.last_qty, trade.contra_qty) == (D("1.11725"), D(1_000_000), D("1117250.00"))
    assert (trade.trade_date, trade.ts_ns) == (TRADE_DATE, T0)
    fill = report(effects)
    assert (fill.exec_id, fill.last_px, fill.contra_qty) == (trade.exec_id, trade.last_px, trade.contra_qty)
    assert (fill.cum_qty, fill.leaves_qty) == (D(1_000_000), D(0))


def test_the_trade_is_logged_before_it_is_reported() -> None:
    kinds = [type(effect).__name__ for effect in venue().handle(DESK, place(), T0)]
    assert kinds == ["Send", "LogTrade", "Send"]


@pytest.mark.parametrize(
    ("pair", "side", "dealt", "rate", "contra"),
    [
        ("EUR/USD", Side.SELL, "EUR", "1.11715", "1117150.00"),
        ("EUR/USD", Side.BUY, "USD", "1.11715", "895134.94"),
        ("EUR/USD", Side.SELL, "USD", "1.11725", "895054.82"),
        ("USD/JPY", Side.SELL, "JPY", "157.257", "6359.02"),
        ("EUR/JPY", Side.BUY, "EUR", "175.688", "175688000"),
    ],
)
def test_the_client_trades_on_its_own_side_of_the_quote(
    pair: str, side: Side, dealt: str, rate: str, contra: str
) -> None:
    (trade,) = trades(venue().handle(DESK, place(order=deal(pair, side, dealt)), T0))
    assert (trade.last_px, trade.contra_qty) == (D(rate), D(contra))
    assert (trade.side, trade.currency) == (side, dealt)


def test_limit_order_rests_until_it_is_replaced_through_the_market() -> None:
    at = venue()
    assert story(at.handle(DESK, place("A", FAR_BELOW), T0)) == [NEW]
    effects = at.handle(DESK, replace("B", "A", "1.12000"), T0 + MS)
    assert story(effects) == [(ExecType.REPLACED, OrdStatus.NEW), FILLED]
    assert report(effects).last_px == D("1.11725"), "price improvement: the house's offer, not the limit"
    assert (report(effects).cl_ord_id, events(effects)[0].orig_cl_ord_id) == ("B", "A")


def test_limit_order_near_the_market_fills_when_the_walk_reaches_it() -> None:
    at = venue()
    effects = at.handle(DESK, place("A", "1.11720"), T0)
    assert story(effects) == [NEW]
    moments = 0
    while not trades(effects):
        due_ns = at.next_event_ns()
        assert due_ns is not None
        effects = at.advance(due_ns)
        moments += 1
    assert story(effects) == [FILLED]
    assert report(effects).last_px <= D("1.11720")
    assert moments > 0
    assert at.next_event_ns() is None, "with no open order and no price stream nothing happens by itself"


@pytest.mark.parametrize(
    ("tif", "rules", "price", "told", "filled"),
    [
        (TimeInForce.IOC, "plain", FAR_BELOW, [NEW, CANCELED], "0"),
        (TimeInForce.FOK, "plain", FAR_BELOW, [NEW, CANCELED], "0"),
        (TimeInForce.IOC, HALF, "", [NEW, PART, CANCELED], "500000.00"),
        (TimeInForce.FOK, HALF, "", [NEW, CANCELED], "0"),
        (TimeInForce.FOK, IN_TEN, "", [NEW, FILLED], "1000000"),
        (TimeInForce.IOC, IN_TEN, "", [NEW, *[PART] * 9, FILLED], "1000000.00"),
        (TimeInForce.DAY, HALF, "", [NEW, PART], "500000.00"),
        (TimeInForce.GTC, "plain", FAR_BELOW, [NEW], "0"),
    ],
)
def test_time_in_force(tif: TimeInForce, rules: str, price: str, told: list[object], filled: str) -> None:
    effects = venue(rules).handle(DESK, place("A", price, tif), T0)
    assert story(effects) == told
    assert report(effects).cum_qty == D(filled)
    assert report(effects).leaves_qty == (D(0) if told[-1] in (CANCELED, FILLED) else D(1_000_000) - D(filled))


def test_slices_come_at_their_interval_and_add_up() -> None:
    at = venue(
        '[[rules]]\nwhen = { message = "NewOrderSingle" }\nthen = { action = "fill", slices = 3, interval_ms = 10 }\n'
    )
    quantities = [trade.last_qty for trade in trades(at.handle(DESK, place(), T0))]
    for moment in (T0 + 10 * MS, T0 + 20 * MS):
        assert at.next_event_ns() == moment
        assert trades(at.advance(moment - 1)) == []
        quantities += [trade.last_qty for trade in trades(at.advance(moment))]
    assert quantities == [D("333333.33"), D("333333.33"), D("333333.34")]
    assert at.next_event_ns() is None


def test_cancel_between_two_slices_keeps_what_is_filled() -> None:
    at = venue(
        "[[rules]]\nwhen = { message = 'NewOrderSingle' }\nthen = { action = 'fill', slices = 2, interval_ms = 10 }\n"
    )
    at.handle(DESK, place("A"), T0)
    effects = at.handle(DESK, cancel("B", "A"), T0 + MS)
    assert story(effects) == [CANCELED]
    assert (report(effects).cum_qty, report(effects).leaves_qty) == (D(500_000), D(0))
    assert (report(effects).cl_ord_id, report(effects).orig_cl_ord_id) == ("B", "A")
    assert at.advance(T0 + 1_000 * MS) == []


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (place(order=deal("USD/MXN")), "USD/MXN"),
        (place(price="-1"), "price"),
        (place(order=deal(value_date=date(2026, 11, 28))), "weekend"),
        (place(order=deal(value_date=date(2026, 11, 19))), "before the trade date"),
        (place(order=deal(amount="0")), "amount"),
        (place(order=deal(amount="0.001")), "amount"),
        (place(order=deal("USD/JPY", dealt="JPY", amount="0.5")), "amount"),
    ],
)
def test_impossible_order_is_rejected_with_the_reason(wrong: PlaceOrder, word: str) -> None:
    effects = venue().handle(DESK, wrong, T0)
    assert story(effects) == [REJECTED]
    assert word in report(effects).text
    assert report(effects).leaves_qty == 0


def test_second_order_with_the_same_id_is_refused_and_changes_nothing() -> None:
    at = venue()
    first = report(at.handle(DESK, place("A", FAR_BELOW), T0))
    again = at.handle(DESK, place("A"), T0 + MS)
    assert story(again) == [REJECTED]
    assert report(again).reject_reason is RejectReason.DUPLICATE_ORDER
    assert report(again).order_id != first.order_id
    now = report(at.handle(DESK, status("A"), T0 + MS))
    assert (now.order_id, now.ord_status, now.price) == (first.order_id, OrdStatus.NEW, D(FAR_BELOW))


def test_two_clients_may_use_the_same_id() -> None:
    at = venue()
    mine, theirs = (report(at.handle(client, place("A"), T0)) for client in ("MINE", "THEIRS"))
    assert mine.order_id != theirs.order_id
    assert mine.ord_status is theirs.ord_status is OrdStatus.FILLED


@pytest.mark.parametrize(
    ("orders", "request_", "reason", "stands"),
    [
        ([], cancel("B", "A"), RejectReason.UNKNOWN_ORDER, OrdStatus.REJECTED),
        ([place("A")], cancel("B", "A"), RejectReason.TOO_LATE, OrdStatus.FILLED),
        ([place("A", FAR_BELOW), cancel("B", "A")], cancel("C", "B"), RejectReason.TOO_LATE, OrdStatus.CANCELED),
        ([place("A", FAR_BELOW)], cancel("A", "A"), RejectReason.DUPLICATE_ORDER, OrdStatus.NEW),
        ([place("A", FAR_BELOW), replace("B", "A", "1.01")], cancel("C", "A"), RejectReason.UNKNOWN_ORDER, None),
        ([place("A")], replace("B", "A", "1.01"), RejectReason.TOO_LATE, OrdStatus.FILLED),
        ([], replace("B", "A"), RejectReason.UNKNOWN_ORDER, OrdStatus.REJECTED),
        (
            [place("A", FAR_BELOW)],
            replace("B", "A", "1.01", deal(side=Side.SELL)),
            RejectReason.OTHER,
            OrdStatus.NEW,
        ),
        ([place("A", FAR_BELOW)], replace("B", "A", "1.01", deal(amount="-5")), RejectReason.OTHER, OrdStatus.NEW),
    ],
)
def test_refused_cancel_or_replace_leaves_the_order_alone(
    orders: list[Request], request_: CancelOrder | ReplaceOrder, reason: RejectReason, stands: OrdStatus | None
) -> None:
    at = venue()
    for earlier in orders:
        at.handle(DESK, earlier, T0)
    before = events(at.handle(DESK, RequestMassStatus("M1"), T0))
    refused = refusal(at.handle(DESK, request_, T0))
    assert refused.reason is reason
    assert refused.cl_ord_id == request_.cl_ord_id
    assert refused.is_replace is isinstance(request_, ReplaceOrder)
    if stands is not None:
        assert refused.ord_status is stands
    after = events(at.handle(DESK, RequestMassStatus("M1"), T0))
    assert [_standing(event) for event in before] == [_standing(event) for event in after]


def _standing(event: VenueEvent) -> tuple[object, ...]:
    if isinstance(event, NoOrdersOpen):
        return ()
    assert isinstance(event, ExecutionReported)
    return event.cl_ord_id, event.ord_status, event.order_qty, event.price, event.cum_qty, event.leaves_qty


@pytest.mark.parametrize(
    ("new_amount", "told", "order_qty", "leaves"),
    [
        ("2000000", (ExecType.REPLACED, OrdStatus.PARTIALLY_FILLED), "2000000", "1500000"),
        ("700000", (ExecType.REPLACED, OrdStatus.PARTIALLY_FILLED), "700000", "200000"),
        ("500000", (ExecType.REPLACED, OrdStatus.FILLED), "500000", "0"),
        ("300000", (ExecType.REPLACED, OrdStatus.FILLED), "500000", "0"),
    ],
)
def test_replace_of_a_part_filled_order(new_amount: str, told: object, order_qty: str, leaves: str) -> None:
    at = venue(HALF)
    at.handle(DESK, place("A", "1.2"), T0)
    effects = at.handle(DESK, replace("B", "A", "1.00000", deal(amount=new_amount)), T0)
    assert story(effects) == [told]
    assert (report(effects).order_qty, report(effects).leaves_qty) == (D(order_qty), D(leaves))
    assert report(effects).cum_qty == D(500_000)


def test_mass_cancel_reports_once_and_then_each_order() -> None:
    at = venue()
    for number in range(3):
        at.handle(DESK, place(f"A{number}", FAR_BELOW), T0)
    at.handle("OTHER", place("A0", FAR_BELOW), T0)
    effects = at.handle(DESK, CancelAllOrders("Q", T0), T0)
    head, *orders = events(effects)
    assert head == MassCancelReported("Q", accepted=True, affected_orders=3)
    assert story(effects) == [CANCELED] * 3
    assert [order.cl_ord_id for order in orders if isinstance(order, ExecutionReported)] == ["A0", "A1", "A2"]
    assert report(at.handle("OTHER", status("A0"), T0)).ord_status is OrdStatus.NEW


def test_status_of_a_known_and_an_unknown_order() -> None:
    at = venue()
    at.handle(DESK, place("A"), T0)
    known = report(at.handle(DESK, status("A"), T0))
    assert (known.exec_type, known.ord_status) == (ExecType.ORDER_STATUS, OrdStatus.FILLED)
    assert (known.cum_qty, known.last_qty) == (D(1_000_000), D(0))
    unknown = report(at.handle(DESK, status("B"), T0))
    assert (unknown.exec_type, unknown.ord_status) == (ExecType.ORDER_STATUS, OrdStatus.REJECTED)
    assert (unknown.order_id, unknown.reject_reason) == ("NONE", RejectReason.UNKNOWN_ORDER)


def test_mass_status_lists_the_open_orders_and_marks_the_last() -> None:
    at = venue()
    for number in range(3):
        at.handle(DESK, place(f"A{number}", FAR_BELOW), T0)
    at.handle(DESK, place("FILLED"), T0)
    effects = at.handle(DESK, RequestMassStatus("M1"), T0)
    reports = [event for event in events(effects) if isinstance(event, ExecutionReported)]
    assert [event.cl_ord_id for event in reports] == ["A0", "A1", "A2"]
    assert [event.is_last_report for event in reports] == [False, False, True]
    assert {event.mass_status_request_id for event in reports} == {"M1"}
    assert {getattr(effect, "total_reports", None) for effect in effects} == {3}


def test_mass_status_without_open_orders_is_still_answered() -> None:
    (answer,) = events(venue().handle(DESK, RequestMassStatus("M1"), T0))
    assert isinstance(answer, NoOrdersOpen)
    assert (answer.request_id, answer.text) == ("M1", "No open orders")


def test_trade_request_lists_the_trades_of_the_day_from_a_moment_on() -> None:
    at = venue()
    logged = [trades(at.handle(DESK, place(f"A{number}"), T0 + number * MS))[0] for number in range(4)]
    at.handle("OTHER", place("A"), T0)
    head, *reports = events(at.handle(DESK, RequestTrades("Q", TRADE_DATE, T0 + 2 * MS), T0 + 9 * MS))
    assert head == TradeRequestAcknowledged("Q", accepted=True, trades_total=2)
    rows = [event for event in reports if isinstance(event, TradeReported)]
    assert [row.exec_id for row in rows] == [trade.exec_id for trade in logged[2:]]
    assert [row.is_last_report for row in rows] == [False, True]
    assert len({row.trade_report_id for row in rows}) == 2
    assert [(row.last_px, row.contra_qty) for row in rows] == [(t.last_px, t.contra_qty) for t in logged[2:]]


def test_whatever_is_said_of_an_order_names_its_account() -> None:
    at = venue()
    said = at.handle(DESK, changed(place("A"), account="FUND7"), T0)
    said += at.handle(DESK, status("A"), T0)
    said += at.handle(DESK, RequestTrades("Q", TRADE_DATE, None), T0)
    said += at.handle(DESK, changed(place("A"), account="FUND8"), T0)
    about = [event for event in events(said) if isinstance(event, ExecutionReported | TradeReported)]
    assert [event.account for event in about] == ["FUND7", "FUND7", "FUND7", "FUND7", "FUND8"]


@pytest.mark.parametrize("day", [TRADE_DATE, date(2026, 11, 19)])
def test_trade_request_without_trades_says_none(day: date) -> None:
    at = venue()
    if day != TRADE_DATE:
        at.handle(DESK, place("A"), T0)
    assert events(at.handle(DESK, RequestTrades("Q", day, None), T0)) == [
        TradeRequestAcknowledged("Q", accepted=True, trades_total=0)
    ]


def test_outright_is_priced_all_in() -> None:
    a_year = date(2027, 11, 24)
    forward = deal("USD/JPY", value_date=a_year, product=Product.FORWARD)
    (trade,) = trades(venue().handle(DESK, place(order=forward), T0))
    assert D("151") < trade.last_px < D("153")
    assert trade.settl_date == a_year


def test_average_price_weights_by_the_base() -> None:
    at = venue(IN_TEN)
    effects = at.handle(DESK, place(order=deal(dealt="USD", side=Side.SELL)), T0)
    while (due_ns := at.next_event_ns()) is not None:
        effects += at.advance(due_ns)
    done = trades(effects)
    base = sum(trade.last_qty / trade.last_px for trade in done)
    assert getattr(effects[-1], "avg_px", None) == (D(1_000_000) / base).quantize(D("0.00000001"))
    assert len(done) == 10
