"""The dictionary that both ends of a session use: the stock one, widened by the dialect."""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from tests.unit.simulator_cases import DIALECT
from trader.domain.errors import ConfigError
from trader.fix.dialect import Dialect, Dictionary
from trader.fix.dictionary import patched_dictionary

STOCK = (Path(sys.prefix) / "share" / "quickfix" / "FIX44.xml").read_text("utf-8")


def with_dictionary(**changes: object) -> Dialect:
    dictionary = msgspec.structs.replace(Dictionary(file="FIX44.xml"), **changes)
    return msgspec.structs.replace(DIALECT, dictionary=dictionary)


def fields_of(xml: str, message: str) -> list[str]:
    found = ET.fromstring(xml).find(f"messages/message[@name='{message}']")  # noqa: S314 -- quickfix's own file
    assert found is not None
    return [field.get("name", "") for field in found.iterfind("field")]


def values_of(xml: str, tag: int) -> int:
    return len(ET.fromstring(xml).findall(f"fields/field[@number='{tag}']/value"))  # noqa: S314 -- quickfix's own file


def test_an_open_field_takes_any_value_and_others_keep_theirs() -> None:
    patched = patched_dictionary(STOCK, with_dictionary(open_fields=(63,)))
    assert values_of(STOCK, 63) > 0
    assert values_of(patched, 63) == 0
    assert values_of(patched, 54) == values_of(STOCK, 54) > 0


def test_a_message_takes_the_added_fields_once() -> None:
    dialect = with_dictionary(add_fields={"OrderCancelReject": (44, 44), "ExecutionReport": (381,)})
    patched, plain = patched_dictionary(STOCK, dialect), patched_dictionary(STOCK, with_dictionary())
    assert fields_of(patched, "OrderCancelReject") == [*fields_of(plain, "OrderCancelReject"), "Price"]
    assert fields_of(patched, "ExecutionReport") == fields_of(plain, "ExecutionReport"), "it has GrossTradeAmt already"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"open_fields": (99999,)}, "open_fields: tag 99999"),
        ({"add_fields": {"Execution": (44,)}}, "message 'Execution'"),
        ({"add_fields": {"ExecutionReport": (99999,)}}, "add_fields.ExecutionReport: tag 99999"),
    ],
)
def test_a_wrong_patch_says_what_is_not_there(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        patched_dictionary(STOCK, with_dictionary(**changes))
    assert "FIX44.xml" in str(raised.value)
    assert problem in str(raised.value)


def test_what_is_no_dictionary_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a FIX dictionary"):
        patched_dictionary("<fix", DIALECT)
