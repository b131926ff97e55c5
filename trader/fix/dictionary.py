"""Data dictionaries made of QuickFIX's stock one. Pure: XML text in, XML text out.

A stock dictionary knows equities better than FX: SettlType(63) has no tenors. The robot's session takes a lenient one,
a simulated venue one that is as strict as the standard, widened by its dialect. Each is made when a process starts, so
that no copy of it has to be kept.
"""

import re
from xml.etree import ElementTree as ET

from trader.domain.errors import ConfigError
from trader.fix.dialect import Dialect

_ALLOWED_VALUE = re.compile(r"<value\b[^>]*/>")
_REQUIRED = re.compile(r"""\brequired=(['"])Y\1""")
_TYPE = re.compile(r"""\btype=(['"])(?!FIX|DATA|XMLDATA|LENGTH|NUMINGROUP)\w+\1""")


def lenient_dictionary(stock_xml: str) -> str:
    """Strip a dictionary to its structure: names, fields with a length, groups.

    QuickFIX rejects a message that its dictionary does not foresee before the robot sees it. To judge what a venue
    says is for :mod:`trader.fix.decode`: a fill with an odd value in a field that nobody reads is a fill.

    Args:
        stock_xml: The stock dictionary.

    Returns:
        The dictionary in which every field takes any text and none has to be there.
    """
    return _TYPE.sub("type='STRING'", _REQUIRED.sub("required='N'", _ALLOWED_VALUE.sub("", stock_xml)))


def patched_dictionary(stock_xml: str, dialect: Dialect) -> str:
    """Widen a dictionary as the dialect asks.

    Args:
        stock_xml: The stock dictionary, the file named by ``dialect.dictionary.file``.
        dialect: Its ``[dictionary]`` section says which fields take any value and which messages take more fields.

    Returns:
        The dictionary to write to the file that the session's DataDictionary setting names. A field that a message
        already has is not added again.

    Raises:
        ConfigError: Not a dictionary, or the dialect names a tag or a message that it does not have.
    """
    file = dialect.dictionary.file
    try:
        root = ET.fromstring(stock_xml)  # noqa: S314 -- the file of an installed package, not a counterparty's
    except ET.ParseError as error:
        raise ConfigError(f"{file}: not a FIX dictionary: {error}") from error
    fields = {field.get("number", ""): field for field in root.iterfind("fields/field")}
    messages = {message.get("name", ""): message for message in root.iterfind("messages/message")}
    for tag in dialect.dictionary.open_fields:
        field = _known(fields, str(tag), f"{file}: open_fields: tag {tag}")
        for value in field.findall("value"):
            field.remove(value)
        if field.get("type") == "CHAR":  # a tenor has more than one character
            field.set("type", "STRING")
    for name, tags in dialect.dictionary.add_fields.items():
        message = _known(messages, name, f"{file}: add_fields: message {name!r}")
        present = {field.get("name", "") for field in message.iterfind("field")}
        for tag in tags:
            field_name = _known(fields, str(tag), f"{file}: add_fields.{name}: tag {tag}").get("name", "")
            if field_name not in present:
                ET.SubElement(message, "field", name=field_name, required="N")
                present.add(field_name)
    return ET.tostring(root, encoding="unicode")


def _known(elements: dict[str, ET.Element], key: str, where: str) -> ET.Element:
    element = elements.get(key)
    if element is None:
        raise ConfigError(f"{where} is not in the stock dictionary; expected one that it defines")
    return element
