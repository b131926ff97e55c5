"""The wire both ways: what one side writes the other reads, and whatever arrives, reading ends in a value."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from values import replace

from simulator.effects import Send, SendQuotes
from simulator.wire.messages_in import BusinessReject, RequestReader
from simulator.wire.messages_out import AnswerWriter
from tests.unit.fix_words import DIALECT, said
from tests.unit.wire_dialects import EVERY, FIX50SP2
from trader.domain.commands import (
    PlaceOrder,
    QuoteReference,
    ReplaceOrder,
    RequestQuote,
    RequestTrades,
    SubscribeMarketData,
    VenueCommand,
)
from trader.domain.currency import Currency, CurrencyPair, parse_pair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.events import (
    CancelRefused,
    ExecType,
    ExecutionReported,
    LegTraded,
    MarketDataRefused,
    MassCancelReported,
    MessageUnreadable,
    NoOrdersOpen,
    OrdStatus,
    PriceQuoted,
    QuoteReceived,
    QuoteRequestRefused,
    QuoteWithdrawn,
    RejectReason,
    TradeReported,
    TradeRequestAcknowledged,
    VenueEvent,
    VenueStatusReported,
)
from trader.fix.decode import Decoder
from trader.fix.dialect import Dialect
from trader.fix.encode import Encoder
from trader.fix.text import SOH, read_decimal, read_utc_timestamp, utc_timestamp

MS = 1_000_000
NO_SPOT = date(1999, 1, 1)
NAMED_DAYS = (Product.SPOT, Product.TOD, Product.TOM)

dialects = st.sampled_from(list(EVERY.values()))
pairs = st.sampled_from(["EUR/USD", "USD/JPY", "EUR/GBP", "GBP/JPY", "USD/CNY", "XAU/USD"]).map(parse_pair)
names = st.text("ABCDEFGHJKMNPQRSTVWXYZ0123456789-", min_size=1, max_size=20)
texts = st.text(st.characters(blacklist_characters=SOH, blacklist_categories=("Cs",)), max_size=30)
amounts = st.decimals("0.01", "999999999999", places=2)
counts = st.decimals("0", "999999999999", places=2)
rates = st.decimals("0.00001", "99999999", places=5)
days = st.dates(date(2020, 1, 1), date(2080, 1, 1))
moments = st.integers(0, 4_000_000_000_000).map(lambda ms: ms * MS)


@st.composite
def legs_of(draw: st.DrawFn, product: Product, most: int) -> tuple[Leg, ...]:
    """The legs of a deal: a swap's are on opposite sides, a block's on any."""
    tenor = product.value if product in NAMED_DAYS else ""
    tenors = st.just(tenor) if tenor else st.sampled_from(["", "1W", "3M", "1Y"])
    near = draw(st.builds(lambda side, amount, day, of: Leg(side, amount, day, of or day.isoformat()),
                          st.sampled_from(Side), amounts, days, tenors))  # fmt: skip
    if not product.has_many_legs:
        return (near,)
    sides = st.just(near.side.opposite) if product is Product.SWAP or most == 2 else st.sampled_from(Side)
    far = st.builds(lambda side, amount, day: Leg(side, amount, day, day.isoformat()), sides, amounts, days)
    count = 1 if product is Product.SWAP else draw(st.integers(1, most - 1))
    return (near, *draw(st.lists(far, min_size=count, max_size=count)))


def known_pairs(dialect: Dialect) -> st.SearchStrategy[CurrencyPair]:
    return st.sampled_from([parse_pair(symbol) for symbol in dialect.security_ids]) if dialect.security_ids else pairs


@st.composite
def deals(draw: st.DrawFn, dialect: Dialect) -> Deal:
    """A deal of any product of the venue, as one order of it can carry it."""
    pair = draw(known_pairs(dialect))
    forms = {product: form for product, form in dialect.products.items() if form.legs != "linked"}
    product = draw(st.sampled_from(sorted(forms)))
    near, *far = draw(legs_of(product, 2 if forms[product].legs == "single" else 5))
    fixing_date = draw(days) if product is Product.NDF else None
    return Deal(product, pair, draw(st.sampled_from([pair.base, pair.terms])), near, tuple(far), fixing_date)


@st.composite
def orders(draw: st.DrawFn, dialect: Dialect) -> PlaceOrder | ReplaceOrder:
    """A new or a replaced order."""
    deal = draw(deals(dialect))
    types = set(dialect.order_types) - ({OrderType.LIMIT} if deal.far_legs else set())
    order_type = draw(st.sampled_from(sorted(types)))
    quoted = order_type is OrderType.PREVIOUSLY_QUOTED
    terms = {
        "deal": deal,
        "order_type": order_type,
        "price": None if order_type is OrderType.MARKET else draw(rates),
        "time_in_force": draw(st.sampled_from(TimeInForce)),
        "account": draw(st.just("") | names),
        "transact_ts_ns": draw(moments),
    }
    if quoted or deal.far_legs or draw(st.booleans()):
        quote = draw(references(dialect, deal)) if quoted else None
        return PlaceOrder(draw(names), **terms, quote=quote, link_id=draw(st.just("") | names))
    return ReplaceOrder(draw(names), draw(names), draw(st.just("") | names), **terms)


@st.composite
def references(draw: st.DrawFn, dialect: Dialect, deal: Deal) -> QuoteReference:
    """A quote as the venue's orders name it."""
    assert dialect.quotes is not None
    asked = 131 in dialect.quotes.reference_tags
    return QuoteReference(draw(names), draw(names) if asked else "", tuple(draw(rates) for _ in deal.far_legs))


def requests(dialect: Dialect) -> st.SearchStrategy[VenueCommand]:
    """Whatever the venue takes and the wire carries whole."""
    asked = [
        orders(dialect),
        st.builds(SubscribeMarketData, names, st.lists(known_pairs(dialect), min_size=1, max_size=5, unique=True)
                  .map(tuple)),
    ]  # fmt: skip
    if dialect.requests.trade_capture:
        asked.append(st.builds(RequestTrades, names, days, moments))
    if dialect.quotes is not None and dialect.quotes.source == "request":
        asked.append(st.builds(RequestQuote, names, deals(dialect), st.just("") | names, moments))
    return st.one_of(asked)


def as_read(command: VenueCommand, dialect: Dialect) -> VenueCommand:
    """What is left of a command on the wire: dates and not what they were called, and what the version has."""
    if not isinstance(command, PlaceOrder | ReplaceOrder | RequestQuote):
        return command
    deal = command.deal
    if dialect.begin_string == "FIX.4.2":
        if isinstance(command, PlaceOrder):
            quote = command.quote and replace(command.quote, far_rates=())
            command = replace(command, link_id="", quote=quote)
        elif isinstance(command, RequestQuote):
            command = replace(command, account="")
    elif dialect.begin_string == "FIX.4.3" and isinstance(command, RequestQuote):
        command = replace(command, account="")
    one_tenor = not deal.far_legs and dialect.products[deal.product].settl_type and isinstance(command, PlaceOrder)
    legs = deal.legs if one_tenor else tuple(replace(leg, tenor="") for leg in deal.legs)
    is_swap = len(legs) == 2 and legs[0].side is legs[1].side.opposite
    product = Product.SWAP if is_swap else deal.product
    if product in (Product.SPOT, Product.TOD, Product.TOM) and isinstance(command, RequestQuote):
        product = Product.FORWARD  # where SettlType(63) is not said, only the date tells them apart
    return replace(command, deal=replace(deal, product=product, near_leg=legs[0], far_legs=legs[1:]))


@given(st.data(), dialects)
def test_the_venue_reads_what_the_robot_asks(data: st.DataObject, dialect: Dialect) -> None:
    command = data.draw(requests(dialect))
    text = Encoder(dialect).encode(command)
    begin, length, msg_type, body = text.split(SOH, 3)
    whole = SOH.join([begin, length, msg_type, "49=ROBOT", body])
    session, request = RequestReader(dialect, spot_date=lambda _: NO_SPOT).read(whole)
    assert session == "ROBOT"
    assert not isinstance(request, BusinessReject), request.text
    assert as_read(request, dialect) == as_read(command, dialect)


BOOKED = (ExecType.TRADE, ExecType.TRADE_CORRECT)  # a bust only names what it takes back


@st.composite
def far_legs_of(draw: st.DrawFn, dialect: Dialect, near_side: Side, near_date: date) -> tuple[LegTraded, ...]:
    """What a trade did on the later legs, as the venue deals them: on one other side, or on any."""
    swap = dialect.products.get(Product.SWAP)
    if swap is None or swap.legs == "linked" or draw(st.booleans()):
        return ()
    in_one = swap.legs == "single"
    later = st.dates(near_date + timedelta(days=1), date(2090, 1, 1))
    legs = draw(
        st.lists(
            st.builds(
                LegTraded,
                st.just(near_side.opposite) if in_one else st.sampled_from(Side),
                amounts,
                rates,
                later,
                st.none() | amounts if dialect is FIX50SP2 else st.none(),
            ),
            min_size=1,
            max_size=1 if in_one else 4,
        )
    )
    return tuple(sorted(legs, key=lambda leg: leg.settl_date or near_date))


@st.composite
def execution_reports(draw: st.DrawFn, dialect: Dialect) -> ExecutionReported:
    """A report as a venue of this house writes it: amounts of the last trade only when there was one."""
    pair, side, day = draw(known_pairs(dialect)), draw(st.sampled_from(Side)), draw(days)
    exec_type = draw(st.sampled_from(ExecType))
    trade = exec_type in BOOKED
    leaves_qty = draw(counts)
    last_px = draw(rates) if trade else Decimal(0)
    far_legs = draw(far_legs_of(dialect, side, day)) if trade else ()
    spot_rate = draw(rates) if trade and (far_legs or draw(st.booleans())) else None
    return ExecutionReported(
        cl_ord_id=draw(names),
        orig_cl_ord_id=draw(st.just("") | names),
        order_id=draw(names),
        exec_id=draw(names),
        exec_ref_id=draw(st.just("") | names),
        exec_type=exec_type,
        ord_status=draw(st.sampled_from(OrdStatus)),
        symbol=str(pair),
        side=side,
        currency=draw(st.sampled_from([pair.base, pair.terms])),
        order_qty=draw(st.none() | amounts),
        last_qty=draw(amounts) if trade else Decimal(0),
        last_px=last_px,
        cum_qty=draw(counts),
        leaves_qty=leaves_qty,
        price=draw(st.none() | rates),
        settl_date=day if far_legs else draw(st.none() | days),
        contra_qty=draw(st.none() | amounts),
        trade_date=draw(st.none() | days),
        transact_ts_ns=draw(moments),
        reject_reason=draw(st.none() | _reasons(RejectReason.ALREADY_PENDING)),
        text=draw(texts),
        mass_status_request_id=draw(st.just("") | names),
        is_last_report=draw(st.booleans()),
        last_spot_rate=spot_rate,
        last_forward_points=None if spot_rate is None else last_px - spot_rate,
        far_legs=far_legs,
        fixing_date=draw(st.none() | days),
        avg_px=draw(rates) if exec_type is ExecType.ORDER_STATUS else None,
    )


def _reasons(*without: RejectReason) -> st.SearchStrategy[RejectReason]:
    """The reasons that a kind of message has a code for."""
    return st.sampled_from([reason for reason in RejectReason if reason not in without])


@st.composite
def trade_reports(draw: st.DrawFn, dialect: Dialect) -> TradeReported:
    """A trade of the venue's list."""
    pair, side, day = draw(known_pairs(dialect)), draw(st.sampled_from(Side)), draw(days)
    far_legs = draw(far_legs_of(dialect, side, day))
    return TradeReported(
        request_id=draw(st.just("") | names),
        trade_report_id=draw(names),
        trade_id=draw(st.just("") | names),
        exec_id=draw(names),
        order_id=draw(names),
        cl_ord_id=draw(names),
        symbol=str(pair),
        side=side,
        currency=draw(st.sampled_from([pair.base, pair.terms])),
        last_qty=draw(amounts),
        last_px=draw(rates),
        settl_date=day if far_legs else draw(st.none() | days),
        trade_date=draw(st.none() | days),
        transact_ts_ns=draw(moments),
        contra_qty=draw(st.none() | amounts),
        is_cancel=draw(st.booleans()),
        is_last_report=draw(st.booleans()),
        far_legs=far_legs,
    )


@st.composite
def quotes_of(draw: st.DrawFn, dialect: Dialect) -> QuoteReceived:
    """A maker's quote, of a deal of as many legs as the venue deals."""
    swap = dialect.products.get(Product.SWAP)
    most = 1 if swap is None or swap.legs == "linked" else 2 if swap.legs == "single" else 5
    count = draw(st.integers(1, most))
    sides: list[tuple[Decimal, ...]] = [tuple(draw(rates) for _ in range(count)) for _ in range(2)]
    if draw(st.booleans()):
        sides[draw(st.integers(0, 1))] = ()
    bids, offers = sides
    spots = [draw(rates) if rates_of and (count > 1 or draw(st.booleans())) else None for rates_of in sides]
    points = [None if spot is None else side[0] - spot for spot, side in zip(spots, sides, strict=True)]
    return QuoteReceived(
        quote_req_id=draw(names),
        quote_id=draw(names),
        maker="" if dialect.dictionary.file == "FIX42.xml" else draw(names),
        symbol=str(draw(known_pairs(dialect))),
        bids=bids,
        offers=offers,
        valid_until_ts_ns=draw(moments),
        settl_date=draw(st.none() | days),
        bid_spot_rate=spots[0],
        bid_forward_points=points[0],
        offer_spot_rate=spots[1],
        offer_forward_points=points[1],
    )


def answers(dialect: Dialect) -> st.SearchStrategy[VenueEvent]:
    """Whatever the venue says."""
    said_of = [
        execution_reports(dialect),
        st.builds(CancelRefused, names, names, names, st.sampled_from(OrdStatus), st.booleans(),
                  _reasons(RejectReason.STALE), texts),
        st.builds(MassCancelReported, names, st.booleans(), st.integers(0, 10**6), texts),
        st.builds(TradeRequestAcknowledged, names, st.booleans(), st.none() | st.integers(0, 10**6), texts),
        st.builds(MarketDataRefused, names, texts),
        trade_reports(dialect),
    ]  # fmt: skip
    if dialect.requests.mass_status:
        said_of.append(st.builds(NoOrdersOpen, names, names, moments, texts))
    if dialect.quotes is not None:
        makers = st.just("") if dialect.dictionary.file == "FIX42.xml" else names
        said_of += [
            quotes_of(dialect),
            st.builds(QuoteWithdrawn, names, st.just("") | names, makers, texts),
            st.builds(QuoteRequestRefused, names, makers, texts),
        ]
    if dialect.ready != "logon":
        ready = st.just(True) if dialect.ready == "news" else st.booleans()
        said_of.append(st.builds(VenueStatusReported, ready, texts.filter(bool)))
    return st.one_of(said_of)


def written(event: VenueEvent, dialect: Dialect = DIALECT) -> str:
    avg_px = event.avg_px if isinstance(event, ExecutionReported) else None
    return AnswerWriter(dialect).write(Send("ROBOT", event, avg_px or Decimal(0)))


@given(st.data(), dialects)
def test_the_robot_reads_what_the_venue_says(data: st.DataObject, dialect: Dialect) -> None:
    event = data.draw(answers(dialect))
    (read,) = Decoder(dialect).decode(written(event, dialect))
    if isinstance(read, QuoteReceived):
        read = structs.replace(read, legs=())  # the venue's own events do not repeat what was asked for
    assert read == event


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


tags = st.sampled_from([
    11, 14, 15, 17, 19, 20, 31, 32, 35, 37, 38, 39, 44, 54, 55, 60, 64, 75, 102, 103, 117, 119, 131, 132, 150, 151, 188,
    189, 192, 193, 194, 195, 268, 269, 270, 381, 453, 531, 541, 555, 568, 588, 624, 637, 641, 642, 687, 748,
]).map(str)  # fmt: skip


@given(st.data(), dialects)
def test_reading_never_raises_for_a_message_that_was_damaged(data: st.DataObject, dialect: Dialect) -> None:
    fields = written(data.draw(answers(dialect)), dialect).split(SOH)
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


@given(
    st.sampled_from(["8", "9", "r", "AE", "AQ", "S", "Z", "AG", "W", "X", "Y", "3", "j"]),
    st.lists(st.tuples(tags, texts)),
)
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
