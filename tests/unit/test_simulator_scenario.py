"""Scenario files: what they may say, and what the venue then does."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from simulator.effects import Effect, Interrupt, Interruption, RequestSnapshot, SendQuotes, UnsubscribeMarketData
from simulator.faults.scenario import load_scenario, scenario_names
from tests.unit.simulator_cases import (
    DESK,
    MS,
    T0,
    TRADE_DATE,
    cancel,
    deal,
    events,
    place,
    refusal,
    report,
    scenario,
    story,
    trades,
    venue,
)
from trader.domain.commands import CancelAllOrders, PlaceOrder, RequestTrades, SubscribeMarketData
from trader.domain.currency import parse_pair
from trader.domain.deal import Side, TimeInForce
from trader.domain.errors import ConfigError
from trader.domain.events import (
    ExecType,
    MarketDataRefused,
    MassCancelReported,
    OrdStatus,
    PriceQuoted,
    TradeRequestAcknowledged,
)

NEW = (ExecType.NEW, OrdStatus.NEW)
FILLED = (ExecType.TRADE, OrdStatus.FILLED)
REJECTED = (ExecType.REJECTED, OrdStatus.REJECTED)


def rule(when: str, then: str) -> str:
    return f"[[rules]]\nwhen = {{ {when} }}\nthen = {{ {then} }}\n"


def rejected(rules: str, orders: Sequence[PlaceOrder], seed: int = 1) -> list[bool]:
    at = venue(rules, seed)
    return [story(at.handle(DESK, order, T0)) == [REJECTED] for order in orders]


def many(count: int) -> list[PlaceOrder]:
    return [place(f"A{number}") for number in range(count)]


def interruptions(effects: Sequence[Effect]) -> list[Interruption]:
    return [effect.kind for effect in effects if isinstance(effect, Interrupt)]


def test_every_bundled_scenario_is_readable_and_named() -> None:
    assert {"plain", "partial_fills", "slow", "rejecting", "resting"} <= set(scenario_names())
    assert all(load_scenario(name).title for name in scenario_names())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('colour = "red"', "colour"),
        ("[[rules]]\nwhen = {}\n", "then"),
        (rule("", 'action = "explode"'), "explode"),
        (rule('messege = "NewOrderSingle"', 'action = "rest"'), "messege"),
        (rule('message = "NewOrder"', 'action = "ignore"'), "'NewOrder' is not known"),
        (rule('message = "ExecutionReport"', 'action = "rest"'), "NewOrderSingle"),
        (rule("", 'action = "reject", reason = "CREDIT"'), "NewOrderSingle"),
        (rule('message = "NewOrderSingle"', 'action = "reject", reason = "MOOD"'), "MOOD"),
        (rule('message = "Logon"', 'action = "ignore"'), "refuse_logon"),
        (rule("probability = 1.5", 'action = "ignore"'), "probability"),
        (rule("every = 0", 'action = "ignore"'), "every"),
        (rule('pair = "EURUSD"', 'action = "ignore"'), "EURUSD"),
        (rule('dealt_currency = "EURO"', 'action = "ignore"'), "EURO"),
        (rule("", 'action = "delay", ms = -1'), "ms"),
        (rule("", 'action = "delay", ms = 10, p99_ms = 5'), "p99_ms = 5"),
        (rule('message = "NewOrderSingle"', 'action = "fill", fraction = "1.5"'), "fraction = 1.5"),
        (rule('message = "NewOrderSingle"', 'action = "fill", slices = 0'), "slices"),
        ("rules = ", "test.toml"),
        (rule('message = "QuoteRequest"', 'action = "decline", maker = "ZULU"'), "maker 'ZULU' is not known"),
        (rule('message = "Quote", maker = "ZULU"', 'action = "ignore"'), "maker 'ZULU' is not known"),
        (rule('message = "ExecutionReport", maker = "ALPHA"', 'action = "ignore"'), "maker needs message to be"),
        (rule('message = "NewOrderSingle"', 'action = "decline"'), "QuoteRequest"),
        (rule('message = "OrderCancelRequest"', 'action = "deny"'), "OrderStatusRequest"),
        (rule('message = "QuoteRequest"', 'action = "misquote", factor = "0"'), "factor = 0"),
        (rule('message = "QuoteRequest"', 'action = "misquote", sides = "none"'), "sides"),
        ("[[makers]]\nname = 'A'\n[[makers]]\nname = 'A'", "'A' stands there twice"),
        ("[[makers]]\nname = 'A'\nlatency_ms = 5\np99_ms = 1", "maker 'A': ms = 5.0, p99_ms = 1.0"),
        ("[[makers]]\nname = 'a b'", "makers[0].name"),
        ("[[makers]]\nname = 'A'\nquality = 1", "quality"),
    ],
)
def test_wrong_scenario_says_where(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        scenario(f"{text}\n")
    assert "test.toml" in str(raised.value)
    assert problem in str(raised.value)


def test_missing_scenario_lists_the_bundled_ones() -> None:
    with pytest.raises(ConfigError, match="partial_fills"):
        load_scenario("no_such_scenario")


@pytest.mark.parametrize(
    ("when", "order", "hit"),
    [
        ('pair = "EUR/USD"', place(), True),
        ('pair = "USD/JPY"', place(), False),
        ('side = "SELL"', place(order=deal(side=Side.SELL)), True),
        ('side = "SELL"', place(), False),
        ('dealt_currency = "USD"', place(order=deal(dealt="USD")), True),
        ('dealt_currency = "USD"', place(), False),
        ('order_type = "LIMIT"', place(price="1.2"), True),
        ('order_type = "LIMIT"', place(), False),
        ('time_in_force = "IOC"', place(tif=TimeInForce.IOC), True),
        ('time_in_force = "IOC"', place(), False),
        ('product = "SPOT"', place(), True),
        ('product = "FORWARD"', place(), False),
        ('min_amount = "1000000"', place(), True),
        ('min_amount = "1000001"', place(), False),
        ('max_amount = "1000000"', place(), True),
        ('max_amount = "999999"', place(), False),
        (f'client = "{DESK}"', place(), True),
        ('client = "OTHER"', place(), False),
    ],
)
def test_a_rule_is_about_what_it_names(when: str, order: PlaceOrder, hit: bool) -> None:
    rules = rule(f'message = "NewOrderSingle", {when}', 'action = "reject", reason = "CREDIT"')
    assert rejected(rules, [order]) == [hit]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("after = 3", [False, False, False, True, True, True]),
        ("count = 2", [True, True, False, False, False, False]),
        ("every = 2", [True, False, True, False, True, False]),
        ("after = 1, every = 2, count = 2", [False, True, False, True, False, False]),
    ],
)
def test_a_rule_counts_its_matches(when: str, expected: list[bool]) -> None:
    rules = rule(f'message = "NewOrderSingle", {when}', 'action = "reject", reason = "CREDIT"')
    assert rejected(rules, many(6)) == expected


def test_a_chance_depends_on_the_seed_alone() -> None:
    rules = rule('message = "NewOrderSingle", probability = 0.3', 'action = "reject", reason = "RATE_MOVED"')
    first = rejected(rules, many(200))
    assert first == rejected(rules, many(200))
    assert first != rejected(rules, many(200), seed=2)
    assert 30 <= sum(first) <= 90


def test_rules_have_chances_of_their_own() -> None:
    chance = rule('message = "NewOrderSingle", probability = 0.3', 'action = "reject", reason = "CREDIT"')
    harmless = rule('message = "OrderStatusRequest", probability = 0.5', 'action = "ignore"')
    assert rejected(chance, many(50)) == rejected(chance + harmless, many(50))


def test_a_reject_says_its_reason_or_its_own_text() -> None:
    at = venue(rule('message = "NewOrderSingle"', 'action = "reject", reason = "CREDIT", text = "Call the desk"'))
    assert report(at.handle(DESK, place(), T0)).text == "Call the desk"
    at = venue(rule('message = "NewOrderSingle"', 'action = "reject", reason = "CREDIT"'))
    assert report(at.handle(DESK, place(), T0)).text == "Insufficient credit"


def test_other_requests_can_be_rejected_too() -> None:
    at = venue(
        "".join(
            rule(f'message = "{message}"', 'action = "reject", reason = "NOT_PERMISSIONED", text = "no"')
            for message in (
                "OrderCancelRequest",
                "OrderMassCancelRequest",
                "TradeCaptureReportRequest",
                "MarketDataRequest",
            )
        )
    )
    at.handle(DESK, place("A", "1.0"), T0)
    assert refusal(at.handle(DESK, cancel("B", "A"), T0)).text == "no"
    (mass,) = events(at.handle(DESK, CancelAllOrders("C", T0), T0))
    assert mass == MassCancelReported("C", accepted=False, affected_orders=0, text="no")
    (trade_request,) = events(at.handle(DESK, RequestTrades("Q", TRADE_DATE, None), T0))
    assert trade_request == TradeRequestAcknowledged("Q", accepted=False, trades_total=None, text="no")
    (prices,) = events(at.handle(DESK, SubscribeMarketData("M", (parse_pair("EUR/USD"),)), T0))
    assert prices == MarketDataRefused("M", "no")


def test_a_held_acknowledgement_holds_the_trade_behind_it() -> None:
    at = venue(rule('message = "ExecutionReport", exec_type = "NEW", count = 1', 'action = "delay", ms = 300'))
    held = at.handle(DESK, place("A"), T0)
    assert story(held) == []
    assert len(trades(held)) == 1, "the trade is done and logged, whenever its report arrives"
    assert story(at.handle(DESK, place("B"), T0 + MS)) == [NEW, FILLED]
    assert at.next_event_ns() == T0 + 300 * MS
    assert story(at.advance(T0 + 300 * MS - 1)) == []
    assert not at.is_at_rest
    assert story(at.advance(T0 + 300 * MS)) == [NEW, FILLED]
    assert at.is_at_rest


def test_a_held_request_is_not_acted_upon_before_its_time() -> None:
    at = venue(rule('message = "OrderCancelRequest"', 'action = "delay", ms = 50'))
    at.handle(DESK, place("A", "1.0"), T0)
    assert at.handle(DESK, cancel("B", "A"), T0) == []
    assert story(at.advance(T0 + 50 * MS)) == [(ExecType.CANCELED, OrdStatus.CANCELED)]


def test_latency_has_the_median_and_the_tail_it_names() -> None:
    at = venue(rule('message = "NewOrderSingle"', 'action = "delay", ms = 10, p99_ms = 40'))
    for order in many(1000):
        at.handle(DESK, order, T0)
    waits = []
    while (due_ns := at.next_event_ns()) is not None:
        at.advance(due_ns)
        waits.append((due_ns - T0) / MS)
    assert 9 < waits[500] < 11
    assert 30 < waits[990] < 60


def test_ignored_requests_and_answers_leave_silence() -> None:
    at = venue(
        rule('message = "NewOrderSingle", count = 1', 'action = "ignore"')
        + rule('message = "ExecutionReport", exec_type = "TRADE"', 'action = "ignore"')
    )
    assert at.handle(DESK, place("A"), T0) == []
    effects = at.handle(DESK, place("B"), T0)
    assert story(effects) == [NEW]
    assert len(trades(effects)) == 1


def test_a_venue_can_die_before_an_order_or_after_its_trade_is_logged() -> None:
    at = venue(rule('message = "NewOrderSingle", after = 1', 'action = "exit"'))
    assert story(at.handle(DESK, place("A"), T0)) == [NEW, FILLED]
    assert at.handle(DESK, place("B"), T0) == [Interrupt(DESK, Interruption.EXIT)]
    at = venue(rule('message = "ExecutionReport", exec_type = "TRADE"', 'action = "exit"'))
    assert [type(effect).__name__ for effect in at.handle(DESK, place("A"), T0)][:3] == [
        "Send",
        "LogTrade",
        "Interrupt",
    ]


@pytest.mark.parametrize("kind", [Interruption.DISCONNECT, Interruption.LOGOUT])
def test_a_broken_connection_does_not_undo_the_order(kind: Interruption) -> None:
    at = venue(rule('message = "NewOrderSingle"', f'action = "{kind}"'))
    effects = at.handle(DESK, place(), T0)
    assert interruptions(effects) == [kind]
    assert story(effects) == [NEW, FILLED]


def quotes(effects: Sequence[Effect]) -> list[tuple[bool, tuple[PriceQuoted, ...]]]:
    return [(effect.is_snapshot, effect.quotes) for effect in effects if isinstance(effect, SendQuotes)]


def test_price_stream_starts_with_snapshots_and_goes_on_with_changes() -> None:
    at = venue()
    pairs = (parse_pair("EUR/USD"), parse_pair("USD/JPY"))
    snapshots = quotes(at.handle(DESK, SubscribeMarketData("M", pairs), T0))
    assert [(is_snapshot, [quote.symbol for quote in told]) for is_snapshot, told in snapshots] == [
        (True, ["EUR/USD"]),
        (True, ["USD/JPY"]),
    ]
    updates = []
    for _ in range(20):
        due_ns = at.next_event_ns()
        assert due_ns is not None
        updates += quotes(at.advance(due_ns))
    assert updates
    assert not any(is_snapshot for is_snapshot, _ in updates)
    assert any(len(told) == 2 for _, told in updates), "one message carries several pairs"
    at.handle(DESK, UnsubscribeMarketData("M"), due_ns)
    assert at.next_event_ns() is None


def test_snapshot_alone_starts_no_stream() -> None:
    at = venue()
    assert len(quotes(at.handle(DESK, RequestSnapshot("M", (parse_pair("EUR/USD"),)), T0))) == 1
    assert at.next_event_ns() is None


def test_price_stream_ends_when_the_client_leaves() -> None:
    at = venue()
    at.handle(DESK, SubscribeMarketData("M", (parse_pair("EUR/USD"),)), T0)
    assert at.logged_out(DESK, T0) == []
    assert at.next_event_ns() is None


def test_price_request_for_an_unknown_pair_or_a_used_id_is_refused() -> None:
    at = venue()
    request = SubscribeMarketData("M", (parse_pair("EUR/USD"), parse_pair("EUR/MXN")))
    assert events(at.handle(DESK, request, T0)) == [MarketDataRefused("M", "Not traded here: EUR/MXN")]
    good = SubscribeMarketData("M", (parse_pair("EUR/USD"),))
    assert len(quotes(at.handle(DESK, good, T0))) == 1
    assert events(at.handle(DESK, good, T0)) == [MarketDataRefused("M", "This MDReqID is in use")]


def test_quote_interval_is_the_scenarios() -> None:
    at = venue("quote_interval_ms = 1000\n")
    at.handle(DESK, SubscribeMarketData("M", (parse_pair("EUR/USD"),)), T0)
    moments = []
    while len(moments) < 3:
        due_ns = at.next_event_ns()
        assert due_ns is not None
        if quotes(at.advance(due_ns)):
            moments.append((due_ns - T0) // MS)
    assert all(moment % 1000 == 0 for moment in moments)


@pytest.mark.parametrize("name", ["partial_fills", "rejecting", "slow", "resting"])
def test_the_same_seed_gives_the_same_bytes(name: str) -> None:
    def run(seed: int) -> str:
        at = venue(name, seed)
        effects = [effect for order in many(40) for effect in at.handle(DESK, order, T0)]
        for _ in range(200):
            due_ns = at.next_event_ns()
            if due_ns is None:
                break
            effects += at.advance(due_ns)
        return repr(effects)

    assert run(7) == run(7)
    assert run(7) != run(8)


def test_bundled_partial_fills_never_fill_more_than_was_asked() -> None:
    at = venue("partial_fills")
    effects = [effect for order in many(100) for effect in at.handle(DESK, order, T0)]
    effects += at.advance(T0 + 1000 * MS)
    filled: dict[str, Decimal] = {}
    for trade in trades(effects):
        filled[trade.cl_ord_id] = filled.get(trade.cl_ord_id, Decimal(0)) + trade.last_qty
    assert max(filled.values()) == 1_000_000
    assert {quantity for quantity in filled.values() if quantity < 1_000_000} == {Decimal(600_000)}
