"""How a venue writes what happened on several legs, and what is quoted for them.

In the fields of one order's second leg: SettlDate2(193), OrderQty2(192), and its points over the spot rate that both
legs share; or as one entry of NoLegs(555) for each leg, the near one first. Source: FIX 4.4 volumes 4 and 7.
"""

from collections.abc import Iterator
from decimal import Decimal

from simulator.wire.form import Fields, WireForm
from trader.domain.deal import Product
from trader.domain.events import ExecutionReported, LegTraded, TradeReported
from trader.fix import tags
from trader.fix.text import decimal_text, local_mkt_date


class LegWriter:
    """Writes legs in one dialect."""

    def __init__(self, form: WireForm) -> None:
        self._form = form
        products = form.dialect.products
        swap = products.get(Product.SWAP) or products.get(Product.BLOCK)
        self._two_in_one = swap is not None and swap.legs == "single"
        self._has_leg_contra = form.dialect.dictionary.file == "FIX50SP2.xml"

    def is_in_second_fields(self, leg_count: int) -> bool:
        """True where so many legs stand in the fields of one order."""
        second = 2
        return self._two_in_one and leg_count == second

    def executed(self, event: ExecutionReported) -> Fields:
        """The legs of a trade with their rates."""
        far, *more = event.far_legs
        # Two legs on the same side are no swap, and second fields are for the other side.
        if more or not self._two_in_one or far.side is event.side:
            return [*_spot(event.last_spot_rate, event.last_px), *self.group(event)]
        spot_rate = event.last_px if event.last_spot_rate is None else event.last_spot_rate
        fields: Fields = [
            (tags.ORDER_QTY2, self._form.quantity(far.last_qty)),
            *_spot(spot_rate, event.last_px),
            (tags.LAST_FORWARD_POINTS2, decimal_text(far.last_px - spot_rate)),
        ]
        if far.settl_date is not None:
            fields.append((tags.SETTL_DATE2, local_mkt_date(far.settl_date)))
        return fields

    def group(self, event: ExecutionReported | TradeReported) -> Fields:
        """NoLegs(555): every leg of a trade, the near one first."""
        near = LegTraded(event.side, event.last_qty, event.last_px, event.settl_date, event.contra_qty)
        legs = (near, *event.far_legs)
        fields: Fields = [(tags.NO_LEGS, str(len(legs)))]
        for number, leg in enumerate(legs, start=1):
            fields += self._leg(event, leg, number)
        return fields

    def _leg(
        self, event: ExecutionReported | TradeReported, leg: LegTraded, number: int
    ) -> Iterator[tuple[str, object]]:
        yield tags.LEG_SYMBOL, self._form.instrument(event.symbol)[0][1]
        yield tags.LEG_SIDE, self._form.side(leg.side, event.currency, event.symbol)
        yield tags.LEG_CURRENCY, event.currency
        yield tags.LEG_QTY, self._form.quantity(leg.last_qty)
        yield tags.LEG_REF_ID, str(number)
        if leg.settl_date is not None:
            yield tags.LEG_SETTL_DATE, local_mkt_date(leg.settl_date)
        yield tags.LEG_LAST_PX, decimal_text(leg.last_px)
        if self._has_leg_contra and leg.contra_qty is not None:
            yield tags.LEG_CALCULATED_CCY_LAST_QTY, decimal_text(leg.contra_qty)

    def quoted(self, symbol: str, bids: tuple[Decimal, ...], offers: tuple[Decimal, ...]) -> Fields:
        """NoLegs(555) of a quote: the all-in rates of every leg."""
        count = max(len(bids), len(offers))
        fields: Fields = [(tags.NO_LEGS, str(count))]
        for place in range(count):
            fields.append((tags.LEG_SYMBOL, self._form.instrument(symbol)[0][1]))
            if bids:
                fields.append((tags.LEG_BID_PX, decimal_text(bids[place])))
            if offers:
                fields.append((tags.LEG_OFFER_PX, decimal_text(offers[place])))
        return fields


def _spot(spot_rate: Decimal | None, last_px: Decimal) -> Fields:
    """LastSpotRate(194), and the near leg's points over it."""
    if spot_rate is None:
        return []
    return [
        (tags.LAST_SPOT_RATE, decimal_text(spot_rate)),
        (tags.LAST_FORWARD_POINTS, decimal_text(last_px - spot_rate)),
    ]
