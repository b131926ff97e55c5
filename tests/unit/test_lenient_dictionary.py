"""The session's dictionary foresees every value; its structure, which QuickFIX needs to read groups, is the stock's."""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from trader.fix.dictionary import lenient_dictionary

STOCK = (Path(sys.prefix) / "share" / "quickfix" / "FIX44.xml").read_text("utf-8")
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
