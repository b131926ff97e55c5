"""What a session layer tells the engine of its sequence numbers, and what a person wants asked on a session."""

from datetime import date

from msgspec import Struct


class SequenceNoted(Struct, frozen=True, gc=False):
    """One end has said that it expected another MsgSeqNum(34) than it was sent.

    Attributes:
        session: Which one.
        by_venue: True when the venue has said it, False when we have.
        is_too_low: True for a number that was used before, which ends the session; False for a gap, of which the
            messages are asked for.
        expected: The number that was expected; 0 when it was not said.
        received: The number that came instead; 0 when it was not said.
        text: What was said, or "".
    """

    session: str
    by_venue: bool
    is_too_low: bool
    expected: int
    received: int
    text: str = ""


class BooksAsked(Struct, frozen=True, gc=False):
    """A person wants the venues' own books of a trade date once more.

    Attributes:
        trade_date: Of the batches.
        who: The person.
    """

    trade_date: date
    who: str
