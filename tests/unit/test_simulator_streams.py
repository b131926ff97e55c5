"""Streamed prices at the simulated venue, and orders that take one by its id."""

from decimal import Decimal

import pytest

from simulator.effects import Effect, SendQuotes
from simulator.venue.venue import Venue
from tests.unit.simulator_cases import (
    DESK,
    MS,
    T0,
    deal,
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
    venue,
)
from trader.domain.commands import PlaceOrder, QuoteReference, SubscribeMarketData
from trader.domain.currency import parse_pair
from trader.domain.deal import Deal, OrderType, Side, TimeInForce
from trader.domain.events import (
    PriceQuoted,
    RejectReason,
)

D = Decimal


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
