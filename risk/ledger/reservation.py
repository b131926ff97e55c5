"""One order's reservation: what it was given of each node, what of that still pends, and what its fills have posted."""

from decimal import ROUND_CEILING, Decimal

from risk.ledger.measures import Amounts, Flow, Measured
from risk.ledger.stakes import Stakes
from trader.domain.canonical import Digests
from trader.domain.errors import LocalOrderError
from trader.domain.money import ZERO

_STEP = Decimal("0.001")  # the smallest minor unit there is; pending is rounded up to it


class Fill:
    """A fill, and what it has posted, by tally; zero where that has expired."""

    __slots__ = ("is_reversed", "posted", "quantity")

    def __init__(self, quantity: Decimal, posted: Amounts, *, is_reversed: bool = False) -> None:
        self.quantity, self.posted, self.is_reversed = quantity, posted, is_reversed


class Reservation:
    """What an order holds; amounts are by tally, see :mod:`risk.ledger.stakes`.

    Attributes:
        stakes: Its claims.
        quantity: The near leg's amount of the dealt currency.
        asked: What it was reserved for.
        pending: What pends; nothing before it is held.
        filled: The near leg's amount filled so far, less what was busted.
        is_released: True when the order is over.
        fills: By the fill's identity.
    """

    __slots__ = ("asked", "filled", "fills", "is_released", "pending", "quantity", "stakes")

    def __init__(self, stakes: Stakes, quantity: Decimal, asked: Amounts) -> None:
        self.stakes, self.quantity, self.asked = stakes, quantity, asked
        self.pending, self.filled, self.is_released = stakes.nothing, ZERO, False
        self.fills: dict[str, Fill] = {}

    @property
    def is_over(self) -> bool:
        """True when nothing of it can pend any more, unless a fill is busted."""
        return self.is_released or self.filled >= self.quantity

    def left_pending(self) -> Amounts:
        """What should pend.

        It is worked out from the whole each time, so that no rounding adds up and a filled order pends exactly zero.
        """
        if self.is_released:
            return self.stakes.nothing
        quantity, asked = self.quantity, self.asked
        left = quantity - self.filled
        if left >= quantity:
            return asked
        if left <= ZERO:
            return self.stakes.nothing
        pending = [_share(amount, left, quantity) for amount in asked]
        for at in self.stakes.counts:
            pending[at] = asked[at]
        return tuple(pending)

    def snapshot(self) -> dict[str, object]:
        """Everything there is to know, as plain values in a canonical order."""
        stakes = self.stakes
        return {
            "terms": [text(self.quantity), stakes.each(_texts(self.asked))],
            "filled": text(self.filled),
            "is_released": self.is_released,
            "claims": [
                [node, measured, factor, pending]
                for (node, measured, factor), pending in zip(
                    _claimed(stakes), stakes.each(_texts(self.pending)), strict=True
                )
            ],
            "fills": {
                exec_id: [text(fill.quantity), fill.is_reversed, stakes.each(_texts(fill.posted))]
                for exec_id, fill in sorted(self.fills.items())
            },
        }


class Reservations(dict[str, Reservation | None]):
    """Every reservation by its id; one that is forgotten is None, so that its id is not used again.

    Attributes:
        digests: Of all of them. Whoever writes to one has got it from :meth:`take`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.digests: Digests[Reservation | None] = Digests(_plain, lambda _: True)

    def __setitem__(self, name: str, reservation: Reservation | None) -> None:
        self.digests.touch(name)
        super().__setitem__(name, reservation)

    def take(self, name: str) -> Reservation:
        """One, which may be written to.

        Raises:
            LocalOrderError: There is none of this id, or it is forgotten.
        """
        found = self.get(name)
        if found is None:
            raise LocalOrderError(f"there is no reservation {name}; an order is reserved before it is sent")
        self.digests.touch(name)
        return found

    def snapshot(self) -> dict[str, object]:
        """All of them, as plain values in a canonical order."""
        return {name: _plain(each) for name, each in sorted(self.items())}

    def digest(self) -> str:
        """One digest of all of them, which is quick where few have changed."""
        return self.digests.of(self)


def _plain(reservation: Reservation | None) -> object:
    return None if reservation is None else reservation.snapshot()


def text(number: Decimal) -> str:
    """A number as text, one text for one number: 1.0 is 1."""
    return f"{number.normalize():f}"


def _texts(amounts: Amounts) -> list[str]:
    return ["0" if amount is ZERO else text(amount) for amount in amounts]


def _claimed(stakes: Stakes) -> list[tuple[str, str, str]]:
    """Node, measure and factor of each claim: worked out once for all orders of the stakes, as claims never change."""
    if not stakes.claimed:
        stakes.claimed = [(each.node, _measured(each.measure), text(Decimal(each.factor))) for each in stakes.claims]
    return stakes.claimed


def _share(amount: Decimal, left: Decimal, quantity: Decimal) -> Decimal:
    return min(amount, (amount * left / quantity).quantize(_STEP, ROUND_CEILING)) if amount else amount


def _measured(measure: Measured) -> str:
    return " ".join(str(part) for part in measure) if isinstance(measure, Flow) else str(measure)
