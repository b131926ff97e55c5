"""The ``[[session]]`` rules of a scenario: which messages on the wire, and what becomes of them.

What a rule of ``[[rules]]`` does, the venue does; what one of these does, nobody did: it happens on the way.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from simulator.faults.actions.base import AtLeastOne, Count, Milliseconds, Probability, Section

# By their FIX names, as scenarios say them; anything else is said by its MsgType(35).
MSG_TYPES = {
    "Heartbeat": "0",
    "TestRequest": "1",
    "ResendRequest": "2",
    "Reject": "3",
    "SequenceReset": "4",
    "Logout": "5",
    "Logon": "A",
    "ExecutionReport": "8",
    "OrderCancelReject": "9",
    "NewOrderSingle": "D",
    "OrderCancelRequest": "F",
    "OrderCancelReplaceRequest": "G",
    "OrderStatusRequest": "H",
    "QuoteRequest": "R",
    "Quote": "S",
    "MarketDataRequest": "V",
    "MarketDataSnapshotFullRefresh": "W",
    "MarketDataIncrementalRefresh": "X",
    "NewOrderMultileg": "AB",
    "TradeCaptureReportRequest": "AD",
    "TradeCaptureReport": "AE",
    "OrderMassStatusRequest": "AF",
    "QuoteRequestReject": "AG",
    "TradeCaptureReportRequestAck": "AQ",
    "BusinessMessageReject": "j",
    "OrderMassCancelRequest": "q",
    "OrderMassCancelReport": "r",
}
_MSG_TYPE = re.compile(r"[0-9A-Za-z]{1,2}")
_FIELD = re.compile(r"[1-9][0-9]{0,4}=[^\x01|]+")

Body = Annotated[str, msgspec.Meta(pattern=r"^([1-9][0-9]{0,4}=[^\x01|]+(\|[1-9][0-9]{0,4}=[^\x01|]+)*)?$")]
Bytes = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class To(StrEnum):
    """Where a message is going."""

    CLIENT = "client"
    VENUE = "venue"

    @property
    def back(self) -> "To":
        """The other way."""
        return To.VENUE if self is To.CLIENT else To.CLIENT


class SessionWhen(Section, frozen=True):
    """Which messages a rule is about. What is not said matches everything.

    Attributes:
        to: Where the message is going: ``client`` or ``venue``.
        message: Its FIX name, or its MsgType(35).
        has: A field that stands in it, as ``TAG=VALUE``.
        seq: Its MsgSeqNum(34).
        poss_dup: Whether it has PossDupFlag(43)=Y.
        connection: Only on the so-manieth connection, from 1.
        after_ms: Not earlier than so long after the connection was made.
        until_ms: Not later than that.
        probability: How likely a matching message is taken; drawn from the rule's own seeded numbers.
        after: So many matching messages pass first.
        every: Then each so-manieth is taken.
        count: At most so many are taken; without it, all.
    """

    to: To | None = None
    message: str = ""
    has: str = ""
    seq: Count | None = None
    poss_dup: bool | None = None
    connection: AtLeastOne | None = None
    after_ms: Milliseconds = 0.0
    until_ms: Milliseconds | None = None
    probability: Probability = 1.0
    after: Count = 0
    every: AtLeastOne = 1
    count: Count | None = None

    @property
    def msg_type(self) -> str:
        """The MsgType(35) that is meant, or ""."""
        return MSG_TYPES.get(self.message, self.message)


class Drop(Section, frozen=True, tag_field="action", tag="drop"):
    """The message never arrives; the next one leaves a gap."""


class Hold(Section, frozen=True, tag_field="action", tag="hold"):
    """The message, and with it all behind it, comes later; the same for every message is a slow line.

    Attributes:
        ms: How much later.
    """

    ms: Milliseconds


class Duplicate(Section, frozen=True, tag_field="action", tag="duplicate"):
    """The message comes again.

    Attributes:
        times: How often.
        poss_dup: Whether the copies have PossDupFlag(43)=Y and OrigSendingTime(122).
    """

    times: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    poss_dup: bool = False


class Reorder(Section, frozen=True, tag_field="action", tag="reorder"):
    """The message comes behind later ones.

    Attributes:
        behind: How many overtake it.
    """

    behind: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1


class Garble(Section, frozen=True, tag_field="action", tag="garble"):
    """Bytes of the message's body are others, by chance; its CheckSum(10) is not.

    Attributes:
        count: How many.
    """

    count: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1


class WrongCheckSum(Section, frozen=True, tag_field="action", tag="wrong_check_sum"):
    """The CheckSum(10) is one too high."""


class WrongBodyLength(Section, frozen=True, tag_field="action", tag="wrong_body_length"):
    """The BodyLength(9) is not the body's, and the CheckSum(10) fits the message as it then stands.

    Attributes:
        by: How much too high; below zero, too low.
    """

    by: Annotated[int, msgspec.Meta(ge=-1_000, le=1_000)]


class Truncate(Section, frozen=True, tag_field="action", tag="truncate"):
    """The message breaks off, and the next begins in the middle of it.

    Attributes:
        part: How much of it comes.
    """

    part: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.5


class Split(Section, frozen=True, tag_field="action", tag="split"):
    """The message comes in small segments.

    Attributes:
        size: Bytes of each.
        interval_ms: Time between two of them.
    """

    size: Bytes = 1
    interval_ms: Milliseconds = 0.0


class Merge(Section, frozen=True, tag_field="action", tag="merge"):
    """So many messages come in one segment; those that wait for the last of them come late.

    Attributes:
        count: How many.
    """

    count: Annotated[int, msgspec.Meta(ge=2, le=1_000)]


class Retype(Section, frozen=True, tag_field="action", tag="retype"):
    """The message says that it is of another type.

    Attributes:
        msg_type: Its MsgType(35).
    """

    msg_type: str = "ZZ"


class Renumber(Section, frozen=True, tag_field="action", tag="renumber"):
    """The message has another MsgSeqNum(34), and none behind it has.

    Attributes:
        by: How much higher; below zero, lower. It does not go below 1.
    """

    by: int


class Inject(Section, frozen=True, tag_field="action", tag="inject"):
    """A message that its sender never sent comes as well, or in the place of the one that is hit.

    Attributes:
        message: Its FIX name, or its MsgType(35).
        body: Its fields behind the header, as ``TAG=VALUE|TAG=VALUE``; ``{seq}`` stands for the MsgSeqNum(34) of the
            message that is hit, ``{seq+5}`` for a later one.
        place: Whether it comes before or after the message that is hit, or instead of it.
        seq: Its MsgSeqNum(34). Without it, that of the message before which or instead of which it comes, or the one
            after; the sender does not know that it is used up.
    """

    message: str
    body: Body = ""
    place: Literal["before", "after", "instead"] = "before"
    seq: Count | None = None

    @property
    def msg_type(self) -> str:
        """MsgType(35)."""
        return MSG_TYPES.get(self.message, self.message)


class RefuseLogon(Section, frozen=True, tag_field="action", tag="refuse_logon"):
    """A message, such as a Logon(A), is answered with a Logout(5) and goes no further; then the connection ends.

    Attributes:
        text: Text(58) of the Logout(5).
    """

    text: Annotated[str, msgspec.Meta(pattern=r"^[^\x01]+$")] = "Logon refused"


class Disconnect(Section, frozen=True, tag_field="action", tag="disconnect"):
    """The connection ends, without a Logout(5).

    Attributes:
        place: Before the message, in the middle of it, or after it.
        abrupt: Whether it is reset (RST), so that what is under way is lost at both ends, or closed (FIN).
        away_ms: So long afterwards nobody listens: connections are refused.
    """

    place: Literal["before", "within", "after"] = "before"
    abrupt: bool = False
    away_ms: Milliseconds = 0.0


class HalfOpen(Section, frozen=True, tag_field="action", tag="half_open"):
    """From this message on nothing arrives any more, and nobody is told: the sockets stay.

    Attributes:
        ways: Whether nothing arrives at either end, or only where this message is going.
    """

    ways: Literal["both", "one"] = "both"


class Stall(Section, frozen=True, tag_field="action", tag="stall"):
    """The reader stops reading after this message, and what is sent to it waits in the sender's buffers.

    Attributes:
        ms: For how long.
    """

    ms: Milliseconds


SessionAction = (
    Drop
    | Hold
    | Duplicate
    | Reorder
    | Garble
    | WrongCheckSum
    | WrongBodyLength
    | Truncate
    | Split
    | Merge
    | Retype
    | Renumber
    | Inject
    | RefuseLogon
    | Disconnect
    | HalfOpen
    | Stall
)


class SessionRule(Section, frozen=True):
    """One rule.

    Attributes:
        then: What happens on the way.
        when: To which messages.
        name: For people.
    """

    then: SessionAction
    when: SessionWhen = SessionWhen()
    name: str = ""


def session_problem(rule: SessionRule) -> str:
    """What is wrong with a rule that is well-formed, or ""."""
    when, then = rule.when, rule.then
    said = [when.message] if when.message else []
    said += [then.message] if isinstance(then, Inject) else [then.msg_type] if isinstance(then, Retype) else []
    for name in said:
        if name not in MSG_TYPES and not _MSG_TYPE.fullmatch(name):
            names = ", ".join(MSG_TYPES)
            return f"message {name!r} is not known; expected a MsgType(35) of one or two signs, or one of {names}"
    if when.has and not _FIELD.fullmatch(when.has):
        return f"has = {when.has!r}; expected one field as TAG=VALUE, with a number for the tag"
    if when.until_ms is not None and when.until_ms < when.after_ms:
        return f"until_ms = {when.until_ms}; expected at least after_ms, which is {when.after_ms}"
    if isinstance(then, Renumber | WrongBodyLength) and then.by == 0:
        return "by = 0 changes nothing; expected another number"
    return ""
