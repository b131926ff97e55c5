"""Names that two persons have to read alike: of a counterparty, a book, a limit's key."""

import unicodedata

_CONTROL_NAMES = {"\t": "TAB", "\n": "LINE FEED", "\r": "CARRIAGE RETURN"}


def odd_character(text: str) -> str:
    """The first character that not every keyboard has, as ``U+200B ZERO WIDTH SPACE``; "" when there is none.

    Characters of no width, of the other direction, and letters of other scripts that look like ours would give two
    names that nobody can tell apart.
    """
    if text.isascii() and text.isprintable():
        return ""
    odd = next(character for character in text if not (character.isascii() and character.isprintable()))
    name = _CONTROL_NAMES.get(odd) or unicodedata.name(odd, "control character")
    return f"U+{ord(odd):04X} {name}"
