"""What two persons sign for, besides what trades: the configuration that may run, breaks, and orders in doubt."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct


class ApproveConfiguration(Struct, frozen=True, gc=False, tag=True):
    """Let nothing be traded but with the configuration that runs now, until another is approved.

    Attributes:
        sha256: Of its files, hexadecimal.
    """

    sha256: str


class AcceptBreaks(Struct, frozen=True, gc=False, tag=True):
    """Say that the breaks of a batch are explained, so that they hold no re-arming up any longer.

    Attributes:
        batch_id: Which batch.
        breaks: How many there are.
        sha256: Of all that was shown of them, hexadecimal: what comes in place of one has to be signed for by itself.
    """

    batch_id: str
    breaks: int
    sha256: str


class OrderOutcome(StrEnum):
    """What became of an order in doubt, as the venue has told a person.

    A canceled order may have traded a part; of a working one the rest still works; one that never arrived is sent anew
    where its batch still may.
    """

    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    WORKING = "working"
    NEVER_ARRIVED = "never-arrived"


class SettleOrder(Struct, frozen=True, gc=False, tag=True):
    """Say what became of an order in doubt, on what the venue has told a person by another way than its session.

    Attributes:
        cl_ord_id: The order's first ClOrdID(11).
        outcome: What became of it.
        quantity: What it traded that is not booked, units of its dealt currency on the near leg; 0 for nothing.
        rates: The all-in rates of that trade, terms per base, of each leg, the near one first; empty for nothing.
        trade_id: The venue's own name of that trade; "" for nothing.
        off_market: True to say that a rate is right although it is outside the collar.
    """

    cl_ord_id: str
    outcome: OrderOutcome
    quantity: Decimal
    rates: tuple[Decimal, ...] = ()
    trade_id: str = ""
    off_market: bool = False


class DismissOrphan(Struct, frozen=True, gc=False, tag=True):
    """Say that a trade which could not be booked is dealt with elsewhere, so that it is not shown any longer.

    Attributes:
        venue: Whose trade it is.
        exec_id: ExecID(17).
        sha256: Of all that the venue has said under that id, hexadecimal: what it says later is another trade.
    """

    venue: str
    exec_id: str
    sha256: str


class ResetSession(Struct, frozen=True, gc=False, tag=True):
    """Let the next logon of a session have other sequence numbers; from 1 at both ends it is a reset.

    Attributes:
        session: Which one.
        next_sent: MsgSeqNum(34) of our next message.
        next_expected: What we expect of the venue's next.
        with_open_orders: True to do it although orders are live or unknown, and to ask the venue about each afterwards.
    """

    session: str
    next_sent: int
    next_expected: int
    with_open_orders: bool
