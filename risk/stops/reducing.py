"""Which orders shrink a position whatever part of them fills, and whatever else is filled before."""

from decimal import Decimal

from risk.checks.nop_currency import sides_of
from risk.gate.order_view import OrderView
from risk.ledger.ledger import Ledger
from risk.reasons import Violation
from trader.domain.currency import Currency
from trader.domain.deal import Side
from trader.domain.money import ZERO


def is_reducing(order: OrderView, ledger: Ledger, reporting_currency: Currency) -> bool:
    """Whether an order shrinks its book's position in both its currencies for every prefix of the fills.

    Other open orders that go the same way count as filled, those that go the other way as not. Opening from flat, and
    going through zero, is not reducing. The reporting currency is what positions are held against and has none of its
    own. A deal of several legs that may move a position either way, as a swap, does not shrink it for certain.
    """
    exposure = order.exposure
    if isinstance(exposure, Violation):
        return False
    keys = order.outline.keys
    dealt, dealt_back, contra, contra_back = exposure.amounts[:4]
    buys = keys.side is Side.BUY
    moves = (
        (keys.dealt_currency, buys, dealt, dealt_back),
        (order.outline.contra_currency, not buys, contra, contra_back),
    )
    return all(
        currency == reporting_currency
        or (back == ZERO and ZERO < amount <= _open_against(ledger, order, currency, is_buy=is_buy))
        for currency, is_buy, amount, back in moves
    )


def _open_against(ledger: Ledger, order: OrderView, currency: Currency, *, is_buy: bool) -> Decimal:
    """How much an order can buy, or sell, before the position is flat, in units of the currency.

    What the order itself holds already, as one does that would take a quote, is not counted a second time.
    """
    long, short = (ledger.node(name) for name in sides_of(order.outline.keys.book, currency))
    grows, shrinks = (long, short) if is_buy else (short, long)
    if grows is None or shrinks is None:
        return ZERO  # nothing was ever dealt: flat
    others = grows.pending - ledger.pending_of(order.request.reservation_id, grows)
    return shrinks.posted - others
