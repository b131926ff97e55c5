"""How many there are of something, in words."""


def counted(number: int, what: str) -> str:
    """``1 batch``, ``2 batches``, ``1,000 orders``.

    Args:
        number: How many.
        what: One of them, as a noun whose plural ends with s.
    """
    plural = "es" if what.endswith(("ch", "sh", "s")) else "s"
    return f"{number:,} {what}{'' if number == 1 else plural}"
