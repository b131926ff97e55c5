"""Whatever a client does and whatever the scenario plays: no order is overfilled, and log and reports agree."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from simulator.effects import Effect, LogTrade, Request, Send
from tests.unit.simulator_cases import DESK, MS, T0, TRADE_DATE, cancel, deal, place, replace, status
from tests.unit.simulator_desks import swap, venue
from trader.domain.commands import CancelAllOrders, PlaceOrder, RequestMassStatus, RequestTrades
from trader.domain.deal import Side, TimeInForce
from trader.domain.events import ExecType, ExecutionReported, OrdStatus, TradeReported

RULES = """
[[rules]]
when = { message = "NewOrderSingle", probability = 0.2 }
then = { action = "fill", slices = 4, interval_ms = 3, fraction = "0.7" }

[[rules]]
when = { message = "NewOrderSingle", probability = 0.4 }
then = { action = "fill", slices = 7, interval_ms = 2 }

[[rules]]
when = { message = "NewOrderSingle", probability = 0.1 }
then = { action = "reject", reason = "CREDIT" }

[[rules]]
when = { message = "ExecutionReport", probability = 0.5 }
then = { action = "delay", ms = 2, p99_ms = 20 }

[[rules]]
when = { message = "OrderCancelRequest" }
then = { action = "delay", ms = 1 }
"""

ids = st.sampled_from([f"A{number}" for number in range(8)])
amounts = st.sampled_from(["0.01", "0.05", "1000000", "250000.33", "3", "999999999.99"])
prices = st.sampled_from(["", "", "1.00000", "1.11720", "1.11725", "1.30000"])
deals = st.builds(
    lambda amount, side, dealt: deal(amount=amount, side=side, dealt=dealt),
    amounts,
    st.sampled_from(Side),
    st.sampled_from(["EUR", "USD"]),
)
swaps = st.builds(swap, st.sampled_from(Side), amounts, amounts)
requests = st.one_of(
    st.builds(place, ids, prices, st.sampled_from(TimeInForce), deals),
    st.builds(place, ids, st.just(""), st.sampled_from(TimeInForce), swaps),
    st.builds(cancel, ids, ids),
    st.builds(replace, ids, ids, prices, deals),
    st.builds(status, ids),
    st.builds(CancelAllOrders, ids, st.just(T0)),
    st.just(RequestMassStatus("M")),
    st.just(RequestTrades("R", TRADE_DATE, None)),
)
waits = st.integers(0, 6 * MS)
sessions = st.lists(st.tuples(requests, waits), max_size=25)


def played(steps: list[tuple[Request, int]], seed: int) -> list[Effect]:
    at, now, effects = venue(RULES, seed), T0, []
    for request, wait in steps:
        now += wait
        effects += at.handle(DESK, request, now)
    return effects + at.advance(now + 10_000 * MS)


def reports(effects: list[Effect]) -> list[ExecutionReported]:
    return [e.event for e in effects if isinstance(e, Send) and isinstance(e.event, ExecutionReported)]


@given(sessions, st.integers(0, 5))
def test_no_order_is_filled_beyond_its_quantity(steps: list[tuple[Request, int]], seed: int) -> None:
    filled: dict[str, Decimal] = {}
    for report in reports(played(steps, seed)):
        if report.exec_type is ExecType.TRADE:
            filled[report.order_id] = filled.get(report.order_id, Decimal(0)) + report.last_qty
            assert report.last_qty > 0
        assert report.order_qty is None or report.cum_qty <= report.order_qty
        assert report.leaves_qty >= 0
        if report.order_qty is not None and report.ord_status in {OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED}:
            assert report.cum_qty + report.leaves_qty == report.order_qty


@given(sessions, st.integers(0, 5))
def test_cumulated_quantity_is_the_sum_of_the_fills_in_the_order_they_arrive(
    steps: list[tuple[Request, int]], seed: int
) -> None:
    filled: dict[str, Decimal] = {}
    for report in reports(played(steps, seed)):
        if report.exec_type is ExecType.TRADE:
            filled[report.order_id] = filled.get(report.order_id, Decimal(0)) + report.last_qty
        if report.order_id != "NONE":
            assert report.cum_qty == filled.get(report.order_id, Decimal(0))


@given(sessions, st.integers(0, 5))
def test_an_order_that_is_done_has_dealt_every_leg_to_the_last_unit(
    steps: list[tuple[Request, int]], seed: int
) -> None:
    near: dict[str, Decimal] = {}
    far: dict[str, Decimal] = {}
    asked = {}
    for request, _ in steps:
        if isinstance(request, PlaceOrder):
            asked.setdefault(request.cl_ord_id, request.deal)
    for report in reports(played(steps, seed)):
        if report.exec_type is ExecType.TRADE and report.far_legs:
            (leg,) = report.far_legs
            near[report.cl_ord_id] = near.get(report.cl_ord_id, Decimal(0)) + report.last_qty
            far[report.cl_ord_id] = far.get(report.cl_ord_id, Decimal(0)) + leg.last_qty
            whole = asked[report.cl_ord_id]
            assert whole.far_leg is not None
            assert (leg.side, leg.settl_date) == (whole.far_leg.side, whole.far_leg.value_date)
            assert far[report.cl_ord_id] <= whole.far_leg.amount
            if near[report.cl_ord_id] == whole.near_leg.amount:
                assert far[report.cl_ord_id] == whole.far_leg.amount


@given(sessions, st.integers(0, 5))
def test_the_trade_log_and_the_reports_name_the_same_trades(steps: list[tuple[Request, int]], seed: int) -> None:
    effects = played(steps, seed)
    logged = {e.trade.exec_id: e.trade for e in effects if isinstance(e, LogTrade)}
    told = [report for report in reports(effects) if report.exec_type is ExecType.TRADE]
    assert sorted(logged) == sorted(report.exec_id for report in told)
    for report in told:
        trade = logged[report.exec_id]
        assert (trade.last_qty, trade.last_px, trade.contra_qty) == (report.last_qty, report.last_px, report.contra_qty)
    asked = [e.event for e in effects if isinstance(e, Send) and isinstance(e.event, TradeReported)]
    assert {row.exec_id for row in asked} <= set(logged)


@given(sessions, st.integers(0, 5))
def test_every_exec_id_is_used_once_and_the_same_session_gives_the_same_effects(
    steps: list[tuple[Request, int]], seed: int
) -> None:
    effects = played(steps, seed)
    exec_ids = [report.exec_id for report in reports(effects)]
    assert len(exec_ids) == len(set(exec_ids))
    assert effects == played(steps, seed)
