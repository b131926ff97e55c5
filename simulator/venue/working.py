"""What becomes of an accepted order: trades, changes that nobody asked for, and its end."""

from decimal import Decimal

from simulator.effects import LogTrade, Send
from simulator.faults.actions import Turn
from simulator.market.pricing import Price, house_price
from simulator.venue.amending import Amending
from simulator.venue.book import Order
from simulator.venue.house import House
from simulator.venue.reports import fill_of, order_report, trade_report
from trader.domain.deal import OrderType, TimeInForce
from trader.domain.events import ExecType, OrdStatus
from trader.domain.money import ZERO

_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


class Working:
    """Works orders against the house's prices."""

    def __init__(self, house: House, amending: Amending) -> None:
        self._house = house
        self._amending = amending

    def work(self, order: Order, now_ns: int) -> None:
        """Fill what the market and the order's plan allow now; end what must be done at once and is not."""
        if order.is_halted:
            return
        at_once = order.time_in_force in _AT_ONCE
        while not order.is_final and (at_once or order.next_fill_ns <= now_ns):
            price = self._marketable_price(order)
            quantity = order.leaves_qty if order.time_in_force is TimeInForce.FOK else order.next_slice()
            if price is None or not quantity or (order.time_in_force is TimeInForce.FOK and order.fraction < 1):
                break
            self._fill(order, quantity, price, now_ns)
        if order.is_final:
            return
        if at_once:
            self.end(order, now_ns, text=f"Nothing more to fill at once for {order.time_in_force}")
        elif order.next_fill_ns > max(now_ns, order.wakeup_ns) and order.next_slice():
            order.wakeup_ns = order.next_fill_ns
            self._house.agenda.add(order.next_fill_ns, lambda due_ns: self.work(order, due_ns))

    def work_resting(self, now_ns: int) -> None:
        """Try every waiting order against new prices."""
        for order in self._house.book.open_orders():
            if order.next_fill_ns <= now_ns:
                self.work(order, now_ns)

    def cross(self, order: Order, fraction: Decimal, now_ns: int) -> None:
        """Trade a part of what is left, whatever the order's plan: at its own limit when the market is not there."""
        left = order.leaves_qty
        quantity = left * fraction // order.unit * order.unit or left
        price = self._marketable_price(order)
        if price is None:
            assert order.price is not None, "an order without a limit is marketable at any price"
            price = Price(order.price, (order.price,))
        self._fill(order, quantity, price, now_ns)

    def end(
        self,
        order: Order,
        now_ns: int,
        cl_ord_id: str = "",
        text: str = "",
        status: OrdStatus = OrdStatus.CANCELED,
    ) -> None:
        """End what is left, on request (then the request's id names the order) or by the venue itself."""
        orig_cl_ord_id = ""
        if cl_ord_id:
            orig_cl_ord_id, order.cl_ord_id = order.cl_ord_id, cl_ord_id
            self._house.book.rename(order)
        order.status = status
        self._house.book.settle(order)
        self._report(order, ExecType(status), now_ns, orig_cl_ord_id=orig_cl_ord_id, text=text)

    def turn(self, order: Order, action: Turn, now_ns: int) -> None:
        """Change an order unasked; one that is over stays as it is."""
        if order.is_final:
            return
        if action.into in (OrdStatus.EXPIRED, OrdStatus.DONE_FOR_DAY):
            self.end(order, now_ns, text=action.text, status=OrdStatus(action.into))
            return
        if action.into == ExecType.RESTATED:
            kept = order.order_qty * action.keep // order.unit * order.unit
            order.restate(max(order.cum_qty, kept))
            self._house.book.settle(order)
        else:
            order.is_halted = action.into == OrdStatus.SUSPENDED
            order.told_as = OrdStatus(action.into)
        self._report(order, ExecType(action.into), now_ns, text=action.text)

    def _report(self, order: Order, exec_type: ExecType, now_ns: int, orig_cl_ord_id: str = "", text: str = "") -> None:
        self._send(order_report(order, exec_type, now_ns, orig_cl_ord_id=orig_cl_ord_id, text=text), now_ns, order)

    def _marketable_price(self, order: Order) -> Price | None:
        """What the order would trade at: its quote's price, or the house's when it is good enough; else None."""
        if order.quoted is not None:
            return order.quoted
        deal = order.deal
        price = house_price(self._house.market, deal)
        if order.order_type is OrderType.MARKET or order.price is None:
            return price
        rate = price.rates[0]
        return price if (rate <= order.price if deal.base_is_bought else rate >= order.price) else None

    def _fill(self, order: Order, quantity: Decimal, price: Price, now_ns: int) -> None:
        house = self._house
        price = price.worse(order.slip_bp, base_is_bought=order.deal.base_is_bought)
        order.book_fill(quantity, price.rates[0])
        trade = fill_of(order, quantity, price, house.value_date(order.deal), house.trade_date, now_ns)
        order.next_fill_ns = now_ns + order.interval_ns
        house.book.settle(order)
        house.trades.add(trade)
        house.outbox.log(LogTrade(trade))
        self._send(trade_report(order, trade), now_ns, order)
        for action in order.amendments:
            self._amending.plan(order, trade, action, now_ns)
        if order.surplus and order.status is OrdStatus.FILLED:
            quantity, order.surplus = order.surplus, ZERO
            self._fill(order, quantity, price, now_ns)

    def _send(self, effect: Send, now_ns: int, order: Order) -> None:
        self._house.outbox.send(effect, now_ns, order)
