"""The reservation ledger: what each limit has left, through everything that can happen to an order.

A node is one limit. Its utilisation is ``pending + posted``: what live orders may still use, and what fills have used.
Reserving is all-or-nothing over every node an order touches. What happens when:

==============================  =====================================================================
allowed by risk                 :meth:`Ledger.reserve`: pending grows
partial fill                    :meth:`Ledger.post`: the filled share leaves pending, the actual amount is posted
disconnect, time-out, unknown   nothing: what may be live stays held
canceled, rejected, expired     :meth:`Ledger.release`: what is still pending leaves
bust                            :meth:`Ledger.reverse`: the posting is taken back; still live, the share pends again
correct                         a bust and a new fill
repeated ExecID(17)             nothing, counted
overfill                        posted in full; free becomes negative
==============================  =====================================================================

Amounts are exact decimals in each node's own unit. ``free + pending + posted == limit`` at every moment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Context, Decimal

from risk.claims import Claim, Node, Stakes
from risk.measures import Amounts, Flow, Layout, Measured
from trader.domain.errors import LocalOrderError
from trader.domain.money import ZERO

# The largest fill a venue may name, 1E15 at a rate of 1E15, valued at 12 decimals: sums of many such are still exact.
# A fill is a fact, and no fact may be too large to count.
EXACT = Context(prec=80)

_STEP = Decimal("0.001")  # the smallest minor unit there is; pending is rounded up to it


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A claim that does not fit, or a node that a fill has taken above its limit (``asked`` is then zero).

    One that is soft is told about, and holds nothing back.
    """

    node: str
    limit: Decimal
    used: Decimal
    asked: Decimal
    is_soft: bool = False

    @property
    def free(self) -> Decimal:
        """What is left of the limit."""
        return self.limit - self.used


@dataclass(slots=True)
class _Fill:
    quantity: Decimal
    posted: Amounts
    is_reversed: bool = False


@dataclass(slots=True)
class _Reservation:
    quantity: Decimal
    stakes: Stakes
    asked: Amounts
    pending: Amounts
    filled: Decimal = ZERO
    is_released: bool = False
    fills: dict[str, _Fill] = field(default_factory=dict)


class Ledger:
    """Every node and every reservation."""

    def __init__(self) -> None:
        # Every node that a stake was made for, and of these the ones on which something was ever reserved.
        self._known: dict[str, Node] = {}
        self._nodes: dict[str, Node] = {}
        self._reservations: dict[str, _Reservation] = {}
        # On what something was reserved, posted or freed since somebody last took note, and by whom last. One entry for
        # all orders that share their stakes; not part of the state.
        self._changed: dict[Stakes, str] = {}
        self.repeated_executions = 0

    def node(self, name: str) -> Node | None:
        """A node by its name, or None when no reservation has touched it yet."""
        return self._nodes.get(name)

    def nodes(self) -> Iterator[tuple[str, Node]]:
        """Every node that a reservation has touched, by name."""
        return iter(sorted(self._nodes.items()))

    def take_changed(self) -> Sequence[tuple[Node, str]]:
        """Each node that has changed since the last call, once, with the last reservation that changed it."""
        if not self._changed:
            return ()
        changed, self._changed = self._changed, {}
        last = {node.name: (node, by) for stakes, by in changed.items() for node in stakes.nodes}
        return tuple(last.values())

    def stakes(self, claims: Sequence[Claim], layout: Layout) -> Stakes:
        """Find the nodes of some claims.

        Args:
            claims: At most one for each node.
            layout: Where the amounts of the orders stand.

        Raises:
            LocalOrderError: A node is claimed twice, or a measure is none that the orders have.
        """
        known = self._known
        nodes = [known.get(claim.node) or known.setdefault(claim.node, Node(claim.node)) for claim in claims]
        return Stakes(claims, nodes, layout)

    def held(self, reservation_id: str) -> Iterator[tuple[str, Node, Decimal]]:
        """What a reservation was made of: the name of each node, the node, and what was asked of it.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        reservation = self._reservation(reservation_id)
        stakes = reservation.stakes
        for claim, node, asked in zip(stakes.claims, stakes.nodes, reservation.asked, strict=True):
            yield claim.node, node, asked

    def shortfalls(self, stakes: Stakes, amounts: Amounts) -> list[Shortfall]:
        """The claims that do not fit now. Exactly at the limit fits; a claim of nothing always does."""
        return _shortfalls(stakes, stakes.asked(amounts))

    def reserve(self, reservation_id: str, quantity: Decimal, stakes: Stakes, amounts: Amounts) -> list[Shortfall]:
        """Hold what every claim asks, or, when one does not fit that is not soft, nothing.

        Args:
            reservation_id: Ours, never used before.
            quantity: The near leg's amount of the dealt currency, above zero; fills are shares of it.
            stakes: From :meth:`stakes`.
            amounts: The most that the order may come to, zero or more each. A claim of nothing reserves nothing; it is
                there for its postings.

        Returns:
            The claims that do not fit; all is reserved when there is none, or when all of them are soft.

        Raises:
            LocalOrderError: The id is taken, or the quantity or an amount cannot be.
        """
        if reservation_id in self._reservations:
            raise LocalOrderError(f"reservation {reservation_id} is there already; ids are never used twice")
        if not quantity > ZERO or min(amounts) < ZERO:
            raise LocalOrderError(f"reservation {reservation_id} of {quantity} asks for an amount that cannot be")
        asked = stakes.asked(amounts)
        short = _shortfalls(stakes, asked)
        if short and not all(each.is_soft for each in short):
            return short
        for node, limit, amount in zip(stakes.nodes, stakes.limits, asked, strict=True):
            if node.limit is not limit:
                node.limit = limit
                self._nodes[node.name] = node
            if amount:
                node.pending += amount
        self._reservations[reservation_id] = _Reservation(quantity, stakes, asked, asked)
        self._changed[stakes] = reservation_id
        return short

    def post(self, reservation_id: str, exec_id: str, quantity: Decimal, amounts: Amounts) -> list[Shortfall]:
        """Book a fill: its share leaves pending, its actual amounts are posted, even above the limit.

        Args:
            reservation_id: The order's reservation; a fill counts after its release too.
            exec_id: ExecID(17); one that was seen before changes nothing.
            quantity: Filled now, of the near leg; the other legs share in it.
            amounts: The fill's actual amounts.

        Returns:
            The nodes that this fill has taken above their limit.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        reservation = self._reservation(reservation_id)
        if exec_id in reservation.fills:
            self.repeated_executions += 1
            return []
        stakes = reservation.stakes
        self._changed[stakes] = reservation_id
        posted = stakes.posted(amounts)
        reservation.fills[exec_id] = _Fill(quantity, posted)
        reservation.filled += quantity
        above = []
        pending = _left_pending(reservation)
        for node, before, now, amount in zip(stakes.nodes, reservation.pending, pending, posted, strict=True):
            if now is not before:
                node.pending += now - before
            if amount:
                node.posted += amount
                if amount > ZERO and node.pending + node.posted > node.limit:
                    above.append(Shortfall(node.name, node.limit, node.used, ZERO))
        reservation.pending = pending
        return above

    def reverse(self, reservation_id: str, exec_id: str) -> bool:
        """Take a fill back. While the order may be live its share is pending again.

        Returns:
            False when nothing changed: the fill is unknown, or was reversed before.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        reservation = self._reservation(reservation_id)
        fill = reservation.fills.get(exec_id)
        if fill is None or fill.is_reversed:
            return False
        fill.is_reversed = True
        self._changed[reservation.stakes] = reservation_id
        for node, amount in zip(reservation.stakes.nodes, fill.posted, strict=True):
            node.posted -= amount
        reservation.filled -= fill.quantity
        _settle(reservation)
        return True

    def release(self, reservation_id: str) -> None:
        """The order is final: what is still pending leaves. Released twice is released.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        reservation = self._reservation(reservation_id)
        reservation.is_released = True
        if reservation.filled < reservation.quantity:  # else nothing is pending any more
            self._changed[reservation.stakes] = reservation_id
            _settle(reservation)

    def snapshot(self) -> dict[str, object]:
        """Everything there is to know, as plain values in a canonical order."""
        return {
            "nodes": {name: [_text(n.limit), _text(n.posted), _text(n.pending)] for name, n in self.nodes()},
            "reservations": {rid: _reservation_snapshot(r) for rid, r in sorted(self._reservations.items())},
            "repeated_executions": self.repeated_executions,
        }

    def _reservation(self, reservation_id: str) -> _Reservation:
        found = self._reservations.get(reservation_id)
        if found is None:
            raise LocalOrderError(f"there is no reservation {reservation_id}; an order is reserved before it is sent")
        return found


def _settle(reservation: _Reservation) -> None:
    """Bring what is pending in line with what is left of the order."""
    pending = _left_pending(reservation)
    for node, before, now in zip(reservation.stakes.nodes, reservation.pending, pending, strict=True):
        if now is not before:
            node.pending += now - before
    reservation.pending = pending


def _left_pending(reservation: _Reservation) -> Amounts:
    """What is still pending of each claim.

    It is worked out from the whole each time, so that no rounding adds up and a filled order pends exactly zero.
    """
    asked, quantity = reservation.asked, reservation.quantity
    left = ZERO if reservation.is_released else quantity - reservation.filled
    if left >= quantity:
        return asked
    if left <= ZERO:
        return (ZERO,) * len(asked)
    pending = [_share(amount, left, quantity) for amount in asked]
    for place in reservation.stakes.counts:
        pending[place] = asked[place]
    return tuple(pending)


def _shortfalls(stakes: Stakes, asked: Amounts) -> list[Shortfall]:
    found = []
    for node, limit, amount in zip(stakes.nodes, stakes.limits, asked, strict=True):
        if amount and node.pending + node.posted + amount > limit:
            found.append(Shortfall(node.name, limit, node.used, amount, node.name in stakes.soft))
    return found


def _share(amount: Decimal, left: Decimal, quantity: Decimal) -> Decimal:
    return min(amount, (amount * left / quantity).quantize(_STEP, ROUND_CEILING))


def _reservation_snapshot(reservation: _Reservation) -> dict[str, object]:
    return {
        "quantity": _text(reservation.quantity),
        "filled": _text(reservation.filled),
        "is_released": reservation.is_released,
        "claims": [
            [claim.node, _text(asked), _measured(claim.measure), _text(Decimal(claim.factor)), _text(pending)]
            for claim, asked, pending in zip(
                reservation.stakes.claims, reservation.asked, reservation.pending, strict=True
            )
        ],
        "fills": {
            exec_id: [_text(f.quantity), f.is_reversed, _postings(reservation.stakes, f.posted)]
            for exec_id, f in sorted(reservation.fills.items())
        },
    }


def _measured(measure: Measured) -> str:
    return " ".join(str(part) for part in measure) if isinstance(measure, Flow) else str(measure)


def _postings(stakes: Stakes, posted: Amounts) -> list[list[str]]:
    return [[node.name, _text(amount)] for node, amount in zip(stakes.nodes, posted, strict=True)]


def _text(number: Decimal) -> str:
    return f"{number.normalize():f}"  # one text for one number: 1.0 is 1
