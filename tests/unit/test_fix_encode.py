"""What the robot asks, as the venue reads it: every message whole, by tag."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from values import replace

from tests.unit.fix_words import BY_SYMBOL, DIALECT, fields_of
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
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.fix.dialect import Amounts, Dialect
from trader.fix.encode import Encoder

TEN = 1_772_445_600_125_000_000  # 2026-03-02, 10:00 UTC and 125 ms
TIME = "60=20260302-10:00:00.125"
SPOT = Deal(Product.SPOT, parse_pair("EUR/USD"), Currency("EUR"), Leg(Side.BUY, Decimal("1E+6"), date(2026, 3, 4), "S"))


def encoded(command: VenueCommand, dialect: Dialect = DIALECT) -> str:
    return fields_of(Encoder(dialect).encode(command))


def order(deal: Deal = SPOT, price: str = "", account: str = "") -> PlaceOrder:
    kind = OrderType.LIMIT if price else OrderType.MARKET
    return PlaceOrder("A", deal, kind, Decimal(price) if price else None, TimeInForce.DAY, account, TEN)


def dated(product: Product, tenor: str) -> Deal:
    return replace(SPOT, product=product, near_leg=replace(SPOT.near_leg, tenor=tenor))


def test_a_market_order() -> None:
    assert encoded(order()) == (
        f"35=D|11=A|55=EUR/USD|54=1|460=4|167=FOR|63=0|64=20260304|{TIME}|15=EUR|38=1000000|40=1|59=0"
    )


def test_a_limit_order_with_an_account() -> None:
    assert encoded(order(price="1.10", account="ACC-1")).endswith("|40=2|59=0|44=1.10|1=ACC-1")


@pytest.mark.parametrize(
    ("tif", "code"), [(TimeInForce.DAY, "0"), (TimeInForce.GTC, "1"), (TimeInForce.IOC, "3"), (TimeInForce.FOK, "4")]
)
def test_the_life_of_an_order(tif: TimeInForce, code: str) -> None:
    assert encoded(replace(order(), time_in_force=tif)).endswith(f"|59={code}")


@pytest.mark.parametrize(
    ("product", "tenor", "settl_type"),
    [
        (Product.SPOT, "SPOT", "0"),
        (Product.TOD, "TOD", "1"),
        (Product.TOM, "TOM", "2"),
        (Product.FORWARD, "3M", "M3"),
        (Product.FORWARD, "2W", "W2"),
        (Product.FORWARD, "1Y", "Y1"),
        (Product.FORWARD, "2026-06-11", "B"),
        (Product.FORWARD, "IMM1", "B"),
        (Product.FORWARD, "M", "B"),
        (Product.FORWARD, "", "B"),
    ],
)
def test_the_settlement_type_follows_the_tenor(product: Product, tenor: str, settl_type: str) -> None:
    assert f"|63={settl_type}|64=20260304|" in encoded(order(dated(product, tenor)))


@pytest.mark.parametrize(
    ("dialect", "pair", "side", "dealt", "wire"),
    [
        # FIX 4.2 appendix O: selling JPY 50,000,000 for USD is 54=2 and 15=JPY on USD/JPY.
        (DIALECT, "USD/JPY", Side.SELL, "JPY", "55=USD/JPY|54=2"),
        (DIALECT, "EUR/USD", Side.SELL, "USD", "55=EUR/USD|54=2"),
        # Cboe FX: selling USD 1,000,000 against EUR is 54=1 and 15=USD on EUR/USD.
        (BY_SYMBOL, "EUR/USD", Side.SELL, "USD", "55=EURUSD|54=1"),
        (BY_SYMBOL, "EUR/USD", Side.BUY, "EUR", "55=EURUSD|54=1"),
        (BY_SYMBOL, "USD/JPY", Side.SELL, "JPY", "55=USDJPY|54=1"),
    ],
)
def test_the_side_is_that_of_the_currency_or_of_the_symbol(
    dialect: Dialect, pair: str, side: Side, dealt: str, wire: str
) -> None:
    deal = Deal(Product.SPOT, parse_pair(pair), Currency(dealt), replace(SPOT.near_leg, side=side))
    text = encoded(order(deal), dialect)
    assert wire in text
    assert f"|15={dealt}|" in text
    assert wire in encoded(CancelOrder("C", "A", "", deal, TEN), dialect)
    assert wire in encoded(RequestOrderStatus("A", "", deal), dialect)


def test_a_cancel_names_the_order_and_carries_no_currency() -> None:
    assert encoded(CancelOrder("C", "A", "V1", SPOT, TEN)) == (
        f"35=F|11=C|41=A|37=V1|55=EUR/USD|54=1|38=1000000|{TIME}"
    )


def test_a_request_about_an_order_the_venue_has_not_named_carries_no_order_id() -> None:
    assert "|37=" not in encoded(CancelOrder("C", "A", "", SPOT, TEN))
    assert encoded(RequestOrderStatus("A", "", SPOT)) == "35=H|11=A|55=EUR/USD|54=1"


def test_a_replace_is_the_whole_order() -> None:
    command = ReplaceOrder(
        "B", "A", "V1", SPOT, OrderType.LIMIT, Decimal("1.2"), TimeInForce.GTC, "ACC-1", transact_ts_ns=TEN
    )
    assert encoded(command) == (
        f"35=G|11=B|41=A|37=V1|55=EUR/USD|54=1|460=4|167=FOR|63=0|64=20260304|{TIME}|15=EUR|38=1000000|40=2|59=1|"
        "44=1.2|1=ACC-1"
    )


def test_questions_and_mass_cancels() -> None:
    assert encoded(RequestOrderStatus("A", "V1", SPOT)) == "35=H|11=A|37=V1|55=EUR/USD|54=1"
    assert encoded(RequestMassStatus("S1")) == "35=AF|584=S1|585=7"
    assert encoded(CancelAllOrders("Q1", TEN)) == f"35=q|11=Q1|530=7|{TIME}"


def test_trades_are_asked_for_with_as_much_as_is_known() -> None:
    assert encoded(RequestTrades("T1")) == "35=AD|568=T1|569=1|263=0"
    day = date(2026, 3, 2)
    assert encoded(RequestTrades("T1", day)) == "35=AD|568=T1|569=1|263=0|580=1|75=20260302"
    assert encoded(RequestTrades("T1", day, TEN)) == f"35=AD|568=T1|569=1|263=0|580=1|75=20260302|{TIME}"


def test_prices_are_asked_for_as_a_group_of_symbols() -> None:
    pairs = (parse_pair("EUR/USD"), parse_pair("USD/JPY"))
    start = "35=V|262=M1|263=1|264=1|265=1|267=2|269=0|269=1|146=2"
    assert encoded(SubscribeMarketData("M1", pairs)) == f"{start}|55=EUR/USD|55=USD/JPY"


def test_a_command_nobody_knows_is_a_bug() -> None:
    with pytest.raises(KeyError, match="str"):
        Encoder(DIALECT).encode("buy some euros")  # type: ignore[arg-type] # the point


def test_what_a_venue_refuses_to_know_is_not_sent() -> None:
    terse = msgspec.structs.replace(
        DIALECT,
        products={Product.SPOT: DIALECT.products[Product.SPOT]},
        amounts=Amounts(dealt="base"),
        left_out_fields={"D": (15, 63, 64, 167, 460)},
    )
    assert encoded(order(), terse) == f"35=D|11=A|55=EUR/USD|54=1|{TIME}|38=1000000|40=1|59=0"


def test_what_a_version_has_no_place_for_is_sent_where_the_venue_has_a_tag_of_its_own() -> None:
    own = msgspec.structs.replace(DIALECT, begin_string="FIX.4.2", renamed_tags={"D": {"583": "7583"}})
    linked = replace(order(), link_id="L")
    assert "|7583=L" in encoded(linked, own)
    assert "583=" not in encoded(linked, msgspec.structs.replace(own, renamed_tags={}))
