"""The venue's dealing desk: takes, changes and cancels orders."""

import dataclasses
from collections.abc import Callable, Iterable
from functools import partial

from msgspec import structs

from simulator.effects import Send
from simulator.faults.actions import (
    Action,
    Amendment,
    CancelLater,
    Fill,
    LastLook,
    Overfill,
    Pend,
    Race,
    Rest,
    Slip,
    TakeAgain,
    Turn,
)
from simulator.market.pricing import Price
from simulator.venue.amending import Amending
from simulator.venue.book import Order, order_id_of
from simulator.venue.checks import Problem, complaint, order_problem, replace_problem
from simulator.venue.house import House
from simulator.venue.reports import duplicate_reject, order_report, refusal
from simulator.venue.working import Working
from trader.domain.commands import CancelAllOrders, CancelOrder, DontKnowTrade, PlaceOrder, ReplaceOrder
from trader.domain.events import ExecType, MassCancelReported, OrdStatus, RejectReason
from trader.domain.moments import NS_PER_MS
from trader.domain.money import ZERO

DeskRequest = PlaceOrder | CancelOrder | ReplaceOrder | CancelAllOrders | DontKnowTrade


Take = Callable[[str, PlaceOrder, int], Price | Problem]
"""Takes the quote that an order names: the client, the order, now; gives its price, or why it cannot be taken."""


class OrderDesk:
    """Everything that a client's request changes about an order."""

    def __init__(self, house: House, take_quote: Take) -> None:
        self._house = house
        self._take_quote = take_quote
        self._amending = Amending(house)
        self._working = Working(house, self._amending)
        self._repeats = 0

    def handle(self, session: str, request: DeskRequest, actions: tuple[Action, ...], now_ns: int) -> None:
        """Act on a request, with the scenario's actions for it."""
        match request:
            case PlaceOrder():
                self._place(session, request, actions, now_ns)
            case CancelOrder() | ReplaceOrder():
                self._change(session, request, actions, now_ns)
            case CancelAllOrders():
                self._cancel_all(session, request, actions, now_ns)
            case DontKnowTrade():
                self._dispute(session, request, actions, now_ns)

    def work_resting(self, now_ns: int) -> None:
        """Try every waiting order against new prices."""
        self._working.work_resting(now_ns)

    def _place(self, session: str, request: PlaceOrder, actions: tuple[Action, ...], now_ns: int) -> None:
        """NewOrderSingle(D)."""
        house, named = self._house, request.cl_ord_id
        if is_repeat := house.book.is_used(session, request.cl_ord_id):
            self._repeats += 1
            named = f"{request.cl_ord_id} repeat {self._repeats}"
        order = self._record(session, request, named)
        if is_repeat and not any(isinstance(action, TakeAgain) for action in actions):
            order.status = OrdStatus.REJECTED
            self._send(duplicate_reject(order, now_ns), now_ns)
            return
        problem = complaint(actions) or order_problem(house, request) or self._take(session, request, order, now_ns)
        if problem:
            order.status = OrdStatus.REJECTED
            house.book.add(order)
            self._reject(order, problem, now_ns)
            return
        _plan(order, actions)
        house.book.add(order)
        pend_ns = _pend_ns(actions)
        if pend_ns is None:
            self._accept(order, actions, now_ns)
        else:
            order.is_halted = True  # it is not worked before it is accepted
            order.told_as = OrdStatus.PENDING_NEW
            self._send(order_report(order, ExecType.PENDING_NEW, now_ns), now_ns, order)
            house.agenda.add(now_ns + pend_ns, partial(self._accept, order, actions))

    def _accept(self, order: Order, actions: tuple[Action, ...], now_ns: int) -> None:
        """Let the order in, unless it has been canceled while it was pending."""
        if order.is_final:
            return
        order.told_as, order.is_halted = None, False
        self._send(order_report(order, ExecType.NEW, now_ns), now_ns, order)
        if not self._is_held(order, actions, now_ns):
            self._working.work(order, now_ns)

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
                    order.next_fill_ns = now_ns + round(ms * NS_PER_MS)
                    self._house.agenda.add(order.next_fill_ns, partial(self._reject_held, order, text))
                case CancelLater(after_ms=ms, text=text):
                    self._house.agenda.add(now_ns + round(ms * NS_PER_MS), partial(self._cancel_unasked, order, text))
                case Turn(after_ms=ms):
                    turn = partial(self._working.turn, order, action)
                    self._house.agenda.add(now_ns + round(ms * NS_PER_MS), turn)
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
            self._working.end(order, now_ns, text=text)

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
            account=request.account,
            order_qty=request.deal.near_leg.amount,
            unit=self._house.dialect.amounts.unit(request.deal.dealt_currency),
        )

    def _change(
        self, session: str, request: CancelOrder | ReplaceOrder, actions: tuple[Action, ...], now_ns: int
    ) -> None:
        """OrderCancelRequest(F) or OrderCancelReplaceRequest(G): now, or after it was pending."""
        order = self._named(session, request, actions, now_ns)
        if order is None:
            return
        pend_ns = _pend_ns(actions)
        if pend_ns is None:
            self._decide(session, request, order, now_ns)
            return
        is_replace = isinstance(request, ReplaceOrder)
        order.told_as = OrdStatus.PENDING_REPLACE if is_replace else OrdStatus.PENDING_CANCEL
        pending = order_report(
            order,
            ExecType(order.told_as),
            now_ns,
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=order.cl_ord_id,
        )
        self._send(pending, now_ns, order)
        self._house.agenda.add(now_ns + pend_ns, partial(self._decide, session, request, order))

    def _decide(self, session: str, request: CancelOrder | ReplaceOrder, order: Order, now_ns: int) -> None:
        """Act on a request about an order, unless it has come to its end meanwhile."""
        order.told_as = None
        if order.is_final:
            self._refuse(session, request, order, _too_late(order), now_ns)
        elif isinstance(request, ReplaceOrder):
            self._replace(session, request, order, now_ns)
        else:
            self._working.end(order, now_ns, cl_ord_id=request.cl_ord_id)

    def _replace(self, session: str, request: ReplaceOrder, order: Order, now_ns: int) -> None:
        """Change the order; a quantity below what is filled leaves it filled."""
        rule = self._house.dialect.requests.replace_rule
        if rule == "price_and_quantity":
            request = _only_price_and_quantity(order, request)
        problem = replace_problem(self._house, order, request)
        if problem:
            self._refuse(session, request, order, problem, now_ns)
            if rule == "cancels_part_filled" and order.cum_qty:
                self._working.end(order, now_ns, text="Canceled: a replace came when it was filled in part")
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
        self._working.work(order, now_ns)

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
        elif problem is None:
            self._race(order, actions, now_ns)
        if order is not None and order.is_final and not repeated:
            problem = _too_late(order)
        if problem is None:
            return order
        self._refuse(session, request, order, problem, now_ns)
        return None

    def _race(self, order: Order, actions: Iterable[Action], now_ns: int) -> None:
        """Let a trade be done first, where the scenario has one cross the request."""
        for action in actions:
            if isinstance(action, Race) and not order.is_final:
                self._working.cross(order, action.fraction, now_ns)

    def _refuse(
        self,
        session: str,
        request: CancelOrder | ReplaceOrder,
        order: Order | None,
        problem: Problem,
        now_ns: int,
    ) -> None:
        self._send(refusal(session, request, order, problem.reason, problem.text), now_ns, order)

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
            self._working.end(order, now_ns, text="Canceled by a mass cancel request")

    def _dispute(self, session: str, request: DontKnowTrade, actions: Iterable[Action], now_ns: int) -> None:
        """DontKnowTrade(Q): the trade stands all the same, unless the scenario amends it."""
        house = self._house
        trade = house.trades.standing(session, request.exec_id)
        order = house.book.find(session, trade.cl_ord_id) if trade else None
        if trade is None or order is None:
            return
        for action in actions:
            if isinstance(action, Amendment):
                self._amending.plan(order, trade, action, now_ns)

    def logged_out(self, session: str, now_ns: int) -> None:
        """The client is gone: what its open orders do then is the dialect's affair."""
        rule = self._house.dialect.cancel_on_disconnect
        if rule == "none":
            return
        for order in self._house.book.open_orders(session):
            if rule == "reported":
                self._working.end(order, now_ns, text="Canceled: the session ended")
            else:
                order.status = OrdStatus.CANCELED
                self._house.book.settle(order)

    def _send(self, effect: Send, now_ns: int, order: Order | None = None) -> None:
        self._house.outbox.send(effect, now_ns, order)


def _too_late(order: Order) -> Problem:
    return Problem(f"The order is {order.status}", RejectReason.TOO_LATE)


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


def _pend_ns(actions: Iterable[Action]) -> int | None:
    """How long the request is pending; None when it is acted upon at once."""
    return next((round(action.after_ms * NS_PER_MS) for action in actions if isinstance(action, Pend)), None)


def _plan(order: Order, actions: Iterable[Action]) -> None:
    """Write the scenario's way of filling into the order; the first such action wins."""
    ways = [action for action in actions if isinstance(action, Rest | Fill)]
    match ways[:1]:
        case [Rest()]:
            order.fraction = ZERO
        case [Fill(slices=slices, interval_ms=interval_ms, fraction=fraction)]:
            order.fraction = fraction
            order.slices_left = slices
            order.interval_ns = round(interval_ms * NS_PER_MS)
    for action in actions:
        match action:
            case Slip(bp=bp):
                order.slip_bp = bp
            case Overfill(fraction=fraction):
                order.surplus = order.order_qty * fraction // order.unit * order.unit
            case _:
                pass
    order.amendments = tuple(action for action in actions if isinstance(action, Amendment))
