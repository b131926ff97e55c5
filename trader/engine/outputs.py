"""What the engine wants done. The shell does it, in order, after the input that caused it is durable."""

from decimal import Decimal

from msgspec import Struct

from risk.alerts import AlertEvent
from risk.limits.book import Limit
from risk.limits.versions import LimitSet
from risk.reasons import Violation
from risk.stops.stops import Scope, Stop
from trader.domain.commands import VenueCommand
from trader.domain.deal import Deal
from trader.domain.ids import LineId
from trader.engine.state import Kill
from trader.orders.orphan import Orphan


class LineRegistered(Struct, frozen=True, gc=False):
    """To the wire guard: what a line asks for. Nothing else, and no more of it, leaves for the line.

    Attributes:
        line: Which one.
        deal: What it asks for.
        scopes: Everything by which its orders can be stopped.
    """

    line: LineId
    deal: Deal
    scopes: tuple[Scope, ...]


class Send(Struct, frozen=True, gc=False):
    """Send a command to a venue.

    Attributes:
        session: Which one.
        command: What.
        decided_ts_ns: When the gate allowed it; an order older than the wire allows is refused there.
    """

    session: str
    command: VenueCommand
    decided_ts_ns: int


class Renumber(Struct, frozen=True, gc=False):
    """Let a session that is down have other sequence numbers from its next logon on.

    Attributes:
        session: Which one.
        next_sent: MsgSeqNum(34) of our next message.
        next_expected: MsgSeqNum(34) that is expected of the venue's.
        says_so: True when the Logon(A) says ResetSeqNumFlag(141)=Y.
    """

    session: str
    next_sent: int
    next_expected: int
    says_so: bool


class OrderClosed(Struct, frozen=True, gc=False):
    """To the wire guard: an order is final; what did not fill is free again for its line."""

    cl_ord_id: str
    cum_qty: Decimal


class StartTimer(Struct, frozen=True, gc=False):
    """Give :class:`~trader.engine.inputs.TimerFired` with this name at this moment. The same name again moves it."""

    name: str
    due_ns: int


class Alert(Struct, frozen=True, gc=False):
    """Something a person should know: to the alert book, which decides who is told of it.

    Attributes:
        code: What, such as ``"SESSION_LOST"``.
        text: Whole sentences for a person.
        about: What it is about, such as the session; the same again is the same alert. "" for what the text says.
        is_hard: A stop, a breach or a loss of control, which nobody can mute.
        is_lasting: It holds until :class:`AlertOver` says otherwise; else it has happened and is over.
        order: ClOrdID(11) of the order that made it happen, or "".
    """

    code: str
    text: str
    about: str = ""
    is_hard: bool = True
    is_lasting: bool = False
    order: str = ""


class AlertOver(Struct, frozen=True, gc=False):
    """To the alert book: what an alert said no longer holds. One that is not open changes nothing."""

    code: str
    about: str


class ControlFired(Struct, frozen=True, gc=False):
    """A control said no to one line: for the inventory of controls, and for whoever asks why.

    Attributes:
        code: The control.
        row_id: The desk's name for the row.
        text: The whole sentence.
    """

    code: str
    row_id: str
    text: str


class BatchRefused(Struct, frozen=True, gc=False):
    """The batch as a whole was denied: nothing of it was sent."""

    batch_id: str
    violations: tuple[Violation, ...]


class BatchWaits(Struct, frozen=True, gc=False):
    """Something in a batch needs a second person; nothing of the batch was sent.

    Attributes:
        batch_id: The batch, and the request that waits.
        findings: Row id, "" for the batch as a whole, and what waits.
        problem: Why nobody can approve it, in a sentence; "" when somebody can.
    """

    batch_id: str
    findings: tuple[tuple[str, Violation], ...]
    problem: str


class BatchEnded(Struct, frozen=True, gc=False):
    """The batch is as far as it goes: reconciled, or suspended with lines still open or unknown."""

    batch_id: str


class StopsChanged(Struct, frozen=True, gc=False):
    """To whoever shows it: everything that is stopped now. The last look asks for itself."""

    stops: tuple[Stop, ...]


class KillEnded(Struct, frozen=True, gc=False):
    """A kill is proven, as far as it can be."""

    kill: Kill


class ActionAnswered(Struct, frozen=True, gc=False):
    """What became of a request or a decision: for whoever made it.

    Attributes:
        request_id: The request's.
        problem: Why nothing has changed, in a sentence; "" when it was taken.
    """

    request_id: str
    problem: str


class OrphanChanged(Struct, frozen=True, gc=False):
    """A trade that fits no order of ours is kept, or is on the list no longer.

    Attributes:
        venue: Whose trade it is.
        orphan: The trade, and why it was not booked.
        is_kept: False when it was booked after all, or dealt with.
    """

    venue: str
    orphan: Orphan
    is_kept: bool


class LimitsInForce(Struct, frozen=True, gc=False):
    """Other limits hold from now on than when the process began: those that the gate has.

    Attributes:
        imported: The set that has come into force; None when only the day has turned.
        rows: Every row of that set.
    """

    imported: LimitSet | None = None
    rows: tuple[Limit, ...] = ()


Output = (
    LineRegistered
    | Send
    | Renumber
    | OrderClosed
    | StartTimer
    | Alert
    | AlertOver
    | AlertEvent
    | ControlFired
    | BatchRefused
    | BatchWaits
    | BatchEnded
    | ActionAnswered
    | LimitsInForce
    | OrphanChanged
    | StopsChanged
    | KillEnded
)
