"""An order against an honest venue that loses messages."""

import copy
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from values import replace

from tests.property.order_deals import DEAL, PLAIN_NUMBERS, PRICE, QUANTITY, SWAP, far_legs_of, id_of
from trader.domain.deal import Deal, OrderType, Side, TimeInForce
from trader.domain.events import CancelRefused, ExecType, ExecutionReported, OrdStatus, RejectReason, TradeReported
from trader.orders.applied import Applied
from trader.orders.machine import Sync
from trader.orders.order import Order
from trader.orders.reports import on_cancel_refused, on_execution, on_trade_report


class HonestVenue(RuleBasedStateMachine):
    """A venue that says only what is true.

    While no message is lost there is nothing to complain of; and whatever was lost, its list of trades and its answer
    to a status request bring the order to the truth.
    """

    @initialize(deal=st.sampled_from([DEAL, SWAP]))
    def take_the_first_order(self, deal: Deal) -> None:
        self.start(deal)

    @precondition(lambda self: self.status is not None and not self.is_open)
    @rule(deal=st.sampled_from([DEAL, SWAP]))
    def take_the_next_order(self, deal: Deal) -> None:
        if self.lost or self.order.is_unanswered:
            self.drop_the_session_and_recover()
        self.start(deal)

    def start(self, deal: Deal) -> None:
        self.order = Order(id_of(1), deal, OrderType.LIMIT, PRICE, TimeInForce.GTC, "")
        self.order.sent(1)
        self.quantity = QUANTITY
        self.name = self.order.cl_ord_id
        self.status: OrdStatus | None = None  # None: not acknowledged; else New, Canceled, ... without the quantities
        self.trades: dict[str, Decimal] = {}
        self.voided: dict[str, Decimal] = {}
        self.requests: list[tuple[str, str, Decimal | None]] = []
        self.pending: OrdStatus | None = None
        self.reports = 0
        self.lost = False
        self.said: list[ExecutionReported] = []

    @property
    def cum_qty(self) -> Decimal:
        return sum(self.trades.values(), Decimal(0))

    @property
    def is_open(self) -> bool:
        return self.status is OrdStatus.NEW and self.cum_qty < self.quantity

    def ord_status(self) -> OrdStatus:
        if self.pending is not None:
            return self.pending
        if self.cum_qty >= self.quantity:
            return OrdStatus.FILLED
        if self.status is OrdStatus.NEW and self.cum_qty:
            return OrdStatus.PARTIALLY_FILLED
        return self.status or OrdStatus.PENDING_NEW

    def report(self, exec_type: ExecType, name: str = "", orig: str = "") -> ExecutionReported:
        self.reports += 1
        leaves_qty = self.quantity - self.cum_qty if self.status in (None, OrdStatus.NEW) else Decimal(0)
        return ExecutionReported(
            name or self.name, orig, "V1", f"R{self.reports}", "", exec_type, self.ord_status(), "EUR/USD", Side.BUY,
            "EUR", self.quantity, Decimal(0), Decimal(0), self.cum_qty, leaves_qty, PRICE,
        )  # fmt: skip

    def say(self, report: ExecutionReported, *, lose: bool) -> None:
        if lose:
            self.lost = True
            return
        applied = on_execution(self.order, report, self.reports)
        self.said.append(report)
        if not self.lost:
            assert applied.violation is None
            assert not applied.duplicate
            assert self.order.sync is Sync.IN_SYNC
            assert (self.order.cum_qty, self.order.order_qty) == (self.cum_qty, self.quantity)
            if not (self.order.cancel_id and self.order.replace_id):
                # While a cancel overtakes a replace ours is the cancel, whatever the venue has got to.
                assert self.order.ord_status == self.ord_status()
            assert self.order.leaves_qty == (self.quantity - self.cum_qty if self.is_open or not self.status else 0)

    # What we ask.

    @precondition(lambda self: self.order.can_cancel)
    @rule(lose=st.booleans())
    def ask_to_cancel(self, lose: bool) -> None:
        command = self.order.request_cancel(1)
        self.lost |= lose
        if not lose:
            self.requests.append(("CANCEL", command.cl_ord_id, None))

    @precondition(lambda self: self.order.can_replace)
    @rule(lose=st.booleans(), more=st.sampled_from([1, 3, 8]))
    def ask_to_replace(self, lose: bool, more: int) -> None:
        command = self.order.request_replace(self.order.cum_qty + more, PRICE, 1)
        self.lost |= lose
        if not lose:
            self.requests.append(("REPLACE", command.cl_ord_id, command.deal.near_leg.amount))

    # What the venue does.

    @precondition(lambda self: self.status is None)
    @rule(lose=st.booleans(), exec_type=st.sampled_from([ExecType.PENDING_NEW, ExecType.NEW, ExecType.NEW]))
    def acknowledge(self, lose: bool, exec_type: ExecType) -> None:
        if exec_type is ExecType.NEW:
            self.status = OrdStatus.NEW
        self.say(self.report(exec_type), lose=lose)

    @precondition(lambda self: self.status is None)
    @rule(lose=st.booleans())
    def reject(self, lose: bool) -> None:
        self.status = OrdStatus.REJECTED
        self.requests.clear()
        self.pending = None
        self.say(self.report(ExecType.REJECTED), lose=lose)

    @precondition(lambda self: self.is_open)
    @rule(lose=st.booleans(), quantity=PLAIN_NUMBERS)
    def fill(self, lose: bool, quantity: Decimal) -> None:
        quantity = min(quantity, self.quantity - self.cum_qty)
        exec_id = f"T{self.reports}"
        self.trades[exec_id] = quantity
        far_legs = far_legs_of(self.order.deal, quantity)
        trade_of = {"exec_id": exec_id, "last_qty": quantity, "last_px": PRICE, "far_legs": far_legs}
        self.say(replace(self.report(ExecType.TRADE), **trade_of), lose=lose)

    @precondition(lambda self: self.trades and self.status is OrdStatus.NEW and not (self.pending or self.lost))
    @rule(lose=st.booleans(), quantity=PLAIN_NUMBERS, data=st.data())
    def correct(self, lose: bool, quantity: Decimal, data: st.DataObject) -> None:
        exec_id = data.draw(st.sampled_from(sorted(self.trades)))
        self.voided[exec_id] = self.trades.pop(exec_id)
        quantity = min(quantity, self.quantity - self.cum_qty)
        new_id = f"T{self.reports}"
        self.trades[new_id] = quantity
        far_legs = far_legs_of(self.order.deal, quantity)
        trade_of = {"exec_id": new_id, "last_qty": quantity, "last_px": PRICE, "far_legs": far_legs}
        self.say(replace(self.report(ExecType.TRADE_CORRECT), exec_ref_id=exec_id, **trade_of), lose=lose)

    @precondition(lambda self: self.trades and self.status is OrdStatus.NEW and self.pending is None)
    @rule(lose=st.booleans(), data=st.data())
    def bust(self, lose: bool, data: st.DataObject) -> None:
        exec_id = data.draw(st.sampled_from(sorted(self.trades)))
        self.voided[exec_id] = self.trades.pop(exec_id)
        report = replace(self.report(ExecType.TRADE_CANCEL), exec_ref_id=exec_id)
        self.say(report, lose=lose)

    @precondition(lambda self: self.requests and self.status is not None)
    @rule(lose=st.booleans())
    def see_the_request(self, lose: bool) -> None:
        verb, name, _ = self.requests[0]
        if not self.is_open:
            return
        self.pending = OrdStatus[f"PENDING_{verb}"]
        self.say(self.report(ExecType[f"PENDING_{verb}"], name, self.name), lose=lose)

    @precondition(lambda self: self.requests and self.status is not None)
    @rule(lose=st.booleans(), refuse=st.booleans())
    def answer_the_request(self, lose: bool, refuse: bool) -> None:
        verb, name, quantity = self.requests.pop(0)
        self.pending = None
        if refuse or not self.is_open:
            refusal = CancelRefused(name, self.name, "V1", self.ord_status(), verb == "REPLACE", RejectReason.TOO_LATE)
            self.lost |= lose
            if not lose:
                applied = on_cancel_refused(self.order, refusal, self.reports)
                assert self.lost or applied.violation is None
            return
        orig = self.name
        if verb == "CANCEL":
            self.status = OrdStatus.CANCELED
        else:
            self.quantity = max(quantity or Decimal(0), self.cum_qty)
            self.name = name
        self.say(self.report(ExecType.CANCELED if verb == "CANCEL" else ExecType.REPLACED, name, orig), lose=lose)

    @precondition(lambda self: self.is_open)
    @rule(lose=st.booleans(), status=st.sampled_from([OrdStatus.CANCELED, OrdStatus.EXPIRED]))
    def end_it_unasked(self, lose: bool, status: OrdStatus) -> None:
        self.status = status
        self.pending = None
        self.say(self.report(ExecType[status.name]), lose=lose)

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def say_it_again(self, data: st.DataObject) -> None:
        report = data.draw(st.sampled_from(self.said))
        before = copy.deepcopy(self.order)
        applied = on_execution(self.order, replace(report, poss_dup=True), 1)
        assert applied == Applied(duplicate=True)
        assert self.order == before

    @precondition(lambda self: self.lost or self.order.is_unanswered)
    @rule()
    def drop_the_session_and_recover(self) -> None:
        self.order.session_lost()
        self.requests.clear()  # what had not been answered is gone with the session
        self.pending = None
        for exec_id, quantity in (self.trades | self.voided).items():
            listed = TradeReported(
                "Q", "L" + exec_id, "", exec_id, "V1", self.name, "EUR/USD", Side.BUY, "EUR", quantity, PRICE, None,
                None, 0, None, exec_id in self.voided, far_legs=far_legs_of(self.order.deal, quantity),
            )  # fmt: skip
            on_trade_report(self.order, listed, self.reports)
        on_execution(self.order, self.report(ExecType.ORDER_STATUS), self.reports)
        if self.order.sync is Sync.IN_DOUBT:
            # The first answer contradicted what we believed; asked again, it agrees.
            on_execution(self.order, self.report(ExecType.ORDER_STATUS), self.reports)
        if self.status is None:
            return
        self.lost = False
        order = self.order
        assert order.sync is Sync.IN_SYNC
        assert order.cum_qty == self.cum_qty
        dealt_back = sum(leg.last_qty for fill in order.fills.values() for leg in fill.far_legs)
        assert dealt_back == sum(leg.last_qty for leg in far_legs_of(order.deal, self.cum_qty))
        assert order.is_final != self.is_open
        if self.is_open:
            assert (order.order_qty, order.current_id) == (self.quantity, self.name)
        assert order.ord_status == self.ord_status()

    def teardown(self) -> None:
        if hasattr(self, "order") and (self.lost or self.order.is_unanswered):
            self.drop_the_session_and_recover()


TestHonestVenue = HonestVenue.TestCase
TestHonestVenue.settings = settings(stateful_step_count=40)
