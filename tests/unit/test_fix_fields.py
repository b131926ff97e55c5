"""One message's fields: what is missing, what cannot be read, groups, and tags of a venue's own."""

from decimal import Decimal

import pytest

from trader.fix.fields import Fields, TagNames
from trader.fix.text import SOH, FieldError, read_decimal, split

MESSAGE = Fields(split("35=X|262=M|31=1.1|32=x|54=7|43=Y|268=2|269=0|270=1.1|269=1|270=1.2|10=0".replace("|", SOH)))
NAMES = TagNames({"8": {"64": "9064", "117": "131", "131": "117"}})


def test_a_field_is_read_or_its_complaint_names_it() -> None:
    assert MESSAGE.need("31", read_decimal) == MESSAGE.may("31", read_decimal, None) == Decimal("1.1")
    with pytest.raises(FieldError, match=r"^tag 38 is missing$"):
        MESSAGE.need("38", read_decimal)
    for read in (MESSAGE.need, lambda tag, how: MESSAGE.may(tag, how, None)):
        with pytest.raises(FieldError, match=r"^tag 32: 'x' is not a number"):
            read("32", read_decimal)
        with pytest.raises(FieldError, match=r"^tag 54 holds '7', which is not one of its values$"):
            read("54", {"1": "BUY"}.__getitem__)


def test_what_may_be_missing_has_its_default() -> None:
    assert MESSAGE.may("38", read_decimal, None) is None
    assert MESSAGE.flag("43")
    assert not MESSAGE.flag("97")
    assert not MESSAGE.flag("262")


def test_a_field_has_to_hold_what_is_expected() -> None:
    assert MESSAGE.expect("262", "L", "M") == "M"
    with pytest.raises(FieldError, match=r"^tag 262 holds 'M'; expected A or B$"):
        MESSAGE.expect("262", "A", "B")
    with pytest.raises(FieldError, match=r"^tag 38 is missing$"):
        MESSAGE.expect("38", "A")


def test_the_first_of_a_repeated_tag_counts() -> None:
    assert MESSAGE["270"] == "1.1"


def test_a_group_begins_where_its_first_tag_repeats_and_the_last_entry_takes_the_rest() -> None:
    assert MESSAGE.entries("268") == [{"269": "0", "270": "1.1"}, {"269": "1", "270": "1.2", "10": "0"}]


def test_a_group_in_a_groups_entry_is_found() -> None:
    outer = Fields(split("146=1|55=A|453=2|448=X|452=1|448=Y|452=2|".replace("|", SOH)))
    (entry,) = outer.entries("146")
    assert [party["448"] for party in entry.entries("453")] == ["X", "Y"]


def test_a_group_that_is_absent_or_empty_has_no_entries() -> None:
    assert MESSAGE.entries("453") == []
    assert Fields([("35", "W"), ("268", "0")]).entries("268") == []


def test_a_venues_own_tags_are_read_as_the_standards_and_the_standards_are_left_out() -> None:
    pairs = [("11", "A"), ("9064", "day"), ("64", "something else"), ("131", "quote"), ("117", "request")]
    assert NAMES.to_standard("8", pairs) == [("11", "A"), ("64", "day"), ("117", "quote"), ("131", "request")]
    assert NAMES.to_standard("9", pairs) == pairs
    assert "8" in NAMES
    assert "9" not in NAMES
