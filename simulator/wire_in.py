"""The venue's side of the wire, inwards: the text of a request becomes a command. Mirrors ``trader.fix.encode``.

Source: FIX 4.4 volumes 3 to 5.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from simulator.effects import Request, RequestSnapshot, UnsubscribeMarketData
from trader.domain.commands import (
    CancelAllOrders,
    CancelOrder,
    PlaceOrder,
    ReplaceOrder,
    RequestMassStatus,
    RequestOrderStatus,
    RequestTrades,
    SubscribeMarketData,
)
from trader.domain.currency import Currency
from trader.domain.deal import Deal, Leg, Product
from trader.domain.errors import DomainError
from trader.domain.money import ZERO
from trader.fix import tags
from trader.fix.codes import ORD_TYPE, SIDE, TIME_IN_FORCE
from trader.fix.dialect import Dialect
from trader.fix.text import (
    SOH,
    FieldError,
    groups,
    read_decimal,
    read_local_mkt_date,
    read_utc_timestamp,
    split,
)

_Value = TypeVar("_Value")
_Pairs = list[tuple[str, str]]

_ALL_ORDERS = "7"  # MassStatusReqType(585) and MassCancelRequestType(530)
_SNAPSHOT, _SUBSCRIBE, _UNSUBSCRIBE = "0", "1", "2"  # SubscriptionRequestType(263)
_UNSUPPORTED_MESSAGE_TYPE, _OTHER = "3", "0"  # BusinessRejectReason(380)
_NO_DATE = date.min  # a cancel and a status request name an order and carry no value date


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that the venue answers with a BusinessMessageReject(j).

    Attributes:
        reason_code: BusinessRejectReason(380).
        ref_id: The message's own id, ClOrdID(11) or a request's, or "".
    """

    ref_seq_num: str
    ref_msg_type: str
    ref_id: str
    reason_code: str
    text: str


class _Fields(dict[str, str]):
    """One message's fields by tag, with readers that name the field in their complaint."""

    def need(self, tag: str, read: Callable[[str], _Value]) -> _Value:
        value = self.get(tag)
        if value is None:
            raise FieldError(f"tag {tag} is missing")
        try:
            return read(value)
        except KeyError:
            raise FieldError(f"tag {tag} holds {value[:40]!r}, which the venue does not take") from None
        except (FieldError, DomainError) as error:
            raise FieldError(f"tag {tag}: {error}") from None

    def may(self, tag: str, read: Callable[[str], _Value], default: _Value) -> _Value:
        return self.need(tag, read) if tag in self else default

    def expect(self, tag: str, *values: str) -> str:
        value = self.need(tag, str)
        if value not in values:
            raise FieldError(f"tag {tag} holds {value[:40]!r}; the venue takes {' or '.join(values)}")
        return value


class RequestReader:
    """Reads the requests of clients in one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._products = {form.settl_type: product for product, form in dialect.products.items()}
        answers = dialect.requests
        readers: dict[str, tuple[bool, Callable[[_Fields, _Pairs], Request]]] = {
            "D": (True, self._place),
            "F": (True, self._cancel),
            "G": (answers.replace, self._replace),
            "H": (answers.order_status, self._order_status),
            "AF": (answers.mass_status, self._mass_status),
            "q": (answers.mass_cancel, self._cancel_all),
            "AD": (answers.trade_capture, self._trades),
            "V": (answers.market_data, self._market_data),
        }
        self._readers = {msg_type: read for msg_type, (is_answered, read) in readers.items() if is_answered}

    def read(self, text: str) -> tuple[str, Request | Unreadable]:
        """Read one message that the session layer has let in: well-formed fields, whatever they hold.

        Returns:
            SenderCompID(49), and the request or the reason why there is none. Never raises.
        """
        session = _header(text, tags.SENDER_COMP_ID)
        try:
            pairs = split(text)
        except FieldError as error:  # a data field with a SOH inside passes the session layer
            return session, _unreadable(_Fields({tags.MSG_TYPE: _header(text, tags.MSG_TYPE)}), _OTHER, str(error))
        # The first of a repeated tag wins: groups follow the fields that name the message.
        fields = _Fields(reversed(pairs))
        reader = self._readers.get(fields.get(tags.MSG_TYPE, ""))
        if reader is None:
            return session, _unreadable(fields, _UNSUPPORTED_MESSAGE_TYPE, "The venue does not take this message type")
        try:
            return session, reader(fields, pairs)
        except FieldError as error:
            return session, _unreadable(fields, _OTHER, str(error))

    def _deal(self, fields: _Fields, amount: Decimal, value_date: date) -> Deal:
        pair = fields.need(tags.SYMBOL, self._dialect.pair)
        dealt_currency = fields.may(tags.CURRENCY, Currency, pair.base)
        if dealt_currency not in pair:
            raise FieldError(f"tag {tags.CURRENCY}: {dealt_currency} is not in {pair}")
        side = self._dialect.wire_side(fields.need(tags.SIDE, SIDE.__getitem__), dealt_currency, pair)
        product, tenor = self._product(fields.get(tags.SETTL_TYPE, "0"), value_date)
        return Deal(product, pair, dealt_currency, Leg(side, amount, value_date, tenor))

    def _product(self, settl_type: str, value_date: date) -> tuple[Product, str]:
        """The product and the tenor of a SettlType(63); a code of no product of its own is a forward's."""
        product = self._products.get(settl_type)
        if product is not None:
            return product, product.value
        unit, count = settl_type[:1], settl_type[1:]
        return Product.FORWARD, f"{count}{unit}" if count else value_date.isoformat()

    def _place(self, fields: _Fields, _: _Pairs) -> Request:
        value_date = fields.need(tags.SETTL_DATE, read_local_mkt_date)
        return PlaceOrder(
            cl_ord_id=fields.need(tags.CL_ORD_ID, str),
            deal=self._deal(fields, fields.need(tags.ORDER_QTY, read_decimal), value_date),
            order_type=fields.need(tags.ORD_TYPE, ORD_TYPE.__getitem__),
            price=fields.may(tags.PRICE, read_decimal, None),
            time_in_force=fields.need(tags.TIME_IN_FORCE, TIME_IN_FORCE.__getitem__),
            account=fields.get(tags.ACCOUNT, ""),
            transact_ts_ns=fields.need(tags.TRANSACT_TIME, read_utc_timestamp),
        )

    def _replace(self, fields: _Fields, pairs: _Pairs) -> Request:
        order = self._place(fields, pairs)
        assert isinstance(order, PlaceOrder)
        return ReplaceOrder(
            cl_ord_id=order.cl_ord_id,
            orig_cl_ord_id=fields.need(tags.ORIG_CL_ORD_ID, str),
            order_id=fields.get(tags.ORDER_ID, ""),
            deal=order.deal,
            order_type=order.order_type,
            price=order.price,
            time_in_force=order.time_in_force,
            account=order.account,
            transact_ts_ns=order.transact_ts_ns,
        )

    def _cancel(self, fields: _Fields, _: _Pairs) -> Request:
        return CancelOrder(
            cl_ord_id=fields.need(tags.CL_ORD_ID, str),
            orig_cl_ord_id=fields.need(tags.ORIG_CL_ORD_ID, str),
            order_id=fields.get(tags.ORDER_ID, ""),
            deal=self._deal(fields, fields.may(tags.ORDER_QTY, read_decimal, ZERO), _NO_DATE),
            transact_ts_ns=fields.need(tags.TRANSACT_TIME, read_utc_timestamp),
        )

    def _order_status(self, fields: _Fields, _: _Pairs) -> Request:
        return RequestOrderStatus(
            cl_ord_id=fields.need(tags.CL_ORD_ID, str),
            order_id=fields.get(tags.ORDER_ID, ""),
            deal=self._deal(fields, ZERO, _NO_DATE),
        )

    def _mass_status(self, fields: _Fields, _: _Pairs) -> Request:
        fields.expect(tags.MASS_STATUS_REQ_TYPE, _ALL_ORDERS)
        return RequestMassStatus(fields.need(tags.MASS_STATUS_REQ_ID, str))

    def _cancel_all(self, fields: _Fields, _: _Pairs) -> Request:
        fields.expect(tags.MASS_CANCEL_REQUEST_TYPE, _ALL_ORDERS)
        return CancelAllOrders(fields.need(tags.CL_ORD_ID, str), fields.need(tags.TRANSACT_TIME, read_utc_timestamp))

    def _trades(self, fields: _Fields, _: _Pairs) -> Request:
        return RequestTrades(
            request_id=fields.need(tags.TRADE_REQUEST_ID, str),
            trade_date=fields.may(tags.TRADE_DATE, read_local_mkt_date, None),
            from_ts_ns=fields.may(tags.TRANSACT_TIME, read_utc_timestamp, None),
        )

    def _market_data(self, fields: _Fields, pairs: _Pairs) -> Request:
        request_id = fields.need(tags.MD_REQ_ID, str)
        kind = fields.expect(tags.SUBSCRIPTION_REQUEST_TYPE, _SNAPSHOT, _SUBSCRIBE, _UNSUBSCRIBE)
        if kind == _UNSUBSCRIBE:
            return UnsubscribeMarketData(request_id)
        instruments = groups(pairs, tags.NO_RELATED_SYM)
        asked = tuple(_Fields(entry).need(tags.SYMBOL, self._dialect.pair) for entry in instruments)
        return SubscribeMarketData(request_id, asked) if kind == _SUBSCRIBE else RequestSnapshot(request_id, asked)


def _header(text: str, tag: str) -> str:
    """A header field of a message as QuickFIX has let it in."""
    return text.partition(f"{SOH}{tag}=")[2].partition(SOH)[0]


def _unreadable(fields: _Fields, reason_code: str, text: str) -> Unreadable:
    own_ids = (tags.CL_ORD_ID, tags.TRADE_REQUEST_ID, tags.MD_REQ_ID, tags.MASS_STATUS_REQ_ID)
    return Unreadable(
        ref_seq_num=fields.get(tags.MSG_SEQ_NUM, "0"),
        ref_msg_type=fields.get(tags.MSG_TYPE, ""),
        ref_id=next((fields[tag] for tag in own_ids if tag in fields), ""),
        reason_code=reason_code,
        text=text,
    )
