"""Every message of the robot's, in every made-up dialect, is one of its version; and whatever a venue says is read."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.fix_stock import faults
from tests.unit.fix_words import DIALECT, said
from tests.unit.wire_dialects import EVERY
from trader.domain.commands import (
    CancelOrder,
    PassQuotes,
    PlaceOrder,
    QuoteReference,
    ReplaceOrder,
    RequestOrderStatus,
    RequestQuote,
    VenueCommand,
)
from trader.domain.currency import parse_pair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.events import ExecType, ExecutionReported, MessageUnreadable, QuoteReceived, VenueEvent
from trader.fix.contracts import quantity_reader, quantity_writer
from trader.fix.decode import Decoder
from trader.fix.dialect import Dialect
from trader.fix.encode import Encoder
from trader.fix.fields import Fields, TagNames
from trader.fix.text import SOH, FieldError, is_rate, split
from trader.fix.writer import MessageWriter

ONE_LEG_OR_MORE = 10
WITHOUT_QUOTE_RESPONSE = ("FIX.4.2", "FIX.4.3")

dialects = st.sampled_from(list(EVERY.values()))
names = st.text("ABCDEFGHJKMNPQRSTVWXYZ0123456789-", min_size=1, max_size=20)
amounts = st.decimals("0.01", "999999999999", places=2)
rates = st.decimals("0.00001", "99999999", places=5)
days = st.dates(date(2020, 1, 1), date(2080, 1, 1))
moments = st.integers(0, 4 * 10**18)
tenors = st.sampled_from(["SPOT", "TOD", "TOM", "1W", "3M", "1Y", "IMM1", "2026-06-11", ""])
legs = st.builds(Leg, st.sampled_from(Side), amounts, days, tenors)


@st.composite
def deals(draw: st.DrawFn, dialect: Dialect) -> Deal:
    """A deal that the venue takes, in as many orders as it takes."""
    known = list(dialect.security_ids) or ["EUR/USD", "USD/JPY", "USD/KRW"]
    pair = parse_pair(draw(st.sampled_from(known)))
    product = draw(st.sampled_from(sorted(dialect.products)))
    near = draw(legs)
    far: list[Leg] = []
    if product is Product.SWAP or (product.has_many_legs and dialect.products[product].legs == "single"):
        far = [replace(draw(legs), side=near.side.opposite)]
    elif product is Product.BLOCK:
        far = draw(st.lists(legs, min_size=1, max_size=ONE_LEG_OR_MORE - 1))
    fixing_date = draw(days) if product is Product.NDF else None
    return Deal(product, pair, draw(st.sampled_from([pair.base, pair.terms])), near, tuple(far), fixing_date)


@st.composite
def commands(draw: st.DrawFn, dialect: Dialect) -> list[VenueCommand]:
    """What the robot asks about one deal: quotes, one order or one for each leg, and all that may follow."""
    deal = draw(deals(dialect))
    order_type = draw(st.sampled_from(sorted(dialect.order_types)))
    price = None if order_type is OrderType.MARKET else draw(rates)
    life, account, moment = draw(st.sampled_from(TimeInForce)), draw(st.just("") | names), draw(moments)
    asked: list[VenueCommand] = []
    if dialect.names_quotes(order_type):
        asked.append(RequestQuote("Q1", deal, account, moment))
        if dialect.begin_string not in WITHOUT_QUOTE_RESPONSE:
            asked.append(PassQuotes("P1", "Q1", draw(st.just("") | names), deal, moment))
    orders = dialect.orders_of(deal)
    link_id = draw(names) if len(orders) > 1 else ""
    for one in orders:
        far_rates = tuple(draw(rates) for _ in one.far_legs)
        quoted = order_type is OrderType.PREVIOUSLY_QUOTED
        quote = QuoteReference(draw(names), draw(st.just("") | names), far_rates) if quoted else None
        asked += [
            PlaceOrder(draw(names), one, order_type, price, life, account, moment, quote, link_id),
            CancelOrder(draw(names), draw(names), draw(st.just("") | names), one, moment),
            RequestOrderStatus(draw(names), draw(st.just("") | names), one),
        ]
        if not one.far_legs:
            asked.append(
                ReplaceOrder("B", "A", draw(st.just("") | names), one, order_type, price, life, account, moment)
            )
    return asked


@given(st.data(), dialects)
def test_every_message_is_well_formed_and_says_nothing_twice(data: st.DataObject, dialect: Dialect) -> None:
    for command in data.draw(commands(dialect)):
        text = Encoder(dialect).encode(command)
        assert faults(text, dialect) == [], text
        assert all(value for _, value in split(text))


# Fields that readers act on, groups and all, and values that some of them take and others do not.
TAGS = (  # noqa: SIM905 -- a list of tags reads best as a few lines
    "6 11 15 17 20 22 31 32 35 37 38 39 48 54 55 62 64 117 119 131 132 133 140 150 151 188 189 190 191 192 193 194 195 "
    "268 269 270 278 279 298 340 372 379 381 447 448 452 453 541 555 556 588 600 624 637 641 642 643 658 681 684 687 "
    "1056 1065 1066 1071 1074 1418 5381"
).split()
VALUES = (
    *("", "0", "1", "2", "4", "F", "R", "A", "35", "EUR", "USD", "EUR/USD", "EURUSD", "4001", "[N/A]", "Spot"),
    *("1.1", "-0.0023", "0.006199", "-1.1", "99999999", "999999999999999", "1e5", "NaN", "Infinity", "-", "."),
    *("20260304", "20260231", "20260302-10:00:00.125", "Ä", " "),
)
KINDS = ("8", "9", "AE", "S", "Z", "AG", "W", "X", "B", "h", "3", "j", "AQ", "r", "Y", "Q")
REPORT = "37=V1|17=E1|39=2|55=EUR/USD|54=1|15=EUR"

fields = st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(VALUES)), max_size=25)


@given(dialects, st.sampled_from(KINDS), st.booleans(), fields)
def test_whatever_a_venue_says_is_read(
    dialect: Dialect, msg_type: str, is_a_report: bool, pairs: Sequence[tuple[str, str]]
) -> None:
    body = "|".join([*([REPORT] if is_a_report else []), *(f"{tag}={value}" for tag, value in pairs)])
    for event in Decoder(dialect).decode(said(msg_type, body)):
        assert isinstance(event, VenueEvent)
        if isinstance(event, ExecutionReported):
            assert all(is_rate(leg.last_px) or leg.last_px == 0 for leg in event.far_legs)
            assert not event.far_legs or event.exec_type in (ExecType.TRADE, ExecType.TRADE_CORRECT)
        elif isinstance(event, QuoteReceived):
            assert all(map(is_rate, (*event.bids, *event.offers)))
        elif isinstance(event, MessageUnreadable):
            assert event.problem


@given(st.lists(st.text("=15Ä\udc80 ", max_size=4)), st.booleans())
def test_a_message_is_split_at_the_first_equals_sign_of_each_field(pieces: list[str], is_ended: bool) -> None:
    text = SOH.join(pieces) + SOH * is_ended
    broken = [piece for piece in pieces if piece and "=" not in piece]
    if broken:
        with pytest.raises(FieldError, match=re.escape(f"{broken[0]!r} has no equals sign")):
            split(text)
    else:
        assert split(text) == [tuple(piece.split("=", 1)) for piece in pieces if piece]


@given(st.sampled_from([1, 100, 10_000]), amounts)
def test_an_amount_survives_the_contracts(contract: int, amount: Decimal) -> None:
    assert quantity_reader(contract)(quantity_writer(contract)(amount)) == amount


@given(st.integers(2, 10**9), st.decimals("-999999999999999", "999999999999999", places=4))
def test_contracts_are_an_exact_amount_or_none(contract: int, count: Decimal) -> None:
    try:
        assert quantity_reader(contract)(f"{count:f}") == count * contract
    except FieldError:
        assert abs(count * contract) >= 10**15


RENAMED: dict[str, dict[str, str]] = {"8": {"64": "9064", "117": "131", "131": "117"}}


@given(st.lists(st.tuples(st.sampled_from(["11", "117", "131", "64"]), names)))
def test_tags_of_a_venues_own_come_back(pairs: list[tuple[str, str]]) -> None:
    text = MessageWriter(msgspec.structs.replace(DIALECT, renamed_tags=RENAMED)).write("8", pairs)
    assert f"{SOH}64=" not in text
    assert TagNames(RENAMED).to_standard("8", split(text))[3:-1] == pairs


@given(st.lists(st.lists(names, min_size=1, max_size=3), max_size=4), st.lists(names, max_size=2))
def test_the_entries_of_a_group_are_found_in_order(group: list[list[str]], before: list[str]) -> None:
    entries = [[("600", first), *(("588", value) for value in rest)] for first, *rest in group]
    pairs = [("58", text) for text in before] + [
        ("555", str(len(group))),
        *(pair for entry in entries for pair in entry),
    ]
    found = Fields(pairs).entries("555")
    assert [entry["600"] for entry in found] == [entry[0][1] for entry in entries]
    assert [entry.get("588") for entry in found] == [entry[1][1] if len(entry) > 1 else None for entry in entries]
    assert Fields(pairs).entries("453") == []
