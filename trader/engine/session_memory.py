"""What is remembered of a session from process to process: when it was up, and how its sequence numbers stood."""

from dataclasses import dataclass

from trader.engine.questions import VenueMoment
from trader.engine.session_inputs import SequenceNoted


@dataclass(frozen=True, slots=True)
class Noted:
    """What one end has said about sequence numbers, and when.

    Attributes:
        note: What.
        ts_ns: When it was journaled, UTC nanoseconds.
    """

    note: SequenceNoted
    ts_ns: int


@dataclass(frozen=True, slots=True)
class NewNumbers:
    """The sequence numbers that two persons want the next logon to have.

    Attributes:
        next_sent: MsgSeqNum(34) of our next message.
        next_expected: MsgSeqNum(34) that we expect of the venue's next.
        says_so: True when the Logon(A) says ResetSeqNumFlag(141)=Y, so that the venue begins at 1 as well.
        request_id: What was approved.
    """

    next_sent: int
    next_expected: int
    says_so: bool
    request_id: str


@dataclass(slots=True)
class SessionMemory:
    """One session's past.

    Attributes:
        opened_ns: When it was last logged on, UTC nanoseconds; 0 for never.
        reset_ns: When it was last logged on with numbers that began at 1; 0 for never.
        closed_ns: When it last ended after it was up; 0 for never.
        closed_why: Why, in words.
        refused_ns: When a logon last failed; 0 for never.
        refused_why: Why, in words.
        next_sent: The number that our next message had when it last ended; 0 when nobody has taken note.
        next_expected: The number expected of the venue's next message then; 0 when nobody has taken note.
        too_low: Why nothing can be sent on it: one end takes the other's numbers for used. None once it is up again.
        venue_missed: What the venue last asked to have sent again; None for nothing.
        we_missed: What we last asked the venue to send again; None for nothing.
        new_numbers: What its next logon begins with; None for what the store says.
        trades_owed: Since when the venue may have reported trades that never came, because its numbers began anew;
            None when it was asked for its trades after that.
    """

    opened_ns: int = 0
    reset_ns: int = 0
    closed_ns: int = 0
    closed_why: str = ""
    refused_ns: int = 0
    refused_why: str = ""
    next_sent: int = 0
    next_expected: int = 0
    too_low: Noted | None = None
    venue_missed: Noted | None = None
    we_missed: Noted | None = None
    new_numbers: NewNumbers | None = None
    trades_owed: VenueMoment | None = None
