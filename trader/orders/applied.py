"""What one word of the venue did to an order."""

from msgspec import Struct

from trader.domain.errors import RemoteViolation
from trader.orders.fills import FillChange


class Applied(Struct, frozen=True, gc=False):
    """What one word of the venue did to an order.

    Attributes:
        fills: The change of the filled quantity, in the order it was booked.
        closed: The order became final by this.
        reopened: The order was final before this and is not any longer.
        duplicate: The word had been heard before, and changed nothing.
        violation: What cannot be, for the journal and an alert; the order is then IN_DOUBT.
    """

    fills: tuple[FillChange, ...] = ()
    closed: bool = False
    reopened: bool = False
    duplicate: bool = False
    violation: RemoteViolation | None = None


UNCHANGED = Applied()
REPEATED = Applied(duplicate=True)
