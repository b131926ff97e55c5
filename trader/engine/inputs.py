"""Everything that can happen to the engine. Each is journalled before it is stepped; nothing else changes its state."""

from datetime import date

from msgspec import Struct

from risk.limits.book import Limit
from risk.people.people import Action
from risk.stops.stops import Scope, State
from trader.domain.calendars import Calendars
from trader.domain.deal import BatchLine
from trader.engine.machine_inputs import ClockJumped, HistoryLoaded, JournalFailed, MonitorSilent
from trader.engine.session_inputs import BooksAsked, SequenceNoted
from trader.engine.settings import Settings
from trader.fix.dialect import Dialect


class EngineStarted(Struct, frozen=True, gc=False):
    """A process took the journal over, with this configuration. Whatever was unanswered is now in doubt.

    Attributes:
        version: Of the robot.
        dialects: Of the venues it trades at.
        limits: Of the desk's file.
        calendars: Business days.
        settings: How patient and how fast it is.
        rules: The text of the desk's rules, read without an error before; "" for none.
        config_sha256: Of the files it was configured with, hexadecimal; "" where there are none.
        asks_first: Every venue is asked at its first logon what it has, as it may know more than this journal; False in
            the journals of versions that did not ask, so that they replay as they were.
    """

    version: str
    dialects: tuple[Dialect, ...]
    limits: tuple[Limit, ...]
    calendars: Calendars
    settings: Settings
    rules: str = ""
    config_sha256: str = ""
    asks_first: bool = False


class ReferenceRate(Struct, frozen=True, gc=False):
    """One pair's reference. ``ts_ns`` is the moment the rate is from, not when it was loaded."""

    symbol: str
    bid: str
    offer: str
    ts_ns: int


class RatesLoaded(Struct, frozen=True, gc=False):
    """Reference rates from a file or the European Central Bank set."""

    source: str
    rates: tuple[ReferenceRate, ...]


class ForwardPoints(Struct, frozen=True, gc=False):
    """Forward points of one pair for one tenor, in rate units: 61.99 points of EUR/USD are ``0.006199``.

    Attributes:
        symbol: The pair in market order.
        tenor: As ``1M``, or a date in ISO form.
        bid: Points of the bid; may be negative.
        offer: Points of the offer, not below the bid.
        ts_ns: When they held, UTC nanoseconds.
    """

    symbol: str
    tenor: str
    bid: str
    offer: str
    ts_ns: int


class PointsLoaded(Struct, frozen=True, gc=False):
    """Reference forward points from a curve file."""

    source: str
    points: tuple[ForwardPoints, ...]


class SubmittedTotals(Struct, frozen=True, gc=False):
    """What the desk says the batch adds up to."""

    lines: int
    totals: tuple[tuple[str, str], ...]
    sha256: str


class BatchSubmitted(Struct, frozen=True, gc=False):
    """The desk launched a batch: read, validated and dated.

    With ``all_or_nothing`` either every line passes the gate before the first order leaves, or nothing is sent.
    """

    batch_id: str
    content_hash: str
    name: str
    trade_date: date
    venue: str
    trader: str
    desk: str
    lines: tuple[BatchLine, ...]
    totals: SubmittedTotals | None
    all_or_nothing: bool = False


class SessionOpened(Struct, frozen=True, gc=False):
    """A FIX session is logged on and ready; ``was_reset`` when its sequence numbers began at 1 with that."""

    session: str
    was_reset: bool = False


class SessionClosed(Struct, frozen=True, gc=False):
    """A FIX session is gone, or a logon was refused.

    Attributes:
        session: Which one.
        reason: Why.
        next_sent: The MsgSeqNum(34) that our next message would have; 0 when nobody can say.
        next_expected: What the venue's next was expected to have; 0 when nobody can say.
        by_us: True when the robot has logged out.
    """

    session: str
    reason: str
    next_sent: int = 0
    next_expected: int = 0
    by_us: bool = False


class FixReceived(Struct, frozen=True, gc=False):
    """An application message or a Reject(3), as it came; behind CheckSum(10) the session may say what it is about."""

    session: str
    text: str


class MessageDropped(Struct, frozen=True, gc=False):
    """The session layer rejected a message of the venue, so that nobody here has read it.

    Attributes:
        session: Which one.
        msg_type: MsgType(35), or "".
        problem: What the venue was told about it.
    """

    session: str
    msg_type: str
    problem: str


class SendRefused(Struct, frozen=True, gc=False):
    """An order was certainly not sent: our own last look, or a session that was not logged on."""

    cl_ord_id: str
    reason_code: str
    reason: str


class TimerFired(Struct, frozen=True, gc=False):
    """A timer the engine asked for is due."""

    name: str


class Command(Struct, frozen=True, gc=False, kw_only=True):
    """What a person's command may hand to a robot from outside.

    Attributes:
        account: The system's account that it came from, which nobody can claim; "" where it came another way.
    """

    account: str = ""


class StopRequested(Command, frozen=True, gc=False):
    """A person stopped a batch: nothing new leaves, what is live is canceled."""

    batch_id: str
    who: str
    reason: str


class ActionRequested(Command, frozen=True, gc=False):
    """A user, whom the edge has authenticated, asks for what needs a second person.

    Attributes:
        request_id: From :func:`risk.people.people.request_id_of`.
        action: What is asked for.
        who: The user.
        reason: Why, in the user's words.
    """

    request_id: str
    action: Action
    who: str
    reason: str


class ActionDecided(Command, frozen=True, gc=False):
    """Another user, whom the edge has authenticated, says yes or no to a request.

    Attributes:
        request_id: Which one.
        approved: Yes or no.
        who: The user.
        reason: Why, in the user's words.
        shown: The digest of the action that they were shown, see :func:`risk.people.people.digest_of`; "" where nobody
            was shown any, and the one there is counts.
    """

    request_id: str
    approved: bool
    who: str
    reason: str
    shown: str = ""


class AlertAcknowledged(Command, frozen=True, gc=False):
    """A person has seen an alert.

    Attributes:
        request_id: For the answer.
        number: The alert's.
        who: The person.
        reason: What they make of it.
    """

    request_id: str
    number: int
    who: str
    reason: str


class AlertMuted(Command, frozen=True, gc=False):
    """A person does not want to be told of a soft alert until a moment, in UTC nanoseconds."""

    request_id: str
    number: int
    who: str
    until_ns: int


class AlertUndelivered(Struct, frozen=True, gc=False):
    """A sink has not taken an event in time, and it was given up.

    Attributes:
        sink: The sink's name.
        seq: The event's number.
        error: Why the last try failed.
    """

    sink: str
    seq: int
    error: str


class KillRequested(Command, frozen=True, gc=False):
    """A person, a file or a signal stops everything in a scope: nothing new leaves, what is live is canceled.

    Attributes:
        scope: What is stopped.
        state: HALTED, or REDUCING for orders that shrink the position only.
        who: Who says so.
        reason: Why, in words.
    """

    scope: Scope
    state: State
    who: str
    reason: str


class ResumeRequested(Command, frozen=True, gc=False):
    """A user, whom the edge has authenticated, re-arms a scope that was stopped."""

    scope: Scope
    who: str
    reason: str


class KillProven(Struct, frozen=True, gc=False):
    """What became of a kill, by the clock of the process that saw to it; moments in UTC nanoseconds, 0 for never.

    Attributes:
        number: Which kill.
        asked_ns: When the process heard of it.
        blocked_ns: From when on nothing that carries risk could leave.
        last_risk_ns: When the last order left.
        last_cancel_ns: When the last cancel left.
    """

    number: int
    asked_ns: int
    blocked_ns: int
    last_risk_ns: int
    last_cancel_ns: int


class StateHashed(Struct, frozen=True, gc=False):
    """The state's hash after the record before this one. Changes nothing; replay must agree with it."""

    state_hash: str


Input = (
    EngineStarted
    | RatesLoaded
    | PointsLoaded
    | HistoryLoaded
    | ClockJumped
    | MonitorSilent
    | JournalFailed
    | BatchSubmitted
    | SessionOpened
    | SessionClosed
    | SequenceNoted
    | BooksAsked
    | FixReceived
    | MessageDropped
    | SendRefused
    | TimerFired
    | StopRequested
    | ActionRequested
    | ActionDecided
    | KillRequested
    | ResumeRequested
    | KillProven
    | AlertAcknowledged
    | AlertMuted
    | AlertUndelivered
    | StateHashed
)
INPUT_TYPES: tuple[type, ...] = (
    EngineStarted,
    RatesLoaded,
    PointsLoaded,
    HistoryLoaded,
    ClockJumped,
    MonitorSilent,
    JournalFailed,
    BatchSubmitted,
    SessionOpened,
    SessionClosed,
    SequenceNoted,
    BooksAsked,
    FixReceived,
    MessageDropped,
    SendRefused,
    TimerFired,
    StopRequested,
    ActionRequested,
    ActionDecided,
    KillRequested,
    ResumeRequested,
    KillProven,
    AlertAcknowledged,
    AlertMuted,
    AlertUndelivered,
    StateHashed,
)
# What a person's command may hand to a robot from outside.
COMMAND_TYPES: tuple[type, ...] = (
    StopRequested,
    ActionRequested,
    ActionDecided,
    KillRequested,
    ResumeRequested,
    AlertAcknowledged,
    AlertMuted,
)
