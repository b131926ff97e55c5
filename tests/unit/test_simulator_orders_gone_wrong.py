"""What a scenario makes of orders and their trades: slips, overfills, races, changes unasked, busts and corrects."""

from decimal import Decimal

import msgspec
import pytest

from simulator.effects import Send, TradeKind
from simulator.trade_log import trade_line
from simulator.venue.venue import Venue
from simulator.wire.messages_out import AnswerWriter
from tests.unit.simulator_cases import (
    DESK,
    DIALECT,
    MS,
    T0,
    TRADE_DATE,
    cancel,
    deal,
    events,
    market,
    place,
    refusal,
    replace,
    report,
    scenario,
    status,
    story,
    trades,
    venue,
)
from tests.unit.simulator_desks import CANCELED, FILLED, FORWARD, NEW, rule, swap
from tests.unit.simulator_desks import venue as any_venue
from trader.domain.commands import DkReason, DontKnowTrade, RequestTrades
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Side
from trader.domain.events import ExecType, ExecutionReported, OrdStatus, RejectReason, TradeReported
from trader.fix.decode import Decoder
from trader.fix.text import SOH

HOUR = 3_600_000 * MS
PART = (ExecType.TRADE, OrdStatus.PARTIALLY_FILLED)


def on_order(then: str) -> str:
    return rule('message = "NewOrderSingle"', then)


def listed(at: Venue, now_ns: int) -> list[TradeReported]:
    """The venue's trades, as it lists them now."""
    asked = RequestTrades("R", TRADE_DATE, None)
    return [event for event in events(at.handle(DESK, asked, now_ns)) if isinstance(event, TradeReported)]


# --- rates and quantities --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bp", "worse"), [("2", True), ("-2", False)])
@pytest.mark.parametrize("side", list(Side))
def test_a_trade_slips_against_the_client_or_in_its_favor(side: Side, bp: str, worse: bool) -> None:
    order = deal(side=side)
    shown = report(venue().handle(DESK, place(order=order), T0)).last_px
    done = report(venue(on_order(f'action = "slip", bp = "{bp}"')).handle(DESK, place(order=order), T0)).last_px
    assert (done > shown) == (worse == (side is Side.BUY))
    assert abs(done / shown - 1) < Decimal("0.0003")


def test_a_slip_goes_through_the_limit() -> None:
    at = venue(on_order('action = "slip", bp = "50"'))
    trade = report(at.handle(DESK, place(price="1.1180"), T0))
    assert trade.last_px > Decimal("1.1180")


def test_a_slip_moves_all_legs_by_the_same() -> None:
    plain, slipped = (
        report(any_venue(rules).handle(DESK, place(order=swap()), T0))
        for rules in ("plain", on_order('action = "slip", bp = "1"'))
    )
    assert slipped.last_px > plain.last_px
    assert slipped.far_legs[0].last_px - plain.far_legs[0].last_px == slipped.last_px - plain.last_px
    assert slipped.last_spot_rate is not None
    assert slipped.last_forward_points == plain.last_forward_points


def test_a_slip_is_a_price_step_at_least() -> None:
    shown = report(venue().handle(DESK, place(), T0)).last_px
    at = venue(on_order('action = "slip", bp = "0.0001"'))
    assert report(at.handle(DESK, place(), T0)).last_px == shown + Decimal("0.00001")


def test_a_venue_that_does_not_look_for_repeats_deals_a_name_twice() -> None:
    at = venue(on_order('action = "take_again"'))
    first, again = at.handle(DESK, place("A"), T0), at.handle(DESK, place("A"), T0 + MS)
    assert story(first) == story(again) == [NEW, FILLED]
    (one,), (other,) = trades(first), trades(again)
    assert (one.cl_ord_id, other.cl_ord_id) == ("A", "A")
    assert (one.order_id, one.exec_id) != (other.order_id, other.exec_id)


def test_an_overfill_is_one_more_trade_in_the_books() -> None:
    at = venue(on_order('action = "overfill", fraction = "0.25"'))
    effects = at.handle(DESK, place(), T0)
    assert story(effects) == [NEW, FILLED, FILLED]
    assert [trade.last_qty for trade in trades(effects)] == [1_000_000, 250_000]
    assert (report(effects).cum_qty, report(effects).leaves_qty) == (1_250_000, 0)
    assert len(listed(at, T0)) == 2


# --- requests that cross ---------------------------------------------------------------------------------------------


def test_the_fill_wins_the_race_against_a_cancel() -> None:
    at = venue(on_order('action = "rest"') + rule('message = "OrderCancelRequest"', 'action = "race"'))
    at.handle(DESK, place("A"), T0)
    effects = at.handle(DESK, cancel("B", "A"), T0)
    assert story(effects) == [FILLED, ("refused", OrdStatus.FILLED)]
    assert len(trades(effects)) == 1


def test_the_cancel_wins_what_the_fill_leaves() -> None:
    race = rule('message = "OrderCancelRequest"', 'action = "race", fraction = "0.4"')
    at = venue(race)
    at.handle(DESK, place("A", "1.0"), T0)
    effects = at.handle(DESK, cancel("B", "A"), T0)
    assert story(effects) == [PART, CANCELED]
    (trade,) = trades(effects)
    assert (trade.last_qty, trade.last_px) == (400_000, Decimal("1.0")), "at the order's limit, far from the market"


def test_a_replace_comes_too_late_as_well() -> None:
    at = venue(on_order('action = "rest"') + rule('message = "OrderCancelReplaceRequest"', 'action = "race"'))
    at.handle(DESK, place("A"), T0)
    assert story(at.handle(DESK, replace("B", "A"), T0)) == [FILLED, ("refused", OrdStatus.FILLED)]


def test_an_order_is_pending_before_it_is_accepted() -> None:
    at = venue(on_order('action = "pend", after_ms = 20'))
    assert story(at.handle(DESK, place(), T0)) == [(ExecType.PENDING_NEW, OrdStatus.PENDING_NEW)]
    assert report(at.handle(DESK, status("A"), T0)).ord_status is OrdStatus.PENDING_NEW
    assert story(at.advance(T0 + 20 * MS)) == [NEW, FILLED]


def test_an_order_that_is_canceled_while_it_is_pending_is_never_accepted() -> None:
    at = venue(on_order('action = "pend", after_ms = 20'))
    at.handle(DESK, place("A"), T0)
    assert story(at.handle(DESK, cancel("B", "A"), T0 + MS)) == [CANCELED]
    assert story(at.advance(T0 + 20 * MS)) == []


def test_a_pending_cancel_names_the_request_and_is_done_later() -> None:
    at = venue(rule('message = "OrderCancelRequest"', 'action = "pend", after_ms = 20'))
    at.handle(DESK, place("A", "1.0"), T0)
    pending = report(at.handle(DESK, cancel("B", "A"), T0))
    assert (pending.exec_type, pending.ord_status) == (ExecType.PENDING_CANCEL, OrdStatus.PENDING_CANCEL)
    assert (pending.cl_ord_id, pending.orig_cl_ord_id) == ("B", "A")
    done = report(at.advance(T0 + 20 * MS))
    assert (done.exec_type, done.cl_ord_id, done.orig_cl_ord_id) == (ExecType.CANCELED, "B", "A")


def test_a_cancel_that_was_pending_comes_too_late_for_an_order_filled_meanwhile() -> None:
    slow = on_order('action = "fill", slices = 2, interval_ms = 10')
    at = venue(slow + rule('message = "OrderCancelRequest"', 'action = "pend", after_ms = 20'))
    at.handle(DESK, place("A"), T0)
    at.handle(DESK, cancel("B", "A"), T0 + MS)
    assert story(at.advance(T0 + 10 * MS)) == [FILLED]
    assert refusal(at.advance(T0 + 21 * MS)).reason is RejectReason.TOO_LATE


def test_a_pending_replace_is_done_later() -> None:
    at = venue(rule('message = "OrderCancelReplaceRequest"', 'action = "pend", after_ms = 20'))
    at.handle(DESK, place("A", "1.0"), T0)
    pending = report(at.handle(DESK, replace("B", "A", "1.01"), T0))
    assert (pending.exec_type, pending.ord_status) == (ExecType.PENDING_REPLACE, OrdStatus.PENDING_REPLACE)
    assert report(at.advance(T0 + 20 * MS)).exec_type is ExecType.REPLACED


# --- changes that nobody asked for -----------------------------------------------------------------------------------


@pytest.mark.parametrize("into", ["EXPIRED", "DONE_FOR_DAY"])
def test_an_order_ends_by_itself(into: str) -> None:
    at = venue(on_order(f'action = "turn", into = "{into}", after_ms = 30, text = "over"'))
    at.handle(DESK, place("A", "1.0"), T0)
    ended = report(at.advance(T0 + 30 * MS))
    assert (ended.exec_type, ended.ord_status, ended.leaves_qty, ended.text) == (into, into, 0, "over")
    assert refusal(at.handle(DESK, cancel("B", "A"), T0 + 31 * MS)).reason is RejectReason.TOO_LATE


def test_a_suspended_order_is_not_filled_and_can_be_canceled() -> None:
    slow = 'action = "fill", slices = 2, interval_ms = 50'
    at = venue(on_order(slow) + on_order('action = "turn", into = "SUSPENDED", after_ms = 10'))
    assert story(at.handle(DESK, place("A"), T0)) == [NEW, PART]
    assert report(at.advance(T0 + 10 * MS)).ord_status is OrdStatus.SUSPENDED
    assert story(at.advance(T0 + 1_000 * MS)) == []
    assert story(at.handle(DESK, cancel("B", "A"), T0 + 1_001 * MS)) == [CANCELED]


def test_a_stopped_order_goes_on() -> None:
    slow = 'action = "fill", slices = 2, interval_ms = 50'
    at = venue(on_order(slow) + on_order('action = "turn", into = "STOPPED", after_ms = 10'))
    at.handle(DESK, place("A"), T0)
    assert report(at.advance(T0 + 10 * MS)).ord_status is OrdStatus.STOPPED
    assert story(at.advance(T0 + 50 * MS)) == [FILLED]


def test_a_restated_order_is_smaller() -> None:
    at = venue(on_order('action = "turn", into = "RESTATED", keep = "0.3", after_ms = 10'))
    at.handle(DESK, place("A", "1.0"), T0)
    restated = report(at.advance(T0 + 10 * MS))
    assert (restated.exec_type, restated.ord_status) == (ExecType.RESTATED, OrdStatus.NEW)
    assert (restated.order_qty, restated.leaves_qty) == (300_000, 300_000)


def test_an_order_restated_to_what_is_filled_is_done() -> None:
    part = 'action = "fill", fraction = "0.5"'
    at = venue(on_order(part) + on_order('action = "turn", into = "RESTATED", keep = "0.2", after_ms = 10'))
    at.handle(DESK, place("A"), T0)
    restated = report(at.advance(T0 + 10 * MS))
    assert (restated.ord_status, restated.order_qty, restated.cum_qty) == (OrdStatus.FILLED, 500_000, 500_000)


def test_a_filled_order_is_left_alone() -> None:
    at = venue(on_order('action = "turn", into = "EXPIRED", after_ms = 10'))
    at.handle(DESK, place("A"), T0)
    assert story(at.advance(T0 + 10 * MS)) == []


# --- busts, corrects, offsets ----------------------------------------------------------------------------------------


def test_a_trade_is_busted_an_hour_later() -> None:
    at = venue(on_order('action = "bust", after_ms = 3600000'))
    (trade,) = trades(at.handle(DESK, place("A"), T0))
    assert story(at.advance(T0 + HOUR - 1)) == []
    effects = at.advance(T0 + HOUR)
    bust = report(effects)
    assert (bust.exec_type, bust.ord_status) == (ExecType.TRADE_CANCEL, OrdStatus.CANCELED)
    assert (bust.exec_ref_id, bust.cum_qty, bust.last_qty) == (trade.exec_id, 0, 0)
    (logged,) = trades(effects)
    assert (logged.kind, logged.exec_ref_id) == (TradeKind.BUST, trade.exec_id)
    assert [(entry.exec_id, entry.is_cancel) for entry in listed(at, T0 + HOUR)] == [(trade.exec_id, True)]


def test_a_trade_of_an_open_order_is_busted_and_dealt_again() -> None:
    at = venue(on_order('action = "fill", fraction = "0.5"') + on_order('action = "bust", after_ms = 10'))
    at.handle(DESK, place("A"), T0)
    bust = report(at.advance(T0 + 10 * MS))
    assert (bust.ord_status, bust.cum_qty, bust.leaves_qty) == (OrdStatus.NEW, 0, 1_000_000)


def test_a_bust_can_be_told_by_a_trade_report_or_by_both() -> None:
    for told_by, kinds in (("trade_report", ["TradeReported"]), ("both", ["ExecutionReported", "TradeReported"])):
        at = venue(on_order(f'action = "bust", after_ms = 10, told_by = "{told_by}"'))
        at.handle(DESK, place("A"), T0)
        told = events(at.advance(T0 + 10 * MS))
        assert [type(event).__name__ for event in told] == kinds
        void = told[-1]
        assert isinstance(void, TradeReported)
        assert (void.is_cancel, void.request_id) == (True, "")


def test_an_offset_is_a_trade_the_other_way_and_leaves_the_order_as_it_was() -> None:
    at = venue(on_order('action = "bust", after_ms = 10, told_by = "offset"'))
    (trade,) = trades(at.handle(DESK, place("A"), T0))
    effects = at.advance(T0 + 10 * MS)
    told = report(effects)
    assert (told.exec_type, told.ord_status, told.side) == (ExecType.TRADE, OrdStatus.FILLED, Side.SELL)
    assert (told.cum_qty, told.last_px) == (1_000_000, trade.last_px)
    assert [entry.side for entry in listed(at, T0 + 10 * MS)] == [Side.BUY, Side.SELL]


def test_the_offset_of_a_swap_turns_every_leg() -> None:
    at = any_venue(on_order('action = "bust", told_by = "offset"'))
    at.handle(DESK, place("A", order=swap()), T0)
    offset = report(at.advance(T0))
    assert (offset.side, [leg.side for leg in offset.far_legs]) == (Side.SELL, [Side.BUY])


def test_a_trade_is_corrected() -> None:
    at = venue(on_order('action = "correct", after_ms = 10, bp = "3", fraction = "0.5"'))
    (trade,) = trades(at.handle(DESK, place("A"), T0))
    effects = at.advance(T0 + 10 * MS)
    correct = report(effects)
    assert (correct.exec_type, correct.exec_ref_id) == (ExecType.TRADE_CORRECT, trade.exec_id)
    assert (correct.last_qty, correct.cum_qty, correct.ord_status) == (500_000, 500_000, OrdStatus.CANCELED)
    assert correct.last_px > trade.last_px
    assert [(entry.exec_id, entry.is_cancel) for entry in listed(at, T0 + HOUR)] == [
        (trade.exec_id, True),
        (correct.exec_id, False),
    ]


def test_a_correction_of_the_quantity_alone_leaves_the_rate() -> None:
    at = venue(on_order('action = "correct", after_ms = 10, bp = "0", fraction = "0.5"'))
    (trade,) = trades(at.handle(DESK, place("A"), T0))
    correct = report(at.advance(T0 + 10 * MS))
    assert (correct.last_qty, correct.last_px) == (500_000, trade.last_px)


def test_a_corrected_forward_keeps_its_points() -> None:
    at = any_venue(on_order('action = "correct", after_ms = 10'))
    first = report(at.handle(DESK, place("A", order=FORWARD), T0))
    correct = report(at.advance(T0 + 10 * MS))
    assert correct.last_px > first.last_px
    assert correct.last_forward_points == first.last_forward_points


def test_a_trade_report_is_amended_under_a_new_id_and_the_same_exec_id() -> None:
    at = venue(on_order('action = "correct", after_ms = 10, told_by = "trade_report"'))
    (trade,) = trades(at.handle(DESK, place("A"), T0))
    (amended,) = events(at.advance(T0 + 10 * MS))
    assert isinstance(amended, TradeReported)
    assert (amended.is_amendment, amended.exec_id) == (True, trade.exec_id)
    assert amended.last_px > trade.last_px
    (again,) = listed(at, T0 + HOUR)
    assert (again.last_px, again.is_cancel) == (amended.last_px, False)
    assert again.trade_report_id != amended.trade_report_id


def test_a_trade_that_was_taken_back_is_not_taken_back_again() -> None:
    at = venue(on_order('action = "bust", after_ms = 10') + on_order('action = "correct", after_ms = 20'))
    at.handle(DESK, place("A"), T0)
    assert len(events(at.advance(T0 + 100 * MS))) == 1


def test_the_trade_log_says_which_trade_was_taken_back() -> None:
    at = venue(on_order('action = "bust"'))
    (trade,) = trades(at.handle(DESK, place("A"), T0))
    (bust,) = trades(at.advance(T0))
    assert b"kind" not in trade_line(trade)
    line = msgspec.json.decode(trade_line(bust))
    assert (line["kind"], line["exec_ref_id"]) == ("bust", trade.exec_id)


def dispute(exec_id: str) -> DontKnowTrade:
    return DontKnowTrade("O", exec_id, DkReason.WRONG_SIDE, parse_pair("EUR/USD"), Side.BUY, Currency("EUR"))


def test_a_trade_that_the_client_does_not_know_stands_all_the_same() -> None:
    at = venue()
    (trade,) = trades(at.handle(DESK, place("A"), T0))
    assert at.handle(DESK, dispute(trade.exec_id), T0) == []
    assert not listed(at, T0)[0].is_cancel


def test_a_disputed_trade_can_be_busted() -> None:
    at = venue(rule('message = "DontKnowTrade"', 'action = "bust", after_ms = 5'))
    (trade,) = trades(at.handle(DESK, place("A"), T0))
    at.handle(DESK, dispute(trade.exec_id), T0)
    assert report(at.advance(T0 + 5 * MS)).exec_ref_id == trade.exec_id
    assert at.handle(DESK, dispute("nobody's"), T0 + 6 * MS) == []


@pytest.mark.parametrize(("then", "code"), [('action = "bust"', "1"), ('action = "correct"', "2")])
def test_a_venue_of_fix_42_takes_back_by_exec_trans_type(then: str, code: str) -> None:
    old = msgspec.structs.replace(DIALECT, busts="exec_trans_type", begin_string="FIX.4.2", exec_types="4.2")
    at = Venue(1, old, market(), scenario(on_order(then)), TRADE_DATE, T0)
    at.handle(DESK, place("A"), T0)
    (told,) = (effect for effect in at.advance(T0) if isinstance(effect, Send))
    text = AnswerWriter(old).write(told)
    assert f"{SOH}20={code}{SOH}" in text
    (heard,) = Decoder(old).decode(text)
    assert isinstance(heard, ExecutionReported)
    assert (heard.exec_type, heard.exec_ref_id) == (report([told]).exec_type, report([told]).exec_ref_id)
