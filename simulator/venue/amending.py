"""What the venue does to trades that are done: it takes them back, corrects them, or trades the other way.

The venue's list of trades has the old trade as void from then on, and what a correction made of it as a trade of its
own. The quantity that is taken back is not dealt again, unless the order was still open.
"""

from dataclasses import replace
from decimal import Decimal
from functools import partial

from msgspec import structs

from simulator.effects import LogTrade, Trade, TradeKind
from simulator.faults.actions import Amendment, Bust, Correct
from simulator.market.pricing import moved
from simulator.venue.book import Order
from simulator.venue.house import House
from simulator.venue.reports import amended, captured, trade_report
from trader.domain.currency import Currency, parse_pair
from trader.domain.events import ExecType, LegTraded
from trader.domain.moments import NS_PER_MS
from trader.domain.money import contra_amount


class Amending:
    """Takes trades back, and corrects them."""

    def __init__(self, house: House) -> None:
        self._house = house

    def plan(self, order: Order, trade: Trade, action: Amendment, now_ns: int) -> None:
        """Amend the trade when the time comes."""
        due_ns = now_ns + round(action.after_ms * NS_PER_MS)
        if isinstance(action, Bust):
            self._house.agenda.add(due_ns, partial(self._bust, order, trade, action))
        else:
            self._house.agenda.add(due_ns, partial(self._correct, order, trade, action))

    def _bust(self, order: Order, trade: Trade, action: Bust, now_ns: int) -> None:
        house = self._house
        if house.trades.standing(trade.session, trade.exec_id) is not trade:
            return
        if action.told_by == "offset":
            self._offset(order, trade, now_ns)
            return
        order.unbook_fill(trade.last_qty, trade.last_px)
        bust = replace(
            trade, exec_id=order.next_exec_id(), exec_ref_id=trade.exec_id, kind=TradeKind.BUST, ts_ns=now_ns
        )
        house.trades.void(trade)
        house.outbox.log(LogTrade(bust))
        if action.told_by in ("report", "both"):
            house.outbox.send(amended(order, bust, ExecType.TRADE_CANCEL), now_ns, order)
        if action.told_by in ("trade_report", "both"):
            house.outbox.send(captured(trade, "", self._number(), is_void=True), now_ns, order)

    def _offset(self, order: Order, trade: Trade, now_ns: int) -> None:
        """A trade the other way, of which the order knows nothing: it stays as filled as it was."""
        house = self._house
        far_legs = tuple(_turned(leg) for leg in trade.far_legs)
        offset = replace(
            trade,
            exec_id=order.next_exec_id(),
            exec_ref_id=trade.exec_id,
            kind=TradeKind.OFFSET,
            side=trade.side.opposite,
            far_legs=far_legs,
            ts_ns=now_ns,
        )
        house.trades.add(offset)
        house.outbox.log(LogTrade(offset))
        house.outbox.send(trade_report(order, offset), now_ns, order)

    def _correct(self, order: Order, trade: Trade, action: Correct, now_ns: int) -> None:
        house = self._house
        if house.trades.standing(trade.session, trade.exec_id) is not trade:
            return
        order.unbook_fill(trade.last_qty, trade.last_px)
        corrected = _corrected(trade, action, order, now_ns)
        order.rebook_fill(corrected.last_qty, corrected.last_px)
        house.outbox.log(LogTrade(corrected))
        if action.told_by == "report":
            house.trades.void(trade)
            house.trades.add(corrected)
            house.outbox.send(amended(order, corrected, ExecType.TRADE_CORRECT), now_ns, order)
        else:  # the trade keeps its ExecID(17), and so there is no old one that would be void
            renamed = replace(corrected, exec_id=trade.exec_id, exec_ref_id="")
            house.trades.amend(trade, renamed)
            house.outbox.send(captured(renamed, "", self._number(), is_amendment=True), now_ns, order)

    def _number(self) -> int:
        return self._house.trades.next_report()


def _corrected(trade: Trade, action: Correct, order: Order, now_ns: int) -> Trade:
    """The trade as it should have been: its near leg's rate moved, or a part of it."""
    deal = order.deal
    last_px = moved(trade.last_px, action.bp if deal.base_is_bought else -action.bp)
    last_qty = _part(trade.last_qty, action.fraction, order.unit)
    return replace(
        trade,
        exec_id=order.next_exec_id(),
        exec_ref_id=trade.exec_id,
        kind=TradeKind.CORRECT,
        last_qty=last_qty,
        last_px=last_px,
        last_spot_rate=None if trade.last_spot_rate is None else trade.last_spot_rate + last_px - trade.last_px,
        contra_qty=contra_amount(last_qty, Currency(trade.currency), parse_pair(trade.symbol), last_px),
        far_legs=tuple(_part_of(leg, action.fraction, order.unit) for leg in trade.far_legs),
        ts_ns=now_ns,
    )


def _part(quantity: Decimal, fraction: Decimal, unit: Decimal) -> Decimal:
    return quantity if fraction == 1 else quantity * fraction // unit * unit or quantity


def _part_of(leg: LegTraded, fraction: Decimal, unit: Decimal) -> LegTraded:
    return structs.replace(leg, last_qty=_part(leg.last_qty, fraction, unit), contra_qty=None)


def _turned(leg: LegTraded) -> LegTraded:
    return structs.replace(leg, side=leg.side.opposite)
