"""The wire both ways: what one side writes the other reads, and whatever arrives, reading ends in a value."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from simulator.effects import Send, SendQuotes
from simulator.wire_in import RequestReader
from simulator.wire_out import AnswerWriter
from tests.unit.fix_words import BY_SYMBOL, DIALECT, said
from trader.domain.commands import PlaceOrder, ReplaceOrder, RequestTrades, SubscribeMarketData
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.events import (
    CancelRefused,
    ExecType,
    ExecutionReported,
    MarketDataRefused,
    MassCancelReported,
    MessageUnreadable,
    OrdStatus,
    PriceQuoted,
    RejectReason,
    TradeReported,
    TradeRequestAcknowledged,
    VenueEvent,
)
from trader.fix.decode import Decoder
from trader.fix.dialect import Dialect
from trader.fix.encode import Encoder
from trader.fix.text import SOH, read_decimal, read_utc_timestamp, utc_timestamp

MS = 1_000_000

dialects = st.sampled_from([DIALECT, BY_SYMBOL])
pairs = st.sampled_from(["EUR/USD", "USD/JPY", "EUR/GBP", "GBP/JPY", "USD/CNY", "XAU/USD"]).map(parse_pair)
names = st.text("ABCDEFGHJKMNPQRSTVWXYZ0123456789-", min_size=1, max_size=20)
texts = st.text(st.characters(blacklist_characters=SOH, blacklist_categories=("Cs",)), max_size=30)
amounts = st.decimals("0.01", "999999999999", places=2)
counts = st.decimals("0", "999999999999", places=2)
rates = st.decimals("0.00001", "99999999", places=5)
days = st.dates(date(2020, 1, 1), date(2080, 1, 1))
moments = st.integers(0, 4_000_000_000_000).map(lambda ms: ms * MS)


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    """A deal of any product, as the wire can carry it."""
    pair, product = draw(pairs), draw(st.sampled_from(Product))
    day = draw(days)
    tenor = str(product) if product is not Product.FORWARD else draw(st.sampled_from(["1W", "3M", "1Y"]) | st.just(""))
    leg = Leg(draw(st.sampled_from(Side)), draw(amounts), day, tenor or day.isoformat())
    return Deal(product, pair, draw(st.sampled_from([pair.base, pair.terms])), leg)


@st.composite
def orders(draw: st.DrawFn) -> PlaceOrder | ReplaceOrder:
    """A new or a replaced order."""
    price = draw(st.none() | rates)
    terms = {
        "deal": draw(deals()),
        "order_type": OrderType.MARKET if price is None else OrderType.LIMIT,
        "price": price,
        "time_in_force": draw(st.sampled_from(TimeInForce)),
        "account": draw(st.just("") | names),
        "transact_ts_ns": draw(moments),
    }
    if draw(st.booleans()):
        return PlaceOrder(draw(names), **terms)
    return ReplaceOrder(draw(names), draw(names), draw(st.just("") | names), **terms)


@given(
    dialects,
    orders()
    | st.builds(RequestTrades, names, days, moments)
    | st.builds(SubscribeMarketData, names, st.lists(pairs, min_size=1, max_size=5, unique=True).map(tuple)),
)
def test_the_venue_reads_what_the_robot_asks(
    dialect: Dialect, command: PlaceOrder | ReplaceOrder | RequestTrades | SubscribeMarketData
) -> None:
    text = Encoder(dialect).encode(command)
    begin, length, msg_type, body = text.split(SOH, 3)
    whole = SOH.join([begin, length, msg_type, "49=ROBOT", body])
    assert RequestReader(dialect).read(whole) == ("ROBOT", command)


@st.composite
def execution_reports(draw: st.DrawFn) -> ExecutionReported:
    """A report as a venue of this house writes it: amounts of the last trade only when there was one."""
    pair = draw(pairs)
    trade = draw(st.booleans())
    return ExecutionReported(
        cl_ord_id=draw(names),
        orig_cl_ord_id=draw(st.just("") | names),
        order_id=draw(names),
        exec_id=draw(names),
        exec_ref_id=draw(st.just("") | names),
        exec_type=draw(st.sampled_from(ExecType)),
        ord_status=draw(st.sampled_from(OrdStatus)),
        symbol=str(pair),
        side=draw(st.sampled_from(Side)),
        currency=draw(st.sampled_from([pair.base, pair.terms])),
        order_qty=draw(st.none() | amounts),
        last_qty=draw(amounts) if trade else Decimal(0),
        last_px=draw(rates) if trade else Decimal(0),
        cum_qty=draw(counts),
        leaves_qty=draw(counts),
        price=draw(st.none() | rates),
        settl_date=draw(st.none() | days),
        contra_qty=draw(st.none() | amounts),
        trade_date=draw(st.none() | days),
        transact_ts_ns=draw(moments),
        reject_reason=draw(st.none() | _reasons(RejectReason.ALREADY_PENDING)),
        text=draw(texts),
        mass_status_request_id=draw(st.just("") | names),
        is_last_report=draw(st.booleans()),
    )


def _reasons(*without: RejectReason) -> st.SearchStrategy[RejectReason]:
    """The reasons that a kind of message has a code for."""
    return st.sampled_from([reason for reason in RejectReason if reason not in without])


@st.composite
def trade_reports(draw: st.DrawFn) -> TradeReported:
    """A trade of the venue's list."""
    pair = draw(pairs)
    return TradeReported(
        request_id=draw(st.just("") | names),
        trade_report_id=draw(names),
        trade_id="",
        exec_id=draw(names),
        order_id=draw(names),
        cl_ord_id=draw(names),
        symbol=str(pair),
        side=draw(st.sampled_from(Side)),
        currency=draw(st.sampled_from([pair.base, pair.terms])),
        last_qty=draw(amounts),
        last_px=draw(rates),
        settl_date=draw(st.none() | days),
        trade_date=draw(st.none() | days),
        transact_ts_ns=draw(moments),
        contra_qty=draw(st.none() | amounts),
        is_cancel=draw(st.booleans()),
        is_last_report=draw(st.booleans()),
    )


refusals = st.builds(
    CancelRefused, names, names, names, st.sampled_from(OrdStatus), st.booleans(), st.sampled_from(RejectReason), texts
)
answers = st.one_of(
    execution_reports(),
    trade_reports(),
    refusals,
    st.builds(MassCancelReported, names, st.booleans(), st.integers(0, 10**6), texts),
    st.builds(TradeRequestAcknowledged, names, st.booleans(), st.none() | st.integers(0, 10**6), texts),
    st.builds(MarketDataRefused, names, texts),
)


def written(event: VenueEvent, dialect: Dialect = DIALECT) -> str:
    return AnswerWriter(dialect).write(Send("ROBOT", event))


@given(dialects, answers)
def test_the_robot_reads_what_the_venue_says(dialect: Dialect, event: VenueEvent) -> None:
    assert Decoder(dialect).decode(written(event, dialect)) == (event,)


@given(
    st.lists(
        st.builds(lambda pair, bid, offer: PriceQuoted("M", str(pair), bid, offer), pairs, rates, rates),
        min_size=1,
        unique_by=lambda quote: quote.symbol,
    )
)
def test_the_robot_reads_the_venues_prices(quotes: list[PriceQuoted]) -> None:
    writer, decoder = AnswerWriter(DIALECT), Decoder(DIALECT)
    incremental = writer.write_quotes(SendQuotes("ROBOT", tuple(quotes), is_snapshot=False))
    assert decoder.decode(incremental) == tuple(quotes)
    snapshot = writer.write_quotes(SendQuotes("ROBOT", (quotes[0],), is_snapshot=True))
    assert decoder.decode(snapshot) == (quotes[0],)


@given(dialects, st.text() | st.text(f"0123456789=.-{SOH}ABDEUR/S", max_size=200))
def test_reading_never_raises_whatever_the_text(dialect: Dialect, text: str) -> None:
    assert Decoder(dialect).decode(text)


tags = st.sampled_from(
    "11 14 15 17 19 31 32 35 37 38 39 44 54 55 60 64 75 102 103 119 150 151 268 269 270 381 531 568 748".split()  # noqa: SIM905 -- a list of tags reads best as one line
)


@given(dialects, answers, st.data())
def test_reading_never_raises_for_a_message_that_was_damaged(
    dialect: Dialect, event: VenueEvent, data: st.DataObject
) -> None:
    fields = written(event, dialect).split(SOH)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(fields) - 1))
        damage = data.draw(st.sampled_from(["cut", "drop", "double", "replace", "swap"]))
        if damage == "cut":
            fields[place] = fields[place][: data.draw(st.integers(0, max(0, len(fields[place]) - 1)))]
        elif damage == "drop":
            fields = fields[:place] + fields[place + 1 :] or [""]
        elif damage == "double":
            fields.insert(place, fields[place])
        elif damage == "replace":
            fields[place] = f"{data.draw(tags)}={data.draw(texts)}"
        else:
            fields[place], fields[0] = fields[0], fields[place]
    events = Decoder(dialect).decode(SOH.join(fields))
    assert all(isinstance(found, VenueEvent) for found in events)


@given(st.sampled_from(["8", "9", "r", "AE", "AQ", "W", "X", "Y", "3", "j"]), st.lists(st.tuples(tags, texts)))
def test_what_cannot_be_read_says_which_field(msg_type: str, pairs_of: list[tuple[str, str]]) -> None:
    for event in Decoder(DIALECT).decode(said(msg_type, "|".join(f"{tag}={text}" for tag, text in pairs_of))):
        if isinstance(event, MessageUnreadable):
            assert event.problem
            assert len(event.problem) < 300


@given(moments)
def test_a_moment_survives_the_wire_to_the_millisecond(moment: int) -> None:
    assert read_utc_timestamp(utc_timestamp(moment)) == moment


@given(st.decimals(-(10**15) + 1, 10**15 - 1, places=8) | counts)
def test_a_number_survives_the_wire_exactly(number: Decimal) -> None:
    assert read_decimal(f"{number:f}") == number


@given(dialects, pairs, st.sampled_from(Side))
def test_both_currencies_of_one_order_are_opposite_sides_of_the_same_trade(
    dialect: Dialect, pair: object, side: Side
) -> None:
    base, terms = str(pair).split("/")
    on = parse_pair(str(pair))
    buys = dialect.wire_side(side, Currency(base), on)
    sells = dialect.wire_side(side.opposite, Currency(terms), on)
    assert (buys is sells) is (dialect.side_of == "symbol")
