"""The venue's dealing desk: takes, changes, cancels and fills orders."""

import dataclasses
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial

from msgspec import structs

from simulator.actions import Action, CancelLater, Fill, LastLook, Rest
from simulator.book import Order, order_id_of
from simulator.checks import Problem, complaint, order_problem, replace_problem
from simulator.effects import LogTrade, Send
from simulator.house import House
from simulator.pricing import Price, house_price
from simulator.reports import duplicate_reject, fill_of, order_report, refusal, trade_report
from trader.domain.commands import CancelAllOrders, CancelOrder, PlaceOrder, ReplaceOrder
from trader.domain.deal import OrderType, TimeInForce
from trader.domain.events import ExecType, MassCancelReported, OrdStatus, RejectReason
from trader.domain.money import ZERO

_NS_PER_MS = 1_000_000
DeskRequest = PlaceOrder | CancelOrder | ReplaceOrder | CancelAllOrders

_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


Take = Callable[[str, PlaceOrder, int], Price | Problem]
"""Takes the quote that an order names: the client, the order, now; gives its price, or why it cannot be taken."""


class OrderDesk:
    """Everything that changes an order."""

    def __init__(self, house: House, take_quote: Take) -> None:
        self._house = house
        self._take_quote = take_quote
        self._repeats = 0

    def handle(self, session: str, request: DeskRequest, actions: tuple[Action, ...], now_ns: int) -> None:
        """Act on a request, with the scenario's actions for it."""
        match request:
            case PlaceOrder():
                self._place(session, request, actions, now_ns)
            case CancelOrder():
                self._cancel(session, request, actions, now_ns)
            case ReplaceOrder():
                self._replace(session, request, actions, now_ns)
            case CancelAllOrders():
                self._cancel_all(session, request, actions, now_ns)

    def _place(self, session: str, request: PlaceOrder, actions: tuple[Action, ...], now_ns: int) -> None:
        """NewOrderSingle(D)."""
        house = self._house
        if house.book.is_used(session, request.cl_ord_id):
            self._repeats += 1
            repeat = self._record(session, request, f"{request.cl_ord_id} repeat {self._repeats}")
            repeat.status = OrdStatus.REJECTED
            self._send(duplicate_reject(repeat, now_ns), now_ns)
            return
        order = self._record(session, request, request.cl_ord_id)
        problem = complaint(actions) or order_problem(house, request) or self._take(session, request, order, now_ns)
        if problem:
            order.status = OrdStatus.REJECTED
            house.book.add(order)
            self._reject(order, problem, now_ns)
            return
        _plan(order, actions)
        house.book.add(order)
        self._send(order_report(order, ExecType.NEW, now_ns), now_ns, order)
        if not self._is_held(order, actions, now_ns):
            self.work(order, now_ns)

    def _take(self, session: str, request: PlaceOrder, order: Order, now_ns: int) -> Problem | None:
        """Give the order the price of the quote that it names, if it names one."""
        if request.quote is None:
            return None
        taken = self._take_quote(session, request, now_ns)
        if isinstance(taken, Problem):
            return taken
        order.quoted = taken
        return None

    def _is_held(self, order: Order, actions: Iterable[Action], now_ns: int) -> bool:
        """Note what the scenario does to the order later; true when the order is not worked before that."""
        is_held = False
        for action in actions:
            match action:
                case LastLook(hold_ms=ms, text=text):
                    is_held = True
                    order.next_fill_ns = now_ns + round(ms * _NS_PER_MS)
                    self._house.agenda.add(order.next_fill_ns, partial(self._reject_held, order, text))
                case CancelLater(after_ms=ms, text=text):
                    self._house.agenda.add(now_ns + round(ms * _NS_PER_MS), partial(self._cancel_unasked, order, text))
                case _:
                    pass
        return is_held

    def _reject_held(self, order: Order, text: str, now_ns: int) -> None:
        """The last look was no; what has been canceled meanwhile stays canceled."""
        if not order.is_final:
            order.status = OrdStatus.REJECTED
            self._house.book.settle(order)
            self._reject(order, Problem(text), now_ns)

    def _cancel_unasked(self, order: Order, text: str, now_ns: int) -> None:
        if not order.is_final:
            self._end(order, now_ns, text=text)

    def _reject(self, order: Order, problem: Problem, now_ns: int) -> None:
        report = order_report(order, ExecType.REJECTED, now_ns, reason=problem.reason, text=problem.text)
        self._send(report, now_ns, order)

    def _record(self, session: str, request: PlaceOrder, identity: str) -> Order:
        return Order(
            session=session,
            order_id=order_id_of(self._house.seed, session, identity),
            cl_ord_id=request.cl_ord_id,
            deal=request.deal,
            order_type=request.order_type,
            price=request.price,
            time_in_force=request.time_in_force,
            order_qty=request.deal.near_leg.amount,
            unit=self._house.dialect.amounts.unit(request.deal.dealt_currency),
        )

    def _cancel(self, session: str, request: CancelOrder, actions: tuple[Action, ...], now_ns: int) -> None:
        """OrderCancelRequest(F)."""
        order = self._named(session, request, actions, now_ns)
        if order is None:
            return
        self._end(order, now_ns, cl_ord_id=request.cl_ord_id)

    def _replace(self, session: str, request: ReplaceOrder, actions: tuple[Action, ...], now_ns: int) -> None:
        """OrderCancelReplaceRequest(G); a quantity below what is filled leaves the order filled."""
        order = self._named(session, request, actions, now_ns)
        if order is None:
            return
        rule = self._house.dialect.requests.replace_rule
        if rule == "price_and_quantity":
            request = _only_price_and_quantity(order, request)
        problem = replace_problem(self._house, order, request)
        if problem:
            self._send(refusal(session, request, order, problem.reason, problem.text), now_ns, order)
            if rule == "cancels_part_filled" and order.cum_qty:
                self._end(order, now_ns, text="Canceled: a replace came when it was filled in part")
            return
        old_id, order.cl_ord_id = order.cl_ord_id, request.cl_ord_id
        self._house.book.rename(order)
        order.order_qty = max(request.deal.near_leg.amount, order.cum_qty)
        order.order_type, order.price = request.order_type, request.price
        order.time_in_force = request.time_in_force
        if order.leaves_qty == ZERO:
            order.status = OrdStatus.FILLED
            self._house.book.settle(order)
        self._send(order_report(order, ExecType.REPLACED, now_ns, orig_cl_ord_id=old_id), now_ns, order)
        self.work(order, now_ns)

    def _named(
        self, session: str, request: CancelOrder | ReplaceOrder, actions: tuple[Action, ...], now_ns: int
    ) -> Order | None:
        """The order a request is about; or None, when it has been refused."""
        book = self._house.book
        order = book.find(session, request.orig_cl_ord_id)
        if order is not None and order.cl_ord_id != request.orig_cl_ord_id:
            order = None  # the chain has moved on: only the newest accepted id names the order
        repeated = book.is_used(session, request.cl_ord_id)
        book.use_up(session, request.cl_ord_id)
        problem = complaint(actions)
        if repeated:
            problem = Problem("This ClOrdID has been used before", RejectReason.DUPLICATE_ORDER)
        elif order is None:
            problem = Problem("Unknown order", RejectReason.UNKNOWN_ORDER)
        elif order.is_final:
            problem = Problem(f"The order is {order.status}", RejectReason.TOO_LATE)
        if problem is None:
            return order
        self._send(refusal(session, request, order, problem.reason, problem.text), now_ns, order)
        return None

    def _cancel_all(self, session: str, request: CancelAllOrders, actions: tuple[Action, ...], now_ns: int) -> None:
        """OrderMassCancelRequest(q) for all orders of the session: one report, then each order's own."""
        problem = complaint(actions)
        text = problem.text if problem else ""
        if self._house.book.is_used(session, request.cl_ord_id):
            text = "This ClOrdID has been used before"
        self._house.book.use_up(session, request.cl_ord_id)
        orders = [] if text else self._house.book.open_orders(session)
        event = MassCancelReported(request.cl_ord_id, accepted=not text, affected_orders=len(orders), text=text)
        self._send(Send(session, event), now_ns)
        for order in orders:
            self._end(order, now_ns, text="Canceled by a mass cancel request")

    def _end(self, order: Order, now_ns: int, cl_ord_id: str = "", text: str = "") -> None:
        """Cancel what is left, on request (then the request's id names the order) or by the venue itself."""
        orig_cl_ord_id = ""
        if cl_ord_id:
            orig_cl_ord_id, order.cl_ord_id = order.cl_ord_id, cl_ord_id
            self._house.book.rename(order)
        order.status = OrdStatus.CANCELED
        self._house.book.settle(order)
        report = order_report(order, ExecType.CANCELED, now_ns, orig_cl_ord_id=orig_cl_ord_id, text=text)
        self._send(report, now_ns, order)

    def work(self, order: Order, now_ns: int) -> None:
        """Fill what the market and the order's plan allow now; end what must be done at once and is not."""
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
            self._end(order, now_ns, text=f"Nothing more to fill at once for {order.time_in_force}")
        elif order.next_fill_ns > max(now_ns, order.wakeup_ns) and order.next_slice():
            order.wakeup_ns = order.next_fill_ns
            self._house.agenda.add(order.next_fill_ns, lambda due_ns: self.work(order, due_ns))

    def work_resting(self, now_ns: int) -> None:
        """Try every waiting order against new prices."""
        for order in self._house.book.open_orders():
            if order.next_fill_ns <= now_ns:
                self.work(order, now_ns)

    def logged_out(self, session: str, now_ns: int) -> None:
        """The client is gone: what its open orders do then is the dialect's affair."""
        rule = self._house.dialect.cancel_on_disconnect
        if rule == "none":
            return
        for order in self._house.book.open_orders(session):
            if rule == "reported":
                self._end(order, now_ns, text="Canceled: the session ended")
            else:
                order.status = OrdStatus.CANCELED
                self._house.book.settle(order)

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
        order.book_fill(quantity, price.rates[0])
        trade = fill_of(order, quantity, price, house.trade_date, now_ns)
        order.next_fill_ns = now_ns + order.interval_ns
        house.book.settle(order)
        house.trades.setdefault(order.session, []).append(trade)
        house.outbox.log(LogTrade(trade))
        self._send(trade_report(order, trade), now_ns, order)

    def _send(self, effect: Send, now_ns: int, order: Order | None = None) -> None:
        self._house.outbox.send(effect, now_ns, order)


def _only_price_and_quantity(order: Order, request: ReplaceOrder) -> ReplaceOrder:
    """The request as a venue reads it that takes a new price and quantity and ignores the rest in silence."""
    near = dataclasses.replace(order.deal.near_leg, amount=request.deal.near_leg.amount)
    return structs.replace(
        request,
        deal=dataclasses.replace(order.deal, near_leg=near),
        order_type=order.order_type,
        price=order.price if None in (order.price, request.price) else request.price,
        time_in_force=order.time_in_force,
    )


def _plan(order: Order, actions: Iterable[Action]) -> None:
    """Write the scenario's way of filling into the order; the first such action wins."""
    for action in actions:
        if isinstance(action, Rest):
            order.fraction = ZERO
            return
        if isinstance(action, Fill):
            order.fraction = action.fraction
            order.slices_left = action.slices
            order.interval_ns = round(action.interval_ms * _NS_PER_MS)
            return
