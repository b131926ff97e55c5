"""What must hold after every event, whatever happens: the invariants of the design, as one watcher of a world.

They are numbered as ``docs/design.md`` numbers them:

1. each batch line ends in exactly one final state, or is listed as unknown;
2. no line ever has more live plus filled quantity at the venue than it asked for, counted at the venue;
3. fills at the venue = fills in the robot = fills in the result file, per line, currency and value date;
4. no order leaves without an allow decision that is in the journal;
5. per limit node: available + pending + posted = limit, and pending is 0 when nothing is open;
6. no hard limit is broken by our own act;
7. after a kill nothing that carries risk leaves;
8. replaying the journal gives the same state hash.
"""

import re
from collections import Counter, defaultdict
from decimal import Decimal

from simulator.effects import Trade
from trader.domain.commands import PlaceOrder
from trader.domain.events import LegTraded
from trader.domain.ids import LineId, line_of
from trader.engine.engine import Engine
from trader.engine.outcome import line_outcomes
from trader.engine.outputs import Send
from trader.engine.rounds import RoundPhase
from trader.engine.state import BatchPhase, BatchState, LineStatus
from trader.fix import tags
from trader.fix.text import split
from trader.journal.state_hash import state_hash
from trader.orders.order import Order
from trader.simulation.world import Watcher, World, journal_bytes, replayed

ZERO = Decimal(0)

_PRICES = re.compile(rf"{tags.MSG_TYPE}=[WX]\\u0001".encode())


class BrokenInvariantError(AssertionError):
    """An invariant does not hold; the message says which, where and by how much."""


def require(holds: object, number: int, what: object) -> None:
    """Raise unless an invariant holds."""
    if not holds:
        raise BrokenInvariantError(f"invariant {number}: {what}")


class Invariants(Watcher):
    """Watches one world and raises at the first event after which something does not hold."""

    def __init__(self) -> None:
        self.orders_left: set[str] = set()
        self.fills_seen: dict[str, Trade] = {}

    def left(self, world: World, sent: Send) -> None:
        """4, 7, and 2 as far as an order is sent once."""
        command = sent.command
        if not isinstance(command, PlaceOrder):
            return
        name = command.cl_ord_id
        require(not world.killed_ns, 7, f"{name} leaves {world.now_ns - world.killed_ns} ns after a kill")
        require(name not in self.orders_left, 2, f"{name} leaves a second time")
        self.orders_left.add(name)
        require(name in world.engine.context.gate._reserved, 4, f"{name} leaves and the gate has never allowed it")
        require(sent.decided_ts_ns <= world.now_ns, 4, f"{name} leaves before it was decided")
        require(len(world.journal) > 0 and world.journal[-1].ts_ns <= world.now_ns, 4, "nothing journalled caused it")

    def arrived(self, world: World, text: str) -> None:
        """2, at the venue."""
        fields = dict(split(text))
        line = line_of(fields.get(tags.CL_ORD_ID, "")) if fields[tags.MSG_TYPE] == "D" else None
        if line is not None:
            check_line_at_venue(world, line)

    def traded(self, _world: World, trade: Trade) -> None:
        """The venue's side of 3."""
        require(trade.exec_id not in self.fills_seen, 3, f"the venue uses ExecID(17)={trade.exec_id} twice")
        self.fills_seen[trade.exec_id] = trade

    def stepped(self, world: World) -> None:
        """1, 3, 5 and 6, as far as they hold at any moment."""
        if _PRICES.search(world.journal[-1].payload):
            return  # prices move nothing that is looked at here
        check_nodes(world.engine)
        check_lines(world.engine)
        for blotter in world.engine.context.blotters.values():
            for order in blotter.live():
                check_fills(self.fills_seen, order)

    def at_end(self, world: World) -> None:
        """What holds when the batch is over."""
        batch = world.state
        require(batch is not None, 1, "the batch is not there")
        assert batch is not None
        require(batch.phase is BatchPhase.DONE, 1, f"the batch is {batch.phase}")
        require(batch.open_lines == 0, 1, f"{batch.open_lines} lines are open")
        check_lines(world.engine)
        for blotter in world.engine.context.blotters.values():
            for order in blotter:
                check_fills(self.fills_seen, order)
        if not batch.counts()[LineStatus.UNKNOWN]:
            check_three_books(world, batch)
            for node in world.engine.context.gate.utilisation():
                require(node.pending == ZERO, 5, f"{node.node} still holds {node.pending}")
        check_rounds(world, batch)
        check_replay(world)


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


class Paced(Invariants):
    """Watches besides that no window holds more messages than the venue takes, whatever they say."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[int] = []

    def left(self, world: World, sent: Send) -> None:
        """The same, and no window is too full."""
        super().left(world, sent)
        pace = world.dialect.pace
        assert pace is not None
        self.moments.append(world.now_ns)
        if len(self.moments) > pace.messages_max:
            apart_ns = world.now_ns - self.moments[-1 - pace.messages_max]
            require(apart_ns >= pace.window_ms * 1_000_000, 7, f"{pace.messages_max + 1} messages within {apart_ns} ns")


def check_line_at_venue(world: World, line: LineId) -> None:
    """2, at the venue's own book: what all of a line's orders have filled and may still fill, leg by leg."""
    deal = next(each for each in world.batch.lines if each.line_no == line.line_no).deal
    asked: defaultdict[object, Decimal] = defaultdict(Decimal)
    for leg in deal.legs:
        asked[leg.side, leg.value_date] += leg.amount
    orders = {
        order.order_id: order
        for (_, name), order in world.venue._book._by_id.items()
        if order is not None and line_of(name) == line
    }
    there: defaultdict[object, Decimal] = defaultdict(Decimal)
    for order in orders.values():
        there[order.deal.near_leg.side, order.deal.near_leg.value_date] += order.cum_qty + order.leaves_qty
    for leg_name, total in there.items():
        require(total <= asked[leg_name], 2, f"line {line} asked for {asked[leg_name]} and has {total} at the venue")


def check_fills(venue_fills: dict[str, Trade], order: Order) -> None:
    """3, as far as it can hold at any moment: what the robot has booked, the venue has traded, on the same terms."""
    for fill in order.fills.values():
        trade = venue_fills.get(fill.exec_id)
        require(trade is not None, 3, f"{order} has a fill {fill.exec_id} that the venue has not")
        assert trade is not None
        mine = (fill.last_qty, fill.last_px, fill.settl_date, fill.contra_qty, *_far(fill.far_legs))
        theirs = (trade.last_qty, trade.last_px, trade.settl_date, trade.contra_qty, *_far(trade.far_legs))
        require(mine == theirs, 3, f"{order} booked {mine}, the venue traded {theirs}")
    require(order.cum_qty == sum((fill.last_qty for fill in order.fills.values()), ZERO), 3, f"{order} adds up wrong")


def _far(legs: tuple[LegTraded, ...]) -> list[tuple[object, ...]]:
    return [(leg.side, leg.last_qty, leg.last_px, leg.settl_date) for leg in legs]


def check_three_books(world: World, batch: BatchState) -> None:
    """3, at the end: per line, currency and value date the three sums are the same."""
    venue: defaultdict[tuple[int, str, object], Decimal] = defaultdict(Decimal)
    robot: defaultdict[tuple[int, str, object], Decimal] = defaultdict(Decimal)
    result: defaultdict[tuple[int, str, object], Decimal] = defaultdict(Decimal)
    for trade in world.trades:
        line = line_of(trade.cl_ord_id)
        assert line is not None
        venue[line.line_no, trade.currency, trade.settl_date] += trade.last_qty
        for leg in trade.far_legs:
            venue[line.line_no, trade.currency, leg.settl_date] += leg.last_qty
    for outcome in line_outcomes(batch, world.engine.context.blotters):
        deal, row = batch.lines[outcome.line_no - 1].line.deal, outcome.result
        for _, fill in outcome.fills:
            robot[outcome.line_no, deal.dealt_currency, fill.settl_date] += fill.last_qty
            for leg in fill.far_legs:
                robot[outcome.line_no, deal.dealt_currency, leg.settl_date] += leg.last_qty
        shown = [
            (row.near_value_date, row.filled_amount),
            *((leg.value_date, leg.filled_amount) for leg in row.far_legs),
        ]
        for (day, amount), asked in zip(shown, deal.legs, strict=False):
            if amount:
                result[outcome.line_no, deal.dealt_currency, day] += amount
            require(amount <= asked.amount, 2, f"line {outcome.line_no} is overfilled")
    require(venue == robot, 3, f"the venue has {dict(venue)}, the robot {dict(robot)}")
    require(venue == result, 3, f"the venue has {dict(venue)}, the result file {dict(result)}")


def check_lines(engine: Engine) -> None:
    """1, at every moment: the count of open lines is right, and a line's status says what its orders are."""
    for name, batch in engine.context.batches.items():
        counts = Counter(state.status for state in batch.lines)
        open_lines = sum(count for status, count in counts.items() if status.is_open)
        require(batch.open_lines == open_lines, 1, f"{name} counts {batch.open_lines} open lines of {open_lines}")
        require(sum(counts.values()) == len(batch.submitted.lines), 1, f"{name} has lost a line")
        for state in batch.lines:
            blotter = engine.context.blotters[batch.session_of(state.line)]
            orders = [order for each in state.orders if (order := blotter.find(each)) is not None]
            require(len(orders) == len(state.orders), 1, f"line {state.line.line_no} names an order nobody has")
            live = [order for order in orders if not order.is_final]
            parts = len(engine.context.dialects[batch.session_of(state.line)].orders_of(state.line.deal))
            require(len(live) <= parts, 2, f"line {state.line.line_no} has {len(live)} orders that may be live")
            if live:
                expected = (LineStatus.WORKING, LineStatus.UNKNOWN)
                require(state.status in expected, 1, f"line {state.line.line_no} is {state.status} and has {live[0]}")


def check_nodes(engine: Engine, *, within_limits: bool = True) -> None:
    """5 and 6: every limit adds up from its reservations and postings; only a venue's own act may exceed one."""
    if not engine.context.has_gate:
        return
    ledger = engine.context.gate._ledger
    pending: defaultdict[str, Decimal] = defaultdict(Decimal)
    posted: defaultdict[str, Decimal] = defaultdict(Decimal)
    for reservation in ledger._reservations.values():
        if reservation is None:
            continue
        names = [node.name for node in reservation.stakes.held]
        for name, held in zip(names, reservation.pending, strict=True):
            pending[name] += held
        for fill in reservation.fills.values():
            if not fill.is_reversed:
                for name, amount in zip(names, fill.posted, strict=True):
                    posted[name] += amount
    for name, node in ledger.nodes():
        require(node.pending == pending[name], 5, f"{name} pends {node.pending}, its orders {pending[name]}")
        require(node.posted == posted[name], 5, f"{name} has posted {node.posted}, its fills {posted[name]}")
        require(node.free + node.used == node.limit, 5, f"{name} does not add up")
        require(not within_limits or node.used <= node.limit, 6, f"{name} uses {node.used} of {node.limit}")


def check_replay(world: World) -> None:
    """8: a fresh engine that takes the journal is in the same state."""
    again = state_hash(replayed(world.journal))
    require(again == state_hash(world.engine), 8, f"replaying {len(world.journal)} records gives another state")


def same_run(one: World, other: World) -> bool:
    """8: two worlds of the same seed have the same journal and the same state."""
    return journal_bytes(one.journal) == journal_bytes(other.journal) and state_hash(one.engine) == state_hash(
        other.engine
    )
