"""The engine's state of batches and sessions: plain data, so that it can be hashed, shown and rebuilt."""

from collections import deque
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from risk.reasons import Violation
from risk.stops.stops import Stop
from trader.domain.commands import VenueCommand
from trader.domain.deal import BatchLine, Deal
from trader.domain.events import TradeReported
from trader.domain.money import ZERO
from trader.engine.inputs import BatchSubmitted, KillProven
from trader.engine.questions import NO_MOMENT, Recovery, TradeCollection, VenueMoment
from trader.engine.rounds import QuoteRound, RoundPhase
from trader.reconcile.reconcile import Break


class BatchPhase(StrEnum):
    """Where a batch is in its life."""

    AWAITING_RATES = "AWAITING_RATES"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    TRADING = "TRADING"
    STOPPING = "STOPPING"
    COLLECTING = "COLLECTING"
    SUSPENDED = "SUSPENDED"
    DONE = "DONE"

    @property
    def is_at_rest(self) -> bool:
        """True while nothing happens to the batch by itself."""
        return self in _AT_REST


_AT_REST = frozenset({BatchPhase.AWAITING_APPROVAL, BatchPhase.SUSPENDED, BatchPhase.DONE})


class LineStatus(StrEnum):
    """Where a line is. The first two are open; UNKNOWN is left only by the venue's word or a person's."""

    QUEUED = "queued"
    WORKING = "working"
    FILLED = "filled"
    PARTIALLY_FILLED = "partially_filled"
    DENIED = "denied"
    REJECTED = "rejected"
    UNFILLED = "unfilled"
    UNKNOWN = "unknown"

    @property
    def is_open(self) -> bool:
        """True while the robot still has something to do for the line."""
        return self in _OPEN


_OPEN = frozenset({LineStatus.QUEUED, LineStatus.WORKING})


@dataclass(slots=True)
class Unsent:
    """An order that is still to leave.

    Attributes:
        deal: What it is for: the line's whole deal, or one leg of it where the venue takes one order a leg.
        reservation_id: What holds its limits, and will be its ClOrdID(11); "" before the gate's decision.
    """

    deal: Deal
    reservation_id: str = ""


@dataclass(slots=True)
class LineState:
    """One line's way through the robot.

    Attributes:
        line: What was asked.
        status: Where it is.
        orders: First ClOrdID(11)s of the orders made for it, oldest first. One, unless the venue never got or would not
            take one in time and it was tried again, or takes one order a leg.
        unsent: The orders that are still to leave.
        children: Child numbers used: every decision of the gate takes the next, whether or not its order left.
        decided_ts_ns: When the gate last allowed it; 0 when a new decision is needed.
        waits: What in it waited for another person when the gate last looked.
        quote_rounds: What was quoted for it, round by round; empty for a line that is not dealt on quotes.
        reason_code: Why it did not fill, as a code.
        reason: Why, in a sentence.
        stop_code: What has stopped it, as a code: a person, a kill, a control that latched; "" for nothing.
        stop_reason: Why, in a sentence.
    """

    line: BatchLine
    status: LineStatus = LineStatus.QUEUED
    orders: list[str] = field(default_factory=list)
    unsent: list[Unsent] = field(default_factory=list)
    children: int = 0
    decided_ts_ns: int = 0
    waits: tuple[Violation, ...] = ()
    quote_rounds: list[QuoteRound] = field(default_factory=list)
    reason_code: str = ""
    reason: str = ""
    stop_code: str = ""
    stop_reason: str = ""


@dataclass(slots=True)
class BatchState:
    """One batch's way through the robot.

    Attributes:
        submitted: The input that brought it.
        phase: Where it is.
        lines: One state per line, in file order.
        queues: Session to positions in ``lines`` of allowed lines of which nothing has left, or not everything.
        rounds: QuoteReqID(131) of every open round of quotes, the oldest first, to the position of its line.
        quoted: Session to positions of lines whose round is ready: their orders leave before all others.
        is_timed: True while a timer for the oldest round is running.
        open_lines: How many lines are still open.
        deadline_ns: When the phase has lasted too long.
        day: The trade date at which it was begun: that is what its lines were dated by.
        begun_ns: When it was begun, UTC nanoseconds.
        trades_from: Session to the venue's last report before the batch: where trade reports are asked from.
        collections: Open requests for trade reports by TradeRequestID(568).
        statuses: First ClOrdID(11)s of orders whose final status is asked for, where a venue gives no trade reports.
        trades: The venue's reports by TradeReportID(571).
        breaks: What reconciliation found.
        compared: The books that were held against each other: "asked", "executed", and of the venue's own "reported",
            or "statuses" where it gives no trade reports; empty before.
        is_launched: True once the gate took it as a whole: from then on the same file is a duplicate.
        is_asked: True once the venue was asked what became of the orders that no cancel has ended.
        is_signed_for: True once two persons have accepted the breaks there are.
        is_reconciled: True when every book there is was there to compare, and no break was found.
        is_stale: True when something has changed since the books were compared.
        stop_reason: Why nothing new leaves, or "".
    """

    submitted: BatchSubmitted
    phase: BatchPhase
    lines: list[LineState]
    queues: dict[str, deque[int]] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    quoted: dict[str, deque[int]] = field(default_factory=dict)
    is_timed: bool = False
    open_lines: int = 0
    deadline_ns: int = 0
    day: date = date.min
    begun_ns: int = 0
    trades_from: dict[str, VenueMoment] = field(default_factory=dict)
    collections: dict[str, TradeCollection] = field(default_factory=dict)
    statuses: set[str] = field(default_factory=set)
    trades: dict[str, TradeReported] = field(default_factory=dict)
    breaks: tuple[Break, ...] = ()
    compared: tuple[str, ...] = ()
    is_launched: bool = False
    is_asked: bool = False
    is_reconciled: bool = False
    is_stale: bool = False
    is_signed_for: bool = False
    stop_reason: str = ""

    @property
    def is_active(self) -> bool:
        """True while orders may still leave or be live."""
        is_resumed = self.phase is BatchPhase.AWAITING_RATES and self.is_launched
        return is_resumed or self.phase in (BatchPhase.TRADING, BatchPhase.STOPPING)

    @property
    def is_agreed(self) -> bool:
        """True when its books agree, or two persons have signed for what differs between them."""
        return self.is_reconciled or self.is_signed_for

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions its lines go to."""
        return tuple(self.trades_from)

    def session_of(self, line: BatchLine) -> str:
        """The session a line goes to: its own venue, else the batch's."""
        return line.venue or self.submitted.venue

    def void_rounds(self, why: str, now_ns: int, session: str | None = None) -> None:
        """End the open rounds of quotes, those of one session or all; their lines wait at the head of the queue.

        Args:
            why: Kept with each round.
            now_ns: Now, UTC nanoseconds.
            session: Whose; None for all.
        """
        for name, position in reversed(list(self.rounds.items())):
            state = self.lines[position]
            asked_of = self.session_of(state.line)
            if session in (None, asked_of):
                del self.rounds[name]
                state.quote_rounds[-1].end(RoundPhase.VOIDED, now_ns, why)
                self.queues[asked_of].appendleft(position)
        for name, ready in self.quoted.items():
            if session in (None, name):
                ready.clear()

    def counts(self) -> dict[LineStatus, int]:
        """How many lines stand where."""
        counts = dict.fromkeys(LineStatus, 0)
        for line in self.lines:
            counts[line.status] += 1
        return counts


class KillOutcome(StrEnum):
    """What became of an order that was live when a kill came."""

    CANCELED = "canceled"
    FILLED = "filled"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class KilledOrder:
    """An order that was live when a kill came.

    Attributes:
        session: Where.
        cum_qty: What it had filled by then, units of the dealt currency.
        outcome: What became of it, as far as the proof could tell.
        filled_after: What it filled after the kill, of the same currency.
    """

    session: str
    cum_qty: Decimal
    outcome: KillOutcome = KillOutcome.UNKNOWN
    filled_after: Decimal = ZERO


@dataclass(slots=True)
class Kill:
    """One kill, and what came of it.

    Attributes:
        number: From 1.
        stop: What it put in force.
        ts_ns: When the engine took it, UTC nanoseconds.
        lines_voided: How many lines it ended of which nothing was live.
        orders: What was live in its scope, by first ClOrdID(11).
        proof: The times, once the process that saw to it has told; None before.
    """

    number: int
    stop: Stop
    ts_ns: int
    lines_voided: int = 0
    orders: dict[str, KilledOrder] = field(default_factory=dict)
    proof: KillProven | None = None


@dataclass(slots=True)
class Sides:
    """The two sides of a price, each with the moment it was last sent; None and 0 for one that never was.

    The ids are those by which an order may take the price, "" where the venue names none.
    """

    bid: Decimal | None = None
    bid_ts_ns: int = 0
    offer: Decimal | None = None
    offer_ts_ns: int = 0
    bid_id: str = ""
    offer_id: str = ""


@dataclass(slots=True)
class SessionState:
    """One FIX session as the engine sees it.

    Attributes:
        is_logged_on: The session layer is up.
        is_new: The venue has not been ready yet since the logon.
        is_open: Logged on, and the venue is ready for orders.
        lost_ns: When it went away; 0 while it is open or has never been.
        waiting: Cancels and questions that wait until the venue takes another message, the first to leave first.
        unacknowledged: First ClOrdID(11)s of new orders not yet answered, with the moment they left.
        subscribed: Symbols whose prices are streaming on this connection.
        prices: Symbol to its two sides.
        recovery: Open questions to the venue; None when there are none.
        asked_ns: When such questions were last asked; 0 for never.
        compared: Up to which of the venue's reports its trades are known to be ours; nothing before the first time.
        last_report: The venue's own date and time of the latest report seen.
        inherited: First ClOrdID(11)s of the orders that were live when this process took over.
        owes_day: The venue has still to say what it has: until then this journal may be older than its books.
        owed_since: The last report seen before it was to say so: what it says since may have overtaken what is lost.
    """

    is_logged_on: bool = False
    is_new: bool = False
    is_open: bool = False
    lost_ns: int = 0
    waiting: deque[VenueCommand] = field(default_factory=deque)
    unacknowledged: dict[str, int] = field(default_factory=dict)
    subscribed: set[str] = field(default_factory=set)
    prices: dict[str, Sides] = field(default_factory=dict)
    recovery: Recovery | None = None
    asked_ns: int = 0
    compared: VenueMoment = NO_MOMENT
    last_report: VenueMoment = NO_MOMENT
    inherited: set[str] = field(default_factory=set)
    owes_day: bool = False
    owed_since: VenueMoment = NO_MOMENT

    @property
    def may_trade(self) -> bool:
        """Whether new orders may leave: the venue is ready, and owes no answer that they have to wait for."""
        return self.is_open and (self.recovery is None or self.recovery.is_quiet)
