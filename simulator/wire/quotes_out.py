"""How a venue writes its makers' answers: Quote(S), QuoteCancel(Z), QuoteRequestReject(AG).

Each side of a quote is the near leg's all-in rate, and the spot rate with the points of each leg over it. FIX 4.2 has
no reject of a request, so that a BusinessMessageReject(j) stands for it, and no parties, so that nobody says who
quotes. Source: FIX 4.2; FIX 4.4 volume 3.
"""

from decimal import Decimal

from simulator.wire.form import NO_SYMBOL, Fields, WireForm, text_field
from simulator.wire.legs_out import LegWriter
from simulator.wire.messages_in import OTHER
from trader.domain.events import QuoteReceived, QuoteRequestRefused, QuoteWithdrawn
from trader.fix import tags
from trader.fix.text import decimal_text, local_mkt_date, utc_timestamp

_QUOTE_REQUEST = "R"
_ONE_QUOTE, _ALL_QUOTES = "1", "4"  # QuoteCancelType(298)
_REASON_OTHER = "99"  # QuoteRequestRejectReason(658)
_CUSTOM_CODE = "D"  # PartyIDSource(447)

_BID = (tags.BID_PX, tags.BID_SPOT_RATE, tags.BID_FORWARD_POINTS, tags.BID_FORWARD_POINTS2)
_OFFER = (tags.OFFER_PX, tags.OFFER_SPOT_RATE, tags.OFFER_FORWARD_POINTS, tags.OFFER_FORWARD_POINTS2)


class QuoteWriter:
    """Writes quotes in one dialect."""

    def __init__(self, form: WireForm, legs: LegWriter) -> None:
        self._form = form
        self._legs = legs
        self._is_fix42 = form.dialect.dictionary.file == "FIX42.xml"
        self._maker_role = str(form.dialect.quotes.maker_role) if form.dialect.quotes else ""

    def quote(self, event: QuoteReceived) -> str:
        """The text of a Quote(S)."""
        fields: Fields = [(tags.QUOTE_REQ_ID, event.quote_req_id)] if event.quote_req_id else []
        fields += [(tags.QUOTE_ID, event.quote_id), *self._form.instrument(event.symbol)]
        if event.settl_date is not None:
            fields.append((tags.SETTL_DATE, local_mkt_date(event.settl_date)))
        if event.valid_until_ts_ns:
            fields.append((tags.VALID_UNTIL_TIME, utc_timestamp(event.valid_until_ts_ns)))
        fields += self._side(_BID, event.bids, event.bid_spot_rate, event.bid_forward_points)
        fields += self._side(_OFFER, event.offers, event.offer_spot_rate, event.offer_forward_points)
        fields += self._maker(event.maker)
        leg_count = max(len(event.bids), len(event.offers))
        if leg_count > 1 and not self._legs.is_in_second_fields(leg_count):
            fields += self._legs.quoted(event.symbol, event.bids, event.offers)
        return self._form.message("S", fields)

    def _side(
        self,
        names: tuple[str, str, str, str],
        rates: tuple[Decimal, ...],
        spot_rate: Decimal | None,
        points: Decimal | None,
    ) -> Fields:
        """One side of a quote; nothing of it when it is not quoted."""
        if not rates:
            return []
        price_tag, spot_tag, points_tag, far_points_tag = names
        near, *far = rates
        fields: Fields = [(price_tag, decimal_text(near))]
        in_second_fields = self._legs.is_in_second_fields(len(rates))
        if in_second_fields and spot_rate is None:
            spot_rate, points = near, Decimal(0)
        if spot_rate is not None:
            fields.append((spot_tag, decimal_text(spot_rate)))
            if points is not None:
                fields.append((points_tag, decimal_text(points)))
            if in_second_fields:
                fields.append((far_points_tag, decimal_text(far[0] - spot_rate)))
        return fields

    def _maker(self, maker: str) -> Fields:
        """NoPartyIDs(453) with who quotes."""
        if not maker or self._is_fix42:
            return []
        return [
            (tags.NO_PARTY_IDS, "1"),
            (tags.PARTY_ID, maker),
            (tags.PARTY_ID_SOURCE, _CUSTOM_CODE),
            (tags.PARTY_ROLE, self._maker_role),
        ]

    def quote_cancel(self, event: QuoteWithdrawn) -> str:
        """The text of a QuoteCancel(Z) of one quote, or of all of a request's."""
        fields: Fields = [(tags.QUOTE_REQ_ID, event.quote_req_id)] if event.quote_req_id else []
        if event.quote_id:
            fields.append((tags.QUOTE_ID, event.quote_id))
        fields.append((tags.QUOTE_CANCEL_TYPE, _ONE_QUOTE if event.quote_id else _ALL_QUOTES))
        return self._form.message("Z", fields + text_field(event.text) + self._maker(event.maker))

    def quote_request_reject(self, event: QuoteRequestRefused) -> str:
        """The text of a QuoteRequestReject(AG), or of what FIX 4.2 has in its place."""
        if self._is_fix42:
            return self._form.business_reject(_QUOTE_REQUEST, event.quote_req_id, event.text, OTHER)
        fields: Fields = [
            (tags.QUOTE_REQ_ID, event.quote_req_id),
            (tags.QUOTE_REQUEST_REJECT_REASON, _REASON_OTHER),
            *text_field(event.text),
            (tags.NO_RELATED_SYM, "1"),
            (tags.SYMBOL, NO_SYMBOL),
            *self._maker(event.maker),
        ]
        return self._form.message("AG", fields)
