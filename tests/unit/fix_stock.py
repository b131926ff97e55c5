"""What a stock QuickFIX dictionary says about a message, and what of a message it does not foresee."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from xml.etree import ElementTree as ET

from trader.adapters.resources import stock_dictionary
from trader.fix.dialect import Dialect
from trader.fix.fields import TagNames
from trader.fix.text import split

_FRAME = {"8", "9", "35", "10"}
# MsgType(35) to what the robot adds to it where the version has no place for it. QuoteID(117) is unique only with its
# QuoteReqID(131), and a streamed price has no other name than MDEntryID(278).
ADDED = {"D": {"131", "278"}, "AB": {"131"}, "AJ": {"131"}}
Pairs = Sequence[tuple[str, str]]


@dataclass
class Level:
    """What a message or a group's entry may and must have; groups by the tag of their count."""

    allowed: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)
    groups: dict[str, "Level"] = field(default_factory=dict)


def levels(dialect: Dialect) -> Mapping[str, Level]:
    """By MsgType(35), what the stock dictionary of a dialect says."""
    return levels_of(stock_dictionary(dialect))


@cache
def levels_of(xml: str) -> Mapping[str, Level]:
    root = ET.fromstring(xml)  # noqa: S314 -- the file of an installed package
    numbers = {item.get("name"): item.get("number", "") for item in root.iterfind("fields/field")}
    components = {item.get("name"): item for item in root.iterfind("components/component")}

    def read(element: ET.Element, level: Level, *, must: bool) -> Level:
        for item in element:
            is_required = must and item.get("required") == "Y"
            if item.tag == "component":
                read(components[item.get("name")], level, must=is_required)
                continue
            number = numbers[item.get("name")]
            level.allowed.add(number)
            if is_required:
                level.required.add(number)
            if item.tag == "group":
                level.groups[number] = read(item, Level(), must=True)
        return level

    return {item.get("msgtype", ""): read(item, Level(), must=True) for item in root.iterfind("messages/message")}


def complaints(pairs: Pairs, level: Level, added: set[str]) -> Iterator[str]:
    """What of a message its dictionary does not foresee, repeats or misses."""
    seen: set[str] = set()
    rest = list(pairs)
    while rest:
        tag, value = rest.pop(0)
        if tag in seen:
            yield f"{tag} is there twice"
        if tag not in level.allowed | added:
            yield f"{tag} has no place"
        seen.add(tag)
        if tag in level.groups:
            entries, rest = entries_of(rest, level.groups[tag])
            if str(len(entries)) != value:
                yield f"{tag} counts {value} and has {len(entries)}"
            for entry in entries:
                yield from complaints(entry, level.groups[tag], added)
    yield from (f"{tag} is missing" for tag in level.required - seen)


def entries_of(pairs: list[tuple[str, str]], level: Level) -> tuple[list[list[tuple[str, str]]], list[tuple[str, str]]]:
    """The entries of a group at the head of some fields, and what follows the group."""
    everything = set(all_tags(level))
    size = next((place for place, (tag, _) in enumerate(pairs) if tag not in everything), len(pairs))
    starts = [place for place in range(size) if pairs[place][0] == pairs[0][0]]
    return [pairs[start:end] for start, end in zip(starts, [*starts[1:], size], strict=True)], pairs[size:]


def all_tags(level: Level) -> Iterator[str]:
    yield from level.allowed
    for group in level.groups.values():
        yield from all_tags(group)


def faults(text: str, dialect: Dialect) -> list[str]:
    """What of a message in a dialect is not as the stock dictionary of its version has it."""
    pairs = split(text)
    msg_type = pairs[2][1]
    body = [pair for pair in TagNames(dialect.renamed_tags).to_standard(msg_type, pairs) if pair[0] not in _FRAME]
    return list(complaints(body, levels(dialect)[msg_type], ADDED.get(msg_type, set())))
