"""A dialect is data: read strictly, and asked what a line may be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

import msgspec
import pytest

from tests.unit.fix_words import BY_SYMBOL, DIALECT, DIALECT_TEXT
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import BatchLine, Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.domain.errors import ConfigError, DomainError
from trader.fix.carrying import objections
from trader.fix.dialect import Amounts, Dialect, Dictionary, ProductForm, Quotes
from trader.fix.dialect_file import parse_dialect
from trader.fix.dictionary import patched_dictionary

STOCK = """<fix type="FIX" major="4" minor="4" servicepack="0"><messages>
<message name="ExecutionReport"><field name="Symbol" required="Y"/></message>
</messages><fields>
<field number="55" name="Symbol" type="STRING"/>
<field number="63" name="SettlType" type="CHAR"><value enum="0" description="REGULAR"/></field>
<field number="381" name="GrossTradeAmt" type="AMT"/>
</fields></fix>"""


def with_dictionary(**changes: object) -> str:
    section = Dictionary(file="FIX44.xml", **changes)  # type: ignore[arg-type] # the test's own
    return patched_dictionary(STOCK, msgspec.structs.replace(DIALECT, dictionary=section))


def parsed(xml: str) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 -- made by the test itself


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('name = "simulator"', "name = 7", "Expected `str`, got `int`"),
        ('title = "Bundled simulator"\n', "", "missing required field `title`"),
        ('reset = "when_refused"', 'reset = "sometimes"', "Invalid enum value 'sometimes'"),
        ('begin_string = "FIX.4.4"', 'begin_string = "FIX.4.1"', "Invalid enum value 'FIX.4.1' - at `$.begin_string`"),
        ('reset = "', 'colour = 1\nreset = "', "unknown field `colour`"),
        ("[products]", "[lunch]\n[products]", "unknown field `lunch`"),
        ('file = "FIX44.xml"', 'file = "../FIX44.xml"', "Invalid enum value '../FIX44.xml' - at `$.dictionary.file`"),
        ('name = "simulator"', 'name = "../var"', "Expected `str` matching regex"),
        ("trade_capture = true", "trade_capture = true\nwishes = true", "unknown field `wishes` - at `$.requests`"),
        ("[products]", "[products", "Expected"),
        ("SPOT = {", "LUNCH = {", "Invalid enum value 'LUNCH'"),
    ],
)
def test_a_wrong_dialect_says_where_and_what(old: str, new: str, complaint: str) -> None:
    assert old in DIALECT_TEXT
    with pytest.raises(ConfigError) as caught:
        parse_dialect(DIALECT_TEXT.replace(old, new, 1), "dialect.toml")
    assert str(caught.value).startswith("dialect.toml: ")
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("pair", "complaint"),
    [("USD/EUR", "USD/EUR is inverted; expected EUR/USD"), ("EUR/XXX", "'XXX' is not a currency"), ("EURUSD", "slash")],
)
def test_price_decimals_are_for_pairs_as_the_market_quotes_them(pair: str, complaint: str) -> None:
    text = DIALECT_TEXT.replace("[products]", f'[rate_decimals]\n"{pair}" = 4\n\n[products]', 1)
    with pytest.raises(ConfigError, match="rate_decimals") as caught:
        parse_dialect(text, "dialect.toml")
    assert complaint in str(caught.value)


MAINTENANCE = """[[maintenance]]
start = "17:00"
end = "18:00"
zone = "America/New_York"
"""


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_dialect(text, "dialect.toml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ("[pace]\nmessages_max = 0\n", "Expected `int` >= 1 - at `$.pace.messages_max`"),
        ("[pace]\nmessages_max = 5\nblock_s = 15\n", 'expected on_excess = "logout" with it - at `$.pace`'),
        ('[amounts]\nsmallest = "-1"\n', "smallest = -1; expected an amount, 0 or more - at `$.amounts`"),
        ('[amounts]\nstep = "NaN"\n', "step = NaN; expected an amount"),
        ('[amounts]\nstep = "15000"\ncontract = 10000\n', "step = 15000 is not whole contracts of 10000"),
        ('[amounts]\nsmallest = "1"\ncontract = 10000\n', "smallest = 1 is not whole contracts of 10000"),
        ('[amounts]\nsmallest = "2"\nlargest = "1"\n', "largest = 1 is below smallest = 2; expected no less"),
        (MAINTENANCE.replace("America/New_York", "New York"), "'New York' is not a time zone; expected one such as"),
        (MAINTENANCE.replace("America/New_York", "../../etc"), "'../../etc' is not a time zone"),
        (MAINTENANCE.replace("17:00", "5 pm"), "Expected `str` matching regex"),
        (MAINTENANCE + 'days = ["SUNDAY"]\n', "Invalid enum value 'SUNDAY' - at `$.maintenance[0].days[0]`"),
        ('[quotes]\nsource = "hearsay"\n', "Invalid enum value 'hearsay' - at `$.quotes.source`"),
    ],
)
def test_a_section_that_cannot_be_is_named_by_its_path(section: str, complaint: str) -> None:
    assert complaint in refusal(DIALECT_TEXT + section)


FIXT = ('"FIX.4.4"', '"FIXT.1.1"\napplication_version = "FIX.5.0SP2"'), ('file = "FIX44', 'file = "FIX50SP2')
SWAP = 'SWAP = { security_type = "FOR", legs = "multileg" }\n'


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ((FIXT[0],), "dictionary.file = 'FIX44.xml' with FIXT.1.1; FIX50SP2.xml is for"),
        ((FIXT[1],), "dictionary.file = 'FIX50SP2.xml' with FIX.4.4; FIX50SP2.xml is for FIXT and IMIX only"),
        ((('"FIX.4.4"', '"IMIX.2.0"'), FIXT[1]), "application_version is missing: IMIX.2.0 says only how a session"),
        (
            (('"FIX.4.4"', '"FIX.4.4"\napplication_version = "FIX.5.0SP2"'),),
            "application_version = 'FIX.5.0SP2' is for FIXT.1.1 and IMIX.2.0; FIX.4.4 is its own",
        ),
        ((('reset = "', 'exec_types = "4.2"\nreset = "'),), 'exec_types = "4.2" needs ExecTransType(20)'),
        ((('reset = "', 'busts = "exec_trans_type"\nreset = "'),), 'busts = "exec_trans_type" needs ExecTransType(20)'),
        (
            (('file = "FIX44', 'file = "FIX42'), ("[dictionary]", '[[parties]]\nid = "ME"\nrole = 3\n\n[dictionary]')),
            "parties need the group NoPartyIDs(453), which FIX42.xml has not; expected FIX44.xml",
        ),
        ((('LIMIT = "2"', 'LIMIT = "1"'),), "order_types: the same OrdType(40) twice in 1, 1"),
        ((('"FIX.4.4"', '"FIX.4.2"'), ("SPOT = {", SWAP + "SPOT = {")), 'products.SWAP: legs = "multileg" needs'),
        ((('settl_type = "0"', 'settl_type = "0", legs = "linked"'),), 'products.SPOT: legs = "linked" is for SWAP'),
        (
            (('MARKET = "1"\n', ""), ("SPOT = {", SWAP + "SPOT = {")),
            "products.SWAP is dealt at the market or on a quote; order_types has neither",
        ),
        (
            (("replace = true", 'replace = false\nreplace_rule = "price_and_quantity"'),),
            'requests.replace_rule = "price_and_quantity", but replace = false',
        ),
        ((('LIMIT = "2"', 'PREVIOUSLY_QUOTED = "D"'),), "order_types.PREVIOUSLY_QUOTED needs a section [quotes]"),
        (
            (("[dictionary]", '[quotes]\nsource = "request"\n\n[dictionary]'),),
            "[quotes] is for order_types.PREVIOUSLY_QUOTED, which is not there",
        ),
        (
            (
                ('LIMIT = "2"', 'PREVIOUSLY_QUOTED = "D"'),
                ("[dictionary]", '[quotes]\nsource = "request"\nreference_tags = [118]\n\n[dictionary]'),
            ),
            "quotes.reference_tags = [118]; expected one or more of 117, 131, 278",
        ),
        (
            (
                ('LIMIT = "2"', 'PREVIOUSLY_QUOTED = "D"'),
                ("market_data = true", "market_data = false"),
                ("[dictionary]", '[quotes]\nsource = "stream"\n\n[dictionary]'),
            ),
            "there is no stream; expected true",
        ),
        (
            (('reset = "when_refused"', 'reset = "every_logon"\ncancel_on_disconnect = "reported"'),),
            'cancel_on_disconnect = "reported", but reset = "every_logon" loses what is reported',
        ),
        ((("simulated = true", "simulated = false"),), 'reset = "when_refused" begins at 1 whenever the venue says'),
        ((('reset = "', 'id_signs_banned = ":A7"\nreset = "'),), "id_signs_banned has 7A; the robot's ids are digits"),
        (
            (("[dictionary]", '[security_ids]\n"JPY/USD" = "4004"\n\n[dictionary]'),),
            "security_ids: JPY/USD is inverted",
        ),
        (
            (("[dictionary]", '[symbols]\n"EUR/USD" = "1"\n"GBP/USD" = "1"\n\n[dictionary]'),),
            "symbols: '1' is EUR/USD and GBP/USD; expected a name for each pair",
        ),
        ((("[dictionary]", '[extra_fields.D]\n34 = "7"\n\n[dictionary]'),), "extra_fields.D: '34' is not for here"),
        ((("[dictionary]", '[extra_fields.D]\nTag = "7"\n\n[dictionary]'),), "extra_fields.D: 'Tag' is not for here"),
        ((("[dictionary]", '[extra_fields.D]\n100 = ""\n\n[dictionary]'),), "extra_fields.D.100: '' cannot be sent"),
        (
            (("[dictionary]", '[times_in_force_of]\nPREVIOUSLY_QUOTED = ["FOK"]\n\n[dictionary]'),),
            "times_in_force_of.PREVIOUSLY_QUOTED: order_types has no PREVIOUSLY_QUOTED; expected one of MARKET, LIMIT",
        ),
        (
            (('"DAY", "GTC", ', ""), ("[dictionary]", '[times_in_force_of]\nMARKET = ["DAY", "FOK"]\n\n[dictionary]')),
            "times_in_force_of.MARKET = DAY, FOK; expected some of times_in_force, IOC, FOK",
        ),
        (
            (("[dictionary]", "[left_out_fields]\nD = [15]\n\n[dictionary]"),),
            'left_out_fields.D: without Currency(15) nothing says what is dealt; expected amounts.dealt = "base"',
        ),
        (
            (("[dictionary]", "[left_out_fields]\nD = [64]\n\n[dictionary]"),),
            "left_out_fields.D: without SettlDate(64) every order is for spot; expected no product but SPOT",
        ),
        (
            (("[dictionary]", "[left_out_fields]\nD = [167, 54]\n\n[dictionary]"),),
            "left_out_fields.D: 54 says which order it is or what is traded; expected other tags",
        ),
        ((("[dictionary]", '[renamed_tags.D]\n44 = "px"\n\n[dictionary]'),), "renamed_tags.D.44: 'px' is not a tag"),
    ],
)
def test_keys_that_contradict_each_other_are_refused_with_what_would_be_right(
    changes: tuple[tuple[str, str], ...], complaint: str
) -> None:
    text = DIALECT_TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    assert complaint in refusal(text)


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ("[extra_fields.D]\n38 = '9000000'\n", "extra_fields.D: 38 says which order it is or what is traded"),
        ("[extra_fields.D]\n54 = '2'\n", "extra_fields.D: 54 says which order it is or what is traded"),
        ("[extra_fields.D]\n15 = 'USD'\n", "extra_fields.D: 15 says which order it is or what is traded"),
        ("[extra_fields.AB]\n687 = '1'\n", "extra_fields.AB: 687 says which order it is or what is traded"),
        ("[renamed_tags.D]\n38 = '34'\n", "renamed_tags.D.38: 34 is the session layer's"),
        ("[renamed_tags.D]\n38 = '44'\n", "renamed_tags.D.38: 44 says what is traded, and has no other tag"),
        ("[renamed_tags.D]\n38 = '9001'\n44 = '9001'\n", "renamed_tags.D.38: 9001 stands for two tags"),
        ("[renamed_tags.D]\n38 = '99999999999'\n", "renamed_tags.D.38: '99999999999' is not a tag"),
        ("[symbols]\n'EUR/USD' = 'GBP/USD'\n", "symbols: EUR/USD is called 'GBP/USD', which is GBP/USD at this venue"),
        ("[symbols]\n'EUR/USD' = 'USD/EUR'\n", "symbols: EUR/USD is called 'USD/EUR', which is USD/EUR at this venue"),
        ('[symbols]\n"EUR/USD" = "E\\u000154=2"\n', "symbols.EUR/USD: 'E\\x0154=2' cannot be sent"),
        ('[security_ids]\n"EUR/USD" = ""\n', "security_ids.EUR/USD: '' cannot be sent"),
        ('[[parties]]\nid = "A\\u000154=2"\nrole = 3\n', "parties.id: 'A\\x0154=2' cannot be sent"),
    ],
)
def test_no_key_takes_the_place_of_what_the_row_says(section: str, complaint: str) -> None:
    """The limits are checked for the row; whatever a dialect put in its place would pass them unseen."""
    assert complaint in refusal(DIALECT_TEXT + section)


@pytest.mark.parametrize("text", ["x = " + "[" * 20_000, "x = " + "9" * 5_000], ids=["nesting", "number"])
def test_toml_beyond_what_can_be_read_is_a_wrong_dialect(text: str) -> None:
    assert refusal(text).startswith("dialect.toml: ")


def test_pairs_may_trade_their_names_and_a_message_its_tags() -> None:
    sections = "[symbols]\n'EUR/USD' = 'GBP/USD'\n'GBP/USD' = 'EUR/USD'\n[renamed_tags.D]\n38 = '44'\n44 = '38'\n"
    assert parse_dialect(DIALECT_TEXT + sections, "dialect.toml").symbol(parse_pair("GBP/USD")) == "EUR/USD"


def test_all_contradictions_are_said_at_once() -> None:
    text = DIALECT_TEXT.replace('LIMIT = "2"', 'LIMIT = "1"').replace('file = "FIX44', 'file = "FIX50SP2')
    said = refusal(text)
    assert "dictionary.file" in said
    assert "the same OrdType(40) twice" in said


def test_a_session_of_fixt_has_a_version_of_its_own() -> None:
    text = DIALECT_TEXT
    for old, new in FIXT:
        text = text.replace(old, new, 1)
    fixt = parse_dialect(text, "dialect.toml")
    imix = parse_dialect(text.replace('"FIXT.1.1"', '"IMIX.2.0"'), "dialect.toml")
    assert [(each.session_begin_string, each.has_transport, each.is_relayed) for each in (DIALECT, fixt, imix)] == [
        ("FIX.4.4", False, False),
        ("FIXT.1.1", True, False),
        ("FIXT.1.1", True, True),
    ]


def test_the_price_step_is_the_venues_where_it_has_one_and_the_markets_elsewhere() -> None:
    dialect = msgspec.structs.replace(DIALECT, rate_decimals={"EUR/USD": 4})
    steps = [str(dialect.tick(parse_pair(pair))) for pair in ("EUR/USD", "GBP/USD", "USD/JPY")]
    assert steps == ["0.0001", "0.00001", "0.001"]


@pytest.mark.parametrize(("separator", "symbol"), [("/", "EUR/USD"), (".", "EUR.USD"), ("", "EURUSD")])
def test_symbols_have_the_venues_form(separator: str, symbol: str) -> None:
    dialect = msgspec.structs.replace(DIALECT, symbol_separator=separator)
    assert dialect.symbol(parse_pair("EUR/USD")) == symbol
    assert dialect.pair(symbol) == parse_pair("EUR/USD")


def test_a_venue_may_have_names_of_its_own_for_the_pairs() -> None:
    dialect = msgspec.structs.replace(DIALECT, symbols={"EUR/USD": "1", "USD/JPY": "4"})
    assert (dialect.symbol(parse_pair("USD/JPY")), dialect.pair("4")) == ("4", parse_pair("USD/JPY"))
    assert dialect.symbol(parse_pair("GBP/USD")) == "GBP/USD"
    with pytest.raises(DomainError):
        dialect.pair("9")
    assert against(dialect, line()) == []
    assert against(msgspec.structs.replace(dialect, symbols={"USD/JPY": "4"}), line()) == [
        ("pair", "EUR/USD", "USD/JPY")
    ]


@pytest.mark.parametrize("symbol", ["", "EUR", "EURUSDX", "EUR/EUR", "eur/usd"])
def test_what_is_not_a_symbol_is_refused(symbol: str) -> None:
    for dialect in (DIALECT, BY_SYMBOL):
        with pytest.raises(DomainError):
            dialect.pair(symbol)


def test_the_turning_of_a_side_is_its_own_inverse() -> None:
    pair = parse_pair("USD/JPY")
    for dialect in (DIALECT, BY_SYMBOL):
        for currency in ("USD", "JPY"):
            for side in Side:
                assert dialect.wire_side(dialect.wire_side(side, currency, pair), currency, pair) is side


def line(
    product: Product = Product.SPOT,
    legs: Sequence[tuple[Side, str]] = ((Side.BUY, "1000000"),),
    dealt: str = "EUR",
) -> BatchLine:
    """A market order for EUR/USD: a leg for each side and amount, a week apart."""
    near, *far = (
        Leg(
            side, Decimal(amount), date(2026, 11, 24) + number * timedelta(weeks=1), "SPOT" if number == 0 else "BROKEN"
        )
        for number, (side, amount) in enumerate(legs)
    )
    deal = Deal(product, parse_pair("EUR/USD"), Currency(dealt), near, tuple(far))
    return BatchLine(1, "T-1", deal, OrderType.MARKET, None, TimeInForce.DAY)


def against(dialect: Dialect, wanted: BatchLine) -> list[tuple[str, str, str]]:
    return list(objections(dialect, wanted))


@pytest.mark.parametrize("product", [Product.SWAP, Product.BLOCK])
def test_a_deal_that_is_sent_leg_by_leg_is_not_dealt_on_a_quote(product: Product) -> None:
    linked = msgspec.structs.replace(
        DIALECT,
        products={product: ProductForm(legs="linked")},
        order_types={OrderType.MARKET: "1", OrderType.PREVIOUSLY_QUOTED: "D"},
        quotes=Quotes(source="request"),
    )
    wanted = line(product, ((Side.BUY, "1000000"), (Side.SELL, "1000000")))
    assert against(linked, wanted) == []
    assert against(linked, replace(wanted, order_type=OrderType.PREVIOUSLY_QUOTED)) == [
        (
            "order_type",
            "PREVIOUSLY_QUOTED",
            f"another type for a {product}: it is sent as one order a leg, and a quote is for the whole deal",
        )
    ]


def test_a_line_that_the_venue_takes_has_nothing_against_it() -> None:
    assert against(DIALECT, line()) == []


def test_everything_that_the_venue_does_not_take_is_listed() -> None:
    narrow = msgspec.structs.replace(
        DIALECT,
        products={Product.SPOT: DIALECT.products[Product.SPOT]},
        order_types={OrderType.LIMIT: "2"},
        times_in_force=(TimeInForce.IOC, TimeInForce.FOK),
        account_required=True,
        security_ids={"GBP/USD": "4002", "USD/JPY": "4004"},
        amounts=Amounts(dealt="base"),
    )
    wanted = replace(line(Product.FORWARD, dealt="USD"), venue="elsewhere", counterparty="BANK")
    assert against(narrow, wanted) == [
        ("product", "FORWARD", "SPOT"),
        ("order_type", "MARKET", "LIMIT"),
        ("time_in_force", "DAY", "IOC or FOK"),
        ("venue", "elsewhere", "simulator, or nothing: a batch is launched on one session"),
        ("counterparty", "BANK", "an empty cell: no order says with whom"),
        ("account", "", "the account at the venue, which it requires"),
        ("pair", "EUR/USD", "GBP/USD or USD/JPY"),
        ("dealt_currency", "USD", "EUR: the venue deals the base only"),
    ]


def test_an_order_type_may_live_less_long_than_the_others() -> None:
    narrow = msgspec.structs.replace(DIALECT, times_in_force_of={OrderType.MARKET: (TimeInForce.IOC, TimeInForce.FOK)})
    assert against(narrow, line()) == [("time_in_force", "DAY", "IOC or FOK")]
    assert against(narrow, replace(line(), time_in_force=TimeInForce.FOK)) == []
    assert against(narrow, replace(line(), order_type=OrderType.LIMIT)) == []


@pytest.mark.parametrize(("source", "taken"), [("request", True), ("stream", False)])
def test_a_forward_is_dealt_on_a_quote_only_where_quotes_are_asked_for(source: str, taken: bool) -> None:
    quoting = msgspec.structs.replace(
        DIALECT, order_types={OrderType.PREVIOUSLY_QUOTED: "D"}, quotes=msgspec.convert({"source": source}, Quotes)
    )
    wanted = replace(line(Product.FORWARD), order_type=OrderType.PREVIOUSLY_QUOTED)
    expected = ("order_type", "PREVIOUSLY_QUOTED", "another type for a FORWARD: only spot prices are streamed")
    assert against(quoting, wanted) == ([] if taken else [expected])
    assert against(quoting, replace(wanted, deal=line().deal)) == []


@pytest.mark.parametrize(
    ("amounts", "amount", "taken"),
    [
        (Amounts(), "0.01", ""),
        (Amounts(smallest=Decimal(40_000)), "39999.99", "40000 or more"),
        (Amounts(smallest=Decimal(40_000)), "40000.01", ""),
        (Amounts(largest=Decimal(99_900_000)), "99900000.01", "99900000 or less"),
        (Amounts(largest=Decimal(99_900_000)), "99900000", ""),
        (Amounts(step=Decimal(1_000)), "1500", "a multiple of 1000"),
        (Amounts(step=Decimal(1_000)), "2000", ""),
        (Amounts(step=Decimal("0.05")), "1000.05", ""),
        (Amounts(step=Decimal("0.05")), "1000.06", "a multiple of 0.05"),
        (Amounts(contract=10_000), "15000", "a multiple of 10000"),
        (Amounts(contract=10_000), "20000", ""),
        (Amounts(contract=10_000, step=Decimal(100_000)), "20000", "a multiple of 100000"),
    ],
)
def test_an_odd_lot_is_refused_with_what_the_venue_takes(amounts: Amounts, amount: str, taken: str) -> None:
    dialect = msgspec.structs.replace(DIALECT, amounts=amounts)
    expected = [("amount", amount, taken)] if taken else []
    assert against(dialect, line(legs=[(Side.BUY, amount)])) == expected


SWAP_LEGS = ((Side.BUY, "1000000"), (Side.SELL, "1000000"))


def of_form(product: Product, legs: str) -> Dialect:
    form = msgspec.convert({"legs": legs}, ProductForm)
    return msgspec.structs.replace(DIALECT, products={product: form})


def test_each_leg_has_to_be_an_amount_that_the_venue_takes() -> None:
    dialect = msgspec.structs.replace(of_form(Product.SWAP, "single"), amounts=Amounts(step=Decimal(1_000)))
    uneven = line(Product.SWAP, [(Side.BUY, "1000000"), (Side.SELL, "1000500")])
    assert against(dialect, uneven) == [("far_amount", "1000500", "a multiple of 1000")]


TWO_LEGS = "two legs on opposite sides: the venue takes a deal as one order of two legs"


@pytest.mark.parametrize(
    ("product", "legs", "taken_by"),
    [
        (Product.SWAP, SWAP_LEGS, {"single", "multileg", "linked"}),
        (Product.BLOCK, SWAP_LEGS, {"single", "multileg", "linked"}),
        (Product.BLOCK, ((Side.BUY, "1"), (Side.BUY, "1")), {"multileg", "linked"}),
        (Product.BLOCK, (*SWAP_LEGS, (Side.BUY, "5")), {"multileg", "linked"}),
    ],
)
def test_one_order_of_two_legs_carries_neither_more_legs_nor_two_on_one_side(
    product: Product, legs: tuple[tuple[Side, str], ...], taken_by: set[str]
) -> None:
    for form in ("single", "multileg", "linked"):
        expected = [] if form in taken_by else [("product", str(product), TWO_LEGS)]
        assert against(of_form(product, form), line(product, legs)) == expected


def test_a_deal_is_sent_as_one_order_a_leg_where_the_venue_has_no_other_form() -> None:
    deal = line(Product.SWAP, SWAP_LEGS).deal
    assert of_form(Product.SWAP, "single").orders_of(deal) == (deal,)
    near, far = of_form(Product.SWAP, "linked").orders_of(deal)
    assert (near.legs, far.legs) == ((deal.near_leg,), deal.far_legs)


@pytest.mark.parametrize(("source", "asked"), [("request", True), ("stream", False)])
def test_a_quote_is_asked_for_where_none_are_streamed(source: str, asked: bool) -> None:
    dialect = msgspec.structs.replace(DIALECT, quotes=msgspec.convert({"source": source}, Quotes))
    assert dialect.names_quotes(OrderType.PREVIOUSLY_QUOTED) is asked
    assert not dialect.names_quotes(OrderType.MARKET)
    assert not DIALECT.names_quotes(OrderType.PREVIOUSLY_QUOTED)


def test_an_opened_field_takes_any_value() -> None:
    field = parsed(with_dictionary(open_fields=(63,))).find("fields/field[@number='63']")
    assert field is not None
    assert (list(field), field.get("type")) == ([], "STRING")


def test_a_message_takes_an_added_field_once() -> None:
    text = with_dictionary(add_fields={"ExecutionReport": (381, 381, 55)})
    message = parsed(text).find("messages/message")
    assert message is not None
    assert [(field.get("name"), field.get("required")) for field in message] == [
        ("Symbol", "Y"),
        ("GrossTradeAmt", None),
    ]


def test_a_group_takes_the_venues_own_tags() -> None:
    stock = STOCK.replace('required="Y"/></message>', 'required="Y"/><group name="NoLegs"/></message>')
    section = Dictionary(file="FIX44.xml", group_fields={"NoLegs": (55, 9123)})
    patched = parsed(patched_dictionary(stock, msgspec.structs.replace(DIALECT, dictionary=section)))
    names = [field.get("name") for field in patched.iterfind("messages/message/group/field")]
    assert names == ["Symbol", "Tag9123"]
    assert len(patched.findall("fields/field[@number='9123']")) == 1


def test_a_dictionary_is_otherwise_left_alone() -> None:
    patched, stock = parsed(with_dictionary()), parsed(STOCK)
    assert patched.attrib == stock.attrib
    sections = sorted(section.tag for section in stock)
    assert sorted(section.tag for section in patched) == sections
    for section in sections:
        ours, theirs = (ET.tostring(next(root.iter(section)), "unicode") for root in (patched, stock))
        assert ET.canonicalize(ours, strip_text=True) == ET.canonicalize(theirs, strip_text=True)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"open_fields": (999,)}, "FIX44.xml: open_fields: tag 999 is not in the stock dictionary"),
        ({"add_fields": {"Lunch": (55,)}}, "FIX44.xml: add_fields: message 'Lunch' is not in the stock dictionary"),
        ({"add_fields": {"ExecutionReport": (7,)}}, "FIX44.xml: add_fields.ExecutionReport: tag 7 is not in"),
    ],
)
def test_a_dictionary_without_what_the_dialect_names_is_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_dictionary(**changes)
    assert str(caught.value).startswith(complaint)


def test_a_file_that_is_no_dictionary_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"FIX44\.xml: not a FIX dictionary"):
        patched_dictionary("<fix>", DIALECT)
