"""What others wrote, made safe to show: to people on a terminal, in a log, a table, an alert or a report."""


def printable(text: str, keep: str = "") -> str:
    r"""The text with everything that is no printable character spelled out, as ``\n`` or ``\u202e``.

    A line feed would forge a line of a log, an escape sequence would rewrite the terminal, a character that turns the
    writing round would make 100 of 001, and bytes that are no UTF-8, which come as lone surrogates, could not be
    stored. A reader sees what was there, and nothing obeys it.

    Args:
        text: Whatever came.
        keep: Characters that stay, such as a separator that is looked for later.
    """
    if text.isprintable():
        return text
    return "".join([c if c.isprintable() or c in keep else c.encode("unicode_escape").decode() for c in text])
