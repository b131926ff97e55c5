"""Any mixture of a scenario's faults: the venue's books add up, and the same seed gives the same day."""

from collections import defaultdict
from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.effects import Effect, LogTrade, TradeKind
from simulator.faults.scenario import parse_scenario
from simulator.venue.venue import Venue
from simulator.wire.messages_out import AnswerWriter
from tests.unit.simulator_cases import DESK, DIALECT, MS, T0, TRADE_DATE, cancel, market, place, replace, status
from trader.domain.commands import CancelAllOrders, RequestMassStatus, RequestTrades, SubscribeMarketData, VenueCommand
from trader.domain.currency import parse_pair
from trader.domain.money import ZERO
from trader.fix.decode import Decoder

ORDER, CANCEL, REPLACE = "NewOrderSingle", "OrderCancelRequest", "OrderCancelReplaceRequest"
REPORT, TRADES, MASS = "ExecutionReport", "TradeCaptureReportRequest", "OrderMassStatusRequest"
RULES = (
    (ORDER, 'action = "reject", reason = "CREDIT"'),
    (ORDER, 'action = "bounce"'),
    (ORDER, 'action = "ignore"'),
    (ORDER, 'action = "rest"'),
    (ORDER, 'action = "fill", slices = 3, interval_ms = 20, fraction = "0.8"'),
    (ORDER, 'action = "overfill", fraction = "0.3"'),
    (ORDER, 'action = "slip", bp = "-3"'),
    (ORDER, 'action = "last_look", hold_ms = 30'),
    (ORDER, 'action = "cancel", after_ms = 40'),
    (ORDER, 'action = "turn", into = "RESTATED", keep = "0.4", after_ms = 25'),
    (ORDER, 'action = "turn", into = "SUSPENDED", after_ms = 15'),
    (ORDER, 'action = "turn", into = "EXPIRED", after_ms = 60'),
    (ORDER, 'action = "pend", after_ms = 35'),
    (ORDER, 'action = "bust", after_ms = 45'),
    (ORDER, 'action = "bust", after_ms = 45, told_by = "offset"'),
    (ORDER, 'action = "bust", after_ms = 5, told_by = "both"'),
    (ORDER, 'action = "correct", after_ms = 10, fraction = "0.5"'),
    (ORDER, 'action = "correct", after_ms = 50, told_by = "trade_report", bp = "-2"'),
    (ORDER, 'action = "throttle", per_s = 50'),
    (ORDER, 'action = "delay", ms = 5, p99_ms = 90'),
    (ORDER, 'action = "pause", ms = 70'),
    (ORDER, 'action = "roll"'),
    (CANCEL, 'action = "race", fraction = "0.5"'),
    (CANCEL, 'action = "race"'),
    (CANCEL, 'action = "pend", after_ms = 30'),
    (REPLACE, 'action = "race", fraction = "0.2"'),
    (REPLACE, 'action = "pend", after_ms = 30'),
    (REPORT, 'action = "ignore"'),
    (REPORT, 'action = "delay", ms = 15, can_be_overtaken = true'),
    (REPORT, 'action = "misreport", field = "last_qty"'),
    (REPORT, 'action = "misreport", field = "side"'),
    (REPORT, 'action = "reuse_exec_id"'),
    (REPORT, 'action = "repeat", times = 2, after_ms = 10, is_poss_resend = true'),
    (REPORT, 'action = "copy", to = "COPIES", after_ms = 10'),
    (REPORT, 'action = "orphan"'),
    (REPORT, 'action = "disconnect"'),
    (TRADES, 'action = "omit"'),
    (MASS, 'action = "omit", share = 0.3, counts_all = true'),
    ("MarketDataIncrementalRefresh", 'action = "one_way", side = "bid"'),
)

LIMITS = {"market": "", "limit": "1.2", "far": "1.0"}

rules = st.lists(st.tuples(st.sampled_from(RULES), st.sampled_from((0.3, 1.0))), max_size=8)
requests = st.lists(
    st.tuples(
        st.sampled_from(("market", "limit", "far", "cancel", "replace", "status", "trades", "mass", "cancel all")),
        st.integers(0, 30),
    ),
    max_size=15,
)


def scenario_of(chosen: list[tuple[tuple[str, str], float]]) -> str:
    return "".join(
        f'[[rules]]\nwhen = {{ message = "{message}", probability = {chance} }}\nthen = {{ {then} }}\n'
        for (message, then), chance in chosen
    )


def request(kind: str, number: int, orders: list[str]) -> VenueCommand:
    """A request of a kind; those about an order name one that was placed."""
    name = f"N{number}"
    about = orders[number % len(orders)] if orders else "nobody"
    if kind in LIMITS:
        orders.append(name)
        return place(name, LIMITS[kind])
    others: dict[str, VenueCommand] = {
        "cancel": cancel(name, about),
        "replace": replace(name, about, "1.2"),
        "status": status(about),
        "trades": RequestTrades(name, TRADE_DATE, None),
        "mass": RequestMassStatus(name),
        "cancel all": CancelAllOrders(name, T0),
    }
    return others[kind]


def played(text: str, asked: list[tuple[str, int]], seed: int) -> tuple[Venue, list[Effect]]:
    """A day at the venue, until nothing more is planned."""
    at = Venue(seed, DIALECT, market(seed), parse_scenario(f'title = "any"\n{text}', "any.toml"), TRADE_DATE, T0)
    effects = at.handle(DESK, SubscribeMarketData("M", (parse_pair("EUR/USD"),)), T0)
    now_ns, orders = T0, list[str]()
    for number, (kind, wait_ms) in enumerate(asked):
        now_ns += wait_ms * MS
        effects += at.handle(DESK, request(kind, number, orders), now_ns)
    for _ in range(20):
        now_ns += 50 * MS
        effects += at.advance(now_ns)
    return at, effects


def booked(effects: list[Effect]) -> dict[str, Decimal]:
    """What the trade log says of each order, less what was taken back; offsets are no part of an order."""
    quantities: dict[str, Decimal] = {}
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    log = [effect.trade for effect in effects if isinstance(effect, LogTrade)]
    for trade in log:
        if trade.kind is TradeKind.OFFSET:
            continue
        if trade.exec_ref_id:
            sums[trade.order_id] -= quantities.pop(trade.exec_ref_id)
        if trade.kind is not TradeKind.BUST:
            assert trade.exec_id not in quantities, "an ExecID(17) is never used twice in the books"
            quantities[trade.exec_id] = trade.last_qty
            sums[trade.order_id] += trade.last_qty
    return sums


@settings(max_examples=60)
@given(rules, requests, st.integers(0, 1_000))
def test_the_books_add_up_whatever_goes_wrong(
    chosen: list[tuple[tuple[str, str], float]], asked: list[tuple[str, int]], seed: int
) -> None:
    at, effects = played(scenario_of(chosen), asked, seed)
    sums = booked(effects)
    for order in {order.order_id: order for order in at._book._by_id.values() if order is not None}.values():
        assert order.cum_qty == sums.get(order.order_id, ZERO)
        assert order.leaves_qty >= ZERO
        assert order.is_final or order in at._book.open_orders()


@settings(max_examples=15)
@given(rules, requests, st.integers(0, 1_000))
def test_the_same_seed_gives_the_same_day(
    chosen: list[tuple[tuple[str, str], float]], asked: list[tuple[str, int]], seed: int
) -> None:
    text = scenario_of(chosen)
    assert repr(played(text, asked, seed)[1]) == repr(played(text, asked, seed)[1])


@settings(max_examples=25)
@given(rules, requests, st.integers(0, 1_000))
def test_whatever_is_told_a_client_can_read(
    chosen: list[tuple[tuple[str, str], float]], asked: list[tuple[str, int]], seed: int
) -> None:
    writer, decoder = AnswerWriter(DIALECT), Decoder(DIALECT)
    for effect in played(scenario_of(chosen), asked, seed)[1]:
        if hasattr(effect, "event"):
            (heard,) = decoder.decode(writer.write(effect))
            assert type(heard) is type(effect.event), msgspec.to_builtins(heard)
