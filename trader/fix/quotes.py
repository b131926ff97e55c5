"""What a venue's makers say: streamed prices, quotes that were asked for, and that there are none.

A rate is all-in. Where a quote only has the spot rate and points, they are added; where it has both, both are kept, for
the engine to compare. The columns of a quote are the deal's: what stands in the bid column of any leg is for the deal
whose near leg sells the base. Source: FIX 4.4 volume 3 and 7, FIX 5.0 for the swap points.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from trader.domain.events import (
    MarketDataRefused,
    PriceQuoted,
    QuotedLeg,
    QuoteReceived,
    QuoteRequestRefused,
    QuoteWithdrawn,
    VenueEvent,
)
from trader.fix import tags
from trader.fix.fields import Fields
from trader.fix.text import read_decimal, read_rate, read_utc_timestamp
from trader.fix.values import ValueReader, all_in, plus_points, rate_of

_BID, _OFFER, _DELETE = "0", "1", "2"  # MDEntryType(269)=0 and 1, MDUpdateAction(279)=2
_ALL_QUOTES = "4"  # QuoteCancelType(298)

# QuoteRequestRejectReason(658), for a refusal without a Text(58).
_REFUSALS = {
    "1": "unknown symbol",
    "2": "the market is closed",
    "3": "the request exceeds a limit",
    "4": "too late",
    "5": "invalid price",
    "6": "not authorized to request quotes",
    "7": "no match",
    "8": "no market for the instrument",
    "9": "no inventory",
    "10": "pass",
}


@dataclass(frozen=True, slots=True)
class _Column:
    """The tags of one side of a Quote(S)."""

    price: str
    spot_rate: str
    points: str
    far_points: str
    swap_points: str
    leg_price: str


_BIDS = _Column(
    tags.BID_PX, tags.BID_SPOT_RATE, tags.BID_FORWARD_POINTS, tags.BID_FORWARD_POINTS2, tags.BID_SWAP_POINTS,
    tags.LEG_BID_PX,
)  # fmt: skip
_OFFERS = _Column(
    tags.OFFER_PX, tags.OFFER_SPOT_RATE, tags.OFFER_FORWARD_POINTS, tags.OFFER_FORWARD_POINTS2, tags.OFFER_SWAP_POINTS,
    tags.LEG_OFFER_PX,
)  # fmt: skip


class QuoteReader:
    """Reads quotes and prices in one dialect.

    Attributes:
        readers: By MsgType(35).
    """

    def __init__(self, values: ValueReader) -> None:
        self._values = values
        self.readers: dict[str, Callable[[Fields], tuple[VenueEvent, ...]]] = {
            "S": self._quote,
            "Z": self._quote_cancel,
            "AG": self._quote_request_reject,
            "W": self._snapshot,
            "X": self._incremental,
            "Y": self._market_data_reject,
        }

    def _quote(self, fields: Fields) -> tuple[VenueEvent, ...]:
        legs = fields.entries(tags.NO_LEGS)
        if all(tags.LEG_SETTL_DATE in leg for leg in legs):
            legs.sort(key=lambda leg: leg[tags.LEG_SETTL_DATE])
        symbol = self._values.symbol(fields)
        return (
            QuoteReceived(
                quote_req_id=fields.get(tags.QUOTE_REQ_ID, ""),
                quote_id=fields.need(tags.QUOTE_ID, str),
                maker=self._values.maker(fields),
                symbol=symbol,
                bids=_rates(fields, legs, _BIDS),
                offers=_rates(fields, legs, _OFFERS),
                valid_until_ts_ns=fields.may(tags.VALID_UNTIL_TIME, read_utc_timestamp, 0),
                settl_date=fields.may(tags.SETTL_DATE, self._values.settl_date, None),
                bid_spot_rate=rate_of(fields, tags.BID_SPOT_RATE),
                bid_forward_points=fields.may(tags.BID_FORWARD_POINTS, read_decimal, None),
                offer_spot_rate=rate_of(fields, tags.OFFER_SPOT_RATE),
                offer_forward_points=fields.may(tags.OFFER_FORWARD_POINTS, read_decimal, None),
                legs=tuple(self._leg(leg, symbol, fields.get(tags.CURRENCY, "")) for leg in legs)
                or self._second_fields(fields),
            ),
        )

    def _leg(self, leg: Fields, symbol: str, dealt_currency: str) -> QuotedLeg:
        values, currency = self._values, leg.get(tags.LEG_CURRENCY, dealt_currency)
        says_side = tags.LEG_SIDE in leg and (currency or not values.is_side_of_symbol)
        return QuotedLeg(
            symbol=leg.may(tags.LEG_SYMBOL, values.pair, ""),
            side=values.side(leg, symbol, currency, tags.LEG_SIDE) if says_side else None,
            qty=leg.may(tags.LEG_QTY, self._values.quantity, None),
            settl_date=leg.may(tags.LEG_SETTL_DATE, self._values.settl_date, None),
        )

    def _second_fields(self, fields: Fields) -> tuple[QuotedLeg, ...]:
        """The two legs of a swap without a group; nothing for a deal of one leg."""
        if tags.SETTL_DATE2 not in fields and tags.ORDER_QTY2 not in fields:
            return ()
        far = QuotedLeg(
            qty=fields.may(tags.ORDER_QTY2, self._values.quantity, None),
            settl_date=fields.may(tags.SETTL_DATE2, self._values.settl_date, None),
        )
        return QuotedLeg(), far

    def _quote_cancel(self, fields: Fields) -> tuple[VenueEvent, ...]:
        is_all = fields.get(tags.QUOTE_CANCEL_TYPE) == _ALL_QUOTES
        quote_id = "" if is_all else fields.get(tags.QUOTE_ID, "")
        return (
            QuoteWithdrawn(
                quote_req_id=fields.get(tags.QUOTE_REQ_ID, "") if quote_id else fields.need(tags.QUOTE_REQ_ID, str),
                quote_id=quote_id,
                maker=self._values.maker(fields),
                text=fields.get(tags.TEXT, ""),
            ),
        )

    def _quote_request_reject(self, fields: Fields) -> tuple[VenueEvent, ...]:
        reason = _REFUSALS.get(fields.get(tags.QUOTE_REQUEST_REJECT_REASON, ""), "")
        return (
            QuoteRequestRefused(
                quote_req_id=fields.need(tags.QUOTE_REQ_ID, str),
                maker=self._values.maker(fields),
                text=fields.get(tags.TEXT, reason),
            ),
        )

    def _snapshot(self, fields: Fields) -> tuple[VenueEvent, ...]:
        return (_price(fields, self._values.symbol(fields), fields.entries(tags.NO_MD_ENTRIES)),)

    def _incremental(self, fields: Fields) -> tuple[VenueEvent, ...]:
        by_symbol: dict[str, list[Fields]] = {}
        for entry in fields.entries(tags.NO_MD_ENTRIES):
            by_symbol.setdefault(self._values.symbol(entry), []).append(entry)
        return tuple(_price(fields, symbol, entries) for symbol, entries in by_symbol.items())

    def _market_data_reject(self, fields: Fields) -> tuple[VenueEvent, ...]:
        return (MarketDataRefused(fields.get(tags.MD_REQ_ID, ""), fields.get(tags.TEXT, "")),)


def _rates(fields: Fields, legs: list[Fields], column: _Column) -> tuple[Decimal, ...]:
    """One side of a quote: the all-in rate of each leg; nothing when the side is not quoted.

    Raises:
        FieldError: A rate or points that cannot be read, or that make no rate together.
    """
    if any(column.leg_price in leg for leg in legs):
        rates = tuple(rate for leg in legs if (rate := rate_of(leg, column.leg_price)) is not None)
        return rates if len(rates) == len(legs) else ()
    near = rate_of(fields, column.price)
    if near is None:
        near = all_in(fields, column.spot_rate, column.points)
    if near is None:
        return ()
    far = all_in(fields, column.spot_rate, column.far_points)
    if far is None and column.swap_points in fields:
        far = plus_points(near, fields, column.swap_points)
    return (near,) if far is None else (near, far)


def _price(fields: Fields, symbol: str, entries: list[Fields]) -> PriceQuoted:
    """The last price of each side. A side that is taken back says nothing: its last price grows stale by itself."""
    prices: dict[str, Decimal] = {}
    ids: dict[str, str] = {}
    for entry in entries:
        side = entry.get(tags.MD_ENTRY_TYPE, "")
        if side in (_BID, _OFFER) and entry.get(tags.MD_UPDATE_ACTION) != _DELETE:
            prices[side] = entry.need(tags.MD_ENTRY_PX, read_rate)
            ids[side] = entry.get(tags.MD_ENTRY_ID) or entry.get(tags.QUOTE_ENTRY_ID, "")
    return PriceQuoted(
        request_id=fields.get(tags.MD_REQ_ID, ""),
        symbol=symbol,
        bid=prices.get(_BID),
        offer=prices.get(_OFFER),
        bid_id=ids.get(_BID, ""),
        offer_id=ids.get(_OFFER, ""),
    )
