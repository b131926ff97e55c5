"""Data dictionaries made of QuickFIX's stock ones. Pure: XML text in, XML text out.

A stock dictionary knows equities better than FX: SettlType(63) has no tenors. The robot's session takes a lenient one,
a simulated venue one that is as strict as the standard, widened by its dialect. Each is made when a process starts, so
that no copy of it has to be kept.

QuickFIX wants the dictionary's version to be the session's. A venue may use messages of a later version than it says in
BeginString(8), so whichever file the dialect names is given the version of the session.

Every component is written out where it is used. QuickFIX would look it up by XPath among all of them at each use:
measured, FIX50SP2.xml with its 719 components takes 1.2 s of processor time to read, and 0.3 s without.
"""

from collections.abc import Iterable
from functools import cache
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from trader.domain.errors import ConfigError
from trader.fix.dialect import Dialect

TRANSPORT_FILE = "FIXT11.xml"  # the session messages of FIXT.1.1, which have a dictionary of their own

_BOUNDED_TYPES = frozenset({"DATA", "XMLDATA", "LENGTH", "NUMINGROUP"})  # how far a field goes, or a group


def session_dictionary(stock_xml: str, dialect: Dialect) -> str:
    """The dictionary of the robot's own session: lenient, in the session's version, with the venue's groups.

    Args:
        stock_xml: The stock dictionary, the file named by ``dialect.dictionary.file``.
        dialect: Its BeginString(8), and what it adds to groups.

    Raises:
        ConfigError: Not a dictionary, or the dialect names a group that it does not have.
    """
    file = dialect.dictionary.file
    root = _parsed(stock_xml, file)
    _add_group_fields(root, dialect)
    _set_version(root, dialect)
    _loosen(root)
    return _written_out(root, file)


def lenient_dictionary(stock_xml: str, file: str = TRANSPORT_FILE) -> str:
    """Strip a dictionary to its structure: names, fields with a length, groups.

    QuickFIX rejects a message that its dictionary does not foresee before the robot sees it. To judge what a venue
    says is for :mod:`trader.fix.decode`: a fill with an odd value in a field that nobody reads is a fill.

    Args:
        stock_xml: The stock dictionary.
        file: Its name, for the error.

    Returns:
        The dictionary in which every field takes any text and none has to be there.

    Raises:
        ConfigError: Not a dictionary.
    """
    root = _parsed(stock_xml, file)
    _loosen(root)
    return _written_out(root, file)


def patched_dictionary(stock_xml: str, dialect: Dialect) -> str:
    """Widen a dictionary as the dialect asks.

    Args:
        stock_xml: The stock dictionary, the file named by ``dialect.dictionary.file``.
        dialect: Its ``[dictionary]`` section says which fields take any value, which messages take more fields and
            which groups do.

    Returns:
        The dictionary to write to the file that the session's DataDictionary setting names. A field that a message
        already has is not added again.

    Raises:
        ConfigError: Not a dictionary, or the dialect names a tag, a message or a group that it does not have.
    """
    file = dialect.dictionary.file
    root = _parsed(stock_xml, file)
    _add_group_fields(root, dialect)
    _set_version(root, dialect)
    fields = _fields_by_tag(root)
    messages = {message.get("name", ""): message for message in root.iterfind("messages/message")}
    for tag in dialect.dictionary.open_fields:
        field = _known(fields, str(tag), f"{file}: open_fields: tag {tag}")
        for value in field.findall("value"):
            field.remove(value)
        if field.get("type") == "CHAR":  # a tenor has more than one character
            field.set("type", "STRING")
    for name, tags in dialect.dictionary.add_fields.items():
        message = _known(messages, name, f"{file}: add_fields: message {name!r}")
        for tag in tags:
            _add_field(message, _known(fields, str(tag), f"{file}: add_fields.{name}: tag {tag}"))
    return _written_out(root, file)


def _set_version(root: ET.Element, dialect: Dialect) -> None:
    """Give the dictionary the version of the session, where that is the messages' version as well."""
    if not dialect.has_transport:
        major, minor = dialect.begin_string.removeprefix("FIX.").split(".")
        root.attrib = {"type": "FIX", "major": major, "minor": minor, "servicepack": "0"}


def _add_group_fields(root: ET.Element, dialect: Dialect) -> None:
    """Put the dialect's tags in its groups; private ones are defined, as texts."""
    file = dialect.dictionary.file
    fields = _fields_by_tag(root)
    definitions = _known({element.tag: element for element in root}, "fields", f"{file}: its list of fields")
    for name, tags in dialect.dictionary.group_fields.items():
        groups = root.findall(f".//group[@name='{name}']")
        if not groups:
            raise ConfigError(
                f"{file}: group_fields: group {name!r} is not in the stock dictionary; expected one of its"
            )
        for tag in map(str, tags):
            if tag not in fields:
                fields[tag] = ET.SubElement(definitions, "field", number=tag, name=f"Tag{tag}", type="STRING")
            for group in groups:
                _add_field(group, fields[tag])


def _loosen(root: ET.Element) -> None:
    """Let every field take any text, and none have to be there."""
    for field in root.iterfind("fields/field"):
        field[:] = []
        if field.get("type") not in _BOUNDED_TYPES:
            field.set("type", "STRING")
    for element in root.iter():
        if "required" in element.attrib:
            element.set("required", "N")


def _written_out(root: ET.Element, file: str) -> str:
    """The dictionary's text, in which messages and groups have the fields of their components.

    What a component requires is required where the component itself is.
    """
    components = {element.get("name", ""): element for element in root.iterfind("components/component")}

    @cache
    def component(name: str, *, required: bool) -> str:
        return inside(_known(components, name, f"{file}: component {name!r}"), required=required)

    def inside(container: Iterable[ET.Element], *, required: bool) -> str:
        return "".join(written(element, required=required) for element in container)

    def written(element: ET.Element, *, required: bool) -> str:
        name = element.get("name", "")
        required = required and element.get("required") == "Y"
        if element.tag == "component":
            return component(name, required=required)
        start = f"<{element.tag} name={quoteattr(name)}" + (" required='Y'" if required else "")
        return f"{start}>{inside(element, required=required)}</{element.tag}>" if len(element) else f"{start}/>"

    sections = (ET.tostring(section, "unicode") for section in root if section.tag not in {"messages", "components"})
    messages = (_within(message, inside(message, required=True)) for message in root.iterfind("messages/message"))
    return _within(root, *sections, "<messages>", *messages, "</messages>")


def _within(element: ET.Element, *content: str) -> str:
    """An element's own tag and attributes around some text."""
    attributes = "".join(f" {key}={quoteattr(value)}" for key, value in element.items())
    return "".join((f"<{element.tag}{attributes}>", *content, f"</{element.tag}>"))


def _parsed(xml: str, file: str) -> ET.Element:
    try:
        return ET.fromstring(xml)  # noqa: S314 -- the file of an installed package, not a counterparty's
    except ET.ParseError as error:
        raise ConfigError(f"{file}: not a FIX dictionary: {error}") from error


def _fields_by_tag(root: ET.Element) -> dict[str, ET.Element]:
    return {field.get("number", ""): field for field in root.iterfind("fields/field")}


def _add_field(container: ET.Element, field: ET.Element) -> None:
    """Let a message or a group take a field, once."""
    name = field.get("name", "")
    if all(present.get("name") != name for present in container.iterfind("field")):
        ET.SubElement(container, "field", name=name, required="N")


def _known(elements: dict[str, ET.Element], key: str, where: str) -> ET.Element:
    element = elements.get(key)
    if element is None:
        raise ConfigError(f"{where} is not in the stock dictionary; expected one that it defines")
    return element
