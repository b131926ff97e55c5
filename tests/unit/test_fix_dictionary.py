"""A session's data dictionary: the stock one, with what the dialect changes in it."""

from xml.etree import ElementTree as ET

import msgspec
import pytest

from tests.unit.fix_words import DIALECT
from trader.domain.errors import ConfigError
from trader.fix.dialect import Dictionary
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
