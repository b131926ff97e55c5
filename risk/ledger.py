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

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Context, Decimal
from enum import StrEnum
from typing import NamedTuple

from trader.domain.errors import LocalOrderError
from trader.domain.money import ZERO

# The largest fill a venue may name, 1E15 at a rate of 1E15, valued at 12 decimals: sums of many such are still exact.
# A fill is a fact, and no fact may be too large to count.
EXACT = Context(prec=80)

_STEP = Decimal("0.001")  # the smallest minor unit there is; pending is rounded up to it


class Measure(StrEnum):
    """An amount that a fill has as a whole.

    ``DEALT`` and ``CONTRA`` are net over the legs: what goes the near leg's way, less what goes the other. ``NOTIONAL``
    is the turnover.
    """

    DEALT = "DEALT"
    CONTRA = "CONTRA"
    NOTIONAL = "NOTIONAL"


# What of a fill is posted to a node; a day stands for the worth of what is received on it.
Measured = Measure | date


class Claim(NamedTuple):
    """What one order takes from one node. A tuple, because every order makes ten of them.

    Attributes:
        node: The node's name, as ``"VOLUME_DAY 2026-03-02 trader=anna"``.
        amount: What is reserved, zero or more. A claim of zero reserves nothing; it is there for its postings.
        limit: The node's limit.
        measure: Which amount of a fill is posted.
        factor: How much of it: 1; -1 when a fill frees the node, as what is bought is no longer short; a fraction when
            only a part counts.
    """

    node: str
    amount: Decimal
    limit: Decimal
    measure: Measured
    factor: Decimal | int = 1


@dataclass(slots=True)
class Node:
    """One limit and what is used of it, in the limit's own unit."""

    limit: Decimal
    posted: Decimal = ZERO
    pending: Decimal = ZERO

    @property
    def used(self) -> Decimal:
        """Pending and posted together."""
        return self.pending + self.posted

    @property
    def free(self) -> Decimal:
        """What is left; negative when fills have gone above the limit."""
        return self.limit - self.pending - self.posted


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A claim that does not fit, or a node that a fill has taken above its limit (``asked`` is then zero)."""

    node: str
    limit: Decimal
    used: Decimal
    asked: Decimal

    @property
    def free(self) -> Decimal:
        """What is left of the limit."""
        return self.limit - self.used


@dataclass(slots=True)
class _Fill:
    quantity: Decimal
    postings: tuple[tuple[str, Decimal], ...]
    is_reversed: bool = False


@dataclass(slots=True)
class _Reservation:
    quantity: Decimal
    claims: tuple[Claim, ...]
    pending: list[Decimal]
    filled: Decimal = ZERO
    is_released: bool = False
    fills: dict[str, _Fill] = field(default_factory=dict)


class Ledger:
    """Every node and every reservation."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._reservations: dict[str, _Reservation] = {}
        self.repeated_executions = 0

    def node(self, name: str) -> Node | None:
        """A node by its name, or None when no reservation has touched it yet."""
        return self._nodes.get(name)

    def nodes(self) -> Iterator[tuple[str, Node]]:
        """Every node, by name."""
        return iter(sorted(self._nodes.items()))

    def claims(self, reservation_id: str) -> tuple[Claim, ...]:
        """What a reservation was made of.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        return self._reservation(reservation_id).claims

    def shortfalls(self, claims: Iterable[Claim]) -> list[Shortfall]:
        """The claims that do not fit now. Exactly at the limit fits; a claim of zero always does."""
        found = []
        for claim in claims:
            if not claim.amount:
                continue
            node = self._nodes.get(claim.node)
            used = ZERO if node is None else node.pending + node.posted
            if used + claim.amount > claim.limit:
                found.append(Shortfall(claim.node, claim.limit, used, claim.amount))
        return found

    def reserve(self, reservation_id: str, quantity: Decimal, claims: tuple[Claim, ...]) -> list[Shortfall]:
        """Hold what every claim asks, or, when one does not fit, nothing.

        Args:
            reservation_id: Ours, never used before.
            quantity: The near leg's amount of the dealt currency, above zero; fills are shares of it.
            claims: At most one for each node.

        Returns:
            The claims that do not fit; empty when all is reserved.

        Raises:
            LocalOrderError: The id is taken, the quantity or an amount cannot be, or a node is claimed twice.
        """
        if reservation_id in self._reservations:
            raise LocalOrderError(f"reservation {reservation_id} is there already; ids are never used twice")
        if not quantity > ZERO or any(claim.amount < ZERO for claim in claims):
            raise LocalOrderError(f"reservation {reservation_id} of {quantity} asks for an amount that cannot be")
        if len({claim.node for claim in claims}) != len(claims):
            raise LocalOrderError(f"reservation {reservation_id} claims a node twice")
        short = self.shortfalls(claims)
        if short:
            return short
        for claim in claims:
            node = self._nodes.get(claim.node)
            if node is None:
                node = self._nodes[claim.node] = Node(claim.limit)
            node.limit = claim.limit
            node.pending += claim.amount
        self._reservations[reservation_id] = _Reservation(quantity, claims, [claim.amount for claim in claims])
        return []

    def post(
        self, reservation_id: str, exec_id: str, quantity: Decimal, measures: Mapping[Measured, Decimal]
    ) -> list[Shortfall]:
        """Book a fill: its share leaves pending, its actual amounts are posted, even above the limit.

        Args:
            reservation_id: The order's reservation; a fill counts after its release too.
            exec_id: ExecID(17); one that was seen before changes nothing.
            quantity: Filled now, of the near leg; the other legs share in it.
            measures: The fill's actual amounts.

        Returns:
            The nodes that this fill has taken above their limit.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        reservation = self._reservation(reservation_id)
        if exec_id in reservation.fills:
            self.repeated_executions += 1
            return []
        postings = tuple((claim.node, claim.factor * measures[claim.measure]) for claim in reservation.claims)
        reservation.fills[exec_id] = _Fill(quantity, postings)
        reservation.filled += quantity
        self._settle(reservation)
        above = []
        for name, amount in postings:
            node = self._nodes[name]
            node.posted += amount
            if amount > ZERO and node.free < ZERO:
                above.append(Shortfall(name, node.limit, node.used, ZERO))
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
        for name, amount in fill.postings:
            self._nodes[name].posted -= amount
        reservation.filled -= fill.quantity
        self._settle(reservation)
        return True

    def release(self, reservation_id: str) -> None:
        """The order is final: what is still pending leaves. Released twice is released.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        reservation = self._reservation(reservation_id)
        reservation.is_released = True
        if reservation.filled < reservation.quantity:  # else nothing is pending any more
            self._settle(reservation)

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

    def _settle(self, reservation: _Reservation) -> None:
        """Bring what is pending in line with what is left of the order.

        It is worked out from the whole each time, so that no rounding adds up and a filled order pends exactly zero.
        """
        left = ZERO if reservation.is_released else max(ZERO, reservation.quantity - reservation.filled)
        for place, claim in enumerate(reservation.claims):
            before = reservation.pending[place]
            after = _share(claim.amount, left, reservation.quantity)
            reservation.pending[place] = after
            self._nodes[claim.node].pending += after - before


def _share(amount: Decimal, left: Decimal, quantity: Decimal) -> Decimal:
    if left >= quantity or not left:
        return amount if left else ZERO
    return min(amount, (amount * left / quantity).quantize(_STEP, rounding=ROUND_CEILING))


def _reservation_snapshot(reservation: _Reservation) -> dict[str, object]:
    return {
        "quantity": _text(reservation.quantity),
        "filled": _text(reservation.filled),
        "is_released": reservation.is_released,
        "claims": [
            [c.node, _text(c.amount), str(c.measure), _text(Decimal(c.factor)), _text(pending)]
            for c, pending in zip(reservation.claims, reservation.pending, strict=True)
        ],
        "fills": {
            exec_id: [_text(f.quantity), f.is_reversed, [[name, _text(amount)] for name, amount in f.postings]]
            for exec_id, f in sorted(reservation.fills.items())
        },
    }


def _text(number: Decimal) -> str:
    return f"{number.normalize():f}"  # one text for one number: 1.0 is 1
