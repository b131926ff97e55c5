"""What a message asks to be dealt: pair, side, amounts and dates of its legs, in whatever form the dialect gives them.

A form is recognized by what it holds: SettlDate2(193) makes two legs of one order, NoLegs(555) any number, and a fixing
date in MaturityDate(541) a non-deliverable forward. Source: FIX 4.4 volumes 3, 4 and 7.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from trader.domain.currency import Currency, CurrencyPair
from trader.domain.deal import Deal, Leg, Product, Side
from trader.fix import tags
from trader.fix.codes import SIDE
from trader.fix.contracts import quantity_reader
from trader.fix.dialect import Dialect
from trader.fix.fields import Fields
from trader.fix.text import FieldError, read_local_mkt_date

SpotDate = Callable[[CurrencyPair], date]
_PairAndSide = tuple[CurrencyPair, Currency, Side]

_NOTHING = Decimal(0)
_NO_DATE = date.min  # a cancel and a status request name an order and carry no value date
_SWAP_LEGS = 2
_SETTL_DATE = int(tags.SETTL_DATE)
_OF_MANY_LEGS_OR_FIXED = (Product.SWAP, Product.BLOCK, Product.NDF)


class DealReader:
    """Reads deals in one dialect.

    Args:
        dialect: The venue's dialect.
        spot_date: The spot date of a pair, for a dialect that writes a word in place of the date.
    """

    def __init__(self, dialect: Dialect, spot_date: SpotDate) -> None:
        self._dialect = dialect
        self._spot_date = spot_date
        self._quantity = quantity_reader(dialect.amounts.contract)
        self._known: dict[tuple[str | None, ...], _PairAndSide] = {}
        self._words = dialect.settl_date_words
        self._leaves_dates_out = _leaves_dates_out(dialect)
        self._forms: dict[str, list[tuple[str, Product]]] = {}
        for product, form in dialect.products.items():
            if product not in _OF_MANY_LEGS_OR_FIXED:
                self._forms.setdefault(form.settl_type, []).append((form.security_type, product))

    def identity(self, fields: Fields) -> Deal:
        """The deal of a message that only names an order: pair and side, and whatever amount it repeats."""
        pair, dealt_currency, side = self._pair_and_side(fields)
        amount = fields.may(tags.ORDER_QTY, self._quantity, _NOTHING)
        return Deal(Product.SPOT, pair, dealt_currency, Leg(side, amount, _NO_DATE, Product.SPOT.value))

    def deal(self, fields: Fields) -> Deal:
        """The deal of an order or of a request for quotes.

        Raises:
            FieldError: What is needed for it is missing, or cannot be read.
        """
        if tags.NO_LEGS in fields:
            return self._of_legs(fields)
        pair, dealt_currency, side = self._pair_and_side(fields)
        amount = fields.need(tags.ORDER_QTY, self._quantity)
        value_date = self._date(fields, pair)
        if tags.SETTL_DATE2 in fields:
            return self._of_two(fields, Deal(Product.SWAP, pair, dealt_currency, Leg(side, amount, value_date, "")))
        if tags.MATURITY_DATE in fields:
            leg = Leg(side, amount, value_date, _tenor(fields, value_date))
            fixing_date = fields.need(tags.MATURITY_DATE, read_local_mkt_date)
            return Deal(Product.NDF, pair, dealt_currency, leg, fixing_date=fixing_date)
        product = self._product(fields, pair, value_date)
        tenor = _tenor(fields, value_date) if product is Product.FORWARD else product.value
        return Deal(product, pair, dealt_currency, Leg(side, amount, value_date, tenor))

    def _pair_and_side(self, fields: Fields) -> _PairAndSide:
        """Pair, dealt currency and side. The same few come in every message, so each is read once."""
        security_id = fields.get(tags.SECURITY_ID) if self._dialect.security_ids else None
        key = fields.get(tags.SYMBOL), fields.get(tags.CURRENCY), fields.get(tags.SIDE), security_id
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._read_pair_and_side(fields)
        return known

    def _read_pair_and_side(self, fields: Fields) -> _PairAndSide:
        dialect = self._dialect
        pair = fields.need(tags.SYMBOL, dialect.pair)
        if dialect.security_ids:
            fields.expect(tags.SECURITY_ID, dialect.security_ids.get(str(pair), ""))
        dealt_currency = fields.may(tags.CURRENCY, Currency, pair.base)
        if dealt_currency not in pair:
            raise FieldError(f"tag {tags.CURRENCY}: {dealt_currency} is not in {pair}")
        # A request for two-way quotes does not say a side: then what is asked is the price of buying, and of selling.
        side = fields.may(tags.SIDE, SIDE.__getitem__, Side.BUY)
        return pair, dealt_currency, dialect.wire_side(side, dealt_currency, pair)

    def _date(self, fields: Fields, pair: CurrencyPair) -> date:
        said = fields.get(tags.SETTL_DATE)
        if said in self._words or (said is None and self._leaves_dates_out):
            return self._spot_date(pair)
        return fields.need(tags.SETTL_DATE, read_local_mkt_date)

    def _product(self, fields: Fields, pair: CurrencyPair, value_date: date) -> Product:
        """The product of one leg: by its SettlType(63), which is a forward's when it is no other's, or by its date."""
        forms = self._forms.get(fields.get(tags.SETTL_TYPE, ""))
        if forms is None and tags.SETTL_TYPE in fields:
            return Product.FORWARD
        if forms is not None and len(forms) == 1:
            return forms[0][1]
        security_type = fields.get(tags.SECURITY_TYPE, "")
        alike = [product for of_type, product in forms or () if of_type == security_type]
        if len(alike) == 1:
            return alike[0]
        return Product.SPOT if value_date == self._spot_date(pair) else Product.FORWARD

    def _of_two(self, fields: Fields, near: Deal) -> Deal:
        """One order with a second date and amount: its far leg is on the other side."""
        leg = near.near_leg
        far_date = fields.need(tags.SETTL_DATE2, read_local_mkt_date)
        far_amount = fields.need(tags.ORDER_QTY2, self._quantity)
        near_leg = replace(leg, tenor=_tenor(fields, leg.value_date))
        far_leg = Leg(leg.side.opposite, far_amount, far_date, far_date.isoformat())
        return replace(near, product=self._of_many((near_leg, far_leg)), near_leg=near_leg, far_legs=(far_leg,))

    def _of_legs(self, fields: Fields) -> Deal:
        entries = fields.entries(tags.NO_LEGS)
        pair, dealt_currency, _ = self._pair_and_side(fields)
        legs = tuple(self._leg(entry, pair, dealt_currency) for entry in entries)
        if len(legs) < _SWAP_LEGS:
            raise FieldError(f"tag {tags.NO_LEGS}: a deal of several legs has two or more")
        return Deal(self._of_many(legs), pair, dealt_currency, legs[0], legs[1:])

    def _leg(self, entry: Fields, pair: CurrencyPair, dealt_currency: Currency) -> Leg:
        if entry.may(tags.LEG_SYMBOL, self._dialect.pair, pair) != pair:
            raise FieldError(f"tag {tags.LEG_SYMBOL}: {entry[tags.LEG_SYMBOL][:40]!r} is another pair")
        side = self._dialect.wire_side(entry.need(tags.LEG_SIDE, SIDE.__getitem__), dealt_currency, pair)
        value_date = entry.need(tags.LEG_SETTL_DATE, read_local_mkt_date)
        return Leg(side, entry.need(tags.LEG_QTY, self._quantity), value_date, value_date.isoformat())

    def _of_many(self, legs: tuple[Leg, ...]) -> Product:
        is_swap = len(legs) == _SWAP_LEGS and legs[0].side is legs[1].side.opposite
        return Product.SWAP if is_swap and Product.SWAP in self._dialect.products else Product.BLOCK


def leaves_spot_date(dialect: Dialect) -> bool:
    """True where an order for spot need not say the date: a word stands in its place, or nothing."""
    return bool(dialect.settl_date_words) or _leaves_dates_out(dialect)


def _leaves_dates_out(dialect: Dialect) -> bool:
    return any(_SETTL_DATE in left_out for left_out in dialect.left_out_fields.values())


def _tenor(fields: Fields, value_date: date) -> str:
    """The tenor of a SettlType(63): ``M3`` is ``3M``, and what is broken or has no code is its date."""
    settl_type = fields.get(tags.SETTL_TYPE, "")
    unit, count = settl_type[:1], settl_type[1:]
    return f"{count}{unit}" if count else value_date.isoformat()
