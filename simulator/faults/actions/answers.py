"""What a rule can make of an answer: wrong, twice, to somebody else, or about an order that nobody placed."""

from decimal import Decimal
from typing import ClassVar, Literal

from simulator.faults.actions.base import Base, Milliseconds, Times
from simulator.faults.actions.quotes import factor_problem
from simulator.messages import INCREMENTAL, REPORT, SNAPSHOT, TRADE_REPORT


class Misreport(Base, frozen=True, tag_field="action", tag="misreport"):
    """A report says something else than the venue's books. A report without the field stays as it is.

    Attributes:
        field: What is wrong: the other side, the pair's other currency, a value date a day later, or a number that is
            ``factor`` times the right one.
        factor: For ``last_qty``, ``last_px``, ``cum_qty`` and ``contra_qty``.
    """

    takes: ClassVar[tuple[str, ...]] = (REPORT, TRADE_REPORT)

    field: Literal["side", "currency", "settl_date", "last_qty", "last_px", "cum_qty", "contra_qty"]
    factor: Decimal = Decimal(2)

    def problem(self) -> str:
        """A factor that is none."""
        return factor_problem(self.factor)


class ReuseExecId(Base, frozen=True, tag_field="action", tag="reuse_exec_id"):
    """A report has the ExecID(17) of the last trade that the client heard of, though it is about another."""

    takes: ClassVar[tuple[str, ...]] = (REPORT,)


class Repeat(Base, frozen=True, tag_field="action", tag="repeat"):
    """A report is said again, word for word.

    Attributes:
        times: So many times more.
        after_ms: So long after each other.
        is_poss_resend: The repetitions have PossResend(97)=Y.
    """

    takes: ClassVar[tuple[str, ...]] = (REPORT, TRADE_REPORT)

    times: Times = 1
    after_ms: Milliseconds = 0.0
    is_poss_resend: bool = False


class Copy(Base, frozen=True, tag_field="action", tag="copy"):
    """A drop copy: another client hears the report too. To send it ahead of the report, ``delay`` the report.

    Attributes:
        to: SenderCompID(49) of the other client, which may then log on; "" for the client itself.
        times: So many times.
        after_ms: So long after the report is due, and after each other.
    """

    takes: ClassVar[tuple[str, ...]] = (REPORT,)

    to: str = ""
    times: Times = 1
    after_ms: Milliseconds = 0.0


class Orphan(Base, frozen=True, tag_field="action", tag="orphan"):
    """After the report comes the same about an order that the client never placed.

    Attributes:
        after_ms: So much later.
    """

    takes: ClassVar[tuple[str, ...]] = (REPORT,)

    after_ms: Milliseconds = 0.0


class OneWay(Base, frozen=True, tag_field="action", tag="one_way"):
    """A streamed price has one side only.

    Attributes:
        side: The one that is told.
    """

    takes: ClassVar[tuple[str, ...]] = (SNAPSHOT, INCREMENTAL)

    side: Literal["bid", "offer"]


AnswerAction = Misreport | ReuseExecId | Repeat | Copy | Orphan | OneWay
