"""What a scenario makes of answers and of time: wrong, repeated, copied, half and late ones; pauses and rolls."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from simulator.effects import Effect, Send, SendQuotes
from simulator.wire.messages_out import AnswerWriter
from tests.unit.simulator_cases import (
    DESK,
    DIALECT,
    MS,
    SPOT_DATE,
    T0,
    TRADE_DATE,
    deal,
    events,
    place,
    report,
    scenario,
    status,
    story,
    trades,
    venue,
)
from tests.unit.simulator_desks import FILLED, FORWARD, NEW, ask, played, quotes, rule, take
from tests.unit.simulator_desks import venue as any_venue
from trader.domain.commands import (
    PlaceOrder,
    RequestMassStatus,
    RequestOrderStatus,
    RequestTrades,
    SubscribeMarketData,
)
from trader.domain.currency import parse_pair
from trader.domain.deal import Side
from trader.domain.errors import ConfigError
from trader.domain.events import (
    ExecutionReported,
    MessageRejected,
    NoOrdersOpen,
    OrdStatus,
    RejectReason,
    TradeReported,
    TradeRequestAcknowledged,
)
from trader.fix.decode import Decoder

COPIES = "COPIES"


def on_trade(then: str, more: str = "") -> str:
    return rule(f'message = "ExecutionReport", exec_type = "TRADE"{more}', then)


def to(effects: list[Effect], client: str) -> list[ExecutionReported]:
    """What a client hears about orders."""
    sent = [effect for effect in effects if isinstance(effect, Send) and effect.session == client]
    return [effect.event for effect in sent if isinstance(effect.event, ExecutionReported)]


# --- wrong reports ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("side", Side.BUY, Side.SELL),
        ("currency", "EUR", "USD"),
        ("settl_date", SPOT_DATE, SPOT_DATE + timedelta(days=1)),
        ("last_qty", Decimal(1_000_000), Decimal(2_000_000)),
        ("cum_qty", Decimal(1_000_000), Decimal(2_000_000)),
    ],
)
@pytest.mark.parametrize("message", ["ExecutionReport", "TradeCaptureReport"])
def test_one_field_of_a_report_is_wrong_and_the_books_are_right(
    message: str, field: str, right: object, wrong: object
) -> None:
    at = venue(rule(f'message = "{message}"', f'action = "misreport", field = "{field}"'))
    effects = at.handle(DESK, place(), T0)
    (trade,) = trades(effects)
    asked = events(at.handle(DESK, RequestTrades("R", TRADE_DATE, None), T0))
    (listed,) = (event for event in asked if isinstance(event, TradeReported))
    told, other = (report(effects), listed) if message == "ExecutionReport" else (listed, report(effects))
    assert getattr(told, field, wrong) == wrong, "a trade report has no CumQty(14)"
    assert getattr(other, field, right) == right
    assert getattr(trade, field, right) == right


def test_a_rate_can_be_told_wrong_by_any_factor() -> None:
    right = report(venue().handle(DESK, place(), T0)).last_px
    at = venue(on_trade('action = "misreport", field = "last_px", factor = "1.01"'))
    assert report(at.handle(DESK, place(), T0)).last_px == right * Decimal("1.01")


def test_a_report_without_the_field_stays_as_it_is() -> None:
    at = venue(rule('message = "ExecutionReport", exec_type = "NEW"', 'action = "misreport", field = "last_qty"'))
    assert story(at.handle(DESK, place(), T0)) == [NEW, FILLED]


def test_a_trade_has_the_exec_id_of_the_one_before() -> None:
    at = venue(on_trade('action = "reuse_exec_id"', ", after = 1"))
    first = report(at.handle(DESK, place("A"), T0))
    effects = at.handle(DESK, place("B"), T0)
    assert report(effects).exec_id == first.exec_id
    assert trades(effects)[0].exec_id != first.exec_id


def test_the_first_trade_has_no_exec_id_to_take_over() -> None:
    at = venue(on_trade('action = "reuse_exec_id"'))
    effects = at.handle(DESK, place("A"), T0)
    assert report(effects).exec_id == trades(effects)[0].exec_id


# --- repeated, copied and foreign reports ----------------------------------------------------------------------------


def test_a_report_is_repeated_word_for_word() -> None:
    at = venue(on_trade('action = "repeat", times = 2, after_ms = 5'))
    first = report(at.handle(DESK, place(), T0))
    assert events(at.advance(T0 + 5 * MS)) == [first]
    assert events(at.advance(T0 + 10 * MS)) == [first]
    assert at.next_event_ns() is None


def test_a_repetition_can_say_that_it_may_be_one() -> None:
    at = venue(on_trade('action = "repeat", is_poss_resend = true'))
    texts = [AnswerWriter(DIALECT).write(sent) for sent in at.handle(DESK, place(), T0) if isinstance(sent, Send)]
    new, trade, again = (Decoder(DIALECT).decode(text)[0] for text in texts)
    assert isinstance(new, ExecutionReported)
    assert isinstance(trade, ExecutionReported)
    assert isinstance(again, ExecutionReported)
    assert [new.poss_dup, trade.poss_dup, again.poss_dup] == [False, False, True]
    assert again.exec_id == trade.exec_id


def test_a_drop_copy_goes_to_another_client() -> None:
    at = venue(on_trade(f'action = "copy", to = "{COPIES}", times = 2, after_ms = 5'))
    effects = at.handle(DESK, place(), T0)
    assert len(to(effects, DESK)) == 2
    assert to(effects, COPIES) == [report(effects)]
    assert to(at.advance(T0 + 5 * MS), COPIES) == [report(effects)]


def test_a_drop_copy_can_be_there_first() -> None:
    ahead = on_trade(f'action = "copy", to = "{COPIES}"') + on_trade('action = "ignore"')
    assert len(to(venue(ahead).handle(DESK, place(), T0), COPIES)) == 1, "and the report itself is lost"
    held = rule('message = "ExecutionReport", exec_type = "TRADE"', 'action = "copy"')
    at = venue(held + on_trade('action = "delay", ms = 10'))
    at.handle(DESK, place(), T0)
    assert len(events(at.advance(T0 + 10 * MS))) == 2, "to the client itself: twice"


def test_who_hears_copies_may_log_on() -> None:
    rules = scenario(on_trade(f'action = "copy", to = "{COPIES}"') + on_trade('action = "copy"'))
    assert rules.copied_to == {COPIES}


def test_a_report_about_an_order_of_nobodys_comes_after_the_right_one() -> None:
    at = venue(on_trade('action = "orphan", after_ms = 3'))
    effects = at.handle(DESK, place("ABC"), T0)
    orphan = report(at.advance(T0 + 3 * MS))
    right = report(effects)
    assert orphan.last_qty == right.last_qty
    assert len(orphan.cl_ord_id) == len(right.cl_ord_id)
    pairs = ((orphan.cl_ord_id, right.cl_ord_id), (orphan.order_id, right.order_id), (orphan.exec_id, right.exec_id))
    assert all(one != other for one, other in pairs)


def test_reports_overtake_each_other() -> None:
    held = 'message = "ExecutionReport", exec_type = "NEW"'
    at = venue(rule(held, 'action = "delay", ms = 20, can_be_overtaken = true'))
    assert story(at.handle(DESK, place(), T0)) == [FILLED]
    assert story(at.advance(T0 + 20 * MS)) == [(NEW[0], OrdStatus.NEW)]


# --- half answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("counts_all", "total"), [("true", 4), ("false", 3)])
def test_a_list_of_trades_lacks_the_newest(counts_all: str, total: int) -> None:
    omit = f'action = "omit", share = 0.25, counts_all = {counts_all}'
    at = venue(rule('message = "TradeCaptureReportRequest"', omit))
    for number in range(4):
        at.handle(DESK, place(f"A{number}"), T0)
    ack, *told = events(at.handle(DESK, RequestTrades("R", TRADE_DATE, None), T0))
    assert ack == TradeRequestAcknowledged("R", accepted=True, trades_total=total)
    names = [event.cl_ord_id for event in told if isinstance(event, TradeReported)]
    assert names == ["A0", "A1", "A2"]


def test_a_mass_status_lacks_half_of_the_orders() -> None:
    at = venue(rule('message = "OrderMassStatusRequest"', 'action = "omit"'))
    for number in range(4):
        at.handle(DESK, place(f"A{number}", "1.0"), T0)
    told = events(at.handle(DESK, RequestMassStatus("M"), T0))
    assert [event.cl_ord_id for event in told if isinstance(event, ExecutionReported)] == ["A0", "A1"]


def test_of_one_order_nothing_is_left() -> None:
    at = venue(rule('message = "OrderMassStatusRequest"', 'action = "omit", share = 0.1'))
    at.handle(DESK, place("A", "1.0"), T0)
    (answer,) = events(at.handle(DESK, RequestMassStatus("M"), T0))
    assert isinstance(answer, NoOrdersOpen)


@pytest.mark.parametrize("side", ["bid", "offer"])
def test_a_streamed_price_has_one_side(side: str) -> None:
    rules = rule('message = "MarketDataSnapshotFullRefresh"', f'action = "one_way", side = "{side}"')
    asked = SubscribeMarketData("M", (parse_pair("EUR/USD"),))
    (told,) = (effect for effect in venue(rules).handle(DESK, asked, T0) if isinstance(effect, SendQuotes))
    (quote,) = told.quotes
    assert (quote.bid is None, quote.offer is None) == (side == "offer", side == "bid")
    AnswerWriter(DIALECT).write_quotes(told)


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("NewOrderSingle", place("A")),
        ("OrderStatusRequest", status("A")),
        ("TradeCaptureReportRequest", RequestTrades("A", None, None)),
    ],
)
def test_a_request_is_bounced(message: str, asked: PlaceOrder | RequestOrderStatus | RequestTrades) -> None:
    at = venue(rule(f'message = "{message}"', 'action = "bounce"'))
    (bounced,) = events(at.handle(DESK, asked, T0))
    assert isinstance(bounced, MessageRejected)
    (heard,) = Decoder(DIALECT).decode(AnswerWriter(DIALECT).write(Send(DESK, bounced)))
    assert isinstance(heard, MessageRejected)
    assert (heard.ref_id, heard.text) == ("A", "The application is not available")


# --- time ------------------------------------------------------------------------------------------------------------


def test_a_throttle_takes_requests_at_its_own_pace() -> None:
    at = venue(rule('message = "NewOrderSingle"', 'action = "throttle", per_s = 10'))
    for number in range(4):
        at.handle(DESK, place(f"A{number}"), T0)
    moments = []
    while (due_ns := at.next_event_ns()) is not None:
        at.advance(due_ns)
        moments.append((due_ns - T0) // MS)
    assert moments == [100, 200, 300], "the first was taken at once"
    assert story(at.handle(DESK, place("B"), T0 + 10_000 * MS)) == [NEW, FILLED], "and so is one after a quiet time"


def test_a_venue_that_pauses_does_everything_afterwards_in_order() -> None:
    pause = rule('message = "NewOrderSingle", after = 1, count = 1', 'action = "pause", ms = 30000')
    at = venue(rule('message = "NewOrderSingle", count = 1', 'action = "fill", slices = 2, interval_ms = 50') + pause)
    at.handle(DESK, SubscribeMarketData("M", (parse_pair("EUR/USD"),)), T0)
    at.handle(DESK, place("A"), T0)
    assert at.handle(DESK, place("B"), T0 + MS) == []
    assert at.handle(DESK, status("A"), T0 + 2 * MS) == []
    assert played(at, T0 + 30_000 * MS) == [], "no trade of the first order, and no price"
    effects = at.advance(T0 + 30_001 * MS)
    told = [(event.cl_ord_id, event.ord_status) for event in events(effects) if isinstance(event, ExecutionReported)]
    assert told == [
        ("B", OrdStatus.NEW),
        ("B", OrdStatus.FILLED),
        ("A", OrdStatus.PARTIALLY_FILLED),
        ("A", OrdStatus.FILLED),
    ]


def test_the_day_rolls_in_the_middle_of_a_batch() -> None:
    at = any_venue(rule('message = "NewOrderSingle", after = 1, count = 1', 'action = "roll"'))
    before = report(at.handle(DESK, place("A"), T0))
    after = report(at.handle(DESK, place("B"), T0))
    assert (before.trade_date, before.settl_date) == (TRADE_DATE, SPOT_DATE)
    assert (after.trade_date, after.settl_date) == (date(2026, 11, 23), SPOT_DATE + timedelta(days=1)), "a Monday"
    forward = report(at.handle(DESK, place("C", order=FORWARD), T0))
    assert forward.settl_date == FORWARD.near_leg.value_date
    listed = events(at.handle(DESK, RequestTrades("R", TRADE_DATE, None), T0))
    assert [event.cl_ord_id for event in listed if isinstance(event, TradeReported)] == ["A"]


def test_a_quote_expires_while_the_order_is_on_its_way() -> None:
    short = '[[makers]]\nname = "M"\nvalid_ms = 20\n'
    at = any_venue(short + rule('message = "NewOrderSingle"', 'action = "delay", ms = 30'))
    (quote,) = quotes(at.handle(DESK, ask(deal()), T0))
    at.handle(DESK, take(quote, deal()), T0 + 10 * MS)
    assert report(at.advance(T0 + 40 * MS)).reject_reason is RejectReason.STALE


# --- what a file may not say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (rule('message = "NewOrderSingle"', 'action = "slip", bp = "2000"'), "bp = 2000; expected -1,000 to 1,000"),
        (rule('message = "NewOrderSingle"', 'action = "overfill", fraction = "0"'), "fraction = 0"),
        (rule('message = "NewOrderSingle"', 'action = "turn", into = "FILLED"'), "FILLED"),
        (rule('message = "NewOrderSingle"', 'action = "turn", into = "RESTATED", keep = "2"'), "keep = 2"),
        (rule('message = "NewOrderSingle"', 'action = "race"'), "OrderCancelRequest"),
        (rule('message = "OrderCancelRequest"', 'action = "race", fraction = "-1"'), "fraction = -1"),
        (rule('message = "NewOrderSingle"', 'action = "correct", fraction = "3"'), "fraction = 3"),
        (rule('message = "NewOrderSingle"', 'action = "correct", bp = "-1001"'), "bp = -1001"),
        (rule('message = "Quote"', 'action = "misreport", field = "side"'), "TradeCaptureReport"),
        (rule('message = "ExecutionReport"', 'action = "misreport", field = "text"'), "field"),
        (rule('message = "ExecutionReport"', 'action = "misreport", field = "side", factor = "0"'), "factor = 0"),
        (rule("", 'action = "throttle", per_s = 0'), "per_s"),
        (rule('message = "ExecutionReport"', 'action = "pause", ms = 5'), "NewOrderSingle"),
        (rule('message = "NewOrderSingle"', 'action = "slip", bp = "nan"'), "bp = NaN"),
        (rule('message = "NewOrderSingle"', 'action = "fill", fraction = "sNaN"'), "fraction = sNaN"),
        (rule('message = "QuoteRequest"', 'action = "misquote", factor = "Infinity"'), "factor = Infinity"),
        (rule('message = "NewOrderSingle", min_amount = "nan"', 'action = "rest"'), "min_amount = NaN"),
        ("[pace]\nmessages_max = 5\nblock_s = 3", "block_s = 3"),
    ],
)
def test_what_a_scenario_cannot_say_is_an_error(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        scenario(f"{text}\n")
    assert problem in str(raised.value)
