"""What a venue was asked and has not answered in full: plain data, a part of the engine's state."""

from dataclasses import dataclass, field
from datetime import date

from trader.domain.events import ExecutionReported, OrdStatus, TradeReported
from trader.domain.ids import line_of


@dataclass(frozen=True, slots=True)
class VenueMoment:
    """A moment of the venue's clock and calendar: the venue's trade date wins over ours.

    Attributes:
        trade_date: TradeDate(75); None before the venue has named one.
        ts_ns: TransactTime(60), UTC nanoseconds; 0 before the venue has named one.
    """

    trade_date: date | None = None
    ts_ns: int = 0


NO_MOMENT = VenueMoment()


@dataclass(slots=True)
class Announced:
    """The reports that answer one question.

    Attributes:
        expected: How many the venue announced, or had sent with its last; None before either.
        seen: Those that came: one that comes twice is one.
    """

    expected: int | None = None
    seen: set[str] = field(default_factory=set)

    @property
    def has_begun(self) -> bool:
        """True when some came, or are to come."""
        return bool(self.seen or self.expected)

    @property
    def is_complete(self) -> bool:
        """True when there is a number, and that many came."""
        return self.expected is not None and len(self.seen) >= self.expected

    def take(self, key: str, *, is_last: bool, total: int | None = None) -> None:
        """Count a report.

        Args:
            key: What makes it the same when it comes again.
            is_last: The venue says that it is the last one: as many as came by now, where no number was announced.
            total: How many there are, by this report; None when it does not say.
        """
        self.seen.add(key)
        if total is not None:
            self.expected = total
        elif is_last and self.expected is None:
            self.expected = len(self.seen)


@dataclass(slots=True)
class TradeCollection:
    """One open TradeCaptureReportRequest(AD).

    Attributes:
        session: Whom it was put to.
        reports: The trades that it has announced and sent.
        is_refused: The venue will not list its trades.
    """

    session: str
    reports: Announced = field(default_factory=Announced)
    is_refused: bool = False

    @property
    def is_complete(self) -> bool:
        """True when the venue lists its trades, and every one that it announced has come."""
        return not self.is_refused and self.reports.is_complete

    def take(self, trade: TradeReported) -> None:
        """Count a report that answers the question."""
        self.reports.take(f"{trade.trade_report_id} {trade.exec_id}", is_last=trade.is_last_report)


@dataclass(slots=True)
class MassStatus:
    """One open OrderMassStatusRequest(AF).

    Attributes:
        request_id: MassStatusReqID(584).
        reports: The orders that it has announced and sent: once complete, what they do not name is not open there.
        named: First ClOrdID(11)s of ours among them.
    """

    request_id: str
    reports: Announced = field(default_factory=Announced)
    named: set[str] = field(default_factory=set)

    def take(self, report: ExecutionReported, cl_ord_id: str) -> None:
        """Count a report that answers the question.

        Args:
            report: The report.
            cl_ord_id: The first ClOrdID(11) of the order that it is about; "" when there is none of ours.
        """
        key = f"{report.exec_id} {report.order_id} {report.cl_ord_id}"
        # Some leave the counter at 0; a report that names an order of ours is not none, unless it says so.
        names_one = line_of(report.cl_ord_id) is not None and report.ord_status is not OrdStatus.REJECTED
        total = None if names_one and report.reports_total == 0 else report.reports_total
        self.reports.take(key, is_last=report.is_last_report, total=total)
        if cl_ord_id:
            self.named.add(cl_ord_id)


@dataclass(slots=True)
class Recovery:
    """The questions open to a venue, in the order they are asked: trades, then orders.

    After a reconnect nothing leaves before they are answered. On a healthy session they only compare, in silence.

    Attributes:
        trades_request: TradeRequestID(568), or "" when the trades are known.
        trades: The reports asked for.
        unanswered: First ClOrdID(11)s of orders whose status is still open.
        mass: The question about all orders at once; None when they are asked about one by one.
        since: What the venue had last said when it was asked.
        is_quiet: True for a comparison on a healthy session, which holds nothing up.
        needs_end: True where the venue cancels live orders when the session drops, and can be asked about none: only
            the end of an order is an answer.
        has_dropped: True when the session was gone in between, and not up all the time.
        is_late: True when the wait for the answers is over.
        is_repeated: True when the same was asked just before, and the venue has missed that.
        signed_for: Orders of which two persons have said what became, in the place of an answer.
        is_routine: True when nothing is open, and a new process only asks what the venue has: nobody hears of it.
    """

    trades_request: str
    trades: TradeCollection
    unanswered: set[str] = field(default_factory=set)
    mass: MassStatus | None = None
    since: VenueMoment = NO_MOMENT
    is_quiet: bool = False
    needs_end: bool = False
    has_dropped: bool = False
    is_late: bool = False
    is_repeated: bool = False
    signed_for: int = 0
    is_routine: bool = False
