"""The robot's side of the wire, outwards: a command becomes the text of one FIX message in the venue's dialect.

The session layer adds the header's identities, sequence number and SendingTime(52). Dates are sent, not tenors:
SettlDate(64) overrides SettlType(63) at every venue that reads both. The legs of a deal are written by
:mod:`trader.fix.legs`. Source: FIX 4.4 volumes 3 and 4.
"""

from collections.abc import Callable
from typing import Any

from trader.domain.commands import (
    CancelAllOrders,
    CancelOrder,
    DontKnowTrade,
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
from trader.domain.currency import Currency, CurrencyPair
from trader.domain.deal import Deal, Side
from trader.fix import tags
from trader.fix.codes import DK_REASON_CODE, SIDE_CODE, TIME_IN_FORCE_CODE
from trader.fix.contracts import quantity_writer
from trader.fix.dialect import Dialect
from trader.fix.legs import ProductWriter
from trader.fix.text import decimal_text, local_mkt_date, utc_timestamp
from trader.fix.writer import MessageWriter

_Fields = list[tuple[str, object]]

_EXCHANGE_SYMBOL = "8"  # SecurityIDSource(22): the venue's own


class Encoder:
    """Turns commands into messages of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._message = MessageWriter(dialect).write
        self._quantity = quantity_writer(dialect.amounts.contract)
        self._products = {product: ProductWriter(dialect, product) for product in dialect.products}
        self._identities: dict[tuple[CurrencyPair, Side, Currency], _Fields] = {}
        self._reference_tags = tuple(map(str, dialect.quotes.reference_tags)) if dialect.quotes else ()
        self._asks_for_a_side = dialect.quotes is None or not dialect.quotes.is_two_way
        # A table and not functools' single dispatch, which costs as much as the message itself.
        self._writers: dict[type, Callable[[Any], str]] = {
            PlaceOrder: self._new_order,
            ReplaceOrder: self._cancel_replace_request,
            CancelOrder: self._cancel_request,
            RequestOrderStatus: self._status_request,
            RequestMassStatus: self._mass_status_request,
            CancelAllOrders: self._mass_cancel_request,
            RequestTrades: self._trade_capture_request,
            DontKnowTrade: self._dont_know_trade,
            SubscribeMarketData: self._market_data_request,
            RequestQuote: self._quote_request,
            PassQuotes: self._quote_response,
        }

    def encode(self, command: VenueCommand) -> str:
        """The message's text, header identities left to the session layer."""
        return self._writers[type(command)](command)

    def _instrument(self, pair: CurrencyPair) -> _Fields:
        fields: _Fields = [(tags.SYMBOL, self._dialect.symbol(pair))]
        security_id = self._dialect.security_ids.get(str(pair))
        if security_id is not None:
            fields += [(tags.SECURITY_ID, security_id), (tags.SECURITY_ID_SOURCE, _EXCHANGE_SYMBOL)]
        return fields

    def _identity(self, deal: Deal) -> _Fields:
        """Instrument and side: what every message about an order repeats."""
        key = (deal.pair, deal.near_leg.side, deal.dealt_currency)
        fields = self._identities.get(key)
        if fields is None:
            side = self._dialect.wire_side(deal.near_leg.side, deal.dealt_currency, deal.pair)
            fields = self._identities[key] = [*self._instrument(deal.pair), (tags.SIDE, SIDE_CODE[side])]
        return fields

    def _terms(self, command: PlaceOrder | ReplaceOrder, ord_type: str) -> _Fields:
        fields: _Fields = [
            (tags.TRANSACT_TIME, utc_timestamp(command.transact_ts_ns)),
            (tags.CURRENCY, command.deal.dealt_currency),
            (tags.ORDER_QTY, self._quantity(command.deal.near_leg.amount)),
            (tags.ORD_TYPE, ord_type or self._dialect.order_types[command.order_type]),
            (tags.TIME_IN_FORCE, TIME_IN_FORCE_CODE[command.time_in_force]),
        ]
        if command.price is not None:
            fields.append((tags.PRICE, decimal_text(command.price)))
        if command.account:
            fields.append((tags.ACCOUNT, command.account))
        return fields

    def _new_order(self, command: PlaceOrder) -> str:
        """NewOrderSingle(D), or NewOrderMultileg(AB) where the dialect writes the product's legs as a group."""
        deal, quote = command.deal, command.quote
        product = self._products[deal.product]
        fields: _Fields = [
            (tags.CL_ORD_ID, command.cl_ord_id),
            *self._identity(deal),
            *product.settlement(deal),
            *self._terms(command, product.ord_type),
        ]
        if command.link_id:
            fields.append((tags.CL_ORD_LINK_ID, command.link_id))
        if quote is not None:
            fields += self._reference(quote)
        if not deal.far_legs:
            return self._message("D", fields)
        assert product.order_msg_type, "where legs are linked, each is an order of its own"
        fields += product.far_legs(deal, () if quote is None else (command.price, *quote.far_rates))
        return self._message(product.order_msg_type, fields)

    def _reference(self, quote: QuoteReference) -> _Fields:
        """Which quote is taken: the request's id where the dialect wants QuoteReqID(131), the quote's in other tags."""
        ids = [
            (tag, quote.quote_req_id if tag == tags.QUOTE_REQ_ID else quote.quote_id) for tag in self._reference_tags
        ]
        return [(tag, value) for tag, value in ids if value]

    def _cancel_replace_request(self, command: ReplaceOrder) -> str:
        deal = command.deal
        product = self._products[deal.product]
        fields = _request_ids(command) + self._identity(deal)
        fields += product.settlement(deal) + self._terms(command, product.ord_type)
        if deal.far_legs:
            assert product.order_msg_type == "D", "an order with a group of legs is not replaced"
            fields += product.far_legs(deal)
        return self._message("G", fields)

    def _cancel_request(self, command: CancelOrder) -> str:
        # FIX 4.4 has no Currency(15) here, and a venue that goes by the book refuses the message for one.
        fields = _request_ids(command) + self._identity(command.deal)
        fields += [
            (tags.ORDER_QTY, self._quantity(command.deal.near_leg.amount)),
            (tags.TRANSACT_TIME, utc_timestamp(command.transact_ts_ns)),
        ]
        return self._message("F", fields)

    def _status_request(self, command: RequestOrderStatus) -> str:
        fields: _Fields = [(tags.CL_ORD_ID, command.cl_ord_id)]
        if command.order_id:
            fields.append((tags.ORDER_ID, command.order_id))
        return self._message("H", fields + self._identity(command.deal))

    def _mass_status_request(self, command: RequestMassStatus) -> str:
        all_orders = "7"  # MassStatusReqType(585)=7
        return self._message(
            "AF", [(tags.MASS_STATUS_REQ_ID, command.request_id), (tags.MASS_STATUS_REQ_TYPE, all_orders)]
        )

    def _mass_cancel_request(self, command: CancelAllOrders) -> str:
        all_orders = "7"  # MassCancelRequestType(530)=7
        fields: _Fields = [
            (tags.CL_ORD_ID, command.cl_ord_id),
            (tags.MASS_CANCEL_REQUEST_TYPE, all_orders),
            (tags.TRANSACT_TIME, utc_timestamp(command.transact_ts_ns)),
        ]
        return self._message("q", fields)

    def _trade_capture_request(self, command: RequestTrades) -> str:
        matching, snapshot = "1", "0"  # TradeRequestType(569)=1, SubscriptionRequestType(263)=0
        fields: _Fields = [
            (tags.TRADE_REQUEST_ID, command.request_id),
            (tags.TRADE_REQUEST_TYPE, matching),
            (tags.SUBSCRIPTION_REQUEST_TYPE, snapshot),
        ]
        if command.trade_date is not None:
            fields += [(tags.NO_DATES, "1"), (tags.TRADE_DATE, local_mkt_date(command.trade_date))]
            if command.from_ts_ns is not None:
                fields.append((tags.TRANSACT_TIME, utc_timestamp(command.from_ts_ns)))
        return self._message("AD", fields)

    def _dont_know_trade(self, command: DontKnowTrade) -> str:
        """DontKnowTrade(Q), in the words of the report that it is about."""
        side = self._dialect.wire_side(command.side, command.currency, command.pair)
        fields: _Fields = [
            (tags.ORDER_ID, command.order_id),
            (tags.EXEC_ID, command.exec_id),
            (tags.DK_REASON, DK_REASON_CODE[command.reason]),
            *self._instrument(command.pair),
            (tags.SIDE, SIDE_CODE[side]),
        ]
        return self._message("Q", fields)

    def _market_data_request(self, command: SubscribeMarketData) -> str:
        subscribe, top_of_book, incremental, bid, offer = "1", "1", "1", "0", "1"
        fields: _Fields = [
            (tags.MD_REQ_ID, command.request_id),
            (tags.SUBSCRIPTION_REQUEST_TYPE, subscribe),
            (tags.MARKET_DEPTH, top_of_book),
            (tags.MD_UPDATE_TYPE, incremental),
            (tags.NO_MD_ENTRY_TYPES, "2"),
            (tags.MD_ENTRY_TYPE, bid),
            (tags.MD_ENTRY_TYPE, offer),
            (tags.NO_RELATED_SYM, str(len(command.pairs))),
        ]
        for pair in command.pairs:
            fields += self._instrument(pair)
        return self._message("V", fields)

    def _quote_request(self, command: RequestQuote) -> str:
        """QuoteRequest(R) with one entry of NoRelatedSym(146), which has everything but the request's id."""
        deal = command.deal
        product = self._products[deal.product]
        fields: _Fields = [(tags.QUOTE_REQ_ID, command.quote_req_id), (tags.NO_RELATED_SYM, "1")]
        fields += self._identity(deal) if self._asks_for_a_side else self._instrument(deal.pair)
        fields += product.settlement(deal)
        fields += [
            (tags.TRANSACT_TIME, utc_timestamp(command.transact_ts_ns)),
            (tags.CURRENCY, deal.dealt_currency),
            (tags.ORDER_QTY, self._quantity(deal.near_leg.amount)),
        ]
        if product.ord_type:
            fields.append((tags.ORD_TYPE, product.ord_type))
        if command.account:
            fields.append((tags.ACCOUNT, command.account))
        if deal.far_legs:
            fields += product.far_legs(deal)
        return self._message("R", fields)

    def _quote_response(self, command: PassQuotes) -> str:
        hit_nothing = "6"  # QuoteRespType(694)=6: pass
        fields: _Fields = [(tags.QUOTE_RESP_ID, command.response_id), (tags.QUOTE_REQ_ID, command.quote_req_id)]
        if command.quote_id:
            fields.append((tags.QUOTE_ID, command.quote_id))
        fields += [(tags.QUOTE_RESP_TYPE, hit_nothing), *self._instrument(command.deal.pair)]
        return self._message("AJ", [*fields, (tags.TRANSACT_TIME, utc_timestamp(command.transact_ts_ns))])


def _request_ids(command: CancelOrder | ReplaceOrder) -> _Fields:
    fields: _Fields = [(tags.CL_ORD_ID, command.cl_ord_id), (tags.ORIG_CL_ORD_ID, command.orig_cl_ord_id)]
    if command.order_id:
        fields.append((tags.ORDER_ID, command.order_id))
    return fields
