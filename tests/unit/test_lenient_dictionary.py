"""The session's dictionary foresees every value; its structure, which QuickFIX needs to read groups, is the stock's."""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from tests.unit.fix_words import DIALECT
from trader.domain.errors import ConfigError
from trader.fix.dialect import Dialect, Dictionary
from trader.fix.dictionary import lenient_dictionary, session_dictionary

FOLDER = Path(sys.prefix) / "share" / "quickfix"
STOCK = (FOLDER / "FIX44.xml").read_text("utf-8")
NEEDED_TYPES = {"DATA", "LENGTH", "NUMINGROUP"}


@pytest.fixture(scope="module")
def lenient() -> ET.Element:
    return parsed(lenient_dictionary(STOCK))


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 -- the file of an installed package


def names(dictionary: ET.Element, where: str) -> list[str | None]:
    return [element.get("name") for element in dictionary.iterfind(where)]


@pytest.mark.parametrize("where", ["messages//field", "messages//group", "messages//group//field", "components//*"])
def test_messages_and_groups_keep_their_structure(where: str, lenient: ET.Element) -> None:
    expected = names(parsed(STOCK), where)
    assert expected
    assert names(lenient, where) == expected


def test_no_field_has_to_be_there_or_to_have_one_of_some_values(lenient: ET.Element) -> None:
    assert not lenient.findall(".//*[@required='Y']")
    assert not lenient.findall("fields/field/value")


def test_every_field_takes_any_text_unless_its_type_says_how_far_it_goes(lenient: ET.Element) -> None:
    kept = {field.get("number"): field.get("type") for field in lenient.iterfind("fields/field")}
    stock = {field.get("number"): field.get("type") for field in parsed(STOCK).iterfind("fields/field")}
    assert kept == {tag: kind if kind in NEEDED_TYPES else "STRING" for tag, kind in stock.items()}


def test_the_other_kind_of_quotes_is_read_as_well() -> None:
    assert lenient_dictionary(STOCK.replace("'", '"')).replace('"', "'") == lenient_dictionary(STOCK)


def of_version(begin_string: str, application_version: str = "", **groups: tuple[int, ...]) -> Dialect:
    return msgspec.structs.replace(
        DIALECT,
        begin_string=begin_string,
        application_version=application_version,
        dictionary=Dictionary(file="FIX44.xml", group_fields=groups),
    )


@pytest.mark.parametrize(("begin_string", "minor"), [("FIX.4.2", "2"), ("FIX.4.3", "3"), ("FIX.4.4", "4")])
def test_the_dictionary_has_the_version_of_the_session(begin_string: str, minor: str) -> None:
    root = parsed(session_dictionary(STOCK, of_version(begin_string)))
    assert (root.tag, root.get("type"), root.get("major"), root.get("minor")) == ("fix", "FIX", "4", minor)
    assert names(root, "messages/message") == names(parsed(STOCK), "messages/message")


def test_messages_under_a_transport_keep_their_own_version() -> None:
    root = parsed(session_dictionary(STOCK, of_version("FIXT.1.1", "FIX.5.0SP2")))
    assert (root.get("major"), root.get("minor")) == ("4", "4")


@pytest.mark.parametrize("file", ["FIX43.xml", "FIX44.xml", "FIX50SP2.xml"])
def test_a_group_takes_the_venues_tags_once_wherever_it_stands(file: str) -> None:
    """In FIX50SP2.xml groups stand in components."""
    stock = (FOLDER / file).read_text("utf-8")
    widened = parsed(session_dictionary(stock, of_version("FIX.4.4", NoLegs=(9123, 44, 600))))
    groups = widened.findall(".//group[@name='NoLegs']")
    assert len(groups) == len(parsed(stock).findall(".//group[@name='NoLegs']")) > 0
    for group in groups:
        fields = [field.get("name") for field in group.iterfind("field")]
        assert {"Tag9123", "Price"} <= set(fields)
        assert len(set(fields)) == len(fields)
    defined = widened.findall("fields/field[@number='9123']")
    assert [(field.get("name"), field.get("type")) for field in defined] == [("Tag9123", "STRING")]


def test_a_group_that_the_dictionary_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"FIX44\.xml: group_fields: group 'NoLunch' is not in the stock dictionary"):
        session_dictionary(STOCK, of_version("FIX.4.4", NoLunch=(9123,)))
