"""What the robot asks for besides plain orders: legs, fixings, quotes, each in the form of the venue's dialect."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from values import replace

from tests.unit.fix_words import DIALECT, fields_of
from tests.unit.wire_dialects import (
    FIX42,
    FIX43,
    FIX50SP2,
    IN_CONTRACTS,
    IN_GROUPS,
    IN_SECOND_FIELDS,
    OF_LINKED_ORDERS,
)
from trader.domain.commands import (
    CancelOrder,
    PassQuotes,
    PlaceOrder,
    QuoteReference,
    ReplaceOrder,
    RequestQuote,
    SubscribeMarketData,
    VenueCommand,
)
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.fix.dialect import Dialect, Party, ProductForm, Quotes
from trader.fix.encode import Encoder
from trader.fix.text import SOH

TEN = 1_772_445_600_125_000_000  # 2026-03-02, 10:00 UTC and 125 ms
TIME = "60=20260302-10:00:00.125"
EUR_USD, EUR = parse_pair("EUR/USD"), Currency("EUR")
NEAR = Leg(Side.BUY, Decimal(1_000_000), date(2026, 3, 4), "SPOT")
FAR = Leg(Side.SELL, Decimal(1_000_500), date(2026, 6, 4), "3M")
SPOT = Deal(Product.SPOT, EUR_USD, EUR, NEAR)
SWAP = Deal(Product.SWAP, EUR_USD, EUR, NEAR, (FAR,))
BLOCK = Deal(
    Product.BLOCK, EUR_USD, EUR, NEAR, (replace(FAR, side=Side.BUY), Leg(Side.SELL, Decimal(7), date(2026, 7, 1), ""))
)
NDF = Deal(
    Product.NDF,
    parse_pair("USD/KRW"),
    Currency("USD"),
    Leg(Side.BUY, Decimal(1_000_000), date(2026, 6, 4), "3M"),
    fixing_date=date(2026, 6, 2),
)


def encoded(command: VenueCommand, dialect: Dialect) -> str:
    return fields_of(Encoder(dialect).encode(command))


def tag_of(text: str, tag: str) -> list[str]:
    """Every value of a tag, in order."""
    return [value for name, _, value in (field.partition("=") for field in text.split("|")) if name == tag]


def order(deal: Deal, quote: QuoteReference | None = None) -> PlaceOrder:
    kind = OrderType.MARKET if quote is None else OrderType.PREVIOUSLY_QUOTED
    return PlaceOrder("A", deal, kind, None if quote is None else Decimal("1.1"), TimeInForce.FOK, "ACC", TEN, quote)


def request(deal: Deal) -> RequestQuote:
    return RequestQuote("Q1", deal, "ACC", TEN)


TAKEN = QuoteReference("QUOTE-7", "Q1", (Decimal("1.106199"),))

# --- the three forms of a swap ----------------------------------------------------------------------------------------


def test_a_swap_in_second_fields_is_one_order() -> None:
    assert encoded(order(SWAP), IN_SECOND_FIELDS) == (
        f"35=D|11=A|55=EUR/USD|54=1|460=4|167=FOR|63=0|64=20260304|{TIME}|15=EUR|38=1000000|40=G|59=4|1=ACC|"
        "193=20260604|192=1000500"
    )


def test_a_swap_in_a_group_has_an_entry_for_each_leg() -> None:
    text = encoded(order(SWAP), IN_GROUPS)
    assert text == (
        f"35=AB|100=FX|11=A|55=EURUSD|54=1|460=4|167=FOR|64=20260304|{TIME}|15=EUR|38=1000000|40=1|59=4|1=ACC|"
        "555=2|600=EURUSD|624=1|556=EUR|687=1000000|587=0|588=20260304|654=1|"
        "600=EURUSD|624=2|556=EUR|687=1000500|587=M3|588=20260604|654=2|"
        "453=2|448=BANK|447=D|452=1|448=DESK|447=D|452=13"
    )


def test_a_swap_of_linked_orders_is_an_outright_for_each_leg_with_the_same_link() -> None:
    outrights = OF_LINKED_ORDERS.orders_of(SWAP)
    near, far = (encoded(replace(order(leg), link_id="LINK"), OF_LINKED_ORDERS) for leg in outrights)
    assert "|54=1|460=4|167=FOR|63=0|64=20260304|" in near
    assert "|54=2|460=4|167=FOR|63=M3|64=20260604|" in far
    assert tag_of(near, "583") == tag_of(far, "583") == ["LINK"]


def test_an_order_without_a_link_has_none() -> None:
    assert tag_of(encoded(order(SPOT), OF_LINKED_ORDERS), "583") == []


def test_no_order_leaves_with_the_near_leg_alone() -> None:
    with pytest.raises(AssertionError, match="an order of its own"):
        encoded(order(SWAP), OF_LINKED_ORDERS)


def test_one_orders_far_leg_cannot_be_on_the_same_side() -> None:
    deal = replace(SWAP, far_legs=(replace(FAR, side=Side.BUY),))
    with pytest.raises(AssertionError, match="other side"):
        encoded(order(deal), IN_SECOND_FIELDS)


def test_an_order_of_two_legs_is_replaced_with_both_and_one_with_a_group_is_not() -> None:
    command = ReplaceOrder("B", "A", "V1", SWAP, OrderType.MARKET, None, TimeInForce.DAY, "", TEN)
    assert encoded(command, IN_SECOND_FIELDS).endswith("|193=20260604|192=1000500")
    with pytest.raises(AssertionError, match="is not replaced"):
        encoded(command, IN_GROUPS)


def test_a_block_says_the_side_of_each_leg() -> None:
    text = encoded(order(BLOCK), FIX50SP2)
    assert text.startswith("35=AB|")
    assert tag_of(text, "555") == ["3"]
    assert tag_of(text, "624") == ["1", "1", "2"]
    assert tag_of(text, "687") == ["1000000", "1000500", "7"]
    assert tag_of(text, "588") == ["20260304", "20260604", "20260701"]
    assert tag_of(text, "587") == ["0", "M3", "B"]


def test_the_side_of_every_leg_follows_the_venues_rule() -> None:
    usd = replace(SWAP, dealt_currency=Currency("USD"))
    assert tag_of(encoded(order(usd), IN_GROUPS), "624") == ["2", "1"]  # the side of Symbol(55)
    assert tag_of(encoded(order(usd), FIX50SP2), "624") == ["1", "2"]  # the side of Currency(15)


# --- non-deliverable forwards -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pair", "settled"), [("USD/KRW", "USD"), ("EUR/INR", "EUR"), ("KRW/JPY", "JPY")])
def test_an_ndf_has_its_fixing_date_and_is_settled_in_the_currency_that_is_delivered(pair: str, settled: str) -> None:
    text = encoded(order(replace(NDF, pair=parse_pair(pair))), IN_SECOND_FIELDS)
    assert f"|167=FOR|63=M3|64=20260604|541=20260602|120={settled}|" in text


def test_what_is_delivered_has_no_fixing_date() -> None:
    text = encoded(order(replace(SPOT, product=Product.FORWARD)), IN_SECOND_FIELDS)
    assert tag_of(text, "541") == tag_of(text, "120") == []


# --- quotes -----------------------------------------------------------------------------------------------------------


def test_an_order_on_a_quote_names_the_quote_and_its_request() -> None:
    assert encoded(order(SPOT, TAKEN), IN_SECOND_FIELDS).endswith("|40=D|59=4|44=1.1|1=ACC|117=QUOTE-7|131=Q1")


def test_a_swap_on_a_quote_repeats_the_rates_of_both_legs() -> None:
    in_one = encoded(order(SWAP, TAKEN), IN_SECOND_FIELDS)
    assert "|44=1.1|" in in_one
    assert in_one.endswith("|640=1.106199")
    assert tag_of(encoded(order(SWAP, TAKEN), FIX50SP2), "566") == ["1.1", "1.106199"]


def test_a_streamed_price_is_named_by_its_own_tag() -> None:
    text = encoded(order(SPOT, QuoteReference("P-9")), IN_CONTRACTS)
    assert tag_of(text, "278") == ["P-9"]
    assert tag_of(text, "117") == tag_of(text, "131") == []


def test_a_dialect_can_name_the_quote_by_its_id_alone() -> None:
    text = encoded(order(SPOT, TAKEN), IN_GROUPS)
    assert (tag_of(text, "117"), tag_of(text, "131")) == (["QUOTE-7"], [])


def test_a_request_for_quotes_says_what_is_to_be_dealt() -> None:
    assert encoded(request(SPOT), IN_SECOND_FIELDS) == (
        f"35=R|131=Q1|146=1|55=EUR/USD|54=1|460=4|167=FOR|63=0|64=20260304|{TIME}|15=EUR|38=1000000|1=ACC"
    )


def test_a_request_for_quotes_of_a_swap_has_the_form_of_its_order() -> None:
    assert encoded(request(SWAP), IN_SECOND_FIELDS).endswith("|40=G|1=ACC|193=20260604|192=1000500")
    in_group = encoded(request(SWAP), IN_GROUPS)
    assert tag_of(in_group, "588") == ["20260304", "20260604"]
    assert tag_of(in_group, "654") == []  # FIX 4.4 has no LegRefID(654) here
    assert tag_of(encoded(request(SWAP), FIX50SP2), "654") == ["1", "2"]


def test_a_request_for_quotes_of_an_ndf_has_its_fixing_date() -> None:
    assert tag_of(encoded(request(NDF), IN_SECOND_FIELDS), "541") == ["20260602"]
    assert tag_of(encoded(request(NDF), IN_SECOND_FIELDS), "120") == []  # FIX 4.4 has no SettlCurrency(120) here
    assert tag_of(encoded(request(NDF), FIX50SP2), "120") == ["USD"]


def test_a_two_way_request_does_not_say_the_side() -> None:
    two_way = msgspec.structs.replace(IN_SECOND_FIELDS, quotes=Quotes(source="request", is_two_way=True))
    assert tag_of(encoded(request(SPOT), two_way), "54") == []


def test_the_parties_of_a_request_stand_in_its_groups_entry() -> None:
    assert encoded(request(SPOT), IN_GROUPS).endswith("|453=2|448=BANK|447=D|452=1|448=DESK|447=D|452=13")


def test_quotes_that_are_not_taken_are_passed() -> None:
    passed = PassQuotes("R1", "Q1", "QUOTE-7", SPOT, TEN)
    assert encoded(passed, IN_SECOND_FIELDS) == f"35=AJ|693=R1|131=Q1|117=QUOTE-7|694=6|55=EUR/USD|{TIME}"
    assert tag_of(encoded(replace(passed, quote_id=""), IN_SECOND_FIELDS), "117") == []


# --- what else a dialect can say --------------------------------------------------------------------------------------


def test_a_venue_that_deals_in_contracts_is_told_contracts() -> None:
    assert tag_of(encoded(order(SPOT), IN_CONTRACTS), "38") == ["10000"]
    assert tag_of(encoded(CancelOrder("C", "A", "", SPOT, TEN), IN_CONTRACTS), "38") == ["10000"]


def test_an_amount_that_contracts_cannot_say_is_never_rounded() -> None:
    thirds = msgspec.structs.replace(IN_CONTRACTS, amounts=msgspec.structs.replace(IN_CONTRACTS.amounts, contract=3))
    with pytest.raises(AssertionError, match="1000000 cannot be said in contracts of 3"):
        encoded(order(SPOT), thirds)


def test_an_instrument_has_its_security_id_in_every_message() -> None:
    named = "|55=EUR/USD|48=4001|22=8"
    commands: list[VenueCommand] = [
        order(SPOT),
        CancelOrder("C", "A", "", SPOT, TEN),
        request(SPOT),
        SubscribeMarketData("M", (EUR_USD,)),
    ]
    assert all(named in encoded(command, IN_CONTRACTS) for command in commands)


def test_a_word_stands_in_the_place_of_the_date() -> None:
    products = {Product.SPOT: ProductForm(settl_date_word="Spot")}
    dialect = msgspec.structs.replace(DIALECT, products=products)
    assert encoded(order(SPOT), dialect).startswith("35=D|11=A|55=EUR/USD|54=1|460=4|64=Spot|60=")


def test_what_a_form_leaves_empty_is_not_sent() -> None:
    text = encoded(order(SPOT), msgspec.structs.replace(DIALECT, products={Product.SPOT: ProductForm()}))
    assert tag_of(text, "167") == tag_of(text, "63") == []


def test_order_types_have_the_venues_codes() -> None:
    dialect = msgspec.structs.replace(DIALECT, order_types={OrderType.MARKET: "C", OrderType.LIMIT: "F"})
    limit = replace(order(SPOT), order_type=OrderType.LIMIT, price=Decimal("1.1"))
    assert [tag_of(encoded(command, dialect), "40") for command in (order(SPOT), limit)] == [["C"], ["F"]]


def test_what_the_venue_always_wants_comes_first_and_counts() -> None:
    dialect = msgspec.structs.replace(DIALECT, extra_fields={"D": {"57": "DESK", "460": "7"}})
    text = encoded(order(SPOT), dialect)
    assert text.startswith("35=D|57=DESK|460=7|11=A|")
    assert tag_of(text, "460") == ["7"]
    assert tag_of(encoded(CancelOrder("C", "A", "", SPOT, TEN), dialect), "57") == []


def test_a_tag_of_the_venues_own_takes_the_standards_place_in_that_message_only() -> None:
    limit = replace(order(SPOT), order_type=OrderType.LIMIT, price=Decimal("1.1"))
    text = encoded(limit, IN_GROUPS)
    assert (tag_of(text, "140"), tag_of(text, "44")) == (["1.1"], [])
    swap = encoded(order(SWAP, TAKEN), IN_GROUPS)
    assert (tag_of(swap, "140"), tag_of(swap, "44")) == ([], ["1.1"])


def test_parties_stand_only_in_the_messages_that_carry_them() -> None:
    cancel = CancelOrder("C", "A", "", SPOT, TEN)
    assert tag_of(encoded(order(SPOT), IN_GROUPS), "452") == ["1", "13"]
    assert tag_of(encoded(cancel, IN_GROUPS), "453") == []
    everywhere = msgspec.structs.replace(IN_GROUPS, party_messages=("F",), parties=(Party("ME", 11),))
    assert encoded(cancel, everywhere).endswith("|453=1|448=ME|447=D|452=11")


# --- versions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dialect", "said"), [(FIX42, ["1"]), (FIX43, ["1"]), (DIALECT, []), (FIX50SP2, [])])
def test_older_versions_have_to_be_told_that_no_broker_handles_the_order(dialect: Dialect, said: list[str]) -> None:
    replaced = ReplaceOrder("B", "A", "", SPOT, OrderType.LIMIT, Decimal(1), TimeInForce.DAY, "", TEN)
    for command in (order(SPOT), replaced):
        assert tag_of(encoded(command, dialect), "21") == said
    assert tag_of(encoded(CancelOrder("C", "A", "", SPOT, TEN), dialect), "21") == []


def test_how_a_dialect_says_who_handles_the_order_is_said_once() -> None:
    dialect = msgspec.structs.replace(FIX42, extra_fields={"D": {"21": "2"}})
    assert tag_of(encoded(order(SPOT), dialect), "21") == ["2"]


def test_fix_4_2_has_neither_products_nor_links_nor_a_second_price() -> None:
    text = encoded(replace(order(SWAP, TAKEN), link_id="L"), FIX42)
    assert tag_of(text, "460") == tag_of(text, "583") == tag_of(text, "640") == []
    assert (tag_of(text, "193"), tag_of(text, "192"), tag_of(text, "117")) == (["20260604"], ["1000500"], ["QUOTE-7"])
    asked = encoded(request(SWAP), FIX42)
    assert tag_of(asked, "63") == tag_of(asked, "1") == []


@pytest.mark.parametrize(
    ("begin_string", "carried"), [("FIX.4.2", "FIX.4.2"), ("FIXT.1.1", "FIXT.1.1"), ("IMIX.2.0", "FIXT.1.1")]
)
def test_a_message_begins_as_the_session_layer_carries_it(begin_string: str, carried: str) -> None:
    dialect = msgspec.structs.replace(DIALECT, begin_string=begin_string)
    assert Encoder(dialect).encode(order(SPOT)).startswith(f"8={carried}{SOH}9=0{SOH}35=D{SOH}")
