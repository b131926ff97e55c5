"""How a dialect writes a product, its dates and its legs.

A deal of several legs has three forms: one NewOrderSingle(D) whose second fields (193, 192, 640) are the far leg, one
NewOrderMultileg(AB) with an entry of NoLegs(555) a leg, or one order a leg. The last are outrights when they come here.
Source: FIX 4.4 volumes 3, 4 and 7.
"""

from collections.abc import Sequence
from decimal import Decimal

from trader.domain.deal import Deal, Leg, Product
from trader.domain.fixing import non_deliverable
from trader.fix import tags
from trader.fix.codes import SIDE_CODE
from trader.fix.contracts import quantity_writer
from trader.fix.dialect import Dialect
from trader.fix.text import decimal_text, local_mkt_date

_Fields = list[tuple[str, object]]

_FOREIGN_EXCHANGE = "4"  # Product(460)=4 CURRENCY
_ORDER_OF = {"single": "D", "multileg": "AB", "linked": ""}
_TENOR_CODES = frozenset("WMY")
_SETTL_TYPE_OF = {"SPOT": "0", "TOD": "1", "TOM": "2"}


class ProductWriter:
    """Writes the deals of one product.

    Attributes:
        ord_type: OrdType(40) that says the product; "" for the order's own.
        order_msg_type: MsgType(35) of an order of several legs; "" where each leg is an order of its own.
    """

    def __init__(self, dialect: Dialect, product: Product) -> None:
        form = dialect.products[product]
        self.ord_type = form.ord_type
        self.order_msg_type = _ORDER_OF[form.legs]
        self._dialect = dialect
        self._form = form
        self._quantity = quantity_writer(dialect.amounts.contract)
        self._fixed: _Fields = [(tags.PRODUCT, _FOREIGN_EXCHANGE)]
        if form.security_type:
            self._fixed.append((tags.SECURITY_TYPE, form.security_type))
        self._by_tenor = form.settl_type == "tenor"
        if form.settl_type and not self._by_tenor:
            self._fixed.append((tags.SETTL_TYPE, form.settl_type))

    def settlement(self, deal: Deal) -> _Fields:
        """The product, and when its near leg is paid."""
        leg = deal.near_leg
        fields = self._fixed.copy()
        if self._by_tenor:
            fields.append((tags.SETTL_TYPE, settl_type(leg.tenor)))
        fields.append((tags.SETTL_DATE, self._form.settl_date_word or local_mkt_date(leg.value_date)))
        if deal.fixing_date is not None:
            fields.append((tags.MATURITY_DATE, local_mkt_date(deal.fixing_date)))
            fixed = non_deliverable(deal.pair)
            if fixed is not None:
                fields.append((tags.SETTL_CURRENCY, deal.pair.other(fixed)))
        return fields

    def far_legs(self, deal: Deal, rates: Sequence[Decimal | None] = ()) -> _Fields:
        """The legs after the near one, in second fields; or all of them, as a group.

        Args:
            deal: A deal of more than one leg.
            rates: The quoted all-in rate of each leg, terms per base; empty when none is taken.
        """
        if self._form.legs == "single":
            return self._second_fields(deal, rates)
        return self._group(deal, rates)

    def _second_fields(self, deal: Deal, rates: Sequence[Decimal | None]) -> _Fields:
        (far,) = deal.far_legs
        assert far.side is deal.near_leg.side.opposite, "one order's far leg is on the other side"
        fields: _Fields = [
            (tags.SETTL_DATE2, local_mkt_date(far.value_date)),
            (tags.ORDER_QTY2, self._quantity(far.amount)),
        ]
        return fields + [(tags.PRICE2, decimal_text(rate)) for rate in rates[1:] if rate is not None]

    def _group(self, deal: Deal, rates: Sequence[Decimal | None]) -> _Fields:
        fields: _Fields = [(tags.NO_LEGS, str(len(deal.legs)))]
        for place, leg in enumerate(deal.legs):
            fields += self._leg(deal, leg, place + 1)
            rate = rates[place] if place < len(rates) else None
            if rate is not None:
                fields.append((tags.LEG_PRICE, decimal_text(rate)))
        return fields

    def _leg(self, deal: Deal, leg: Leg, number: int) -> _Fields:
        side = self._dialect.wire_side(leg.side, deal.dealt_currency, deal.pair)
        return [
            (tags.LEG_SYMBOL, self._dialect.symbol(deal.pair)),
            (tags.LEG_SIDE, SIDE_CODE[side]),
            (tags.LEG_CURRENCY, deal.dealt_currency),
            (tags.LEG_QTY, self._quantity(leg.amount)),
            (tags.LEG_SETTL_TYPE, settl_type(leg.tenor)),
            (tags.LEG_SETTL_DATE, local_mkt_date(leg.value_date)),
            (tags.LEG_REF_ID, str(number)),
        ]


def settl_type(tenor: str) -> str:
    """SettlType(63) of a tenor: ``3M`` is ``M3``; what is neither a period nor a day with a code is broken, ``B``."""
    count, unit = tenor[:-1], tenor[-1:]
    if unit in _TENOR_CODES and count.isdigit():
        return f"{unit}{count}"
    return _SETTL_TYPE_OF.get(tenor, "B")
