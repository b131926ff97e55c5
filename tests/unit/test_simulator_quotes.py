"""Quotes at the simulated venue: asked for and streamed, taken, expired, and wrong in every way a scenario can say."""

import time
from decimal import Decimal
from typing import Any

import pytest

from simulator.effects import Effect, SendQuotes
from simulator.scenario import load_scenario
from simulator.venue import Venue
from tests.unit.simulator_cases import (
    DESK,
    MS,
    SPOT_DATE,
    T0,
    cancel,
    deal,
    events,
    market,
    place,
    report,
    status,
    story,
    trades,
)
from tests.unit.simulator_desks import (
    ON_STREAM,
    ONE_MONTH,
    THREE_MONTHS,
    ask,
    leave,
    many,
    quotes,
    swap,
    take,
    venue,
)
from trader.domain.commands import PlaceOrder, QuoteReference, SubscribeMarketData
from trader.domain.currency import parse_pair
from trader.domain.deal import Deal, OrderType, Product, Side, TimeInForce
from trader.domain.events import (
    ExecType,
    OrdStatus,
    PriceQuoted,
    QuoteReceived,
    QuoteRequestRefused,
    QuoteWithdrawn,
    RejectReason,
)
from trader.fix.dialect import Quotes

D = Decimal
NEW = (ExecType.NEW, OrdStatus.NEW)
FILLED = (ExecType.TRADE, OrdStatus.FILLED)
CANCELED = (ExecType.CANCELED, OrdStatus.CANCELED)
REJECTED = (ExecType.REJECTED, OrdStatus.REJECTED)
FORWARD = deal(value_date=ONE_MONTH, product=Product.FORWARD)
BLOCK = many(
    Product.BLOCK,
    (Side.BUY, "3", SPOT_DATE),
    (Side.SELL, "1", ONE_MONTH),
    (Side.BUY, "2", THREE_MONTHS),
    pair="USD/JPY",
)


def makers(*words: str) -> str:
    return "".join(f'[[makers]]\nname = "M{number}"\n{word}\n' for number, word in enumerate(words))


def rule(when: str, then: str) -> str:
    return f"[[rules]]\nwhen = {{ {when} }}\nthen = {{ {then} }}\n"


def on_request(then: str, more: str = "") -> str:
    return rule('message = "QuoteRequest"', then) + more


def played(at: Venue, until_ns: int) -> list[Effect]:
    effects: list[Effect] = []
    while (due_ns := at.next_event_ns()) is not None and due_ns <= until_ns:
        effects += at.advance(due_ns)
    return effects


# --- requests --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [deal(), deal(side=Side.SELL), FORWARD, swap(), swap(Side.SELL), BLOCK])
def test_every_maker_quotes_every_leg_on_the_side_asked_for_and_the_best_is_dealt(asked: Deal) -> None:
    at = venue()
    told = quotes(at.handle(DESK, ask(asked), T0))
    assert [quote.maker for quote in told] == ["ALPHA", "BRAVO", "CHARLIE"]
    for quote in told:
        shown, hidden = (quote.offers, quote.bids) if asked.base_is_bought else (quote.bids, quote.offers)
        assert (len(shown), hidden) == (len(asked.legs), ())
        assert (quote.quote_req_id, quote.valid_until_ts_ns) == ("R1", T0 + 5_000 * MS)
    best = told[0]
    effects = at.handle(DESK, take(best, asked), T0 + MS)
    assert story(effects) == [NEW, FILLED]
    fill = report(effects)
    assert (fill.last_px, *(leg.last_px for leg in fill.far_legs)) == (best.offers or best.bids)


def test_two_way_quotes_have_both_sides_and_either_can_be_dealt() -> None:
    for side in Side:
        at = venue(quotes=Quotes(source="request", is_two_way=True))
        quote = quotes(at.handle(DESK, ask(swap()), T0))[0]
        assert quote.bids[1] - quote.bids[0] > quote.offers[1] - quote.offers[0], "the maker earns the points' spread"
        assert story(at.handle(DESK, take(quote, swap(side)), T0)) == [NEW, FILLED]


def test_all_in_is_spot_plus_points_and_a_spot_quote_says_neither() -> None:
    quote = quotes(venue().handle(DESK, ask(FORWARD), T0))[0]
    assert quote.offer_spot_rate is not None
    assert quote.offer_forward_points is not None
    assert quote.offers == (quote.offer_spot_rate + quote.offer_forward_points,)
    assert (quote.bid_spot_rate, quote.bid_forward_points) == (None, None)
    assert quotes(venue().handle(DESK, ask(deal()), T0))[0].offer_spot_rate is None


def test_the_same_quote_ids_come_again_with_the_next_request() -> None:
    at = venue()
    first, second = (quotes(at.handle(DESK, ask(deal(), name), T0)) for name in ("R1", "R2"))
    assert [quote.quote_id for quote in first] == [quote.quote_id for quote in second] == ["Q1", "Q2", "Q3"]
    assert story(at.handle(DESK, take(second[0], deal()), T0)) == [NEW, FILLED]
    assert story(at.handle(DESK, take(first[0], deal(), "B"), T0)) == [NEW, FILLED], "of the other request, so it lives"


def test_where_an_order_names_the_quote_alone_its_id_is_unique() -> None:
    at = venue(quotes=Quotes(source="request", reference_tags=(117,)))
    told = [quote for name in ("R1", "R2") for quote in quotes(at.handle(DESK, ask(deal(), name), T0))]
    assert len({quote.quote_id for quote in told}) == len(told)
    near = told[4].offers[0]
    order = PlaceOrder("A", deal(), OrderType.PREVIOUSLY_QUOTED, near, TimeInForce.FOK, "", T0, QuoteReference("R2-2"))
    assert story(at.handle(DESK, order, T0)) == [NEW, FILLED]


def test_a_makers_spread_skew_and_latency_are_its_own() -> None:
    at = venue(makers("spread = 3.0\nlatency_ms = 30", "skew_bp = 10\nlatency_ms = 20", "latency_ms = 10"))
    assert at.handle(DESK, ask(deal()), T0) == []
    told = {quote.maker: (quote.offers[0], quote.valid_until_ts_ns) for quote in quotes(played(at, T0 + 30 * MS))}
    house = market().quote(parse_pair("EUR/USD")).offer
    assert list(told) == ["M2", "M1", "M0"]
    assert told["M2"] == (house, T0 + 5_010 * MS)
    assert told["M0"][0] > house
    assert D("0.0010") < told["M1"][0] - house < D("0.0012")


def test_a_makers_noise_is_in_the_seed() -> None:
    def told(seed: int) -> list[Decimal]:
        at = venue(makers("noise_bp = 1"), seed=seed)
        return [quotes(at.handle(DESK, ask(deal(), f"R{number}"), T0))[0].offers[0] for number in range(20)]

    assert told(1) == told(1) != told(2)
    assert len(set(told(1))) > 5


# --- taking a quote --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wait_ms", "told"), [(5_000, [NEW, FILLED]), (5_001, [REJECTED])])
def test_a_quote_lives_until_its_time(wait_ms: int, told: list[object]) -> None:
    at = venue()
    quote = quotes(at.handle(DESK, ask(deal()), T0))[0]
    effects = at.handle(DESK, take(quote, deal()), T0 + wait_ms * MS)
    assert story(effects) == told
    assert report(effects).reject_reason is (RejectReason.STALE if told == [REJECTED] else None)


def test_an_order_in_flight_meets_an_expired_quote() -> None:
    at = venue(makers("valid_ms = 30") + rule('message = "NewOrderSingle"', 'action = "delay", ms = 40'))
    quote = quotes(at.handle(DESK, ask(deal()), T0))[0]
    at.handle(DESK, take(quote, deal()), T0)
    rejected = report(at.advance(T0 + 40 * MS))
    assert (rejected.reject_reason, rejected.text) == (RejectReason.STALE, "The quote has expired")


def test_a_makers_new_quote_replaces_its_last() -> None:
    at = venue(makers("quotes = 2\nevery_ms = 100"))
    old = quotes(at.handle(DESK, ask(deal()), T0))[0]
    (new,) = quotes(at.advance(T0 + 100 * MS))
    assert (old.maker, old.quote_id, new.quote_id) == (new.maker, "Q1", "Q2")
    stale = report(at.handle(DESK, take(old, deal()), T0 + 100 * MS))
    assert stale.reject_reason is RejectReason.STALE
    assert story(at.handle(DESK, take(new, deal(), "B"), T0 + 100 * MS)) == [NEW, FILLED]


def test_a_request_is_over_when_a_quote_of_it_is_dealt() -> None:
    at = venue(makers("", "latency_ms = 50"))
    first = quotes(at.handle(DESK, ask(deal()), T0))[0]
    at.handle(DESK, take(first, deal()), T0)
    assert played(at, T0 + 1_000 * MS) == [], "who has not answered yet does not any more"
    again = report(at.handle(DESK, take(first, deal(), "B"), T0 + MS))
    assert again.reject_reason is RejectReason.STALE


def test_passing_or_leaving_ends_the_request() -> None:
    for ends in ("passes", "leaves"):
        at = venue(makers("", "latency_ms = 50"))
        first = quotes(at.handle(DESK, ask(deal()), T0))[0]
        assert (at.handle(DESK, leave(), T0) if ends == "passes" else at.logged_out(DESK, T0)) == []
        assert played(at, T0 + 1_000 * MS) == []
        assert report(at.handle(DESK, take(first, deal()), T0)).reject_reason is RejectReason.STALE


def wrong_orders(quote: QuoteReceived) -> dict[str, PlaceOrder]:
    def order(on: Deal, price: Decimal, **named: Any) -> PlaceOrder:
        reference = QuoteReference(**{"quote_id": quote.quote_id, "quote_req_id": "R1", **named})
        return PlaceOrder("A", on, OrderType.PREVIOUSLY_QUOTED, price, TimeInForce.FOK, "", T0, reference)

    near, far = quote.offers
    return {
        "The quote is at": order(swap(), near + D("0.00001")),
        f"{near:f} and {far:f}": order(swap(), near, far_rates=(far + D("0.00001"),)),
        "There is no request for quotes 'R2'": order(swap(), near, quote_req_id="R2"),
        "There is no quote 'Q9' for the request 'R1'": order(swap(), near, quote_id="Q9"),
        "not for the deal": order(swap(Side.SELL), near),
        "not for the deal that was quoted": order(swap(amount="999999"), near),
    }


@pytest.mark.parametrize("number", range(6))
def test_an_order_for_anything_but_the_quote_is_rejected_and_the_quote_stands(number: int) -> None:
    at = venue()
    quote = quotes(at.handle(DESK, ask(swap()), T0))[0]
    word, order = list(wrong_orders(quote).items())[number]
    rejected = report(at.handle(DESK, order, T0))
    assert (rejected.ord_status, rejected.reject_reason) == (OrdStatus.REJECTED, RejectReason.OTHER)
    assert word in rejected.text
    assert story(at.handle(DESK, take(quote, swap(), "B"), T0)) == [NEW, FILLED]


def test_another_clients_quote_cannot_be_taken() -> None:
    at = venue()
    quote = quotes(at.handle(DESK, ask(deal()), T0))[0]
    assert story(at.handle("OTHER", take(quote, deal()), T0)) == [REJECTED]


# --- no quote --------------------------------------------------------------------------------------------------------


def test_when_all_makers_decline_the_venue_says_that_nobody_quotes() -> None:
    told = events(venue(on_request('action = "decline"')).handle(DESK, ask(deal()), T0))
    assert [(event.maker, event.text) for event in told if isinstance(event, QuoteRequestRefused)] == [
        ("ALPHA", "ALPHA does not quote"),
        ("BRAVO", "BRAVO does not quote"),
        ("CHARLIE", "CHARLIE does not quote"),
        ("", "Nobody quotes"),
    ]


def test_one_maker_that_declines_leaves_the_others() -> None:
    told = events(venue(makers("declines = 1.0", "")).handle(DESK, ask(deal()), T0))
    assert [type(event).__name__ for event in told] == ["QuoteRequestRefused", "QuoteReceived"]


@pytest.mark.parametrize(
    ("keys", "rules", "asked", "word"),
    [
        ({"quotes": None}, "plain", deal(), "Nothing is dealt on request here"),
        ({"quotes": ON_STREAM}, "plain", deal(), "Nothing is dealt on request here"),
        ({}, "plain", deal("USD/MXN"), "USD/MXN is not traded here"),
        ({}, "plain", deal(amount="0.001"), "0.001 is not an amount of EUR"),
        ({}, on_request('action = "reject", reason = "CREDIT"'), deal(), "Insufficient credit"),
        ({}, on_request('action = "reject", reason = "CREDIT", is_numbered = true'), deal(), "5"),
    ],
)
def test_a_request_that_no_maker_hears_of_is_refused(keys: dict[str, Any], rules: str, asked: Deal, word: str) -> None:
    told = events(venue(rules, **keys).handle(DESK, ask(asked), T0))
    assert told == [QuoteRequestRefused("R1", text=word)]


def test_a_request_id_is_used_once_and_the_first_request_stands() -> None:
    at = venue()
    quote = quotes(at.handle(DESK, ask(deal()), T0))[0]
    assert events(at.handle(DESK, ask(deal()), T0)) == [
        QuoteRequestRefused("R1", text="This QuoteReqID has been used before")
    ]
    assert story(at.handle(DESK, take(quote, deal()), T0)) == [NEW, FILLED]


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


# --- streamed prices -------------------------------------------------------------------------------------------------


def streamed(effects: list[Effect]) -> list[PriceQuoted]:
    return [quote for effect in effects if isinstance(effect, SendQuotes) for quote in effect.quotes]


def on_price(price: PriceQuoted, on: Deal, cl_ord_id: str = "A") -> PlaceOrder:
    rate, quote_id = (price.offer, price.offer_id) if on.base_is_bought else (price.bid, price.bid_id)
    reference = QuoteReference(quote_id)
    return PlaceOrder(cl_ord_id, on, OrderType.PREVIOUSLY_QUOTED, rate, TimeInForce.IOC, "", T0, reference)


def stream() -> tuple[Venue, PriceQuoted]:
    at = venue(quotes=ON_STREAM)
    (price,) = streamed(at.handle(DESK, SubscribeMarketData("M", (parse_pair("EUR/USD"),)), T0))
    return at, price


def moved(at: Venue) -> tuple[int, PriceQuoted]:
    """The next price, and when it came."""
    while True:
        due_ns = at.next_event_ns()
        assert due_ns is not None
        if told := streamed(at.advance(due_ns)):
            return due_ns, told[0]


@pytest.mark.parametrize("side", Side)
def test_a_streamed_price_is_dealt_by_its_id(side: Side) -> None:
    at, price = stream()
    effects = at.handle(DESK, on_price(price, deal(side=side)), T0)
    assert story(effects) == [NEW, FILLED]
    assert report(effects).last_px == (price.offer if side is Side.BUY else price.bid)


@pytest.mark.parametrize(("late_ms", "told"), [(1_000, [NEW, FILLED]), (1_001, [REJECTED])])
def test_a_superseded_price_is_good_for_a_while_and_then_stale(late_ms: int, told: list[object]) -> None:
    at, price = stream()
    since_ns, newer = moved(at)
    assert newer.offer_id != price.offer_id
    effects = at.handle(DESK, on_price(price, deal()), since_ns + late_ms * MS)
    assert story(effects) == told
    assert report(effects).reject_reason is (RejectReason.STALE if told == [REJECTED] else None)


def test_an_outright_on_a_streamed_price_gets_the_houses_points() -> None:
    at, price = stream()
    fill = report(at.handle(DESK, on_price(price, FORWARD), T0))
    assert fill.last_spot_rate == price.offer
    assert fill.last_forward_points == market().points(parse_pair("EUR/USD"), ONE_MONTH).offer


def test_the_wrong_side_rate_or_client_cannot_take_a_streamed_price() -> None:
    at, price = stream()
    assert price.offer is not None
    wrong_side = PlaceOrder(
        "A", deal(), OrderType.PREVIOUSLY_QUOTED, price.bid, TimeInForce.IOC, "", T0, QuoteReference(price.bid_id)
    )
    wrong_rate = PlaceOrder(
        "B", deal(), OrderType.PREVIOUSLY_QUOTED, D(1), TimeInForce.IOC, "", T0, QuoteReference(price.offer_id)
    )
    assert [report(at.handle(DESK, order, T0)).text for order in (wrong_side, wrong_rate)] == [
        "That price is the bid of EUR/USD",
        f"The price is {price.offer:f}",
    ]
    assert story(at.handle("OTHER", on_price(price, deal()), T0)) == [REJECTED]
    assert story(at.handle(DESK, on_price(price, deal(), "C"), T0)) == [NEW, FILLED]


def test_prices_have_no_ids_where_nothing_is_dealt_on_the_stream() -> None:
    (price,) = streamed(venue().handle(DESK, SubscribeMarketData("M", (parse_pair("EUR/USD"),)), T0))
    assert (price.bid_id, price.offer_id) == ("", "")


def test_a_day_of_streamed_prices_keeps_only_what_can_still_be_taken() -> None:
    at, price = stream()
    for _ in range(200):
        now_ns, price = moved(at)
    assert story(at.handle(DESK, on_price(price, deal()), now_ns)) == [NEW, FILLED]
    tickets = at._prices._tickets
    assert len(tickets) <= 2 * 6, "one price each 250 ms, two sides, good for a second"


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
