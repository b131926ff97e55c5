"""Orders against a venue that says anything at all."""

import copy
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from values import replace

from tests.property.order_deals import DEAL, FAR_LEG, PLAIN_NUMBERS, PRICE, SWAP, far_legs_of, id_of
from trader.domain.deal import OrderType, Side, TimeInForce
from trader.domain.errors import DomainError, LocalOrderError
from trader.domain.events import (
    CancelRefused,
    ExecType,
    ExecutionReported,
    LegTraded,
    MessageRejected,
    MessageUnreadable,
    OrdStatus,
    RejectReason,
    TradeReported,
)
from trader.orders.applied import Applied
from trader.orders.blotter import Blotter
from trader.orders.fills import FillChange
from trader.orders.machine import Pending, Phase, Sync
from trader.orders.order import Order

NUMBERS = st.sampled_from(
    [Decimal(n) for n in (0, 1, 2, 3, 5, 10, 11)]
    + [Decimal(text) for text in ("NaN", "sNaN", "Infinity", "-1", "0.1", "1E-999999", "1E+999999", "9." + "9" * 40)]
)
LARGE_DEAL = replace(DEAL, near_leg=replace(DEAL.near_leg, amount=Decimal(40)))
LARGE_SWAP = replace(SWAP, near_leg=LARGE_DEAL.near_leg, far_legs=(replace(FAR_LEG, amount=Decimal(80)),))
CHAIN_IDS = st.sampled_from(["", "nobody", *(id_of(child, version) for child in (1, 2) for version in (1, 2, 3, 4))])
EXEC_IDS = st.sampled_from(["", *(f"E{n}" for n in range(1, 9))])
DATES = st.sampled_from([None, date(2024, 5, 1), date(2024, 5, 2)])
MOMENTS = st.sampled_from([0, 10**18, 10**18 + 10**9, 10**18 + 10**14])
ANY_LEGS = st.lists(
    st.builds(LegTraded, st.sampled_from(Side), NUMBERS, NUMBERS, st.none() | st.just(FAR_LEG.value_date)), max_size=2
).map(tuple)


@st.composite
def any_report(draw: st.DrawFn) -> ExecutionReported:
    return ExecutionReported(
        draw(CHAIN_IDS),
        draw(CHAIN_IDS),
        draw(st.sampled_from(["", "NONE", "V1", "V2"])),
        draw(EXEC_IDS),
        draw(EXEC_IDS),
        draw(st.sampled_from(ExecType)),
        draw(st.sampled_from(OrdStatus)),
        draw(st.sampled_from(["EUR/USD"] * 9 + ["", "USD/JPY"])),
        draw(st.sampled_from([Side.BUY] * 9 + [Side.SELL])),
        draw(st.sampled_from(["EUR"] * 9 + ["", "USD"])),
        draw(st.none() | NUMBERS),
        draw(NUMBERS),
        draw(NUMBERS),
        draw(NUMBERS),
        draw(NUMBERS),
        price=draw(st.none() | NUMBERS),
        contra_qty=draw(st.none() | NUMBERS),
        trade_date=draw(DATES),
        transact_ts_ns=draw(MOMENTS),
        reject_reason=draw(st.none() | st.sampled_from(RejectReason)),
        last_spot_rate=draw(st.none() | NUMBERS),
        last_forward_points=draw(st.none() | NUMBERS),
        far_legs=draw(st.just(()) | ANY_LEGS),
        avg_px=draw(st.none() | NUMBERS),
    )


@st.composite
def any_other_word(draw: st.DrawFn) -> CancelRefused | TradeReported | MessageRejected | MessageUnreadable:
    kind = draw(st.integers(0, 3))
    name = draw(CHAIN_IDS)
    if kind == 0:
        status, reason = draw(st.sampled_from(OrdStatus)), draw(st.sampled_from(RejectReason))
        return CancelRefused(
            name, draw(CHAIN_IDS), draw(st.sampled_from(["", "V1"])), status, draw(st.booleans()), reason
        )
    if kind == 1:
        return TradeReported(
            "", "T", "", draw(EXEC_IDS), draw(st.sampled_from(["", "V1", "V2"])), name, "EUR/USD",
            draw(st.sampled_from([Side.BUY, Side.BUY, Side.SELL])), "EUR", draw(NUMBERS), draw(NUMBERS), None,
            draw(DATES), draw(MOMENTS), draw(st.none() | NUMBERS), draw(st.booleans()),
            far_legs=draw(st.just(()) | ANY_LEGS),
        )  # fmt: skip
    if kind == 2:
        return MessageRejected(0, draw(st.sampled_from(["", "D", "F", "G", "H"])), name, RejectReason.OTHER)
    return MessageUnreadable("8", name, "a field is not a number")


@dataclass(frozen=True)
class Hint:
    """What a report is about, before it is fitted to the order as it stands."""

    exec_type: ExecType
    status: OrdStatus
    exec_id: str
    exec_ref_id: str
    last_qty: Decimal
    miscount: int
    leaves_qty: Decimal
    name_index: int


HINTS = st.builds(
    Hint,
    exec_type=st.sampled_from(ExecType),
    status=st.sampled_from(OrdStatus),
    exec_id=EXEC_IDS,
    exec_ref_id=EXEC_IDS,
    last_qty=PLAIN_NUMBERS,
    miscount=st.sampled_from([0, 0, 0, 5]),
    leaves_qty=st.sampled_from([Decimal(0), Decimal(5)]),
    name_index=st.sampled_from([0, -1]),
)


class AnyVenue(RuleBasedStateMachine):
    """Whatever the venue says is accepted or is a remote violation, never anything else."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = 0
        self.booked: dict[str, Decimal] = {}
        self.booked_far: dict[str, Decimal] = {}

    @initialize(one_is_sent=st.booleans())
    def two_orders(self, one_is_sent: bool) -> None:
        self.blotter = Blotter("ANY")
        for child, deal in ((1, LARGE_DEAL), (2, LARGE_SWAP)):
            order = self.blotter.create(id_of(child), deal, OrderType.LIMIT, PRICE, TimeInForce.DAY, "")
            self.booked[order.cl_ord_id] = self.booked_far[order.cl_ord_id] = Decimal(0)
        order.sent(1)
        if one_is_sent:
            self.orders()[0].sent(1)

    def orders(self) -> list[Order]:
        return list(self.blotter)

    @rule(child=st.integers(0, 1))
    def send(self, child: int) -> None:
        order = self.orders()[child]
        may = order.phase is Phase.CREATED and order.sync is Sync.IN_SYNC
        self.ours(order, lambda: order.sent(1), may=may)

    @rule(child=st.integers(0, 1))
    def cancel(self, child: int) -> None:
        order = self.orders()[child]
        self.ours(order, lambda: order.request_cancel(1), may=order.can_cancel)

    @rule(child=st.integers(0, 1), quantity=PLAIN_NUMBERS)
    def replace(self, child: int, quantity: Decimal) -> None:
        order = self.orders()[child]
        may = order.can_replace and quantity > order.cum_qty
        self.ours(order, lambda: order.request_replace(quantity, PRICE, 1), may=may)

    def ours(self, order: Order, verb: object, *, may: bool) -> None:
        before = copy.deepcopy(order)
        if may:
            verb()
            return
        with pytest.raises(LocalOrderError):
            verb()
        assert order == before

    @rule()
    def lose_the_session(self) -> None:
        self.blotter.session_lost()

    @rule(child=st.integers(0, 1), phase=st.sampled_from(Phase))
    def a_person_signs(self, child: int, phase: Phase) -> None:
        order = self.orders()[child]
        before = copy.deepcopy(order)
        try:
            order.settled_by("ann", phase, "called the venue", self.clock + 1)
        except DomainError:
            assert order == before
        else:
            assert (order.sync, order.phase, order.pending) == (Sync.IN_SYNC, phase, Pending.NONE)

    @rule(child=st.integers(0, 1), hint=HINTS)
    def the_venue_says_something_likely(self, child: int, hint: Hint) -> None:
        order = self.orders()[child]
        cum_qty = order.cum_qty + hint.miscount
        if hint.exec_type is ExecType.TRADE:
            cum_qty += hint.last_qty
        if hint.exec_type is ExecType.TRADE_CANCEL and hint.exec_ref_id in order.fills:
            cum_qty -= order.fills[hint.exec_ref_id].last_qty
        report = replace(
            trade(order, hint.exec_id, hint.last_qty, cum_qty=cum_qty, name=order.ids[hint.name_index]),
            exec_type=hint.exec_type,
            ord_status=hint.status,
            exec_ref_id=hint.exec_ref_id,
            leaves_qty=hint.leaves_qty,
        )
        self.the_venue_says(report)

    @rule(word=any_report() | any_other_word())
    def the_venue_says_anything(self, word: object) -> None:
        self.the_venue_says(word)

    def the_venue_says(self, word: object) -> None:
        self.clock += 1
        before = {order.cl_ord_id: copy.deepcopy(order) for order in self.blotter}
        order, applied = self.blotter.apply(word, self.clock)
        for other in self.blotter:
            if other is not order or applied.duplicate:
                assert other == before[other.cl_ord_id]
        if order is not None:
            self.check_what_changed(before[order.cl_ord_id], order, applied)

    def check_what_changed(self, before: Order, order: Order, applied: Applied) -> None:
        assert applied.closed == (order.is_final and not before.is_final)
        assert applied.reopened == (before.is_final and not order.is_final)
        assert applied.violation is None or order.sync is Sync.IN_DOUBT
        for change in applied.fills:
            self.count(order, change)
        assert (order.cum_qty != before.cum_qty) <= bool(applied.fills)

    def count(self, order: Order, change: FillChange) -> None:
        self.booked[order.cl_ord_id] += change.qty
        sign = 1 if change.qty > 0 else -1
        self.booked_far[order.cl_ord_id] += sign * sum(leg.last_qty for leg in change.far_legs)

    @rule(child=st.integers(0, 1), quantity=PLAIN_NUMBERS, number=st.integers(100, 10**6))
    def a_fresh_fill_is_booked_in_any_state(self, child: int, quantity: Decimal, number: int) -> None:
        order = self.orders()[child]
        exec_id = f"F{number}"
        if order.ledger.find(exec_id, None) is not None:
            return
        report = trade(order, exec_id, quantity, cum_qty=order.cum_qty + quantity)
        if any(exec_id in other.fills for other in self.blotter):
            return
        self.clock += 1
        before = order.cum_qty
        _, applied = self.blotter.apply(report, self.clock)
        assert order.cum_qty == before + quantity
        (change,) = applied.fills
        assert (change.qty, change.far_legs) == (quantity, far_legs_of(order.deal, quantity))
        self.count(order, change)
        _, repeated = self.blotter.apply(report, self.clock)
        assert repeated == Applied(duplicate=True)

    @invariant()
    def the_count_is_the_sum_of_what_was_booked(self) -> None:
        for order in self.blotter:
            assert order.cum_qty == self.booked[order.cl_ord_id]
            assert order.cum_qty == sum(fill.last_qty for fill in order.fills.values())

    @invariant()
    def every_fill_has_the_deals_legs_and_they_are_undone_with_it(self) -> None:
        sides = tuple(leg.side for leg in LARGE_SWAP.far_legs)
        for order in self.blotter:
            far_legs = [fill.far_legs for fill in order.fills.values()]
            assert all(tuple(leg.side for leg in legs) == (sides if order.deal.far_legs else ()) for legs in far_legs)
            standing = sum(leg.last_qty for legs in far_legs for leg in legs)
            assert standing == self.booked_far[order.cl_ord_id]

    @invariant()
    def the_derived_facts_agree(self) -> None:
        for order in self.blotter:
            assert order.leaves_qty >= 0
            assert order.overfill_qty == max(order.cum_qty - order.order_qty, 0)
            assert not (order.is_final and (order.is_live or order.leaves_qty))
            assert (order.done_ts_ns > 0) == order.is_final
            assert order.is_final <= order.phase.is_final
            assert order.ord_status in OrdStatus
            assert msgspec.json.encode(order, enc_hook=str)
            if order.sync is Sync.IN_SYNC:
                assert order.cum_qty == order.venue_cum_qty
                assert order.phase is not Phase.FILLED or order.cum_qty >= order.order_qty
                assert order.overfill_qty == 0 or order.settled_by_person

    @invariant()
    def the_blotter_finds_and_lists_what_there_is(self) -> None:
        for order in self.blotter:
            assert all(self.blotter.find(name) is order for name in order.ids)
        names = {order.cl_ord_id for order in self.blotter.live()}
        assert names == {order.cl_ord_id for order in self.blotter if order.is_live}
        names = {order.cl_ord_id for order in self.blotter.in_doubt()}
        assert names == {order.cl_ord_id for order in self.blotter if order.sync is Sync.IN_DOUBT}

    @invariant()
    def no_trade_stands_twice(self) -> None:
        standing = Counter((fill.exec_id, fill.trade_date) for order in self.blotter for fill in order.fills.values())
        assert all(count == 1 for count in standing.values())


def trade(order: Order, exec_id: str, quantity: Decimal, *, cum_qty: Decimal, name: str = "") -> ExecutionReported:
    return ExecutionReported(
        name or order.cl_ord_id, "", "", exec_id, "", ExecType.TRADE, OrdStatus.PARTIALLY_FILLED, "EUR/USD", Side.BUY,
        "EUR", None, quantity, PRICE, cum_qty, Decimal(0), far_legs=far_legs_of(order.deal, quantity),
    )  # fmt: skip


TestAnyVenue = AnyVenue.TestCase
TestAnyVenue.settings = settings(stateful_step_count=40)
