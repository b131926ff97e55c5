"""The session's dictionary foresees every value; its structure, which QuickFIX needs to read groups, is the stock's."""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
import quickfix as fix

from tests.unit.fix_words import DIALECT
from trader.domain.errors import ConfigError
from trader.fix.dialect import Dialect, Dictionary
from trader.fix.dictionary import lenient_dictionary, patched_dictionary, session_dictionary

FOLDER = Path(sys.prefix) / "share" / "quickfix"
STOCK = (FOLDER / "FIX44.xml").read_text("utf-8")
FILES = ("FIX42.xml", "FIX43.xml", "FIX44.xml", "FIX50SP2.xml")
NEEDED_TYPES = {"DATA", "LENGTH", "NUMINGROUP"}

Held = tuple[str | None, bool, list["Held"]]


@pytest.fixture(scope="module")
def lenient() -> ET.Element:
    return parsed(lenient_dictionary(STOCK))


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 -- the file of an installed package


def of_file(file: str) -> Dialect:
    """A dialect that changes nothing of its dictionary but, under FIX 5.0 SP2, none of its version."""
    transported = ("FIXT.1.1", "FIX.5.0SP2") if file == "FIX50SP2.xml" else (f"FIX.4.{file[4]}", "")
    dialect = dict(zip(("begin_string", "application_version"), transported, strict=True))
    return msgspec.structs.replace(DIALECT, dictionary=msgspec.convert({"file": file}, Dictionary), **dialect)


def names(dictionary: ET.Element, where: str) -> list[str | None]:
    return [element.get("name") for element in dictionary.iterfind(where)]


def outline(container: ET.Element, components: dict[str | None, ET.Element], *, is_needed: bool) -> list[Held]:
    """What a message holds, in order: each field and group, whether it has to be there, and what the group holds."""
    held: list[Held] = []
    for element in container:
        needed = is_needed and element.get("required") == "Y"
        if element.tag == "component":
            held += outline(components[element.get("name")], components, is_needed=needed)
        else:
            held.append((element.get("name"), needed, outline(element, components, is_needed=needed)))
    return held


def outlines(dictionary: ET.Element, *, is_needed: bool = True) -> dict[str | None, list[Held]]:
    components = {component.get("name"): component for component in dictionary.iterfind("components/component")}
    return {
        message.get("msgtype"): outline(message, components, is_needed=is_needed)
        for message in dictionary.iterfind("messages/message")
    }


@pytest.mark.parametrize("file", FILES)
def test_messages_and_groups_have_the_fields_of_their_components_in_place_of_these(file: str) -> None:
    """QuickFIX would look up a component by its name each time that a message has it, which takes seconds in all."""
    stock = (FOLDER / file).read_text("utf-8")
    strict = parsed(patched_dictionary(stock, of_file(file)))
    assert not strict.findall(".//component")
    assert outlines(strict) == outlines(parsed(stock))


def test_messages_and_groups_keep_their_structure(lenient: ET.Element) -> None:
    assert outlines(lenient) == outlines(parsed(STOCK), is_needed=False)


@pytest.mark.parametrize("file", FILES)
def test_quickfix_reads_the_same_messages_out_of_it(file: str, tmp_path: Path) -> None:
    stock = FOLDER / file
    ours = tmp_path / file
    ours.write_text(patched_dictionary(stock.read_text("utf-8"), of_file(file)), "utf-8")
    expected, read = (fix.DataDictionary(str(path)) for path in (stock, ours))
    root = parsed(stock.read_text("utf-8"))
    tags = {field.get("name"): int(field.get("number", "")) for field in root.iterfind("fields/field")}
    for msg_type, held in outlines(root).items():
        for tag in (tags[name] for name, *_ in held):
            for asked in ("isMsgField", "isRequiredField", "isGroup"):
                assert getattr(read, asked)(msg_type, tag) == getattr(expected, asked)(msg_type, tag), (msg_type, tag)


def test_a_component_that_is_not_defined_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"FIX44\.xml: component 'Parties' is not in the stock dictionary"):
        session_dictionary(STOCK.replace("<component name='Parties'>", "<component name='People'>"), DIALECT)


def test_no_field_has_to_be_there_or_to_have_one_of_some_values(lenient: ET.Element) -> None:
    assert not lenient.findall(".//*[@required='Y']")
    assert not lenient.findall("fields/field/value")


def test_every_field_takes_any_text_unless_its_type_says_how_far_it_goes(lenient: ET.Element) -> None:
    kept = {field.get("number"): field.get("type") for field in lenient.iterfind("fields/field")}
    stock = {field.get("number"): field.get("type") for field in parsed(STOCK).iterfind("fields/field")}
    assert kept == {tag: kind if kind in NEEDED_TYPES else "STRING" for tag, kind in stock.items()}


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
    assert groups
    for group in groups:
        fields = [field.get("name") for field in group.iterfind("field")]
        assert {"Tag9123", "Price"} <= set(fields)
        assert fields.count("Tag9123") == fields.count("Price") == 1
    defined = widened.findall("fields/field[@number='9123']")
    assert [(field.get("name"), field.get("type")) for field in defined] == [("Tag9123", "STRING")]


def test_a_group_that_the_dictionary_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"FIX44\.xml: group_fields: group 'NoLunch' is not in the stock dictionary"):
        session_dictionary(STOCK, of_version("FIX.4.4", NoLunch=(9123,)))
