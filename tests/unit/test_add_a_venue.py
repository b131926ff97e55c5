"""The page "Add a venue" tells of every key, as the code has it."""

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect as types

from tests.drawn_part import DrawnPart
from trader.adapters.session_config import KEYS
from trader.fix.dialect import Dialect

PAGE = Path(__file__).parents[2] / "docs" / "add-a-venue.md"
PLAIN = {
    types.BoolType: "`true`, `false`",
    types.DecimalType: "amount in quotes",
    types.StrType: "text",
    types.StructType: "section below",
}
LIST = "[]"
PART = DrawnPart("add-a-venue.md", "keys")


def sections(struct: type[msgspec.Struct] = Dialect, path: str = "") -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Every section of a dialect, each after the one that it belongs to: its path in the file and its struct."""
    yield path, struct
    for field in msgspec.structs.fields(struct):
        inner = section_of(types.type_info(field.type))
        if inner is not None:
            below, kind = inner
            yield from sections(kind, f"{path}.{field.encode_name}{below}".lstrip("."))


def section_of(kind: Any) -> tuple[str, type[msgspec.Struct]] | None:
    """The struct within a type, and what is added to its path; None for a plain value."""
    match kind:
        case types.StructType(cls=cls):
            return "", cls
        case types.UnionType(types=members):
            return next((found for member in members if (found := section_of(member)) is not None), None)
        case types.VarTupleType(item_type=types.StructType(cls=cls)):
            return LIST, cls
        case types.DictType(value_type=types.StructType(cls=cls)):
            return ".*", cls
        case types.Metadata(type=inner):
            return section_of(inner)
    return None


def value_text(kind: Any) -> str:
    """What may stand behind the equals sign."""
    match kind:
        case types.Metadata(type=inner) | types.UnionType(types=(inner, types.NoneType())):
            return value_text(inner)
        case types.VarTupleType(item_type=item):
            return f"list of {value_text(item)}"
        case types.DictType(key_type=key, value_type=value):
            return f"table: {value_text(key)} = {value_text(value)}"
        case types.LiteralType(values=values):
            return words(sorted(values))
        case types.EnumType(cls=cls):
            return words([member.value for member in cls])
    return plain_text(kind)


def words(values: list[str]) -> str:
    return ", ".join(f"`{json.dumps(value)}`" for value in values)


def plain_text(kind: Any) -> str:
    match kind:
        case types.IntType(ge=None, le=None):
            return "whole number"
        case types.IntType(ge=least, le=None):
            return f"whole number, {least} or more"
        case types.IntType(ge=least, le=most):
            return f"whole number, {least} to {most}"
        case types.StrType(pattern=str(pattern)):
            return f"text like `{pattern.strip('^$')}`".replace("|", "\\|")
    return PLAIN[type(kind)]


def default_text(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "must be there"
    if field.default is None or section_of(types.type_info(field.type)) is not None:
        return "may be left out"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return f"`{json.dumps(msgspec.to_builtins(value))}`"


def meanings(struct: type[msgspec.Struct]) -> dict[str, str]:
    """The Attributes of a docstring: key to sentence."""
    text = inspect.getdoc(struct) or ""
    _, _, attributes = text.partition("Attributes:\n")
    found = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", attributes, flags=re.MULTILINE)
    return {name: " ".join(said.split()).replace("``", "`").replace("|", "\\|") for name, said in found}


def keys_table() -> str:
    """What belongs between the two marks of the page."""
    lines: list[str] = []
    for path, struct in sections():
        name = f"[{path.removesuffix(LIST)}]" if path.endswith(LIST) else path
        title = f"`[{name}]`" if path else "The dialect itself"
        what = (inspect.getdoc(struct) or "").partition("\n\n")[0]
        lines += [f"### {title}", "", " ".join(what.split()), ""]
        lines += ["| Key | Value | Default | Meaning |", "|---|---|---|---|"]
        said = meanings(struct)
        for field in msgspec.structs.fields(struct):
            value = value_text(types.type_info(field.type))
            lines.append(f"| `{field.encode_name}` | {value} | {default_text(field)} | {said[field.encode_name]} |")
        lines.append("")
    return "\n".join(lines)


def test_the_page_has_every_key_of_a_dialect_as_the_code_says_it() -> None:
    assert PART.read() == keys_table(), "python -m tests.unit.test_add_a_venue draws it anew"


@pytest.mark.parametrize(("path", "struct"), list(sections()))
def test_every_key_has_a_meaning_and_no_meaning_is_without_a_key(path: str, struct: type[msgspec.Struct]) -> None:
    assert set(meanings(struct)) == {field.encode_name for field in msgspec.structs.fields(struct)}, path


def test_the_page_has_every_key_of_a_session_file() -> None:
    (table,) = re.findall(r"^\| Key \| Holds \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE.read_text("utf-8"), re.MULTILINE)
    named = set(re.findall(r"`(\w+)`", "\n".join(row.split("|")[1] for row in table.splitlines())))
    assert named == set(KEYS)


if __name__ == "__main__":
    PART.write(keys_table())
