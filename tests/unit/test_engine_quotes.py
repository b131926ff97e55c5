"""Deals on quotes: who is asked, which quote is taken, and what is kept of all the others."""

from collections import deque
from dataclasses import replace
from decimal import Decimal

import pytest

from risk.stops.stops import Dimension, Scope, State
from tests.unit.engine_cases import VENUE, alerts, closed, ended, placed, sent
from tests.unit.quote_cases import Makers, asked_for, quoting, rfq, taken
from tests.unit.risk_cases import Terms, limits, make_line, swap
from trader.domain.canonical import canonical_json
from trader.domain.commands import PassQuotes, PlaceOrder, QuoteReference, RequestQuote, RequestTrades
from trader.domain.deal import OrderType, Side, TimeInForce
from trader.engine import inputs
from trader.engine.outcome import line_outcomes
from trader.engine.rounds import RoundPhase
from trader.engine.session_inputs import SequenceNoted
from trader.engine.settings import QuoteSettings
from trader.engine.state import BatchPhase, LineStatus
from trader.fix.dialect import Quotes
from trader.journal.state_hash import is_hashed_whole, state_hash

QUEUED, WORKING, FILLED = LineStatus.QUEUED, LineStatus.WORKING, LineStatus.FILLED
UNFILLED, REJECTED = LineStatus.UNFILLED, LineStatus.REJECTED


def a_round(**desk: object) -> Makers:
    """One line whose request has left."""
    wire = Makers(**desk)  # type: ignore[arg-type] # each test names its own
    assert asked_for(wire.submit(rfq())) == ["000101"]
    return wire


def but_for_alerts(wire: Makers) -> bytes:
    """The whole state but for the alerts, where what was told is kept."""
    state = wire.engine.context.snapshot()
    del state["alerts"]
    return canonical_json(state)


# --- asking -----------------------------------------------------------------------------------------------------------


def test_makers_are_asked_when_the_limits_are_held_and_before_any_order_leaves() -> None:
    wire = a_round()
    (request,) = sent(RequestQuote, wire.last)
    assert (request.deal, request.account, len(request.quote_req_id)) == (rfq().deal, "ACC-1", 17)
    assert placed(wire.outputs) == []
    assert (wire.statuses(), wire.pending() != {}) == ([QUEUED], True)


def test_all_lines_are_asked_for_at_once() -> None:
    assert asked_for(Makers().submit(rfq(), rfq(), rfq())) == ["000101", "000201", "000301"]


def test_no_more_rounds_are_open_than_orders_may_be_unanswered() -> None:
    wire = Makers(settings={"in_flight_max": 2}, quotes=QuoteSettings(wanted=1))
    assert asked_for(wire.submit(rfq(), rfq(), rfq())) == ["000101", "000201"]
    assert (taken(wire.maker("A")), asked_for(wire.last)) == ([("A", Decimal("1.1001"))], [])
    wire.says("8", wire._about(1, "0", "0", "17=A1"))
    assert asked_for(wire.last) == ["000301"]


# --- choosing ---------------------------------------------------------------------------------------------------------


def test_the_lowest_offer_is_taken_by_a_buyer_and_every_other_quote_is_kept_with_what_it_lost_by() -> None:
    wire = a_round()
    wire.maker("A", "1.1003")
    wire.maker("B", "1.1001")
    out = wire.maker("C", "1.1002")
    (order,) = sent(PlaceOrder, out)
    assert (order.price, order.order_type) == (Decimal("1.1001"), OrderType.PREVIOUSLY_QUOTED)
    assert (order.quote, order.time_in_force) == (QuoteReference("B", wire.round().quote_req_id), TimeInForce.FOK)
    assert wire.verdicts() == ["A: lost by 200.00 USD", "B: won by 100.00 USD", "C: lost by 100.00 USD"]
    assert (wire.round().phase, wire.round().quote_id) == (RoundPhase.TAKEN, "B")
    assert wire.statuses() == [WORKING]


def test_a_seller_takes_the_highest_bid() -> None:
    wire = Makers()
    wire.submit(rfq(Terms(side=Side.SELL)))
    wire.maker("A", bid="1.0998")
    wire.maker("B", bid="1.0999")
    assert taken(wire.maker("C", bid="1.0997")) == [("B", Decimal("1.0999"))]


def test_who_deals_the_terms_takes_the_side_of_the_base() -> None:
    wire = Makers()
    wire.submit(rfq(Terms(dealt="USD", side=Side.SELL)))
    wire.maker("A", "1.1003")
    wire.maker("B", "1.1001")
    assert taken(wire.maker("C", "1.1002")) == [("B", Decimal("1.1001"))]


def test_the_first_of_two_equal_quotes_is_taken() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=2))
    wire.maker("A")
    assert taken(wire.maker("B")) == [("A", Decimal("1.1001"))]
    assert wire.verdicts() == ["A: won by 0.00 USD", "B: lost by 0.00 USD"]


def test_the_wait_ends_with_what_there_is() -> None:
    wire = a_round()
    wire.maker("A")
    assert taken(wire.wait(2.9)) == []
    assert taken(wire.wait(0.2)) == [("A", Decimal("1.1001"))]
    assert wire.verdicts() == ["A: won: the only quote that could be dealt on"]


def test_a_decline_is_an_answer() -> None:
    wire = a_round()
    wire.declines("A")
    wire.maker("B")
    assert taken(wire.declines("C")) == [("B", Decimal("1.1001"))]
    assert wire.verdicts()[::2] == ["A: declined: no axe", "C: declined: no axe"]


def test_too_few_quotes_are_passed_and_the_line_ends_unfilled_with_all_that_was_said() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=3, least=2))
    wire.maker("A")
    wire.declines("B")
    out = wire.declines("C")
    (passed,) = sent(PassQuotes, out)
    assert (passed.quote_req_id, passed.quote_id) == (wire.round().quote_req_id, "A")
    line = wire.line(1)
    assert (line.status, line.reason_code, placed(wire.outputs)) == (UNFILLED, "NO_QUOTE", [])
    assert line.reason == (
        "1 of the 2 quotes that have to be usable at least: "
        "A quoted 1.1001: could be dealt on; B: declined: no axe; C: declined: no axe"
    )
    assert wire.pending() == {}


def test_nobody_answers() -> None:
    wire = a_round()
    out = wire.wait(3)
    assert (wire.line(1).status, sent(PassQuotes, out)) == (UNFILLED, [])
    assert wire.line(1).reason == "0 of the 1 quotes that have to be usable at least: nobody answered"
    assert wire.phase is BatchPhase.COLLECTING


def test_when_all_makers_decline_nothing_is_waited_for() -> None:
    wire = a_round()
    wire.declines("", text="no market")
    assert (wire.line(1).status, wire.verdicts()) == (UNFILLED, ["the venue: declined: no market"])


def test_a_venue_that_takes_no_pass_is_sent_none() -> None:
    wire = a_round(venue=quoting(quotes=Quotes(source="request", can_pass=False)))
    wire.maker("A", None)
    assert sent(PassQuotes, wire.wait(3)) == []


# --- quotes that cannot be dealt on -----------------------------------------------------------------------------------

BAD = {
    "one-way": ({"offer": None}, "one-way: no offer, which is the side that is needed"),
    "expired": ({"lives_s": -0.25}, "expired 250 ms before it could be taken"),
    "about to expire": ({"lives_s": 0.05}, "about to expire: 50 ms are left, and an order needs 100"),
    "another date": ({"more": "64=20260305"}, "for another date: 2026-03-05 and not 2026-03-04"),
    "does not add up": (
        {"more": "190=1.0990|191=0.0001"},
        "does not add up: spot 1.0990 and points 0.0001 do not make 1.1001",
    ),
    "points of the wrong sign": (
        {"offer": "1.0990", "more": "190=1.1000|191=0.0010"},
        "does not add up: spot 1.1000 and points 0.0010 do not make 1.0990",
    ),
    "100 times off": ({"offer": "110.01", "bid": "109.99"}, "off the reference: PRICE_COLLAR"),
    "too many legs": ({"more": "555=2|600=EUR/USD|684=1.1|600=EUR/USD|684=1.2"}, "incomplete: 2 rates for 1 legs"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_quote_that_cannot_be_dealt_on_is_kept_with_the_reason_and_nothing_is_dealt(case: str) -> None:
    said, verdict = BAD[case]
    wire = a_round(quotes=QuoteSettings(wanted=1))
    wire.maker("A", **said)  # type: ignore[arg-type] # the cases name its arguments
    assert placed(wire.outputs) == []
    assert [each[: len(verdict) + 3] for each in wire.verdicts()] == [f"A: {verdict}"]
    assert (wire.line(1).status, wire.line(1).reason_code) == (UNFILLED, "NO_QUOTE")
    assert wire.pending() == {}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_quote_does_not_win_against_a_good_one(case: str) -> None:
    said, _ = BAD[case]
    wire = a_round(quotes=QuoteSettings(wanted=2))
    wire.maker("A", **said)  # type: ignore[arg-type] # as above
    assert taken(wire.maker("B", "1.1004")) == [("B", Decimal("1.1004"))]


def test_a_quote_worse_than_the_rows_limit_is_not_taken() -> None:
    wire = Makers(quotes=QuoteSettings(wanted=1))
    wire.submit(replace(rfq(), limit_rate=Decimal("1.1000")))
    wire.maker("A", "1.1001")
    assert wire.verdicts() == ["A: worse than the row's limit: 1.1001 and not 1.1000"]


def test_a_quote_whose_points_make_its_rate_to_the_tick_is_taken() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    assert taken(wire.maker("A", "1.10013", more="190=1.1001|191=0.000034")) == [("A", Decimal("1.10013"))]


def test_a_quote_that_expires_while_the_others_are_waited_for_is_not_taken() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=2))
    wire.maker("A", "1.1000", lives_s=1)
    wire.wait(2)
    wire.quotes()
    assert taken(wire.maker("B", "1.1001")) == [("B", Decimal("1.1001"))]
    assert wire.verdicts()[0] == "A: expired 1000 ms before it could be taken"


# --- makers that change their mind ------------------------------------------------------------------------------------


def test_each_new_quote_of_a_maker_replaces_its_last() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=2))
    wire.maker("A", "1.1000", quote_id="A1")
    wire.maker("A", "1.1003", quote_id="A2")
    assert taken(wire.maker("B", "1.1002")) == [("B", Decimal("1.1002"))]
    assert wire.verdicts() == [
        "A: replaced by a later quote of the same maker",
        "A: lost by 100.00 USD",
        "B: won by 100.00 USD",
    ]


def test_a_quote_that_is_withdrawn_is_not_taken() -> None:
    wire = a_round()
    wire.maker("A", "1.1000")
    wire.withdraws("A")
    wire.maker("B", "1.1002")
    assert taken(wire.wait(3)) == [("B", Decimal("1.1002"))]
    assert wire.verdicts()[0] == "A: withdrawn"


def test_a_withdrawal_that_names_only_the_quote_finds_its_round() -> None:
    wire = a_round()
    wire.maker("A", "1.1000", quote_id="Q-77")
    wire.says("Z", "117=Q-77|298=1")
    assert wire.verdicts() == ["A: withdrawn"]


def test_all_quotes_of_a_request_are_gone() -> None:
    wire = a_round()
    wire.maker("A")
    wire.says("Z", f"131={wire.round().quote_req_id}|298=4|117=*")
    assert (wire.statuses(), wire.verdicts()) == ([UNFILLED], ["A: withdrawn"])


def test_a_quote_that_comes_after_the_decision_is_kept_as_late_and_changes_nothing_else() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    wire.maker("A")
    wire.wait(0.5)
    assert wire.maker("B", "1.0990") == []
    assert wire.verdicts()[1] == "B: late: it came 500 ms after the round was over"
    assert wire.statuses() == [WORKING]


def test_a_request_may_have_one_quote_id_in_common_with_another() -> None:
    wire = Makers(quotes=QuoteSettings(wanted=1))
    wire.submit(rfq(), rfq(Terms(side=Side.SELL)))
    wire.maker("A", quote_id="Q-1", line_no=2)
    assert [order.quote for order in sent(PlaceOrder, wire.last)] == [QuoteReference("Q-1", wire.round(2).quote_req_id)]
    wire.maker("B", "1.1002", quote_id="Q-1", line_no=1)
    assert taken(wire.last) == [("Q-1", Decimal("1.1002"))]


@pytest.mark.parametrize("request_id", ["Q0000000000000101", "X1", "QHC6TX7N45Z000199", "Q" * 400])
def test_a_quote_for_a_request_that_was_never_made_is_told_and_changes_nothing_else(request_id: str) -> None:
    wire = a_round()
    before = but_for_alerts(wire)
    assert alerts(wire.maker("A", request=request_id)) == ["QUOTE_UNKNOWN"]
    assert alerts(wire.says("AG", f"131={request_id}|658=1")) == ["QUOTE_UNKNOWN"]
    assert alerts(wire.says("Z", f"131={request_id}|117=A|298=1")) == ["QUOTE_UNKNOWN"]
    assert but_for_alerts(wire) == before


def test_a_quote_of_another_pair_is_kept_and_told_and_does_not_take_its_makers_place() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=2))
    wire.maker("A", "1.1000")
    assert alerts(wire.maker("A", "1.0000", symbol="USD/JPY")) == ["QUOTE_UNKNOWN"]
    assert taken(wire.maker("B", "1.1002")) == [("A", Decimal("1.1000"))]
    assert wire.verdicts() == [
        "A: won by 200.00 USD",
        "A: for another pair: USD/JPY and not EUR/USD",
        "B: lost by 200.00 USD",
    ]


def test_a_quote_of_another_pair_is_no_answer_that_ends_the_wait() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=2))
    wire.maker("A", symbol="USD/JPY")
    wire.maker("B", "1.1002")
    assert placed(wire.last) == []
    assert taken(wire.maker("A", "1.1000")) == [("A", Decimal("1.1000"))]


def test_a_quote_without_its_request_belongs_to_the_only_round_it_fits() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    assert taken(wire.maker("A", request="")) == [("A", Decimal("1.1001"))]


def test_a_quote_without_its_request_that_fits_two_rounds_is_nobodys() -> None:
    wire = Makers(quotes=QuoteSettings(wanted=1))
    wire.submit(rfq(), rfq())
    assert (alerts(wire.maker("A", request="")), placed(wire.last)) == (["QUOTE_UNKNOWN"], [])


def test_makers_without_a_name_are_told_apart_by_their_quotes() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=2))
    wire.maker("", "1.1002", quote_id="Q-1")
    assert taken(wire.maker("", "1.1001", quote_id="Q-2")) == [("Q-2", Decimal("1.1001"))]


def test_a_request_that_the_venue_would_not_read_ends_the_round() -> None:
    wire = a_round()
    wire.says("j", f"45=7|372=R|379={wire.round().quote_req_id}|380=5|58=not now")
    assert (wire.line(1).status, wire.verdicts()) == (UNFILLED, ["the venue: declined: not now"])


# --- the order --------------------------------------------------------------------------------------------------------


def test_a_quoted_deal_is_filled_and_its_record_stays_with_the_line() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    wire.maker("A")
    wire.acknowledges(1)
    wire.fills(1)
    (outcome,) = line_outcomes(wire.batch, wire.engine.context.blotters)
    assert (outcome.result.status, outcome.result.average_rate) == ("filled", Decimal("1.1001"))
    assert wire.round().outcome == "taken: QuoteID(117)=A of A"


def test_a_quote_that_was_gone_when_the_order_came_is_asked_for_anew() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    wire.maker("A")
    out = wire.calls_stale()
    assert (asked_for(out), closed(out)) == (["000102"], [("00010101", 0)])
    assert wire.statuses() == [QUEUED]
    assert placed(wire.maker("B")) == ["00010201"]
    wire.fills(1)
    assert wire.statuses() == [FILLED]


def test_three_rounds_are_all_there_are() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    for number in (1, 2, 3):
        wire.maker("A", quote_id=f"A{number}")
        wire.calls_stale()
    assert (asked_for(wire.last), wire.statuses()) == ([], [REJECTED])
    assert (wire.line(1).reason_code, wire.line(1).reason) == ("VENUE_REJECTED", "quote expired")
    assert len(wire.line(1).quote_rounds) == 3
    assert wire.pending() == {}


def test_any_other_rejection_ends_the_line() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    wire.maker("A")
    assert (asked_for(wire.rejects(1)), wire.statuses()) == ([], [REJECTED])


def test_a_decision_that_has_grown_old_during_the_round_is_taken_anew() -> None:
    wire = a_round()
    wire.wait(2.5)
    wire.quotes()
    wire.maker("A")
    wire.maker("B")
    assert placed(wire.maker("C")) == ["00010201"]


# --- what breaks ------------------------------------------------------------------------------------------------------


def test_a_stop_ends_the_rounds_and_nothing_leaves_any_more() -> None:
    wire = a_round()
    wire.maker("A")
    wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "anna", "lunch"))
    assert (wire.round().phase, wire.verdicts()) == (RoundPhase.VOIDED, ["A: stopped by anna: lunch"])
    assert (wire.line(1).status, wire.line(1).reason_code, wire.pending()) == (UNFILLED, "STOPPED", {})
    assert placed(wire.wait(20)) == []


def kills(wire: Makers, state: State) -> None:
    """Whatever is dealt for the strategy ALGO."""
    wire.take(inputs.KillRequested(Scope(Dimension.STRATEGY, "ALGO"), state, "rita", "stop the algorithm"))


def with_a_ready_round_that_cannot_be_taken(**desk: object) -> Makers:
    """All makers have quoted for row 1 while nothing may leave: the venue has missed something of ours."""
    wire = Makers(**desk)  # type: ignore[arg-type] # each test names its own
    wire.submit(rfq(strategy="ALGO"), make_line(Terms()))
    wire.acknowledges(2)
    wire.take(SequenceNoted(wire.name, by_venue=True, is_too_low=False, expected=2, received=0))
    for maker in ("A", "B", "C"):
        wire.maker(maker)
    assert wire.round().phase is RoundPhase.READY
    return wire


def test_a_session_that_drops_changes_nothing_of_a_batch_that_is_done_unsaid() -> None:
    wire = with_a_ready_round_that_cannot_be_taken()
    kills(wire, State.HALTED)
    assert wire.statuses() == [UNFILLED, WORKING]
    request = sent(RequestTrades, wire.fills(2))[-1].request_id
    wire.announces(request, 1)
    wire.lists(request, 2)
    assert (wire.phase, wire.batch.quoted) == (BatchPhase.DONE, {VENUE: deque()})
    state_hash(wire.engine)
    wire.drop()
    assert is_hashed_whole(wire.engine)


def test_a_row_that_the_gate_denies_when_its_order_could_leave_has_no_round_open() -> None:
    wire = with_a_ready_round_that_cannot_be_taken(
        book=limits({"ORDER_NOTIONAL pair=* tenor=* trader=* venue=* max": "1150000"})
    )
    wire.wait(2.5)
    wire.quotes(bid="1.1999", offer="1.2001")
    wire.announces(sent(RequestTrades, wire.outputs)[-1].request_id, 0)
    wire.reports_status(2, "0")
    assert (wire.line(1).status, wire.line(1).reason_code) == (LineStatus.DENIED, "ORDER_NOTIONAL")
    assert (wire.round().phase, wire.batch.rounds) == (RoundPhase.VOIDED, {})


def test_a_ready_round_that_is_decided_anew_is_asked_for_again() -> None:
    wire = with_a_ready_round_that_cannot_be_taken()
    kills(wire, State.REDUCING)
    assert (wire.round().phase, wire.batch.quoted[VENUE], wire.batch.queues[VENUE]) == (
        RoundPhase.VOIDED,
        deque(),
        deque([0]),
    )


def test_a_lost_session_ends_the_round_and_the_makers_are_asked_anew_when_it_is_back() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=2))
    wire.maker("A")
    wire.drop()
    assert (wire.round().phase, wire.statuses()) == (RoundPhase.VOIDED, [QUEUED])
    assert asked_for(wire.reopen()) == ["000102"]
    assert wire.verdicts() == []


def test_rounds_that_a_lost_session_ended_do_not_use_up_the_lines_rounds() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    for _ in range(4):
        wire.drop()
        wire.reopen()
    wire.maker("A")
    assert asked_for(wire.calls_stale()) == ["000106"]


def test_a_restart_in_mid_round_asks_anew_when_the_file_is_submitted_again() -> None:
    wire = a_round()
    wire.maker("A")
    wire.restart()
    assert (wire.round().phase, wire.phase) == (RoundPhase.VOIDED, BatchPhase.SUSPENDED)
    wire.reopen()
    assert asked_for(wire.submit(rfq())) == ["000102"]
    assert placed(wire.wait(5)) == []
    assert wire.statuses() == [UNFILLED]


def test_an_order_on_a_quote_that_never_left_has_its_quotes_asked_for_anew() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    wire.maker("A")
    assert asked_for(wire.refuses_to_send(1)) == []
    assert wire.statuses() == [QUEUED]
    wire.drop()
    assert asked_for(wire.reopen()) == ["000102"]


def test_a_row_that_the_gate_denies_is_never_asked_for() -> None:
    wire = Makers(book=limits({"ORDER_SIZE venue=* pair=* currency=* max": "1000"}))
    assert asked_for(wire.submit(rfq())) == []
    assert wire.statuses() == [LineStatus.DENIED]


def test_rounds_are_part_of_the_state() -> None:
    one, other = a_round(), a_round()
    one.maker("A", "1.1001")
    other.maker("A", "1.1002")
    assert state_hash(one.engine) != state_hash(other.engine)


# --- many legs --------------------------------------------------------------------------------------------------------


def test_a_swap_is_taken_where_all_its_legs_together_cost_the_least() -> None:
    """A sells the near leg dearer than B, and buys the far leg back dearer still."""
    wire = Makers(quotes=QuoteSettings(wanted=2))
    wire.submit(rfq(swap()))
    near_of = {"A": "1.1002", "B": "1.1001"}
    points_of = {"A": "0.0012", "B": "0.0010"}
    for maker, near in near_of.items():
        far = Decimal(near) + Decimal(points_of[maker])
        legs = f"555=2|600=EUR/USD|588=20260304|684={near}|600=EUR/USD|588=20260407|684={far}"
        wire.maker(maker, None, None, more=legs)
    (order,) = sent(PlaceOrder, wire.last)
    assert (order.price, order.quote and order.quote.far_rates) == (Decimal("1.1002"), (Decimal("1.1014"),))
    assert wire.verdicts() == ["A: won by 200.00 USD", "B: lost by 200.00 USD"]


def test_a_swap_with_a_rate_for_one_leg_only_cannot_be_dealt_on() -> None:
    wire = Makers(quotes=QuoteSettings(wanted=1))
    wire.submit(rfq(swap()))
    wire.maker("A")
    assert wire.verdicts() == ["A: incomplete: 1 rates for 2 legs"]


# --- streams ----------------------------------------------------------------------------------------------------------


def stream(**desk: object) -> Makers:
    """A venue that streams prices with ids, which are dealt on as they stand."""
    return Makers(venue=quoting("stream"), **desk)  # type: ignore[arg-type] # as in a_round


def prices(wire: Makers, bid: str, offer: str, number: int) -> list[object]:
    entries = f"268=2|269=0|270={bid}|278=B{number}|269=1|270={offer}|278=O{number}"
    return list(wire.says("W", f"262=M1|55=EUR/USD|{entries}"))


def test_a_streamed_price_is_taken_by_its_id() -> None:
    wire = stream()
    prices(wire, "1.0999", "1.1001", 7)
    (order,) = sent(PlaceOrder, wire.submit(rfq()))
    assert (order.price, order.quote) == (Decimal("1.1001"), QuoteReference("O7"))
    assert wire.verdicts() == ["the stream: won: the only quote that could be dealt on"]
    assert asked_for(wire.outputs) == []


def test_a_seller_takes_the_streamed_bid() -> None:
    wire = stream()
    prices(wire, "1.0999", "1.1001", 7)
    assert taken(wire.submit(rfq(Terms(side=Side.SELL)))) == [("B7", Decimal("1.0999"))]


def test_without_a_price_that_can_be_taken_the_line_waits_for_one() -> None:
    wire = stream()
    assert placed(wire.submit(rfq())) == []  # the price that is there has no id
    prices(wire, "109.99", "110.01", 8)
    assert placed(wire.last) == []
    prices(wire, "1.0999", "1.1001", 9)
    assert taken(wire.last) == [("O9", Decimal("1.1001"))]


def test_a_price_is_not_waited_for_for_ever() -> None:
    wire = stream()
    wire.submit(rfq())
    wire.wait(9)
    assert wire.statuses() == [QUEUED]
    wire.wait(2)
    assert (wire.line(1).status, wire.line(1).reason_code) == (UNFILLED, "NO_QUOTE")


def test_a_price_that_was_gone_is_tried_again_with_the_one_that_took_its_place() -> None:
    wire = stream()
    prices(wire, "1.0999", "1.1001", 7)
    wire.submit(rfq())
    prices(wire, "1.1000", "1.1002", 8)
    assert taken(wire.calls_stale()) == [("O8", Decimal("1.1002"))]


def test_nothing_but_spot_is_dealt_on_a_stream() -> None:
    wire = stream()
    prices(wire, "1.0999", "1.1001", 7)
    wire.submit(rfq(swap()))
    assert (placed(wire.last), wire.line(1).reason_code) == ([], "NO_QUOTE")
    assert wire.line(1).reason == f"{VENUE} streams prices of spot deals only, and quotes nothing else"


def test_a_batch_of_quotes_ends_like_any_other() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    wire.declines("A")
    assert not ended(wire.last)
    wire.announces("T2", 0)
    assert ended(wire.last)
    assert wire.batch.is_reconciled
