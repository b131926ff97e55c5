"""A trade of no order of ours, or that does not fit the one it is of."""

from dataclasses import dataclass
from decimal import Decimal

from trader.domain.errors import RemoteViolation
from trader.domain.events import ExecType, ExecutionReported, TradeReported
from trader.orders import checks
from trader.orders.order import Order


@dataclass(frozen=True, slots=True)
class Orphan:
    """A trade that could not be booked.

    Attributes:
        event: What the venue said, whole.
        cl_ord_id: The name of the order it was about, or "" when it is about none of ours.
        violation: Why it was not booked.
        ts_ns: When it came, UTC nanoseconds.
    """

    event: ExecutionReported | TradeReported
    cl_ord_id: str
    violation: RemoteViolation
    ts_ns: int


def is_lost_bust(orphan: Orphan, order: Order) -> bool:
    """Whether it is the bust of a trade of this order that is none of those which stand."""
    event = orphan.event
    if not isinstance(event, ExecutionReported) or checks.impossible_number(event) is not None:
        return False
    is_bust = event.exec_type is ExecType.TRADE_CANCEL
    return is_bust and orphan.cl_ord_id == order.cl_ord_id and not order.ledger.may_mean(event)


def trade_named(event: ExecutionReported | TradeReported) -> tuple[str, ...]:
    """What makes a trade of no order the same when it is told again: its ExecID(17), first, and its terms.

    Venues begin their ids anew, and a list leaves out what a report says; both have these.
    """
    numbers = (_plain(event.last_qty), _plain(event.last_px))
    return (event.exec_id, event.symbol, str(event.side), *numbers)


def _plain(number: Decimal) -> str:
    """A number as text, equal for equal ones; what a venue sends may be none."""
    return f"{number.normalize():f}" if number.is_finite() else str(number)
