"""The venue's side of the wire mirrors the robot's: what one writes, the other reads."""

import re
from datetime import date
from decimal import Decimal

import msgspec
import pytest
from values import replace as changed

from simulator.effects import Request, RequestSnapshot, Send, SendQuotes, UnsubscribeMarketData
from simulator.wire.messages_in import BusinessReject, RequestReader
from simulator.wire.messages_out import AnswerWriter
from tests.unit.simulator_cases import (
    DESK,
    DIALECT,
    T0,
    TRADE_DATE,
    cancel,
    deal,
    place,
    replace,
    status,
    venue,
)
from trader.domain.commands import (
    CancelAllOrders,
    RequestMassStatus,
    RequestTrades,
    SubscribeMarketData,
    VenueCommand,
)
from trader.domain.currency import parse_pair
from trader.domain.deal import Product, Side, TimeInForce
from trader.domain.events import (
    ExecType,
    ExecutionReported,
    MarketDataRefused,
    MessageRejected,
    PriceQuoted,
    QuoteRequestRefused,
)
from trader.fix.decode import Decoder
from trader.fix.dialect import Amounts, Dialect, ProductForm
from trader.fix.encode import Encoder
from trader.fix.text import SOH

SPOT_DAY = date(2026, 11, 24)
BY_SYMBOL = msgspec.structs.replace(DIALECT, side_of="symbol", symbol_separator="")


def from_desk(text: str) -> str:
    """The text with the header that a session layer adds."""
    head, body = text.split(f"{SOH}35=", 1)
    msg_type, rest = body.split(SOH, 1)
    return SOH.join([head, f"35={msg_type}", "34=7", f"49={DESK}", "56=SIMULATOR", rest])


def read(text: str, dialect: Dialect = DIALECT) -> Request | BusinessReject:
    session, request = RequestReader(dialect).read(from_desk(text))
    assert session == DESK
    return request


def message(msg_type: str, fields: str) -> str:
    return f"8=FIX.4.4|9=0|35={msg_type}|{fields}|10=000|".replace("|", SOH)


COMMANDS: list[VenueCommand] = [
    place(),
    place(price="1.10005", tif=TimeInForce.GTC, order=deal(side=Side.SELL)),
    place(order=deal("USD/JPY", Side.SELL, "JPY", "50000000")),
    place(order=deal("EUR/GBP", dealt="GBP", value_date=date(2026, 12, 3), product=Product.FORWARD)),
    replace("B", "A", "1.2", deal(amount="250000.50")),
    RequestMassStatus("M1"),
    CancelAllOrders("Q1", T0),
    RequestTrades("R1", TRADE_DATE, None),
    RequestTrades("R2", TRADE_DATE, T0),
    SubscribeMarketData("V1", (parse_pair("EUR/USD"), parse_pair("USD/JPY"))),
]


@pytest.mark.parametrize("dialect", [DIALECT, BY_SYMBOL], ids=["side of the currency", "side of the symbol"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_the_venue_reads_what_the_robot_writes(command: VenueCommand, dialect: Dialect) -> None:
    assert read(Encoder(dialect).encode(command), dialect) == command


@pytest.mark.parametrize("command", [cancel("B", "A"), status("A")])
def test_requests_about_an_order_name_it_without_its_date(command: VenueCommand) -> None:
    request = read(Encoder(DIALECT).encode(command))
    assert type(request) is type(command)
    assert getattr(request, "cl_ord_id", "") == getattr(command, "cl_ord_id", "")
    assert getattr(request, "orig_cl_ord_id", "") == getattr(command, "orig_cl_ord_id", "")
    assert getattr(request, "deal", deal()).pair == deal().pair


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("0", RequestSnapshot("V1", (parse_pair("EUR/USD"),))), ("2", UnsubscribeMarketData("V1"))],
)
def test_price_requests_that_do_not_subscribe(kind: str, expected: Request) -> None:
    text = message("V", f"262=V1|263={kind}|264=1|267=2|269=0|269=1|146=1|55=EUR/USD")
    assert read(text) == expected


ORDER = "11=A|55=EUR/USD|54=1|15=EUR|38=1000000|40=1|59=0|63=0|64=20261124|60=20261120-10:00:00"


@pytest.mark.parametrize(
    ("text", "ref_id", "reason_code", "problem"),
    [
        (message("D", ORDER.replace("55=EUR/USD", "55=EURUSD")), "A", "0", "tag 55"),
        (message("D", ORDER.replace("55=EUR/USD", "55=EUR/XXX")), "A", "0", "XXX"),
        (message("D", ORDER.replace("15=EUR", "15=GBP")), "A", "0", "GBP is not in EUR/USD"),
        (message("D", ORDER.replace("38=1000000", "38=1e6")), "A", "0", "tag 38"),
        (message("D", ORDER.replace("54=1", "54=5")), "A", "0", "tag 54"),
        (message("D", ORDER.replace("40=1", "40=3")), "A", "0", "tag 40"),
        (message("D", ORDER.replace("64=20261124", "64=20261131")), "A", "0", "tag 64"),
        (message("D", ORDER.replace("|59=0", "")), "A", "0", "tag 59 is missing"),
        (message("AF", "584=M1|585=1"), "M1", "0", "tag 585"),
        (message("R", "131=Q1"), "Q1", "0", "tag 55 is missing"),
        (message("Z", "131=Q1"), "Q1", "3", "message type"),
        (message("D", "11=A|354=3|355=a" + SOH + "b"), "", "0", "equals sign"),
    ],
)
def test_what_the_venue_cannot_read_it_answers(text: str, ref_id: str, reason_code: str, problem: str) -> None:
    unreadable = read(text)
    assert isinstance(unreadable, BusinessReject)
    assert (unreadable.ref_id, unreadable.reason_code) == (ref_id, reason_code)
    assert problem in unreadable.text
    (heard,) = Decoder(DIALECT).decode(AnswerWriter(DIALECT).write_business_reject(unreadable))
    assert isinstance(heard, MessageRejected | QuoteRequestRefused)
    heard_id = heard.ref_id if isinstance(heard, MessageRejected) else heard.quote_req_id
    assert (heard_id, heard.text) == (ref_id, unreadable.text)


def test_a_dialect_without_a_request_does_not_take_it() -> None:
    silent = msgspec.structs.replace(DIALECT, requests=msgspec.structs.replace(DIALECT.requests, replace=False))
    unreadable = read(Encoder(DIALECT).encode(replace("B", "A")), silent)
    assert isinstance(unreadable, BusinessReject)
    assert unreadable.ref_msg_type == "G"


def answers() -> list[Send]:
    """One of each event that the venue sends."""
    at = venue('[[rules]]\nwhen = { pair = "USD/JPY", message = "NewOrderSingle" }\nthen = { action = "rest" }\n')
    requests: list[Request] = [
        changed(place("A"), account="FUND7"),
        place("A"),
        place("B", order=deal(dealt="USD", side=Side.SELL)),
        place("C", "150", order=deal("USD/JPY")),
        replace("D", "C", "151", deal("USD/JPY")),
        cancel("E", "C"),
        status("A"),
        status("Z"),
        RequestMassStatus("M1"),
        RequestTrades("R1", TRADE_DATE, None),
        CancelAllOrders("Q1", T0),
        RequestMassStatus("M2"),
        place("F", order=deal("EUR/MXN")),
    ]
    effects = [effect for request in requests for effect in at.handle(DESK, request, T0)]
    effects.append(Send(DESK, MarketDataRefused("V1", "no")))
    return [effect for effect in effects if isinstance(effect, Send)]


@pytest.mark.parametrize("dialect", [DIALECT, BY_SYMBOL], ids=["side of the currency", "side of the symbol"])
def test_the_robot_reads_what_the_venue_writes(dialect: Dialect) -> None:
    writer, decoder = AnswerWriter(dialect), Decoder(dialect)
    for effect in answers():
        event = effect.event
        if isinstance(event, ExecutionReported) and event.exec_type is ExecType.ORDER_STATUS:
            event = changed(event, avg_px=effect.avg_px or None, reports_total=effect.total_reports)
        assert decoder.decode(writer.write(effect)) == (event,)


def test_average_price_and_number_of_reports_are_on_the_wire() -> None:
    writer = AnswerWriter(DIALECT)
    texts = [writer.write(effect) for effect in answers()]
    assert f"{SOH}6=1.11725000{SOH}" in texts[1]
    assert any(f"{SOH}584=M1{SOH}911=1{SOH}912=Y{SOH}" in text for text in texts)
    assert any(f"{SOH}584=M2{SOH}911=0{SOH}912=Y{SOH}" in text for text in texts)


def test_quotes_are_read_as_they_were_sent() -> None:
    quoted = tuple(
        PriceQuoted("V1", symbol, Decimal(bid), Decimal(offer))
        for symbol, bid, offer in [("EUR/USD", "1.1", "1.2"), ("USD/JPY", "150.001", "150.002")]
    )
    writer, decoder = AnswerWriter(DIALECT), Decoder(DIALECT)
    assert decoder.decode(writer.write_quotes(SendQuotes(DESK, quoted[:1], is_snapshot=True))) == quoted[:1]
    assert decoder.decode(writer.write_quotes(SendQuotes(DESK, quoted, is_snapshot=False))) == quoted


def test_one_sided_quotes_have_one_entry() -> None:
    quoted = (PriceQuoted("V1", "EUR/USD", None, Decimal("1.2")),)
    text = AnswerWriter(DIALECT).write_quotes(SendQuotes(DESK, quoted, is_snapshot=True))
    assert f"{SOH}268=1{SOH}269=1{SOH}270=1.2{SOH}" in text
    assert Decoder(DIALECT).decode(text) == quoted


def test_an_event_that_no_venue_sends_is_an_error() -> None:
    with pytest.raises(TypeError, match="PriceQuoted"):
        AnswerWriter(DIALECT).write(Send(DESK, PriceQuoted("V1", "EUR/USD", None, None)))


def test_a_venue_that_refuses_to_know_more_reads_a_spot_order_from_what_is_left() -> None:
    terse = msgspec.structs.replace(
        DIALECT,
        products={Product.SPOT: ProductForm()},
        amounts=Amounts(dealt="base"),
        left_out_fields={"D": (15, 63, 64, 167, 460)},
    )
    order = place(order=deal(value_date=SPOT_DAY))
    reader = RequestReader(terse, spot_date=lambda _: SPOT_DAY)
    assert reader.read(from_desk(Encoder(terse).encode(order))) == (DESK, order)


def test_an_order_without_a_date_is_refused_where_dates_are_said() -> None:
    dated = Encoder(DIALECT).encode(place())
    assert isinstance(read(re.sub(f"{SOH}64=[0-9]+", "", dated)), BusinessReject)
