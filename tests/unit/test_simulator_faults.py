"""What a scenario makes of quotes and orders: wrong, late and withdrawn ones, last looks, and the bundled days."""

import time

import pytest

from simulator.effects import Effect
from simulator.faults.scenario import load_scenario
from tests.unit.simulator_cases import (
    DESK,
    MS,
    T0,
    cancel,
    deal,
    events,
    place,
    report,
    status,
    story,
    trades,
)
from tests.unit.simulator_desks import (
    CANCELED,
    FILLED,
    FORWARD,
    NEW,
    REJECTED,
    ask,
    on_request,
    played,
    quotes,
    rule,
    swap,
    take,
    venue,
)
from trader.domain.commands import PlaceOrder
from trader.domain.deal import TimeInForce
from trader.domain.events import (
    ExecType,
    OrdStatus,
    QuoteReceived,
    QuoteRequestRefused,
    QuoteWithdrawn,
    RejectReason,
)

# --- wrong quotes ----------------------------------------------------------------------------------------------------


def test_a_maker_a_hundred_times_off_stands_by_its_quote() -> None:
    at = venue(on_request('action = "misquote", maker = "BRAVO", factor = "100"'))
    right, wrong, _ = quotes(at.handle(DESK, ask(swap()), T0))
    assert [round(high / low) for high, low in zip(wrong.offers, right.offers, strict=True)] == [100, 100]
    assert report(at.handle(DESK, take(wrong, swap()), T0)).last_px == wrong.offers[0]


@pytest.mark.parametrize("side", ["bid", "offer"])
def test_a_one_way_quote_has_one_side_whatever_was_asked(side: str) -> None:
    at = venue(on_request(f'action = "misquote", maker = "ALPHA", sides = "{side}"'))
    quote = quotes(at.handle(DESK, ask(deal()), T0))[0]
    assert (bool(quote.bids), bool(quote.offers)) == (side == "bid", side == "offer")


def test_points_with_the_wrong_sign_do_not_give_the_all_in_rate() -> None:
    quote = quotes(venue(on_request('action = "misquote", flips_points = true')).handle(DESK, ask(FORWARD), T0))[0]
    assert quote.offer_spot_rate is not None
    assert quote.offer_forward_points is not None
    assert quote.offer_forward_points < 0
    assert quote.offer_spot_rate - quote.offer_forward_points == quote.offers[0]


def test_a_stray_quote_carries_another_requests_id_and_this_ones_quote_id() -> None:
    stray = rule('message = "QuoteRequest", after = 1', 'action = "stray", maker = "ALPHA"')
    at = venue(stray)
    at.handle(DESK, ask(deal(), "R1"), T0)
    strayed, right, *_ = quotes(at.handle(DESK, ask(deal(), "R2"), T0))
    assert (strayed.quote_req_id, right.quote_req_id) == ("R1", "R2")
    assert strayed.quote_id == right.quote_id
    assert strayed.offers[0] * 2 == right.offers[0]


def test_a_withdrawn_quote_cannot_be_taken() -> None:
    at = venue(on_request('action = "withdraw", maker = "ALPHA", after_ms = 10'))
    quote = quotes(at.handle(DESK, ask(deal()), T0))[0]
    assert events(at.advance(T0 + 10 * MS)) == [QuoteWithdrawn("R1", "Q1", "ALPHA", "Withdrawn by the maker")]
    assert report(at.handle(DESK, take(quote, deal()), T0 + 10 * MS)).reject_reason is RejectReason.STALE


def test_a_quote_can_arrive_after_it_has_expired_or_its_request_has_ended() -> None:
    at = venue(rule('message = "Quote", maker = "CHARLIE"', 'action = "delay", ms = 6000'))
    quick = quotes(at.handle(DESK, ask(deal()), T0))
    at.handle(DESK, take(quick[0], deal()), T0)
    (late,) = quotes(at.advance(T0 + 6_000 * MS))
    assert late.maker == "CHARLIE"
    assert late.valid_until_ts_ns < T0 + 6_000 * MS


# --- last look and unasked cancels -----------------------------------------------------------------------------------


@pytest.mark.parametrize("tif", [TimeInForce.FOK, TimeInForce.DAY])
def test_a_last_look_holds_the_order_and_then_rejects_it(tif: TimeInForce) -> None:
    at = venue(rule('message = "NewOrderSingle"', 'action = "last_look", hold_ms = 300'))
    assert story(at.handle(DESK, place("A", tif=tif), T0)) == [NEW]
    assert story(at.advance(T0 + 299 * MS)) == [], "prices move meanwhile, and nothing is filled"
    assert story(at.advance(T0 + 300 * MS)) == [REJECTED]


def test_an_order_can_be_canceled_while_it_is_looked_at() -> None:
    at = venue(rule('message = "NewOrderSingle"', 'action = "last_look", hold_ms = 300'))
    at.handle(DESK, place("A"), T0)
    assert story(at.handle(DESK, cancel("B", "A"), T0 + MS)) == [CANCELED]
    assert played(at, T0 + 1_000 * MS) == []


def test_the_venue_cancels_what_is_left_unasked() -> None:
    at = venue(rule('message = "NewOrderSingle"', 'action = "cancel", after_ms = 50'))
    at.handle(DESK, place("A", "1.0"), T0)
    (ended,) = (report([effect]) for effect in at.advance(T0 + 50 * MS))
    assert (ended.exec_type, ended.cl_ord_id, ended.text) == (ExecType.CANCELED, "A", "Canceled by the venue")
    assert story(at.handle(DESK, place("B"), T0 + 60 * MS)) == [NEW, FILLED]
    assert story(at.advance(T0 + 200 * MS)) == [], "a filled order has nothing left to cancel"


def test_a_live_order_is_denied() -> None:
    at = venue(rule('message = "OrderStatusRequest", count = 1', 'action = "deny"'))
    at.handle(DESK, place("A", "1.0"), T0)
    denied = report(at.handle(DESK, status("A"), T0))
    assert (denied.ord_status, denied.reject_reason) == (OrdStatus.REJECTED, RejectReason.UNKNOWN_ORDER)
    assert report(at.handle(DESK, status("A"), T0)).ord_status is OrdStatus.NEW


# --- bundled scenarios -----------------------------------------------------------------------------------------------


def day(name: str, lines: int = 100) -> tuple[list[Effect], int]:
    """A day of requests, all asked at once, the best quote taken as soon as there are three answers."""
    at, effects, waiting = venue(name), [], {f"R{number}": number for number in range(lines)}
    answers: dict[str, list[QuoteReceived]] = {name: [] for name in waiting}
    asked = {
        name: swap() if number % 3 == 0 else FORWARD if number % 3 == 1 else deal() for name, number in waiting.items()
    }
    new = [effect for name in waiting for effect in at.handle(DESK, ask(asked[name], name), T0)]
    now_ns = T0
    while True:
        effects += new
        best: list[PlaceOrder] = []
        for quote in quotes(new):
            heard = answers.get(quote.quote_req_id, [])
            heard.append(quote)
            if len(heard) == 3 and quote.quote_req_id in waiting:
                del waiting[quote.quote_req_id]
                usable = [one for one in heard if one.offers]
                chosen = min(usable, key=lambda one: one.offers)
                best.append(take(chosen, asked[quote.quote_req_id], f"A-{quote.quote_req_id}"))
        new = [effect for order in best for effect in at.handle(DESK, order, now_ns)]
        if new or best:
            continue
        due_ns = at.next_event_ns()
        if due_ns is None or due_ns > T0 + 30_000 * MS:
            return effects, now_ns
        now_ns, new = due_ns, at.advance(due_ns)


def test_a_slow_venue_quotes_after_250_ms_and_deals_after_40() -> None:
    at = venue("rfq_slow")
    assert at.handle(DESK, ask(deal()), T0) == []
    assert at.next_event_ns() == T0 + 250 * MS
    quote = quotes(at.advance(T0 + 250 * MS))[0]
    assert at.handle(DESK, take(quote, deal()), T0 + 250 * MS) == []
    assert at.next_event_ns() == T0 + 290 * MS
    assert story(at.advance(T0 + 290 * MS)) == [NEW, FILLED]


def test_a_hundred_requests_at_once_take_as_long_as_one_and_little_time_to_play() -> None:
    started = time.perf_counter()
    effects, ended_ns = day("rfq_slow")
    assert time.perf_counter() - started < 1
    assert len(trades(effects)) == 100
    assert ended_ns == T0 + 290 * MS


@pytest.mark.parametrize("name", ["rfq", "rfq_slow", "rfq_faults", "last_look"])
def test_a_bundled_day_is_the_same_from_the_same_seed(name: str) -> None:
    first, _ = day(name)
    assert repr(first) == repr(day(name)[0])
    assert trades(first)


def test_the_bundled_faults_all_happen_in_a_hundred_lines() -> None:
    effects, _ = day("rfq_faults")
    told = quotes(effects)
    assert any(quote.offers and quote.offers[0] > 100 for quote in told), "a hundred times off"
    assert any(quote.bids for quote in told), "one-way"
    assert any(quote.offer_forward_points is not None and quote.offer_forward_points < 0 for quote in told)
    refusals = [event for event in events(effects) if isinstance(event, QuoteRequestRefused)]
    assert {refusal.text for refusal in refusals} >= {"Nobody quotes", "CHARLIE does not quote", "5"}
    assert any(isinstance(event, QuoteWithdrawn) for event in events(effects))
    keys = [(quote.quote_req_id, quote.quote_id) for quote in told]
    assert len(keys) > len(set(keys)), "the same QuoteID twice for one request: one of them strayed"
    assert REJECTED in story(effects)


def test_four_makers_compete() -> None:
    assert [maker.name for maker in load_scenario("rfq").makers] == ["ALPHA", "BRAVO", "CHARLIE", "DELTA"]
