"""The robot's side of the wire, outwards: a command becomes the text of one FIX message in the venue's dialect.

The session layer adds the header's identities, sequence number and SendingTime(52). Dates are sent, not tenors:
SettlDate(64) overrides SettlType(63) at every venue that reads both. Source: FIX 4.4 volumes 3 and 4.
"""

from collections.abc import Callable
from typing import Any

from trader.domain.commands import (
    CancelAllOrders,
    CancelOrder,
    PlaceOrder,
    ReplaceOrder,
    RequestMassStatus,
    RequestOrderStatus,
    RequestTrades,
    SubscribeMarketData,
    VenueCommand,
)
from trader.domain.deal import Deal
from trader.fix import tags
from trader.fix.codes import ORD_TYPE_CODE, SIDE_CODE, TIME_IN_FORCE_CODE
from trader.fix.dialect import Dialect
from trader.fix.text import decimal_text, local_mkt_date, message, utc_timestamp

_Fields = list[tuple[str, object]]

_FOREIGN_EXCHANGE = "4"  # Product(460)=4 CURRENCY
_TENOR_CODES = frozenset("WMY")


class Encoder:
    """Turns commands into messages of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        # A table and not functools' single dispatch, which costs as much as the message itself.
        self._writers: dict[type, Callable[[Any], str]] = {
            PlaceOrder: self._new_order_single,
            ReplaceOrder: self._cancel_replace_request,
            CancelOrder: self._cancel_request,
            RequestOrderStatus: self._status_request,
            RequestMassStatus: self._mass_status_request,
            CancelAllOrders: self._mass_cancel_request,
            RequestTrades: self._trade_capture_request,
            SubscribeMarketData: self._market_data_request,
        }

    def encode(self, command: VenueCommand) -> str:
        """The message's text, header identities left to the session layer."""
        return self._writers[type(command)](command)

    def _message(self, msg_type: str, fields: _Fields) -> str:
        return message(self._dialect.begin_string, msg_type, fields)

    def _identity(self, deal: Deal) -> _Fields:
        """Symbol and side: what every message about an order repeats."""
        side = self._dialect.wire_side(deal.near_leg.side, deal.dealt_currency, deal.pair)
        return [
            (tags.SYMBOL, self._dialect.symbol(deal.pair)),
            (tags.SIDE, SIDE_CODE[side]),
        ]

    def _settlement(self, deal: Deal) -> _Fields:
        form = self._dialect.products[deal.product]
        settl_type = _tenor_code(deal.near_leg.tenor) if form.settl_type == "tenor" else form.settl_type
        return [
            (tags.PRODUCT, _FOREIGN_EXCHANGE),
            (tags.SECURITY_TYPE, form.security_type),
            (tags.SETTL_TYPE, settl_type),
            (tags.SETTL_DATE, local_mkt_date(deal.near_leg.value_date)),
        ]

    def _terms(self, command: PlaceOrder | ReplaceOrder) -> _Fields:
        fields: _Fields = [
            (tags.TRANSACT_TIME, utc_timestamp(command.transact_ts_ns)),
            (tags.CURRENCY, command.deal.dealt_currency),
            (tags.ORDER_QTY, decimal_text(command.deal.near_leg.amount)),
            (tags.ORD_TYPE, ORD_TYPE_CODE[command.order_type]),
            (tags.TIME_IN_FORCE, TIME_IN_FORCE_CODE[command.time_in_force]),
        ]
        if command.price is not None:
            fields.append((tags.PRICE, decimal_text(command.price)))
        if command.account:
            fields.append((tags.ACCOUNT, command.account))
        return fields

    def _new_order_single(self, command: PlaceOrder) -> str:
        fields: _Fields = [(tags.CL_ORD_ID, command.cl_ord_id)]
        return self._message(
            "D", fields + self._identity(command.deal) + self._settlement(command.deal) + self._terms(command)
        )

    def _cancel_replace_request(self, command: ReplaceOrder) -> str:
        fields = _request_ids(command)
        return self._message(
            "G", fields + self._identity(command.deal) + self._settlement(command.deal) + self._terms(command)
        )

    def _cancel_request(self, command: CancelOrder) -> str:
        # FIX 4.4 has no Currency(15) here, and a venue that goes by the book refuses the message for one.
        fields = _request_ids(command) + self._identity(command.deal)
        fields += [
            (tags.ORDER_QTY, decimal_text(command.deal.near_leg.amount)),
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
        return self._message("V", fields + [(tags.SYMBOL, self._dialect.symbol(pair)) for pair in command.pairs])


def _request_ids(command: CancelOrder | ReplaceOrder) -> _Fields:
    fields: _Fields = [(tags.CL_ORD_ID, command.cl_ord_id), (tags.ORIG_CL_ORD_ID, command.orig_cl_ord_id)]
    if command.order_id:
        fields.append((tags.ORDER_ID, command.order_id))
    return fields


def _tenor_code(tenor: str) -> str:
    """SettlType(63) of a tenor: ``3M`` is ``M3``; anything that is not weeks, months or years is broken, ``B``."""
    count, unit = tenor[:-1], tenor[-1:]
    return f"{unit}{count}" if unit in _TENOR_CODES and count.isdigit() else "B"
