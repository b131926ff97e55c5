"""Makers are asked, and the best of their quotes that can be dealt on is taken."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.engine_cases import placed, sent
from tests.unit.quote_cases import Makers, a_round, asked_for, quoting, rfq, taken
from tests.unit.risk_cases import Terms, limits, swap
from trader.domain.commands import PassQuotes, PlaceOrder, QuoteReference, RequestQuote
from trader.domain.deal import OrderType, Side, TimeInForce
from trader.engine.rounds import RoundPhase
from trader.engine.settings import QuoteSettings
from trader.engine.state import BatchPhase, LineStatus
from trader.fix.dialect import Quotes

QUEUED, WORKING, UNFILLED = LineStatus.QUEUED, LineStatus.WORKING, LineStatus.UNFILLED


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


def test_a_row_that_the_gate_denies_is_never_asked_for() -> None:
    wire = Makers(book=limits({"ORDER_SIZE venue=* pair=* currency=* max": "1000"}))
    assert asked_for(wire.submit(rfq())) == []
    assert wire.statuses() == [LineStatus.DENIED]


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
