"""What the tests of the simulator's products and quotes share: venues of any dialect, deals, requests."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from simulator.effects import Effect
from simulator.venue.venue import Venue
from tests.unit.simulator_cases import DIALECT, SPOT_DATE, T0, TRADE_DATE, deal, events, market, scenario
from trader.domain.commands import PassQuotes, PlaceOrder, QuoteReference, RequestQuote
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.events import ExecType, OrdStatus, QuoteReceived
from trader.fix.dialect import Dialect, ProductForm, Quotes

ONE_MONTH = date(2026, 12, 24)
THREE_MONTHS = date(2027, 2, 24)
EVERY_PRODUCT = {product: ProductForm(legs="multileg") for product in Product}
NEW = (ExecType.NEW, OrdStatus.NEW)
FILLED = (ExecType.TRADE, OrdStatus.FILLED)
CANCELED = (ExecType.CANCELED, OrdStatus.CANCELED)
REJECTED = (ExecType.REJECTED, OrdStatus.REJECTED)
FORWARD = deal(value_date=ONE_MONTH, product=Product.FORWARD)
ON_REQUEST = Quotes(source="request")
ON_STREAM = Quotes(source="stream", valid_ms=1_000)


def dialect(**keys: Any) -> Dialect:
    """A venue that deals every product in every way, but for what is said."""
    every_type = {order_type: order_type.value for order_type in OrderType}
    return msgspec.structs.replace(DIALECT, **{"order_types": every_type, "products": EVERY_PRODUCT, **keys})


def venue(rules: str = "plain", seed: int = 1, **keys: Any) -> Venue:
    """The same, open; ``quotes`` are on request unless they are said."""
    return Venue(seed, dialect(**{"quotes": ON_REQUEST, **keys}), market(seed), scenario(rules), TRADE_DATE, T0)


def many(
    product: Product, *legs: tuple[Side, str, date], pair: str = "EUR/USD", dealt: str = "", fixing: date | None = None
) -> Deal:
    """A deal of one leg or more."""
    on = parse_pair(pair)
    near, *far = (
        Leg(side, Decimal(amount), day, "SPOT" if day == SPOT_DATE else day.isoformat()) for side, amount, day in legs
    )
    return Deal(product, on, Currency(dealt or on.base), near, tuple(far), fixing)


def swap(near: Side = Side.BUY, amount: str = "1000000", far_amount: str = "", pair: str = "EUR/USD") -> Deal:
    """Spot against one month."""
    legs = (near, amount, SPOT_DATE), (near.opposite, far_amount or amount, ONE_MONTH)
    return many(Product.SWAP, *legs, pair=pair)


def ask(on: Deal, quote_req_id: str = "R1") -> RequestQuote:
    return RequestQuote(quote_req_id, on, "", T0)


def rule(when: str, then: str) -> str:
    return f"[[rules]]\nwhen = {{ {when} }}\nthen = {{ {then} }}\n"


def on_request(then: str) -> str:
    return rule('message = "QuoteRequest"', then)


def makers(*words: str) -> str:
    """Makers M0, M1, ... with what else is said of each."""
    return "".join(f'[[makers]]\nname = "M{number}"\n{word}\n' for number, word in enumerate(words))


def played(at: Venue, until_ns: int) -> list[Effect]:
    """Everything that happens by itself until then."""
    effects: list[Effect] = []
    while (due_ns := at.next_event_ns()) is not None and due_ns <= until_ns:
        effects += at.advance(due_ns)
    return effects


def leave(quote_req_id: str = "R1") -> PassQuotes:
    return PassQuotes("P", quote_req_id, "", swap(), T0)


def quotes(effects: Sequence[Effect]) -> list[QuoteReceived]:
    return [event for event in events(effects) if isinstance(event, QuoteReceived)]


def take(quote: QuoteReceived, on: Deal, cl_ord_id: str = "A", tif: TimeInForce = TimeInForce.FOK) -> PlaceOrder:
    """An order that takes a quote just as it is."""
    near, *far = quote.offers if on.base_is_bought else quote.bids
    reference = QuoteReference(quote.quote_id, quote.quote_req_id, tuple(far))
    return PlaceOrder(cl_ord_id, on, OrderType.PREVIOUSLY_QUOTED, near, tif, "", T0, reference)
