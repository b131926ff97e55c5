"""The reservation ledger: what each limit has left, through everything that can happen to an order.

A node is one limit. Its utilisation is ``pending + posted``: what live orders may still use, and what fills have used.
Reserving is all-or-nothing over every node an order touches. What happens when:

==============================  =====================================================================
allowed by risk                 :meth:`Ledger.reserve`: pending grows
partial fill                    :meth:`Ledger.post`: the filled share leaves pending, the actual amount is posted
disconnect, time-out, unknown   nothing: what may be live stays held
canceled, rejected, expired     :meth:`Ledger.release`: what is still pending leaves
lives after all                 :meth:`Ledger.reopen`: what is left pends again
bust                            :meth:`Ledger.reverse`: the posting is taken back; still live, the share pends again
correct                         a bust and a new fill
repeated ExecID(17)             nothing, counted
overfill                        posted in full; free becomes negative
value date passes               :meth:`Ledger.expire`: what ends with the day leaves, but of what is not confirmed
end of the risk day             the same: what is counted by the day ends with it
==============================  =====================================================================

Amounts are exact decimals in each node's own unit. ``free + pending + posted == limit`` at every moment, and nothing
changes a balance but the transfers of :mod:`risk.ledger.transfers`, which a listener can hear.
"""

from collections.abc import Collection, Container, Iterator, Sequence
from datetime import date
from decimal import Context, Decimal

from risk.ledger.chart import Chart
from risk.ledger.claims import Claim, PositionClaim
from risk.ledger.composite import Composite, Node
from risk.ledger.due import Due
from risk.ledger.measures import Amounts, Layout, Measure
from risk.ledger.reservation import Fill, Reservation, Reservations, text
from risk.ledger.room import Shortfall, asks, catch_up, fits, gone_above, shortfalls
from risk.ledger.stakes import Stakes
from risk.ledger.transfers import Event, Listener, tell
from trader.domain.errors import LocalOrderError
from trader.domain.money import ZERO

# The largest fill a venue may name, 1E15 at a rate of 1E15, valued at 12 decimals: sums of many such are still exact.
# A fill is a fact, and no fact may be too large to count.
EXACT = Context(prec=80)


class Ledger:
    """Every node and every reservation.

    Attributes:
        marks: What positions are valued with.
        listener: Hears every transfer; None when nobody does.
        repeated_executions: How many fills came again.
    """

    def __init__(self) -> None:
        self._chart = Chart()
        self.marks = self._chart.marks
        self.listener: Listener | None = None
        self.repeated_executions = 0
        self._reservations = Reservations()
        self._due = Due()
        # On what something has changed since somebody last took note, and by whom last; not part of the state.
        self._changed: dict[Stakes, str] = {}
        self._marks_told = 0

    def node(self, name: str) -> Node | None:
        """A node by its name, or None when no reservation has touched it yet."""
        return self._chart.touched.get(name)

    def composite(self, name: str) -> Composite | None:
        """A node that counts positions, at the marks as they are, or None when no reservation has touched it yet."""
        found = self._chart.touched.get(name)
        if not isinstance(found, Composite):
            return None
        found.catch_up(self.marks)
        return found

    def nodes(self) -> Iterator[tuple[str, Node]]:
        """Every node with a limit that a reservation has touched, by name, at the marks as they are."""
        return self._chart.limited()

    def take_revalued(self) -> Sequence[Composite]:
        """Every node that counts positions, if a mark has moved since the last call; none if not."""
        if self._marks_told == self.marks.version:
            return ()
        self._marks_told = self.marks.version
        found = [node for _, node in self.nodes() if isinstance(node, Composite)]
        return tuple(found)

    def take_changed(self, now_ns: int) -> Sequence[tuple[Node, str]]:
        """Each node that has changed since the last call, once, with the last reservation that changed it.

        A node comes before those below it, which stakes name from the leaves up. What a mark alone has changed is not
        among them, nor what is quiet: nearly all of what an order touches.

        Args:
            now_ns: Now, UTC nanoseconds.
        """
        if not self._changed:
            return ()
        changed, self._changed = self._changed, {}
        for stakes in changed:
            catch_up(stakes, self.marks)
        last: dict[Node, str] = {}
        for stakes, by in reversed(changed.items()):
            for node in reversed(stakes.nodes):
                if not node.is_quiet(now_ns):
                    last.setdefault(node, by)
        return tuple(last.items())

    def stakes(self, claims: Sequence[Claim | PositionClaim], layout: Layout) -> Stakes:
        """Find the nodes of some claims.

        Args:
            claims: At most one for each node; of the composites that count a position, each has its own.
            layout: Where the amounts of the orders stand.

        Raises:
            LocalOrderError: A node is claimed twice, or a measure is none that the orders have.
        """
        return self._chart.stakes(claims, layout)

    def held(self, reservation_id: str) -> Iterator[tuple[str, Node, Decimal]]:
        """What a reservation was made of: the name of each node, the node, and what was asked of it.

        Of a composite it is what was asked besides the positions.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        reservation = self._reservations.take(reservation_id)
        stakes = reservation.stakes
        for node, asked in zip(stakes.nodes, stakes.each(reservation.asked), strict=False):
            yield node.name, node, asked

    def pending_of(self, reservation_id: str, node: Node) -> Decimal:
        """How much of what pends on a node is one reservation's; zero for one that is not there."""
        reservation = self._reservations.get(reservation_id)
        if reservation is None or node not in reservation.stakes.held:
            return ZERO
        return reservation.stakes.each(reservation.pending)[reservation.stakes.held.index(node)]

    def shortfalls(self, stakes: Stakes, amounts: Amounts) -> list[Shortfall]:
        """The claims that do not fit now. Exactly at the limit fits; a claim of nothing always does."""
        catch_up(stakes, self.marks)
        return shortfalls(stakes, stakes.asked(amounts))

    def asks(self, stakes: Stakes, amounts: Amounts) -> dict[str, Decimal]:
        """What an order would take of each node that has a limit, by the node's name."""
        catch_up(stakes, self.marks)
        return asks(stakes, stakes.asked(amounts))

    def reserve(
        self,
        reservation_id: str,
        quantity: Decimal,
        stakes: Stakes,
        amounts: Amounts,
        beyond: Collection[str] = (),
    ) -> list[Shortfall]:
        """Hold what every claim asks, or, when one does not fit that is not soft, nothing.

        Args:
            reservation_id: Ours, never used before.
            quantity: The near leg's amount of the dealt currency, above zero; fills are shares of it.
            stakes: From :meth:`stakes`.
            amounts: The most that the order may come to, zero or more each. A claim of nothing reserves nothing; it is
                there for its postings.
            beyond: Nodes on which the order may go above the limit.

        Returns:
            The claims that do not fit; all is reserved when there is none, or when all of them are soft.

        Raises:
            LocalOrderError: The id is taken, or the quantity or an amount cannot be.
        """
        if reservation_id in self._reservations:
            raise LocalOrderError(f"reservation {reservation_id} is there already; ids are never used twice")
        _check_amounts(reservation_id, quantity, amounts)
        asked = stakes.asked(amounts)
        catch_up(stakes, self.marks)
        short: list[Shortfall] = []
        if not fits(stakes, asked):
            short = [each for each in shortfalls(stakes, asked) if each.node not in beyond]
            if not all(each.is_soft for each in short):
                return short
        self._open(reservation_id, Reservation(stakes, quantity, asked))
        return short

    def carry(self, reservation_id: str, carried_id: str, claims: Sequence[Claim]) -> None:
        """Let what is left of an order's turnover pend on other nodes too, even above their limits.

        What it has filled so far has posted nothing there; when it is taken back, its share pends there again.

        Args:
            reservation_id: The order's, which may still be live.
            carried_id: What it goes by there, never used before; it takes fills and busts as the order does.
            claims: Of the turnover.

        Raises:
            LocalOrderError: There is no such reservation, or the other one is there already.
        """
        if carried_id in self._reservations:
            raise LocalOrderError(f"reservation {carried_id} is there already; ids are never used twice")
        order = self._reservations.take(reservation_id)
        claimed = zip(order.stakes.claims, order.stakes.each(order.asked), strict=True)
        turnover = max([asked for claim, asked in claimed if claim.measure is Measure.NOTIONAL], default=ZERO)
        stakes = self._chart.stakes(claims, order.stakes.layout)
        asked = (turnover,) * len(stakes.tallies)
        carried = Reservation(stakes, order.quantity, asked)
        carried.filled = order.filled
        for name, fill in order.fills.items():
            carried.fills[name] = Fill(fill.quantity, stakes.nothing, is_reversed=fill.is_reversed)
        self._open(carried_id, carried)

    def _open(self, name: str, reservation: Reservation) -> None:
        self._chart.touch(reservation.stakes)
        self._reservations[name] = reservation
        if reservation.stakes.until:
            self._due.wait(name, reservation.stakes.until)
        self._pend(Event.RESERVE, name, reservation)

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
        reservation = self._reservations.take(reservation_id)
        if exec_id in reservation.fills:
            self.repeated_executions += 1
            return []
        stakes = reservation.stakes
        posted = stakes.posted(amounts)
        catch_up(stakes, self.marks)
        before = [(stake.node.taken, stake.node.valued) for stake in stakes.composites]
        reservation.fills[exec_id] = Fill(quantity, posted)
        reservation.filled += quantity
        self._due.wait_again(reservation_id, stakes.until)
        self._move(Event.POST, reservation_id, reservation, reservation.left_pending(), posted, exec_id)
        return gone_above(stakes, posted, before)

    def reverse(self, reservation_id: str, exec_id: str) -> bool:
        """Take a fill back. While the order may be live its share is pending again.

        Returns:
            False when nothing changed: the fill is unknown, or was reversed before.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        reservation = self._reservations.take(reservation_id)
        fill = reservation.fills.get(exec_id)
        if fill is None or fill.is_reversed:
            return False
        fill.is_reversed = True
        reservation.filled -= fill.quantity
        back = tuple([amount.copy_negate() for amount in fill.posted])
        self._move(Event.REVERSE, reservation_id, reservation, reservation.left_pending(), back, exec_id)
        return True

    def release(self, reservation_id: str) -> None:
        """The order is final: what is still pending leaves. Released twice is released.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        reservation = self._reservations.take(reservation_id)
        was_over, reservation.is_released = reservation.is_over, True
        if not was_over:  # else nothing is pending any more
            self._pend(Event.VOID, reservation_id, reservation)

    def reopen(self, reservation_id: str) -> None:
        """The order was final, and lives after all: what is left of it pends again, even above a limit.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        reservation = self._reservations.take(reservation_id)
        if reservation.is_released:
            reservation.is_released = False
            self._pend(Event.REOPEN, reservation_id, reservation)

    def expire(self, day: date, stays: Container[str] = ()) -> list[str]:
        """A day has ended: what was posted until then is taken out, order by order.

        Args:
            day: The day; earlier ones that something has stayed of are looked at again.
            stays: The reservations that are not confirmed. Of these, and of those that may still be live, all stays.

        Returns:
            The reservations that something was taken out of.
        """
        ended = self._due.take(day, stays, lambda name: self._reservations.take(name).is_over)
        for due, name in ended:
            self._expire(due, name, self._reservations.take(name))
        return [name for _, name in ended]

    def forget(self, before: date) -> list[str]:
        """Forget what is over and was all paid before a day: its fills can no longer be busted.

        What was posted for good, as a position, stays. Nodes with nothing on them go; stakes that were made before are
        not to be used any more.

        Returns:
            The reservations that are forgotten; whatever is said about them from now on changes nothing.
        """
        waiting = self._due.names()
        gone = [
            name
            for name, each in self._reservations.items()
            if each is not None and each.is_over and name not in waiting and each.stakes.layout.days[-1] < before
        ]
        for name in gone:
            self._reservations[name] = None
        kept = [each for each in self._reservations.values() if each is not None]
        self._chart.keep([node for each in kept for node in each.stakes.held])
        return gone

    def is_released(self, reservation_id: str) -> bool:
        """Whether an order is final, so that nothing of it can pend any more.

        Raises:
            LocalOrderError: There is no such reservation.
        """
        return self._reservations.take(reservation_id).is_released

    def is_forgotten(self, reservation_id: str) -> bool:
        """Whether a reservation was there, and is forgotten."""
        return reservation_id in self._reservations and self._reservations[reservation_id] is None

    def snapshot(self, *, is_digested: bool = False) -> dict[str, object]:
        """Everything there is to know, as plain values in a canonical order; nothing that follows from the marks.

        Args:
            is_digested: In the place of the reservations put one digest of all, which is quick where few have changed.
        """
        return {
            "nodes": {
                name: [text(node.limit), text(node.posted), text(node.pending)]
                for name, node in sorted(self._chart.touched.items())
            },
            "reservations": self._reservations.digest() if is_digested else self._reservations.snapshot(),
            "due": self._due.snapshot(),
            "repeated_executions": self.repeated_executions,
        }

    def forget_digests(self) -> None:
        """The next digest of the reservations is taken anew of every one."""
        self._reservations.digests.forget()

    def _pend(self, event: Event, name: str, reservation: Reservation) -> None:
        """Let what is left of a reservation pend."""
        self._move(event, name, reservation, reservation.left_pending(), reservation.stakes.nothing)

    def _move(
        self,
        event: Event,
        name: str,
        reservation: Reservation,
        pending: Amounts,
        posted: Amounts,
        exec_id: str = "",
    ) -> None:
        """Let so much pend for a reservation, and post so much on top. Nothing else changes a balance."""
        stakes, before = reservation.stakes, reservation.pending
        reservation.pending = pending
        self._changed[stakes] = name
        stakes.move(before, pending, posted)
        if self.listener is not None:
            pended = [now - was for was, now in zip(before, pending, strict=True)]
            for node, more, amount in zip(stakes.held, stakes.each(pended), stakes.each(posted), strict=True):
                tell(self.listener, event, name, exec_id, node.name, more, amount)

    def _expire(self, day: date, name: str, reservation: Reservation) -> None:
        """Take out what a reservation's fills have posted until a day."""
        tallies = reservation.stakes.until[day]
        taken = list(reservation.stakes.nothing)
        for fill in reservation.fills.values():
            if not fill.is_reversed:
                left = list(fill.posted)
                for at in tallies:
                    taken[at] -= left[at]
                    left[at] = ZERO
                fill.posted = tuple(left)
        if any(taken):
            self._move(Event.EXPIRE, name, reservation, reservation.pending, tuple(taken))


def _check_amounts(name: str, quantity: Decimal, amounts: Amounts) -> None:
    if not quantity > ZERO or min(amounts) < ZERO:
        raise LocalOrderError(f"reservation {name} of {quantity} asks for an amount that cannot be")
