"""What must hold after every event, whatever happens: the invariants of the design, as one watcher of a world."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from risk.stops.stops import EVERYTHING, Scope
from simulator.effects import Trade
from trader.domain.commands import PlaceOrder
from trader.domain.events import LegTraded
from trader.domain.ids import LineId, line_of
from trader.domain.money import ZERO
from trader.engine.engine import Engine
from trader.engine.outcome import line_outcomes
from trader.engine.outputs import Send
from trader.engine.rounds import RoundPhase
from trader.engine.state import BatchPhase, BatchState, LineState, LineStatus
from trader.fix import tags
from trader.fix.text import SOH, message_type
from trader.journal import anchor
from trader.journal.record import ChainFault, Record, check_chain
from trader.journal.state_hash import state_hash
from trader.orders.machine import Phase
from trader.orders.order import Order
from trader.simulation.books import differing_lines, robot_sums, terms_of
from trader.simulation.headroom import Headroom, above_limits
from trader.simulation.robot import replayed
from trader.simulation.stated import require
from trader.simulation.world import Watcher, World

KILL_NS = 100_000_000
"""A kill has to hold within this."""

_PRICES = re.compile(rf"{tags.MSG_TYPE}=[WX]\\u0001".encode())
_CL_ORD_ID = re.compile(f"{SOH}{tags.CL_ORD_ID}=([^{SOH}]*)")
_ORDERS = frozenset({"D", "AB"})


class Invariants(Watcher):
    """Watches one world and raises at the first event after which something does not hold.

    Attributes:
        has_odd_venue: True where the venue may say what its books do not: then more than its busts and its silence has
            to be settled by a person.
        has_old_disk: True from when the robot's disk was exchanged for an older copy: then the venue has dealt what no
            robot can book, and it is a break.
    """

    def __init__(self, *, has_odd_venue: bool = False) -> None:
        self.has_odd_venue = has_odd_venue
        self.has_old_disk = False
        self._is_put_back = False  # and no new robot has begun on it
        self._orders_left: set[str] = set()
        self._ledger_seen: object = None
        self._headroom = Headroom()

    def left(self, world: World, sent: Send) -> None:
        """4, 7, and 2 as far as an order is sent once."""
        command = sent.command
        if not isinstance(command, PlaceOrder):
            return
        name = command.cl_ord_id
        require(name not in self._orders_left, 2, f"{name} leaves a second time")
        self._orders_left.add(name)
        for scope, since_ns in world.stopped.items():
            late_ns = world.now_ns - since_ns
            is_inside = scope == EVERYTHING or scope in _scopes(world, name)
            require(not is_inside or late_ns <= KILL_NS, 7, f"{name} leaves {late_ns} ns after {scope} was halted")
        recovery = world.engine.context.sessions[sent.session].recovery
        require(recovery is None or recovery.is_quiet, 4, f"{name} leaves before the venue has answered for all orders")
        require(name in world.engine.context.gate._reserved, 4, f"{name} leaves and the gate has never allowed it")
        require(sent.decided_ts_ns <= world.robot_ns, 4, f"{name} leaves before it was decided")
        is_durable = world.robot.records and world.disk.is_synced
        require(is_durable, 4, f"{name} leaves, and what caused it is not on the disk")

    def arrived(self, world: World, text: str) -> None:
        """2, at the venue."""
        if message_type(text) in _ORDERS:
            found = _CL_ORD_ID.search(text)
            line = line_of(found[1]) if found else None
            if line is not None:
                check_line_at_venue(world, line)

    def traded(self, world: World, trade: Trade) -> None:
        """The venue's side of 3, and 2 in its own trade log."""
        uses = sum(each.exec_id == trade.exec_id for each in world.trades)
        require(uses == 1, 3, f"the venue uses ExecID(17)={trade.exec_id} {uses} times")
        line = line_of(trade.cl_ord_id)
        if line is not None and not self.has_odd_venue:
            check_line_dealt(world, line)

    def stepped(self, world: World, records: Sequence[Record]) -> None:
        """1, 3, 5 and 6, as far as they hold at any moment."""
        if all(_PRICES.search(record.payload) for record in records):
            return  # prices move nothing that is looked at here
        self._listen(world.engine)
        self._check_nodes(world.engine)
        check_lines(world.engine)
        for blotter in world.engine.context.blotters.values():
            for order in blotter.live():
                self._check_fills(world, order)
                check_holds(world.engine, order)

    def restarted(self, world: World, dead: Engine, records: Sequence[Record]) -> None:
        """8: what was durable has not changed, and its fold is what the dead robot had in memory."""
        kept = world.robot.records
        if self._is_put_back:
            self._is_put_back, self._ledger_seen = False, None
            self._listen(world.engine)
            return
        require(kept[: len(records)] == list(records), 8, f"of {len(records)} durable records {len(kept)} are left")
        self._ledger_seen = None
        self._listen(world.engine)
        if len(kept) == len(records):
            same = state_hash(dead) == state_hash(world.engine)
            require(same, 8, f"a new robot that has replayed {len(kept)} records is not where the dead one was")

    def put_back(self) -> None:
        """What left before, the next robot cannot know: the venue's own book alone says whether it is dealt twice."""
        self.has_old_disk = self._is_put_back = True
        self._orders_left.clear()

    def at_end(self, world: World) -> None:
        """What holds when the world is over."""
        batch = world.state
        require(batch is not None, 1, "the batch is not there")
        assert batch is not None
        check_lines(world.engine)
        for blotter in world.engine.context.blotters.values():
            for order in blotter:
                self._check_fills(world, order)
        self._check_end(world, batch)
        self._check_books(world, batch)
        check_rounds(world, batch)
        check_replay(world)
        check_tampering(world)

    def _check_end(self, world: World, batch: BatchState) -> None:
        """1: the batch is over, or what holds it up is listed; 5: what is over holds no limits."""
        unknown = batch.counts()[LineStatus.UNKNOWN]
        if batch.phase is BatchPhase.DONE:
            require(batch.open_lines == 0, 1, f"{batch.open_lines} lines are open")
        else:
            listed = unknown and (self.has_odd_venue or not (world.people.is_staffed or _answers_all(world)))
            require(listed, 1, f"the batch is {batch.phase} with {unknown} lines unknown")
        if not unknown and batch.phase is BatchPhase.DONE:
            check_nothing_pends(world)

    def _check_books(self, world: World, batch: BatchState) -> None:
        """3: the sums are the same, but for lines that are shown to differ, or of which nobody could hear."""
        venue = world.venue_trades.sums()
        robot, result = robot_sums(batch, world.engine)
        shown = differing_lines(robot, result)
        differs = differing_lines(venue, robot) - world.unheard
        unknown = {state.line.line_no for state in batch.lines if state.status is LineStatus.UNKNOWN}
        broken = {found.line.line_no for found in batch.breaks if found.line is not None}
        silent = differs - unknown - broken - _with_orphans(world)
        require(
            shown <= broken | unknown,
            3,
            f"lines {sorted(shown)}: booked {dict(robot)}, in the result file {dict(result)}",
        )
        require(not silent, 3, f"lines {sorted(silent)}: the venue has {dict(venue)}, the robot {dict(robot)}")
        may_differ = self.has_odd_venue or self.has_old_disk
        require(may_differ or broken <= world.unheard, 3, f"lines {sorted(broken)} are broken: {batch.breaks}")
        require(
            not (differs - world.unheard and batch.is_reconciled),
            3,
            f"lines {sorted(differs)} differ, and all is reconciled",
        )
        for outcome in line_outcomes(batch, world.engine.context.blotters):
            deal, row = batch.lines[outcome.line_no - 1].line.deal, outcome.result
            amounts = (row.filled_amount, *(leg.filled_amount for leg in row.far_legs))
            is_over = any(amount > leg.amount for amount, leg in zip(amounts, deal.legs, strict=False))
            require(self.has_odd_venue or not is_over, 2, f"line {outcome.line_no} is overfilled")

    def _check_fills(self, world: World, order: Order) -> None:
        """3, as far as it can hold at any moment: what the robot has booked, the venue has traded, on those terms."""
        for fill in order.fills.values():
            if fill.signed_by:
                continue  # on a person's word, until the venue's own comes; the sums are held against each other
            trade = world.venue_trades.made.get(fill.exec_id)
            require(trade is not None, 3, f"{order} has a fill {fill.exec_id} that the venue has not")
            assert trade is not None
            is_ours = self.has_odd_venue or line_of(trade.cl_ord_id) == line_of(order.cl_ord_id)
            require(is_ours, 3, f"{order} has a fill {fill.exec_id} of {trade.cl_ord_id}")
            mine, theirs = terms_of(fill), terms_of(trade)
            require(mine == theirs or self.has_odd_venue, 3, f"{order} booked {mine}, the venue traded {theirs}")
        booked = sum((fill.last_qty for fill in order.fills.values()), ZERO)
        require(order.cum_qty == booked, 3, f"{order} adds up wrong")

    def _listen(self, engine: Engine) -> None:
        """6, for the orders that were decided since: each took what was there."""
        if engine.context.has_gate:
            self._headroom.listen(engine.context.gate._ledger)
        require(not self._headroom.taken_beyond, 6, "; ".join(self._headroom.taken_beyond))

    def _check_nodes(self, engine: Engine) -> None:
        """5 and 6, when something has changed since they were looked at last."""
        if engine.context.has_gate:
            reservations = engine.context.gate._ledger._reservations.values()
            seen = [(id(each.pending), len(each.fills)) for each in reservations if each is not None]
            if seen != self._ledger_seen:
                self._ledger_seen = seen
                check_nodes(engine)
                above = list(above_limits(engine.context.gate._ledger, may_overfill=self.has_odd_venue))
                require(not above, 6, "; ".join(above))


def _with_orphans(world: World) -> set[int]:
    """The lines of which a trade could not be booked, and is kept and shown."""
    orphans = (orphan for blotter in world.engine.context.blotters.values() for orphan in blotter.orphans.values())
    names = (orphan.cl_ord_id or orphan.event.cl_ord_id for orphan in orphans)
    return {line.line_no for name in names if (line := line_of(name)) is not None}


def _answers_all(world: World) -> bool:
    requests = world.dialect.requests
    return requests.order_status and requests.trade_capture


def _scopes(world: World, cl_ord_id: str) -> Iterable[Scope]:
    lines = world.engine._lines
    return lines.scopes(*lines.locate(cl_ord_id))


def check_line_at_venue(world: World, line: LineId) -> None:
    """2, at the venue's own book: what a line's orders have filled and may still fill. A trade too many is no order."""
    asked = _asked(world, line)
    book = world.venue._book
    known = [*book._by_id.values(), *book.open_orders()]  # a name that was taken twice leads to the later one alone
    orders = {each.order_id: each for each in known if each is not None and line_of(each.cl_ord_id) == line}
    there: defaultdict[object, Decimal] = defaultdict(Decimal)
    for order in orders.values():
        near = order.deal.near_leg
        there[near.side, near.value_date] += min(order.cum_qty, near.amount) + max(order.leaves_qty, ZERO)
    for leg_name, total in there.items():
        require(total <= asked[leg_name], 2, f"line {line} asked for {asked[leg_name]} and has {total} at the venue")


def check_line_dealt(world: World, line: LineId) -> None:
    """2, in the venue's trade log: what stands of a line's trades, whichever orders of the same name they are of."""
    dealt: defaultdict[object, Decimal] = defaultdict(Decimal)
    for trade in world.venue_trades.standing.values():
        if line_of(trade.cl_ord_id) == line:
            legs: list[Trade | LegTraded] = [trade, *trade.far_legs]
            for leg in legs:
                dealt[leg.side, leg.settl_date] += leg.last_qty
    asked = _asked(world, line)
    for leg_name, total in dealt.items():
        require(total <= asked[leg_name], 2, f"line {line} asked for {asked[leg_name]} and {total} of it is dealt")


def _asked(world: World, line: LineId) -> defaultdict[object, Decimal]:
    """What a line asks for, by side and value date."""
    deal = next(each for each in world.batch.lines if each.line_no == line.line_no).deal
    asked: defaultdict[object, Decimal] = defaultdict(Decimal)
    for leg in deal.legs:
        asked[leg.side, leg.value_date] += leg.amount
    return asked


def check_lines(engine: Engine) -> None:
    """1, at every moment: the count of open lines is right, and a line's status says what its orders are."""
    for name, batch in engine.context.batches.items():
        counts = Counter(state.status for state in batch.lines)
        open_lines = sum(count for status, count in counts.items() if status.is_open)
        require(batch.open_lines == open_lines, 1, f"{name} counts {batch.open_lines} open lines of {open_lines}")
        require(sum(counts.values()) == len(batch.submitted.lines), 1, f"{name} has lost a line")
        for state in batch.lines:
            _check_line(engine, batch, state)


def _check_line(engine: Engine, batch: BatchState, state: LineState) -> None:
    blotter = engine.context.blotters[batch.session_of(state.line)]
    orders = [order for each in state.orders if (order := blotter.find(each)) is not None]
    require(len(orders) == len(state.orders), 1, f"line {state.line.line_no} names an order nobody has")
    live = [order for order in orders if not order.is_final]
    parts = len(engine.context.dialects[batch.session_of(state.line)].orders_of(state.line.deal))
    require(len(live) <= parts, 2, f"line {state.line.line_no} has {len(live)} orders that may be live")
    if live:
        expected = (LineStatus.WORKING, LineStatus.UNKNOWN)
        require(state.status in expected, 1, f"line {state.line.line_no} is {state.status} and has {live[0]}")


def check_nodes(engine: Engine) -> None:
    """5: every limit adds up from its reservations and postings."""
    if not engine.context.has_gate:
        return
    ledger = engine.context.gate._ledger
    pending: defaultdict[str, Decimal] = defaultdict(Decimal)
    posted: defaultdict[str, Decimal] = defaultdict(Decimal)
    for reservation in ledger._reservations.values():
        if reservation is None:
            continue
        stakes = reservation.stakes
        names = [node.name for node in stakes.held]
        for name, held in zip(names, stakes.each(reservation.pending), strict=True):
            pending[name] += held
        for fill in reservation.fills.values():
            if not fill.is_reversed:
                for name, amount in zip(names, stakes.each(fill.posted), strict=True):
                    posted[name] += amount
    for name, node in ledger.nodes():
        require(node.pending == pending[name], 5, f"{name} pends {node.pending}, its orders {pending[name]}")
        require(node.posted == posted[name], 5, f"{name} has posted {node.posted}, its fills {posted[name]}")
        require(node.free + node.used == node.limit, 5, f"{name} does not add up")


def check_holds(engine: Engine, order: Order) -> None:
    """5: what the venue has not answered holds its limits; no time that passes gives them back."""
    reservation = engine.context.gate._ledger._reservations.get(order.cl_ord_id)
    is_held = reservation is not None and not reservation.is_released
    holds = is_held or order.phase is not Phase.SENT
    require(holds, 5, f"{order} may still trade {order.leaves_qty}, and holds no limits")


def check_nothing_pends(world: World) -> None:
    """5, when nothing is open."""
    for node in world.engine.context.gate.utilisation():
        require(node.pending == ZERO, 5, f"{node.node} still holds {node.pending}")


def check_rounds(world: World, batch: BatchState) -> None:
    """What was dealt on a quote was dealt on the best there was, and no round is left open."""
    require(not batch.rounds, 1, f"{len(batch.rounds)} rounds of quotes are open")
    blotter = world.engine.context.blotters[batch.submitted.venue]
    for state in batch.lines:
        taken = [each for each in state.quote_rounds if each.phase is RoundPhase.TAKEN]
        require(all(not each.phase.is_open for each in state.quote_rounds), 1, f"line {state.line.line_no} has a round")
        quoted = [
            order for name in state.orders if (order := blotter.find(name)) is not None and order.quote is not None
        ]
        require(
            len(taken) == len(quoted), 4, f"line {state.line.line_no} has {len(quoted)} orders on {len(taken)} quotes"
        )
        for each, order in zip(taken, quoted, strict=True):
            assert order.quote is not None
            require(order.quote.quote_id == each.quote_id, 4, f"{order} takes another quote than the round's")
            came_to = [answer.contra for answer in each.answers if answer.contra is not None]
            (won,) = (answer.contra for answer in each.answers if answer.verdict.startswith("won"))
            require(won == max(came_to), 4, f"{order} takes a quote that is not the best")


def check_replay(world: World) -> None:
    """8: a fresh engine that takes the journal is in the same state."""
    again = state_hash(replayed(world.journal))
    require(again == state_hash(world.engine), 8, f"replaying {len(world.journal)} records gives another state")


def check_tampering(world: World) -> None:
    """9: a record that was edited, swapped with its neighbor or cut out is found, and so is an end that was cut off."""
    journal = world.journal
    at = int(world.random.integers(1, len(journal) - 1))
    victim = journal[at]
    edited = Record(victim.seq, victim.ts_ns, victim.kind, victim.payload.replace(b"0", b"1", 1) + b" ", victim.digest)
    swapped = [*journal[: at - 1], journal[at], journal[at - 1], *journal[at + 1 :]]
    for what, tampered in (
        ("edited", [*journal[:at], edited, *journal[at + 1 :]]),
        ("swapped", swapped),
        ("cut out", [*journal[:at], *journal[at + 1 :]]),
    ):
        found = any(isinstance(each, ChainFault) for each in check_chain(tampered))
        require(found, 9, f"record {at + 1} of {len(journal)} was {what}, and the chain holds")
    kept = anchor.Anchor(world.robot_ns, "", journal[-1].seq, journal[-1].digest.hex())
    require(_anchor_fault(kept, journal) == "", 9, "the journal is not the one that its own anchor was made of")
    cut = _anchor_fault(kept, journal[:-1])
    require(cut != "", 9, f"the last of {len(journal)} records was cut off, and the anchor that was kept agrees")


def _anchor_fault(kept: anchor.Anchor, journal: Sequence[Record]) -> str:
    heads = {record.seq: record.digest.hex() for record in journal}
    return anchor.anchor_fault(kept, "the anchor that was kept", heads, journal[-1].seq)
