"""Quotes at the simulated venue: asked for and streamed, taken, expired, and wrong in every way a scenario can say."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.simulator_cases import (
    DESK,
    MS,
    SPOT_DATE,
    T0,
    deal,
    events,
    market,
    report,
    story,
)
from tests.unit.simulator_desks import (
    FILLED,
    FORWARD,
    NEW,
    ON_STREAM,
    ONE_MONTH,
    REJECTED,
    THREE_MONTHS,
    ask,
    leave,
    makers,
    many,
    on_request,
    played,
    quotes,
    rule,
    swap,
    take,
    venue,
)
from trader.domain.commands import PlaceOrder, QuoteReference
from trader.domain.currency import parse_pair
from trader.domain.deal import Deal, OrderType, Product, Side, TimeInForce
from trader.domain.events import (
    OrdStatus,
    QuoteReceived,
    QuoteRequestRefused,
    RejectReason,
)
from trader.fix.dialect import Dictionary, Quotes

D = Decimal
BLOCK = many(
    Product.BLOCK,
    (Side.BUY, "3", SPOT_DATE),
    (Side.SELL, "1", ONE_MONTH),
    (Side.BUY, "2", THREE_MONTHS),
    pair="USD/JPY",
)


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


@pytest.mark.parametrize("file", ["FIX42.xml", "FIX43.xml"])
def test_where_a_refusal_names_nobody_only_the_last_of_them_is_heard(file: str) -> None:
    told = events(
        venue(on_request('action = "decline"'), dictionary=Dictionary(file=file)).handle(DESK, ask(deal()), T0)
    )
    assert told == [QuoteRequestRefused("R1", text="Nobody quotes")]


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
