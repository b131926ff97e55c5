"""Orders that live on into another risk day: what is left of them counts as that day's turnover.

The day on which an order was allowed keeps what it has filled by then. What is left is held on the new day besides,
even above a limit, for the order is at the venue and nobody can refuse it any longer; its fills are posted there. So
the new day's limits hold back what else would be dealt. When an earlier day's fill is busted there is more left, which
is held on the present day too. All of it ends with that day; what is left then is carried on.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from risk.checks import volume_day
from risk.gate.order_view import CheckContext
from risk.ledger.booking import Reserved
from risk.ledger.claims import Claim
from risk.ledger.ledger import Ledger


class Carried:
    """What stands in the ledger for orders of an earlier day.

    Args:
        ledger: The gate's.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._names: dict[str, str] = {}

    def name_of(self, reservation_id: str) -> str | None:
        """The reservation on the present day of an order that was allowed before it; None for any other."""
        return self._names.get(reservation_id)

    def end(self) -> None:
        """A risk day is over: nothing pends on it any longer."""
        for name in self._names.values():
            self._ledger.release(name)
        self._names = {}

    def begin(self, day: date, reserved: Mapping[str, Reserved], context: CheckContext) -> None:
        """A risk day begins, after :meth:`end` of the one before.

        Args:
            day: The day.
            reserved: Every order that is known.
            context: Has the limits.
        """
        for name, order in reserved.items():
            if not self._ledger.is_released(name):
                self._carry(name, order, day, context)

    def reopen(self, name: str, order: Reserved, context: CheckContext) -> None:
        """An order lives after all, and counts on the present day.

        Args:
            name: The order's reservation.
            order: The order.
            context: Has the limits and the day.
        """
        if name in self._names:
            self._ledger.reopen(self._names[name])
        elif order.outline.risk_day < context.risk_day:
            self._carry(name, order, context.risk_day, context)

    def _carry(self, name: str, order: Reserved, day: date, context: CheckContext) -> None:
        outline = order.outline._replace(risk_day=day)
        claims = [each for each in volume_day.claims(outline, context) if isinstance(each, Claim)]
        self._names[name] = f"{name} {day}"
        self._ledger.carry(name, self._names[name], claims)

    def forget(self, reservations: Iterable[str]) -> None:
        """Nothing more will be heard of some orders."""
        for name in reservations:
            self._names.pop(name, None)

    def snapshot(self) -> list[str]:
        """Everything kept, as plain values in a canonical order."""
        return sorted(self._names.values())
