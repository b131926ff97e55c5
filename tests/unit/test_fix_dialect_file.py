"""A dialect's file is read strictly: what is wrong, or contradicts itself, is refused with what would be right."""

import pytest

from tests.unit.fix_words import DIALECT, DIALECT_TEXT
from trader.domain.currency import parse_pair
from trader.domain.errors import ConfigError
from trader.fix.dialect_file import parse_dialect


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
