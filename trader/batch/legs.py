"""The amounts and the limit of a row, which are its own, and the legs they make with its terms."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from trader.batch import fields
from trader.batch.fields import CellError
from trader.batch.schedule import Day
from trader.batch.terms import BrokenTerms, Terms
from trader.domain.currency import Currency, CurrencyPair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side
from trader.domain.money import ZERO, round_rate

_DEALT_WITHOUT_LIMIT = (OrderType.MARKET, OrderType.PREVIOUSLY_QUOTED)

TickOf = Callable[[CurrencyPair], Decimal]


def read_amounts(text: str, terms: Terms | BrokenTerms) -> tuple[Decimal, ...]:
    """The amount of the row; of a block one for each leg, less than zero where the leg is on the other side."""
    if terms.product is not Product.BLOCK:
        return (_read_amount(text, terms.dealt_currency),)
    amounts = fields.read_each(text, partial(_read_signed_amount, currency=terms.dealt_currency))
    if not amounts:
        raise CellError("is empty", "an amount for each value date, with blanks between them")
    if terms.days and len(amounts) != len(terms.days):
        expected = f"{len(terms.days)} with blanks between them, one for each value date"
        raise CellError(f"holds {len(amounts)} amounts", expected)
    return amounts


def read_far_amount(text: str, terms: Terms | BrokenTerms) -> Decimal | None:
    """What a swap deals back on its second date; None for as much as on the first."""
    if terms.product is Product.SWAP or terms.product is None:
        return _read_amount(text, terms.dealt_currency) if text else None
    fields.read_nothing(text, Product.SWAP)
    return None


def deal_of(terms: Terms, amounts: tuple[Decimal, ...], far_amount: Decimal | None) -> Deal:
    """The deal of a row.

    Args:
        terms: The row's.
        amounts: As :func:`read_amounts` gives them.
        far_amount: As :func:`read_far_amount` gives it.
    """
    side, days = terms.side, terms.days
    legs: tuple[Leg, ...]
    if len(days) == 1:  # nearly every row is, and its leg is made without a detour
        legs = (Leg(side, amounts[0], *days[0]),)
    else:
        signed = (*amounts, -(far_amount or amounts[0])) if terms.product is Product.SWAP else amounts
        legs = tuple(map(partial(_leg, side), signed, days))
    return Deal(terms.product, terms.pair, terms.dealt_currency, legs[0], legs[1:], terms.fixing_date)


def read_limit(text: str, terms: Terms | BrokenTerms, tick_of: TickOf) -> Decimal | None:
    """The limit rate on the pair in market order, or None: for a market order, or a quote that may be any."""
    if not text:
        if terms.order_type in _DEALT_WITHOUT_LIMIT or not terms.tells_order_type:
            return None
        raise CellError("is empty", "the worst rate you take, or order_type MARKET")
    if terms.product and terms.product.has_many_legs:
        raise CellError(f"is for one leg, and a {terms.product} has more", "an empty cell")
    if terms.order_type is OrderType.MARKET:
        raise CellError("stands beside order_type MARKET", "an empty cell, or order_type LIMIT")
    rate = fields.read_number(text)
    if terms.original_pair:
        return _inverse_limit(rate, terms, tick_of) if isinstance(terms, Terms) else rate
    if terms.pair and rate % tick_of(terms.pair):
        raise CellError(
            "is between the price steps of its pair", f"a multiple of {tick_of(terms.pair)} for {terms.pair}"
        )
    return rate


def _leg(side: Side, amount: Decimal, day: Day) -> Leg:
    """A leg on the row's side, or on the other one when the amount is less than zero."""
    return Leg(side if amount > ZERO else side.opposite, abs(amount), *day)


def _read_signed_amount(text: str, currency: Currency | None) -> Decimal:
    amount = _read_amount(text.removeprefix("-"), currency)
    return -amount if text.startswith("-") else amount


def _read_amount(text: str, currency: Currency | None) -> Decimal:
    amount = fields.read_number(text)
    if currency is None:
        return amount
    if amount % currency.minor_unit:
        raise CellError("has a fraction of the minor unit", f"at most {currency.decimals} decimals in {currency}")
    if len(text.partition(".")[2]) > currency.decimals:
        # Zeros behind the minor unit, as a spreadsheet's number format leaves them, would confuse a venue.
        return amount.quantize(currency.minor_unit)
    return amount


def _inverse_limit(rate: Decimal, terms: Terms, tick_of: TickOf) -> Decimal:
    """The limit of a row with the pair the other way round, which can have any number of digits."""
    limit_rate = round_rate(1 / rate, tick_of(terms.pair), base_is_bought=terms.base_is_bought)
    if not limit_rate:
        raise CellError(
            f"is no rate that {terms.original_pair} can have",
            f"units of {terms.pair.base} for one of {terms.pair.terms}",
        )
    return limit_rate
