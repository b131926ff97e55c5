"""The venue's side of the wire, inwards: the text of a request becomes a command. Mirrors ``trader.fix.encode``.

Strict, as venues are: what the dialect wants in a message has to be there. Source: FIX 4.4 volumes 3 to 5.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from simulator.effects import Request, RequestSnapshot, UnsubscribeMarketData
from simulator.wire.deal_in import DealReader, SpotDate
from trader.domain.commands import (
    CancelAllOrders,
    CancelOrder,
    DkReason,
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
)
from trader.domain.currency import CurrencyPair
from trader.domain.deal import OrderType
from trader.fix import tags
from trader.fix.codes import DK_REASON, TIME_IN_FORCE
from trader.fix.dialect import Dialect
from trader.fix.fields import Fields, TagNames
from trader.fix.text import SOH, FieldError, read_decimal, read_local_mkt_date, read_utc_timestamp, split

_ALL_ORDERS = "7"  # MassStatusReqType(585) and MassCancelRequestType(530)
_PASS = "6"  # QuoteRespType(694)  # noqa: S105 -- not a password
_SNAPSHOT, _SUBSCRIBE, _UNSUBSCRIBE = "0", "1", "2"  # SubscriptionRequestType(263)
_ORDERS = ("D", "AB", "G")
_WITH_OWN_ID = (*_ORDERS, "F", "q")

OTHER = "0"  # BusinessRejectReason(380)
UNSUPPORTED_MESSAGE_TYPE = "3"
NOT_AVAILABLE = "4"


@dataclass(frozen=True, slots=True)
class BusinessReject:
    """What a BusinessMessageReject(j) says about a message that cannot be read, or is not acted upon.

    Attributes:
        reason_code: BusinessRejectReason(380).
        ref_id: The message's own id, ClOrdID(11) or a request's, or "".
    """

    ref_seq_num: str
    ref_msg_type: str
    ref_id: str
    reason_code: str
    text: str


def no_spot_date(pair: CurrencyPair) -> date:
    """For a dialect that never writes a word in place of the spot date.

    Raises:
        FieldError: Always.
    """
    raise FieldError(f"the spot date of {pair} is not known here; expected a date")


class RequestReader:
    """Reads the requests of clients in one dialect.

    Args:
        dialect: The venue's dialect.
        target_sub_id: What TargetSubID(57) has to hold in every message; "" when nothing.
        spot_date: The spot date of a pair, for a dialect that leaves it to the venue.
    """

    def __init__(self, dialect: Dialect, target_sub_id: str = "", spot_date: SpotDate = no_spot_date) -> None:
        self._dialect = dialect
        self._deals = DealReader(dialect, spot_date)
        self._names = TagNames(dialect.renamed_tags)
        self._order_types = {code: order_type for order_type, code in dialect.order_types.items()}
        self._product_types = {form.ord_type for form in dialect.products.values()} - {""}
        self._quote_tags = tuple(map(str, dialect.quotes.reference_tags)) if dialect.quotes else ()
        answers = dialect.requests
        quotes = dialect.quotes is not None and dialect.quotes.source == "request"
        readers: dict[str, tuple[bool, Callable[[Fields], Request]]] = {
            "D": (True, self._place),
            "AB": (any(form.legs == "multileg" for form in dialect.products.values()), self._place),
            "F": (True, self._cancel),
            "G": (answers.replace, self._replace),
            "H": (answers.order_status, self._order_status),
            "AF": (answers.mass_status, self._mass_status),
            "q": (answers.mass_cancel, self._cancel_all),
            "AD": (answers.trade_capture, self._trades),
            "Q": (True, self._dispute),
            "V": (answers.market_data, self._market_data),
            "R": (quotes, self._quote_request),
            "AJ": (quotes and dialect.quotes is not None and dialect.quotes.can_pass, self._pass),
        }
        self._readers = {msg_type: read for msg_type, (is_answered, read) in readers.items() if is_answered}
        self._demands = {msg_type: _Demands(dialect, msg_type, target_sub_id) for msg_type in self._readers}

    def read(self, text: str) -> tuple[str, Request | BusinessReject]:
        """Read one message that the session layer has let in: well-formed fields, whatever they hold.

        Returns:
            SenderCompID(49), and the request or the reason why there is none. Never raises.
        """
        session = _header(text, tags.SENDER_COMP_ID)
        try:
            fields = self._fields(text)
        except FieldError as error:  # a data field with a SOH inside passes the session layer
            return session, self.refuse(text, OTHER, str(error))
        msg_type = fields.get(tags.MSG_TYPE, "")
        reader = self._readers.get(msg_type)
        if reader is None:
            return session, _rejected(fields, UNSUPPORTED_MESSAGE_TYPE, "The venue does not take this message type")
        try:
            self._demands[msg_type].check(fields)
            return session, reader(fields)
        except FieldError as error:
            return session, _rejected(fields, OTHER, str(error))

    def refuse(self, text: str, reason_code: str, why: str) -> BusinessReject:
        """The answer to a message that the venue does not act upon, whatever it says."""
        try:
            fields = self._fields(text)
        except FieldError:
            fields = Fields([(tags.MSG_TYPE, _header(text, tags.MSG_TYPE))])
        return _rejected(fields, reason_code, why)

    def _fields(self, text: str) -> Fields:
        """The fields under the standard's tags."""
        pairs = split(text)
        fields = Fields(pairs)
        standard = self._names.to_standard(fields.get(tags.MSG_TYPE, ""), pairs)
        return fields if standard is pairs else Fields(standard)

    def _place(self, fields: Fields) -> PlaceOrder:
        order_type = self._order_type(fields)
        quote = self._quote(fields) if order_type is OrderType.PREVIOUSLY_QUOTED else None
        return PlaceOrder(
            cl_ord_id=fields.need(tags.CL_ORD_ID, str),
            deal=self._deals.deal(fields),
            order_type=order_type,
            price=fields.may(tags.PRICE, read_decimal, None),
            time_in_force=fields.need(tags.TIME_IN_FORCE, TIME_IN_FORCE.__getitem__),
            account=fields.get(tags.ACCOUNT, ""),
            transact_ts_ns=fields.need(tags.TRANSACT_TIME, read_utc_timestamp),
            quote=quote,
            link_id=fields.get(tags.CL_ORD_LINK_ID, ""),
        )

    def _order_type(self, fields: Fields) -> OrderType:
        """By OrdType(40); where that says the product, by what else the order holds."""
        if fields.get(tags.ORD_TYPE) not in self._product_types:
            return fields.need(tags.ORD_TYPE, self._order_types.__getitem__)
        if any(tag in fields for tag in self._quote_tags):
            return OrderType.PREVIOUSLY_QUOTED
        return OrderType.LIMIT if tags.PRICE in fields else OrderType.MARKET

    def _quote(self, fields: Fields) -> QuoteReference:
        """What an order takes: every tag that the dialect names has to be there."""
        ids = {tag: fields.need(tag, str) for tag in self._quote_tags}
        quote_req_id = ids.pop(tags.QUOTE_REQ_ID, "")
        return QuoteReference(next(iter(ids.values()), ""), quote_req_id, _far_rates(fields))

    def _replace(self, fields: Fields) -> ReplaceOrder:
        order = self._place(fields)
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

    def _cancel(self, fields: Fields) -> CancelOrder:
        return CancelOrder(
            cl_ord_id=fields.need(tags.CL_ORD_ID, str),
            orig_cl_ord_id=fields.need(tags.ORIG_CL_ORD_ID, str),
            order_id=fields.get(tags.ORDER_ID, ""),
            deal=self._deals.identity(fields),
            transact_ts_ns=fields.need(tags.TRANSACT_TIME, read_utc_timestamp),
        )

    def _order_status(self, fields: Fields) -> RequestOrderStatus:
        return RequestOrderStatus(
            cl_ord_id=fields.need(tags.CL_ORD_ID, str),
            order_id=fields.get(tags.ORDER_ID, ""),
            deal=self._deals.identity(fields),
        )

    def _mass_status(self, fields: Fields) -> RequestMassStatus:
        fields.expect(tags.MASS_STATUS_REQ_TYPE, _ALL_ORDERS)
        return RequestMassStatus(fields.need(tags.MASS_STATUS_REQ_ID, str))

    def _cancel_all(self, fields: Fields) -> CancelAllOrders:
        fields.expect(tags.MASS_CANCEL_REQUEST_TYPE, _ALL_ORDERS)
        return CancelAllOrders(fields.need(tags.CL_ORD_ID, str), fields.need(tags.TRANSACT_TIME, read_utc_timestamp))

    def _trades(self, fields: Fields) -> RequestTrades:
        return RequestTrades(
            request_id=fields.need(tags.TRADE_REQUEST_ID, str),
            trade_date=fields.may(tags.TRADE_DATE, read_local_mkt_date, None),
            from_ts_ns=fields.may(tags.TRANSACT_TIME, read_utc_timestamp, None),
        )

    def _dispute(self, fields: Fields) -> DontKnowTrade:
        identity = self._deals.identity(fields)
        return DontKnowTrade(
            order_id=fields.need(tags.ORDER_ID, str),
            exec_id=fields.need(tags.EXEC_ID, str),
            reason=fields.may(tags.DK_REASON, lambda code: DK_REASON.get(code, DkReason.OTHER), DkReason.OTHER),
            pair=identity.pair,
            side=identity.near_leg.side,
            currency=identity.dealt_currency,
        )

    def _market_data(self, fields: Fields) -> Request:
        request_id = fields.need(tags.MD_REQ_ID, str)
        kind = fields.expect(tags.SUBSCRIPTION_REQUEST_TYPE, _SNAPSHOT, _SUBSCRIBE, _UNSUBSCRIBE)
        if kind == _UNSUBSCRIBE:
            return UnsubscribeMarketData(request_id)
        asked = tuple(entry.need(tags.SYMBOL, self._dialect.pair) for entry in fields.entries(tags.NO_RELATED_SYM))
        return SubscribeMarketData(request_id, asked) if kind == _SUBSCRIBE else RequestSnapshot(request_id, asked)

    def _quote_request(self, fields: Fields) -> RequestQuote:
        entry, *others = fields.entries(tags.NO_RELATED_SYM) or [fields]
        if others:
            raise FieldError(f"tag {tags.NO_RELATED_SYM}: the venue takes one request a message")
        return RequestQuote(
            quote_req_id=fields.need(tags.QUOTE_REQ_ID, str),
            deal=self._deals.deal(entry),
            account=fields.get(tags.ACCOUNT, ""),
            transact_ts_ns=fields.may(tags.TRANSACT_TIME, read_utc_timestamp, 0),
        )

    def _pass(self, fields: Fields) -> PassQuotes:
        fields.expect(tags.QUOTE_RESP_TYPE, _PASS)
        return PassQuotes(
            response_id=fields.need(tags.QUOTE_RESP_ID, str),
            quote_req_id=fields.get(tags.QUOTE_REQ_ID, ""),
            quote_id=fields.get(tags.QUOTE_ID, ""),
            deal=self._deals.identity(fields),
            transact_ts_ns=fields.may(tags.TRANSACT_TIME, read_utc_timestamp, 0),
        )


class _Demands:
    """What the dialect wants in every message of a type, whatever it is about."""

    def __init__(self, dialect: Dialect, msg_type: str, target_sub_id: str) -> None:
        fixed = dict(dialect.extra_fields.get(msg_type, {}))
        if target_sub_id:
            fixed[tags.TARGET_SUB_ID] = target_sub_id
        self._fixed: Mapping[str, str] = fixed
        self._account = dialect.account_required and msg_type in _ORDERS
        self._unknown = tuple(map(str, dialect.left_out_fields.get(msg_type, ())))
        self._parties = dialect.parties if msg_type in dialect.party_messages else ()
        self._id_length_max = dialect.id_length_max if msg_type in _WITH_OWN_ID else 0
        self._id_signs_banned = frozenset(dialect.id_signs_banned)

    def check(self, fields: Fields) -> None:
        """Say what is missing, or is not what the venue wants or knows.

        Raises:
            FieldError: With the tag.
        """
        for tag, value in self._fixed.items():
            fields.expect(tag, value)
        for tag in self._unknown:
            if tag in fields:
                raise FieldError(f"tag {tag} is not known here")
        if self._account and not fields.get(tags.ACCOUNT):
            raise FieldError(f"tag {tags.ACCOUNT} is missing")
        if self._id_length_max:
            self._check_id(fields.need(tags.CL_ORD_ID, str))
        if self._parties:
            self._check_parties(fields)

    def _check_id(self, cl_ord_id: str) -> None:
        if len(cl_ord_id) > self._id_length_max:
            raise FieldError(f"tag {tags.CL_ORD_ID} has {len(cl_ord_id)} characters; at most {self._id_length_max}")
        banned = self._id_signs_banned.intersection(cl_ord_id)
        if banned:
            raise FieldError(f"tag {tags.CL_ORD_ID} holds {' '.join(sorted(banned))}, which no id may hold")

    def _check_parties(self, fields: Fields) -> None:
        told = {entry.get(tags.PARTY_ROLE, ""): entry.get(tags.PARTY_ID) for entry in fields.entries(tags.NO_PARTY_IDS)}
        for party in self._parties:
            if told.get(str(party.role)) != party.id:
                raise FieldError(f"tag {tags.NO_PARTY_IDS}: {party.id!r} in the role {party.role} is missing")


def _far_rates(fields: Fields) -> tuple[Decimal, ...]:
    """The quoted rates of the legs after the near one: Price2(640), or LegPrice(566) of each."""
    if tags.NO_LEGS in fields:
        return tuple(leg.need(tags.LEG_PRICE, read_decimal) for leg in fields.entries(tags.NO_LEGS)[1:])
    return (fields.need(tags.PRICE2, read_decimal),) if tags.PRICE2 in fields else ()


def _header(text: str, tag: str) -> str:
    """A header field of a message as QuickFIX has let it in."""
    return text.partition(f"{SOH}{tag}=")[2].partition(SOH)[0]


def _rejected(fields: Mapping[str, str], reason_code: str, text: str) -> BusinessReject:
    own_ids = (
        tags.CL_ORD_ID, tags.TRADE_REQUEST_ID, tags.MD_REQ_ID, tags.MASS_STATUS_REQ_ID,
        tags.QUOTE_RESP_ID, tags.QUOTE_REQ_ID,
    )  # fmt: skip
    return BusinessReject(
        ref_seq_num=fields.get(tags.MSG_SEQ_NUM, "0"),
        ref_msg_type=fields.get(tags.MSG_TYPE, ""),
        ref_id=next((fields[tag] for tag in own_ids if tag in fields), ""),
        reason_code=reason_code,
        text=text,
    )
