"""The venue's dealing desk: takes, changes, cancels and fills orders."""

from collections.abc import Iterable
from decimal import Decimal

from simulator.actions import COMPLAINT_TEXT, Action, Fill, Reject, Rest
from simulator.book import Order, order_id_of
from simulator.checks import order_problem, replace_problem
from simulator.effects import LogTrade, Send
from simulator.house import House
from simulator.reports import duplicate_reject, fill_of, order_report, refusal, trade_report
from trader.domain.commands import CancelAllOrders, CancelOrder, PlaceOrder, ReplaceOrder
from trader.domain.deal import OrderType, Product, TimeInForce
from trader.domain.events import ExecType, MassCancelReported, OrdStatus, RejectReason
from trader.domain.money import ZERO, contra_amount

_NS_PER_MS = 1_000_000
DeskRequest = PlaceOrder | CancelOrder | ReplaceOrder | CancelAllOrders

_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


def complaint(actions: Iterable[Action]) -> str:
    """The scenario's no among the actions, as a sentence; "" when there is none."""
    for action in actions:
        if isinstance(action, Reject):
            return action.text or COMPLAINT_TEXT[action.reason]
    return ""


class OrderDesk:
    """Everything that changes an order."""

    def __init__(self, house: House) -> None:
        self._house = house
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
        problem = complaint(actions) or order_problem(house, request)
        if problem:
            order.status = OrdStatus.REJECTED
            house.book.add(order)
            self._send(
                order_report(order, ExecType.REJECTED, now_ns, reason=RejectReason.OTHER, text=problem), now_ns, order
            )
            return
        _plan(order, actions)
        house.book.add(order)
        self._send(order_report(order, ExecType.NEW, now_ns), now_ns, order)
        self.work(order, now_ns)

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
        problem = replace_problem(self._house, order, request)
        if problem:
            self._send(refusal(session, request, order, RejectReason.OTHER, problem), now_ns, order)
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
        text = complaint(actions)
        if repeated:
            reason, text = RejectReason.DUPLICATE_ORDER, "This ClOrdID has been used before"
        elif order is None:
            reason, text = RejectReason.UNKNOWN_ORDER, "Unknown order"
        elif order.is_final:
            reason, text = RejectReason.TOO_LATE, f"The order is {order.status}"
        elif text:
            reason = RejectReason.OTHER
        else:
            return order
        self._send(refusal(session, request, order, reason, text), now_ns, order)
        return None

    def _cancel_all(self, session: str, request: CancelAllOrders, actions: tuple[Action, ...], now_ns: int) -> None:
        """OrderMassCancelRequest(q) for all orders of the session: one report, then each order's own."""
        text = complaint(actions)
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
            rate = self._marketable_rate(order)
            quantity = order.leaves_qty if order.time_in_force is TimeInForce.FOK else order.next_slice()
            if rate is None or not quantity or (order.time_in_force is TimeInForce.FOK and order.fraction < 1):
                break
            self._fill(order, quantity, rate, now_ns)
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

    def _marketable_rate(self, order: Order) -> Decimal | None:
        """The house's rate when the order would trade at it, else None."""
        deal = order.deal
        value_date = None if deal.product is Product.SPOT else deal.near_leg.value_date
        quote = self._house.market.quote(deal.pair, value_date)
        rate = quote.offer if deal.base_is_bought else quote.bid
        if order.order_type is OrderType.MARKET or order.price is None:
            return rate
        return rate if (rate <= order.price if deal.base_is_bought else rate >= order.price) else None

    def _fill(self, order: Order, quantity: Decimal, rate: Decimal, now_ns: int) -> None:
        house = self._house
        contra = contra_amount(quantity, order.deal.dealt_currency, order.deal.pair, rate)
        order.book_fill(quantity, rate)
        trade = fill_of(order, quantity, rate, contra, house.trade_date, now_ns)
        order.next_fill_ns = now_ns + order.interval_ns
        house.book.settle(order)
        house.trades.setdefault(order.session, []).append(trade)
        house.outbox.log(LogTrade(trade))
        self._send(trade_report(order, trade), now_ns, order)

    def _send(self, effect: Send, now_ns: int, order: Order | None = None) -> None:
        self._house.outbox.send(effect, now_ns, order)


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
