"""TOML of others to plain values, in time that grows with the text and no faster."""

import re
import tomllib
from typing import Any

_LENGTH_MAX = 1_000_000
_PARTS_MAX = 32
# Python's reader walks from the top for every part of a key: a key of 20,000 parts takes it minutes.
_LONG_KEY = re.compile(rf"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){{{_PARTS_MAX}}}""")


def read_toml(text: str) -> dict[str, Any]:
    """Read TOML as a configuration or a scenario holds it.

    Args:
        text: The file's text.

    Raises:
        ValueError: It is none, is longer or nested deeper than any that a person writes, or holds a number that Python
            does not take. The text says what is wrong.
    """
    if len(text) > _LENGTH_MAX:
        raise ValueError(f"has more than {_LENGTH_MAX:,} characters")
    if _LONG_KEY.search(text):
        raise ValueError(f"a key has more than {_PARTS_MAX} parts with points between them")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("its values stand too deep in others") from None
