"""Every message against the stock dictionary of its version: nothing is missing, and what is not in it is listed.

What a venue takes besides stands in its dialect's ``[dictionary]``; here is what the robot writes at all.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from tests.unit.fix_stock import faults
from tests.unit.wire_dialects import EVERY
from trader.domain.commands import (
    CancelAllOrders,
    CancelOrder,
    PassQuotes,
    PlaceOrder,
    QuoteReference,
    ReplaceOrder,
    RequestMassStatus,
    RequestOrderStatus,
    RequestQuote,
    RequestTrades,
    SubscribeMarketData,
    VenueCommand,
)
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.fix.dialect import Dialect
from trader.fix.encode import Encoder
from trader.fix.text import SOH

PAIR = parse_pair("EUR/USD")
NEAR = Leg(Side.BUY, Decimal(1_000_000), date(2026, 3, 4), "SPOT")
FAR = Leg(Side.SELL, Decimal(1_000_000), date(2026, 6, 4), "3M")


def deals(dialect: Dialect) -> Iterator[Deal]:
    """One deal of each product that the venue takes as one order."""
    for product, form in dialect.products.items():
        if form.legs == "linked":
            continue
        if product is Product.NDF:
            yield Deal(product, parse_pair("USD/KRW"), Currency("USD"), NEAR, fixing_date=date(2026, 3, 2))
        else:
            yield Deal(product, PAIR, Currency("EUR"), NEAR, (FAR,) if product.has_many_legs else ())


def commands(dialect: Dialect) -> Iterator[VenueCommand]:
    """Everything that the robot can ask of the venue, with as much in it as it can have."""
    requests, limit = dialect.requests, (OrderType.LIMIT, Decimal("1.1"), TimeInForce.FOK)
    for deal in deals(dialect):
        yield PlaceOrder("A", deal, *limit, "ACC", 0, link_id="LINK")
        yield CancelOrder("C", "A", "V1", deal, 0)
        if requests.order_status:
            yield RequestOrderStatus("A", "V1", deal)
        if requests.replace and not deal.far_legs:
            yield ReplaceOrder("B", "A", "V1", deal, *limit, "ACC", 0)
        if dialect.quotes is None:
            continue
        quote = QuoteReference("Q", "R", tuple(Decimal("1.2") for _ in deal.far_legs))
        taken = (OrderType.PREVIOUSLY_QUOTED, Decimal("1.1"), TimeInForce.FOK)
        yield PlaceOrder("A", deal, *taken, "ACC", 0, quote)
        if dialect.quotes.source == "request":
            yield RequestQuote("Q", deal, "ACC", 0)
            if dialect.begin_string not in ("FIX.4.2", "FIX.4.3"):  # which have no QuoteResponse(AJ)
                yield PassQuotes("P", "R", "Q", deal, 0)
    if requests.mass_status:
        yield RequestMassStatus("M")
    if requests.mass_cancel:
        yield CancelAllOrders("M", 0)
    if requests.trade_capture:
        yield RequestTrades("T", date(2026, 3, 2), 0)
    yield SubscribeMarketData("V", (PAIR,))


@pytest.mark.parametrize("dialect", EVERY.values(), ids=EVERY.keys())
def test_every_message_is_one_of_its_version(dialect: Dialect) -> None:
    for command in commands(dialect):
        text = Encoder(dialect).encode(command)
        assert faults(text, dialect) == [], text


def test_a_message_that_is_not_is_found() -> None:
    dialect = EVERY["plain"]
    order = PlaceOrder("A", next(deals(dialect)), OrderType.MARKET, None, TimeInForce.DAY, "", 0)
    text = Encoder(dialect).encode(order)
    assert faults(f"{text}269=0{SOH}", dialect) == ["269 has no place"]
    assert faults(f"{text}11=A{SOH}", dialect) == ["11 is there twice"]
    assert faults(text.replace(f"{SOH}11=A", ""), dialect) == ["11 is missing"]
    odd = msgspec.structs.replace(EVERY["groups"], party_messages=("H",))
    assert faults(Encoder(odd).encode(order), odd) == []
    assert faults(Encoder(EVERY["groups"]).encode(order).replace("453=2", "453=3"), odd) == ["453 counts 3 and has 2"]
