"""What the robot takes of a limit has to be there: the watcher's own look at the ledger, at the moment of taking.

A fill is a fact, and what a venue deals beyond an order counts even above a limit. From then on no order may take more
of it, and one that takes nothing, as it shrinks a position, still may: so what counts is what is used with the order
and without it.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from risk.ledger.composite import Composite, Node, Part
from risk.ledger.ledger import Ledger
from risk.ledger.transfers import Event, Transfer
from trader.domain.money import ZERO


class Headroom:
    """Listens to a ledger.

    Attributes:
        taken_beyond: What orders have taken that was not there, a sentence each, the oldest first.
    """

    def __init__(self) -> None:
        self.taken_beyond: list[str] = []
        self._ledger: Ledger | None = None
        self._looked_at: set[str] = set()

    def listen(self, ledger: Ledger) -> None:
        """Listen to this ledger from now on, and to no other; it may be the same."""
        if ledger is not self._ledger:
            self._ledger = ledger
            self._looked_at.clear()
            ledger.listener = self._heard

    def _heard(self, transfer: Transfer) -> None:
        """An order is held as a whole before anybody hears of the first of its nodes."""
        name = transfer.reservation_id
        if transfer.event is not Event.RESERVE or name in self._looked_at or self._ledger is None:
            return
        self._looked_at.add(name)
        reservation = self._ledger._reservations.take(name)
        stakes = reservation.stakes
        held = dict(zip(stakes.held, stakes.each(reservation.pending), strict=True))
        for node in stakes.nodes:
            if node.used > max(node.limit, _used_without(node, held)):
                self.taken_beyond.append(f"{name} takes of {node.name}: {node.used} of {node.limit}")


def above_limits(ledger: Ledger, *, may_overfill: bool) -> Iterator[str]:
    """What uses more than its limit, a sentence each.

    Args:
        ledger: Whose limits.
        may_overfill: True where the venue may deal more than an order asked for, which then explains it.
    """
    overfilled: set[Node] = set()
    if may_overfill:
        for each in ledger._reservations.values():
            if each is not None and each.filled > each.quantity:
                overfilled.update(each.stakes.held)
    for name, node in ledger.nodes():
        if node.used > node.limit and node not in overfilled:
            yield f"{name} uses {node.used} of {node.limit}"


def _used_without(node: Node, held: Mapping[Node, Decimal]) -> Decimal:
    """What a node would use if an order held nothing."""
    used = node.taken - held[node]
    if isinstance(node, Composite):
        used += sum([_value_without(part, held) for part in node.parts], ZERO)
    return used


def _value_without(part: Part, held: Mapping[Node, Decimal]) -> Decimal:
    long = short = ZERO
    for position in part.positions:
        worth = position.worth_of(position.taken - held.get(position, ZERO))
        if position.is_short:
            short += worth
        else:
            long += worth
    return max(long, short, ZERO)
