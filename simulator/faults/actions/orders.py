"""What a rule can make of an order: how it is filled, how it ends, and what becomes of its trades."""

from decimal import Decimal
from typing import ClassVar, Literal

from simulator.faults.actions.base import Base, Milliseconds, Times
from simulator.messages import CANCEL, DISPUTE, ORDER, REPLACE

_BP_MAX = 1_000


def _bp_problem(bp: Decimal) -> str:
    return "" if bp.is_finite() and abs(bp) <= _BP_MAX else f"bp = {bp}; expected {-_BP_MAX:,} to {_BP_MAX:,}"


def _part_problem(name: str, part: Decimal) -> str:
    return "" if part.is_finite() and 0 < part <= 1 else f"{name} = {part}; expected above 0 and up to 1"


class _OfOrder(Base, frozen=True):
    takes: ClassVar[tuple[str, ...]] = (ORDER,)


class Rest(_OfOrder, frozen=True, tag_field="action", tag="rest"):
    """An order is accepted and never filled."""


class Fill(_OfOrder, frozen=True, tag_field="action", tag="fill"):
    """How a marketable order is filled.

    Attributes:
        slices: In so many trades.
        interval_ms: Time between two of them.
        fraction: The part of the order's quantity that is ever filled, above 0 and up to 1.
    """

    slices: Times = 1
    interval_ms: Milliseconds = 0.0
    fraction: Decimal = Decimal(1)

    def problem(self) -> str:
        """No such part of an order."""
        return _part_problem("fraction", self.fraction)


class Overfill(_OfOrder, frozen=True, tag_field="action", tag="overfill"):
    """When an order is filled there is one more trade.

    Attributes:
        fraction: Of this part of the order's quantity, above 0 and up to 1.
    """

    fraction: Decimal = Decimal("0.1")

    def problem(self) -> str:
        """No such part of an order."""
        return _part_problem("fraction", self.fraction)


class TakeAgain(_OfOrder, frozen=True, tag_field="action", tag="take_again"):
    """The venue does not look whether a ClOrdID(11) was used before: the order is another one under the same name."""


class Slip(_OfOrder, frozen=True, tag_field="action", tag="slip"):
    """Every trade of the order is done at another rate than the one that was shown, even beyond the order's limit.

    Attributes:
        bp: So many basis points of the rate against the client; below zero in its favor.
    """

    bp: Decimal

    def problem(self) -> str:
        """Farther than any market."""
        return _bp_problem(self.bp)


class LastLook(_OfOrder, frozen=True, tag_field="action", tag="last_look"):
    """The maker's last look: an order is accepted, held, and then rejected.

    Attributes:
        hold_ms: How long it is held; it can be canceled meanwhile.
        text: Text(58) of the rejection.
    """

    hold_ms: Milliseconds
    text: str = "The rate has moved"


class CancelLater(_OfOrder, frozen=True, tag_field="action", tag="cancel"):
    """The venue cancels what is left of an order, unasked.

    Attributes:
        after_ms: So long after the order has been accepted.
        text: Text(58) of the report.
    """

    after_ms: Milliseconds = 0.0
    text: str = "Canceled by the venue"


class Turn(_OfOrder, frozen=True, tag_field="action", tag="turn"):
    """The venue changes an open order by itself, and says so.

    Attributes:
        into: EXPIRED and DONE_FOR_DAY end it; a SUSPENDED order is not filled any more; a STOPPED one goes on;
            RESTATED takes what is not filled away down to ``keep``.
        after_ms: So long after the order has been accepted.
        keep: The part of the order's quantity that a RESTATED order keeps, though never less than is filled.
        text: Text(58) of the report.
    """

    into: Literal["EXPIRED", "DONE_FOR_DAY", "SUSPENDED", "STOPPED", "RESTATED"]
    after_ms: Milliseconds = 0.0
    keep: Decimal = Decimal("0.5")
    text: str = ""

    def problem(self) -> str:
        """No such part of an order."""
        return _part_problem("keep", self.keep)


class Pend(Base, frozen=True, tag_field="action", tag="pend"):
    """Say first that the request is pending, and act on it later; what is open trades meanwhile.

    Attributes:
        after_ms: So much later.
    """

    takes: ClassVar[tuple[str, ...]] = (ORDER, CANCEL, REPLACE)

    after_ms: Milliseconds


class Race(Base, frozen=True, tag_field="action", tag="race"):
    """A trade crosses the request: it is done before the request is acted upon.

    Attributes:
        fraction: Of this part of what is left. All of it, and the fill wins: the request comes too late. Less, and the
            cancel wins the rest.
    """

    takes: ClassVar[tuple[str, ...]] = (CANCEL, REPLACE)

    fraction: Decimal = Decimal(1)

    def problem(self) -> str:
        """No such part of an order."""
        return _part_problem("fraction", self.fraction)


class Bust(Base, frozen=True, tag_field="action", tag="bust"):
    """The venue takes every trade of an order back, or the one that the client does not know.

    Attributes:
        after_ms: So long after the trade.
        told_by: An ExecutionReport(8) with ExecType(150)=H, or ExecTransType(20)=1 by the dialect; a
            TradeCaptureReport(AE) that voids the trade; both; or a new trade the other way, which leaves the old one.
    """

    takes: ClassVar[tuple[str, ...]] = (ORDER, DISPUTE)

    after_ms: Milliseconds = 0.0
    told_by: Literal["report", "trade_report", "both", "offset"] = "report"


class Correct(Base, frozen=True, tag_field="action", tag="correct"):
    """The venue corrects every trade of an order, or the one that the client does not know.

    Attributes:
        after_ms: So long after the trade.
        told_by: An ExecutionReport(8) with ExecType(150)=G, or ExecTransType(20)=2 by the dialect; or a
            TradeCaptureReport(AE) that replaces the trade under a new TradeReportID(571).
        bp: The rate moves by so many basis points against the client; below zero in its favor.
        fraction: So much of the trade's quantity stands, above 0 and up to 1.
    """

    takes: ClassVar[tuple[str, ...]] = (ORDER, DISPUTE)

    after_ms: Milliseconds = 0.0
    told_by: Literal["report", "trade_report"] = "report"
    bp: Decimal = Decimal(1)
    fraction: Decimal = Decimal(1)

    def problem(self) -> str:
        """Farther than any market, or no such part of a trade."""
        return _bp_problem(self.bp) or _part_problem("fraction", self.fraction)


Amendment = Bust | Correct
