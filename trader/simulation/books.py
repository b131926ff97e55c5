"""The three books of a batch as plain sums, for invariant 3: what the venue, the robot and the result file have."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from simulator.effects import Trade, TradeKind
from trader.domain.events import LegTraded
from trader.domain.ids import line_of
from trader.domain.money import ZERO
from trader.engine.engine import Engine
from trader.engine.outcome import LineOutcome, line_outcomes
from trader.engine.state import BatchState
from trader.orders.fills import Fill

Place = tuple[int, str, date | None]
"""A line, a currency and a value date."""

Sums = Mapping[Place, Decimal]


class VenueTrades:
    """The venue's trades, from the entries of its log.

    Attributes:
        made: Every trade that was ever done, a correction included, by ExecID(17).
        standing: Those that nothing has taken back. A trade the other way is nobody's order, and stands in no line.
    """

    def __init__(self) -> None:
        self.made: dict[str, Trade] = {}
        self.standing: dict[str, Trade] = {}

    def enter(self, entry: Trade) -> None:
        """Take an entry of the trade log."""
        if entry.kind in (TradeKind.BUST, TradeKind.CORRECT):
            self.standing.pop(entry.exec_ref_id, None)
        if entry.kind is not TradeKind.BUST:
            self.made[entry.exec_id] = entry
        if entry.kind in (TradeKind.TRADE, TradeKind.CORRECT):
            self.standing[entry.exec_id] = entry

    def sums(self) -> Sums:
        """What stands, in units of the dealt currency."""
        sums: defaultdict[Place, Decimal] = defaultdict(Decimal)
        for trade in self.standing.values():
            line = line_of(trade.cl_ord_id)
            assert line is not None, "every order of ours names its line"
            _add(sums, line.line_no, trade.currency, trade)
        return sums


def robot_sums(batch: BatchState, engine: Engine) -> tuple[Sums, Sums]:
    """What the robot has booked, and what the result file shows, in units of the dealt currency."""
    robot: defaultdict[Place, Decimal] = defaultdict(Decimal)
    result: defaultdict[Place, Decimal] = defaultdict(Decimal)
    for outcome in line_outcomes(batch, engine.context.blotters):
        currency = batch.lines[outcome.line_no - 1].line.deal.dealt_currency
        for _, _, fill in outcome.fills:
            _add(robot, outcome.line_no, currency, fill)
        for day, amount in _shown(outcome):
            if amount:
                result[outcome.line_no, currency, day] += amount
    return robot, result


def differing_lines(one: Sums, other: Sums) -> set[int]:
    """The lines on which two books do not agree."""
    return {place[0] for place in {**one, **other} if one.get(place, ZERO) != other.get(place, ZERO)}


def terms_of(fill: Fill | Trade) -> tuple[object, ...]:
    """What a fill did, on every leg: equal for the venue's trade and the robot's booking of it."""
    far = [(leg.side, leg.last_qty, leg.last_px, leg.settl_date) for leg in fill.far_legs]
    return fill.last_qty, fill.last_px, fill.settl_date, fill.contra_qty, *far


def _shown(outcome: LineOutcome) -> Iterable[tuple[date | None, Decimal]]:
    row = outcome.result
    yield row.near_value_date, row.filled_amount
    for leg in row.far_legs:
        yield leg.value_date, leg.filled_amount


def _add(sums: defaultdict[Place, Decimal], line_no: int, currency: str, traded: Fill | Trade) -> None:
    legs: list[Fill | Trade | LegTraded] = [traded, *traded.far_legs]
    for leg in legs:
        sums[line_no, currency, leg.settl_date] += leg.last_qty
