"""Of each control a case that fires and one that just passes: what the inventory of controls is asked for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from risk_cases import (
    BATCH,
    CURVE,
    NOW,
    SIX_MONTHS,
    USD,
    Terms,
    check,
    limits,
    make_batch,
    make_deal,
    make_gate,
    make_order,
)

from risk.gate.gate import Gate
from risk.limits.increases import Increase, ended_above
from risk.limits.overrides import Override
from risk.losses.history import History
from risk.people.people import GrantOverride, RaiseLimit
from risk.reasons import ReasonCode, Violation
from risk.rules.parse import parse_rules
from risk.stops.stops import State, Stop, parse_scope
from risk.stops.triggers import Sent, Triggers
from risk.wire.guard import WireGuard
from risk.wire.rate import MessageRate
from trader.domain.commands import PlaceOrder
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import OrderType, Product, Side, TimeInForce
from trader.domain.ids import LineId, cl_ord_id


@dataclass(frozen=True)
class Case:
    """What a control says to something wrong, and to something right that is as close to it as can be."""

    wrong: Callable[[], Iterable[Violation]]
    right: Callable[[], Iterable[Violation]]


def _of_figure(limit: str, wrong: str, right: str, **terms: object) -> Case:
    """The same order beside a figure of a limit that it breaks, and beside one that it just does not."""
    return Case(lambda: check({limit: wrong}, **terms), lambda: check({limit: right}, **terms))


@dataclass(frozen=True)
class Sidecar:
    lines: int
    totals: tuple[tuple[str, str], ...]
    sha256: str = ""


def _with_rate(bid: str, offer: str, age_s: int = 0) -> tuple[Violation, ...]:
    gate = make_gate(rates={"EUR/USD": (bid, offer)})
    return gate.check_order(make_order(), NOW + age_s * 1_000_000_000).violations


def _after_another(row_id: str) -> tuple[Violation, ...]:
    gate = make_gate()
    gate.remember_line(make_order(row_id="T-1"))
    return gate.check_order(make_order(row_id=row_id, line_no=2), NOW).violations


def _with_another(changes: dict[str, str], its_rate: str | None = None, **terms: object) -> tuple[Violation, ...]:
    gate = make_gate(limits(changes))
    assert gate.reserve(make_order(limit_rate=its_rate, line_no=2), NOW).allowed
    return gate.check_order(make_order(**terms), NOW).violations


def _moved_to(rate: str) -> tuple[Violation, ...]:
    gate = make_gate(limits({"PAIR_VELOCITY pair=EUR/USD move_fraction_max": "0.01"}))
    gate.rates.update(parse_pair("EUR/USD"), Decimal(rate), Decimal(rate), NOW, "market")
    gate.watch(NOW)
    return gate.check_order(make_order(), NOW).violations


def _batch(sidecar: Sidecar | None = None, amount: str = "1000000", content: bytes = b"new") -> tuple[Violation, ...]:
    gate = make_gate()
    gate.remember_batch(make_batch(content=b"old"), NOW)
    return gate.check_batch(make_batch(Terms(amount=amount), content=content, totals=sidecar), NOW)


def _messages(asked: int) -> list[Violation]:
    violation = MessageRate(limits(), "s").check(asked, NOW)
    return [violation] if violation else []


def _wire(quantity: str = "100", age_ms: int = 0, side: Side = Side.BUY) -> list[Violation]:
    guard = WireGuard(limits(), "simulator")
    guard.register(LineId(BATCH, 1), make_deal(Terms(amount="100")))
    deal = make_deal(Terms(amount=quantity, side=side))
    order = PlaceOrder(cl_ord_id(BATCH, 1), deal, OrderType.MARKET, None, TimeInForce.DAY, "ACC-1", NOW)
    violation = guard.permit(order, NOW, NOW + age_ms * 1_000_000)
    return [violation] if violation else []


def _overnight(position_max: str) -> list[Violation]:
    gate = make_gate(limits({"NOP_OVERNIGHT desk=treasury max": position_max}))
    gate.reserve(make_order(), NOW)
    return gate.check_overnight(("treasury",), NOW)


def _filled(rate: str) -> tuple[Violation, ...]:
    gate = make_gate(limits({"SLIPPAGE pair=EUR/USD max_bp": "20"}))
    order = make_order()
    assert gate.reserve(order, NOW).allowed
    return gate.fill(order.reservation_id, "F1", Decimal(100), Decimal(rate))


def _looked_at(rejects: int) -> list[Violation]:
    figures = {"LAST_LOOK provider=* orders_min": "10", "LAST_LOOK provider=* reject_share_max": "0.2"}
    triggers = Triggers(limits(figures))
    for number in range(10):
        triggers.sent(f"O{number}", Sent("maker", Decimal(1), True, NOW))
        triggers.answered(f"O{number}", Decimal(1), NOW, is_rejected=number < rejects)
    return _met(triggers, {}, NOW)


def _unconfirmed(age_s: int) -> list[Violation]:
    triggers = Triggers(limits({"CONFIRMATION_AGE venue=* age_s_max": "900"}))
    triggers.traded(BATCH, "simulator", NOW)
    return _met(triggers, {}, NOW + age_s * 1_000_000_000)


def _in_doubt(age_s: int) -> list[Violation]:
    triggers = Triggers(limits({"UNKNOWN_AGE venue=* warn_s": "30"}))
    assert _met(triggers, {"O1": "simulator"}, NOW) == []
    return _met(triggers, {"O1": "simulator"}, NOW + age_s * 1_000_000_000)


def _met(triggers: Triggers, doubts: dict[str, str], now_ns: int) -> list[Violation]:
    met, _ = triggers.look(doubts, lambda _batch: False, now_ns)
    return [each.violation for each in met]


def _ruled(amount: str) -> tuple[Violation, ...]:
    gate = make_gate()
    text = 'rule large-euro when pair is EUR/USD and amount over 1,000,000 EUR then deny "ask the head of desk"'
    gate.use_rules(parse_rules(text, "rules.txt", "USD"))
    return gate.check_order(make_order(amount=amount), NOW).violations


def _forward(limit_rate: str) -> tuple[Violation, ...]:
    gate = make_gate()
    gate.points.load("market", CURVE)
    terms = Terms(product=Product.FORWARD, value_date=SIX_MONTHS, limit_rate=limit_rate)
    return gate.check_order(make_order(terms), NOW).violations


def _stopped(scope: str) -> tuple[Violation, ...]:
    gate = make_gate()
    gate.stops.put(Stop(parse_scope(scope), State.HALTED, ReasonCode.KILL, NOW, "rita", "a test"))
    return gate.check_order(make_order(), NOW).violations


def _latched(happen: Callable[[Gate], None], changes: dict[str, str] | None = None) -> tuple[Violation, ...]:
    """What an order is told after something has happened that may latch."""
    gate = make_gate(limits(changes))
    happen(gate)
    for stop in gate.watch(NOW):
        gate.stops.put(stop)
    return gate.check_order(make_order(line_no=9), NOW).violations


def _lose(cents: str) -> Callable[[Gate], None]:
    """EUR 1,000,000 bought at 1.10; the euro is then worth so much."""

    def happen(gate: Gate) -> None:
        gate.watch(NOW)
        gate.reserve(make_order(), NOW)
        gate.fill(make_order().reservation_id, "F1", Decimal(1_000_000), Decimal("1.1"))
        gate.rates.update(parse_pair("EUR/USD"), Decimal(cents), Decimal(cents), NOW, "market")

    return happen


def _fill_again(times: int) -> Callable[[Gate], None]:
    def happen(gate: Gate) -> None:
        gate.reserve(make_order(), NOW)
        for number in range(times):
            gate.fill(make_order().reservation_id, f"F{number}", Decimal(1000), Decimal("1.1"))

    return happen


def _reject(times: int) -> Callable[[Gate], None]:
    def happen(gate: Gate) -> None:
        for _ in range(times):
            gate.latches.rejected("simulator", "EUR/USD", NOW)

    return happen


def _fail(code: ReasonCode) -> Callable[[Gate], None]:
    return lambda gate: gate.latches.machine_failed(code, "it failed")


def _at_risk(limit: str) -> tuple[Violation, ...]:
    """EUR 1,000,000 at 1.10, and a history in which the euro has lost 1 % on one day of four."""
    gate = make_gate(
        limits(
            {
                "VALUE_AT_RISK desk=* max": limit,
                "VALUE_AT_RISK desk=* confidence": "0.99",
                "VALUE_AT_RISK desk=* horizon_days": "1",
            }
        )
    )
    per_euro = {Currency("EUR"): ("1",) * 5, USD: ("1", "1", "0.99", "0.99", "0.99")}
    gate.estimates.load(History(per_euro, USD), "a history", "")
    return gate.check_order(make_order(), NOW).violations


def _nothing(_gate: Gate) -> None:
    pass


def _after_an_increase(used: str) -> list[Violation]:
    asked = RaiseLimit(ReasonCode.VOLUME_DAY, (("desk", "treasury"),), "max", Decimal(50), NOW, NOW + 1)
    over = Increase("R", asked, "anna", "a large client", "bob")
    return ended_above([over], [("VOLUME_DAY 2026-03-02 desk=treasury", Decimal(used), Decimal(100))])


def _overridden(amount: str) -> tuple[Violation, ...]:
    gate = make_gate(limits({NO_MORE: "999999"}))
    node = "book=SALES currency=EUR long"
    grant = GrantOverride("hash", 1, ReasonCode.NOP_CURRENCY, node, Decimal(amount), NOW)
    gate.overrides.grant(Override("R", grant, "anna", "bob", "the client insists"))
    return gate.reserve(replace(make_order(), content_hash="hash"), NOW).violations


NO_MORE = "NOP_CURRENCY book=SALES currency=EUR max"
THEY_MEET = {"SELF_MATCH venue=simulator orders_meet": "yes"}
NOWHERE = "SETTLEMENT_INSTRUCTION counterparty=simulator currency=EUR netting"
CASES = {
    "LIMIT_UNDEFINED": Case(lambda: check(without="ORDER_NOTIONAL"), check),
    "TREE": _of_figure("TREE trader=anna desk", "RATES", "treasury"),
    "REFERENCE_STALE": Case(lambda: _with_rate("1.1", "1.1", age_s=61), lambda: _with_rate("1.1", "1.1", age_s=60)),
    "REFERENCE_BAD": Case(lambda: _with_rate("1.2", "1.1"), lambda: _with_rate("1.1", "1.1")),
    "ORDER_NOTIONAL": Case(
        lambda: check(amount="22750000", limit_rate="1.1"), lambda: check(amount="22700000", limit_rate="1.1")
    ),
    "ORDER_SIZE": Case(lambda: check(amount="999.99"), lambda: check(amount="1000")),
    "PRICE_COLLAR": Case(lambda: check(limit_rate="1.12201"), lambda: check(limit_rate="1.1055")),
    "BATCH_TOTALS": Case(
        lambda: _batch(Sidecar(1, (("EUR", "1000001"),))), lambda: _batch(Sidecar(1, (("EUR", "1000000"),)))
    ),
    "BATCH_GROSS": Case(lambda: _batch(amount="90909091"), lambda: _batch(amount="90909090")),
    "BATCH_DUPLICATE": Case(lambda: _batch(content=b"old"), _batch),
    "LINE_DUPLICATE": Case(lambda: _after_another("T-1"), lambda: _after_another("T-2")),
    "NOP_AGGREGATE": _of_figure("NOP_AGGREGATE desk=treasury max", "1099999.99", "1100000"),
    "NOP_OVERNIGHT": Case(lambda: _overnight("1099999.99"), lambda: _overnight("1100000")),
    "COUNTERPARTY_LINE": _of_figure("COUNTERPARTY_LINE group=STREET max", "10999.99", "11000", limit_rate="1.1"),
    "COUNTRY": _of_figure("COUNTRY country=US max", "10999.99", "11000", limit_rate="1.1"),
    "NOP_CURRENCY": Case(lambda: check({NO_MORE: "999999.99"}), lambda: check({NO_MORE: "1000000"})),
    "VOLUME_DAY": _of_figure("VOLUME_DAY desk=treasury max", "1099999.99", "1100000", limit_rate="1.1"),
    "FORWARD_POINTS": Case(lambda: _forward("1.12813"), lambda: _forward("1.12812")),
    "SETTLEMENT_DAY": _of_figure("SETTLEMENT_DAY group=STREET max", "1099999.99", "1100000"),
    "PAIR_VELOCITY": Case(lambda: _moved_to("1.1111"), lambda: _moved_to("1.1110")),
    "ORDER_DUPLICATE": Case(
        lambda: _with_another({"ORDER_DUPLICATE account=ACC-1 alike_max": "1"}),
        lambda: _with_another({"ORDER_DUPLICATE account=ACC-1 alike_max": "2"}),
    ),
    "SELF_MATCH": Case(
        lambda: _with_another(THEY_MEET, "1.1", side=Side.SELL, limit_rate="1.1"),
        lambda: _with_another(THEY_MEET, "1.1", side=Side.SELL, limit_rate="1.10001"),
    ),
    "OPEN_VALUE": _of_figure("OPEN_VALUE venue=simulator max", "1099999.99", "1100000", limit_rate="1.1"),
    "OPEN_COUNT": _of_figure("OPEN_COUNT trader=anna orders_max", "0", "1"),
    "GAP_BUCKET": _of_figure("GAP_BUCKET book=SALES currency=EUR max", "999999.99", "1000000"),
    "FUNDING": _of_figure("FUNDING currency=USD max", "1099999.99", "1100000", limit_rate="1.1"),
    "TENOR_MAX": _of_figure(
        "TENOR_MAX trader=* days_max", "183", "184", product=Product.FORWARD, value_date=SIX_MONTHS
    ),
    "RESTRICTED": _of_figure("RESTRICTED currency=USD blocked_from", "2026-03-02T10:00Z", "2026-03-02T10:01Z"),
    "SETTLEMENT_INSTRUCTION": Case(
        lambda: check({NOWHERE: "none"}, without="SETTLEMENT_INSTRUCTION counterparty=* currency=* instruction"),
        lambda: check({NOWHERE: "none"}),
    ),
    "MANDATE": Case(lambda: check(without="MANDATE"), check),
    "VALUE_DATE": Case(lambda: check(value_date=date(2026, 3, 7)), lambda: check(value_date=date(2026, 3, 6))),
    "RULE": Case(lambda: _ruled("1000000.01"), lambda: _ruled("1000000")),
    "WRONG_WAY": Case(lambda: _wire(side=Side.SELL), _wire),
    "MESSAGE_RATE": Case(lambda: _messages(11), lambda: _messages(10)),
    "CHILD_WITHIN_PARENT": Case(lambda: _wire("100.01"), lambda: _wire("100")),
    "FOUR_EYES": _of_figure("FOUR_EYES desk=* order_max", "1099999.99", "1100000", limit_rate="1.1"),
    "OVERRIDE": Case(lambda: _overridden("1"), lambda: _overridden("0.99")),
    "LIMIT_INCREASE": Case(lambda: _after_an_increase("100.01"), lambda: _after_an_increase("100")),
    "STALE_SEND": Case(lambda: _wire("100", age_ms=2001), lambda: _wire("100", age_ms=2000)),
    **{
        code: Case(
            lambda code=code: _latched(_lose("1.099"), {f"{code} trader=anna max": "1000"}),
            lambda code=code: _latched(_lose("1.099"), {f"{code} trader=anna max": "1000.01"}),
        )
        for code in ("LOSS_DAY", "LOSS_MONTH", "DRAWDOWN")
    },
    "VALUE_AT_RISK": Case(lambda: _at_risk("10999.99"), lambda: _at_risk("11000")),
    "SLIPPAGE": Case(lambda: _filled("1.10221"), lambda: _filled("1.1022")),
    "LAST_LOOK": Case(lambda: _looked_at(rejects=3), lambda: _looked_at(rejects=2)),
    "CONFIRMATION_AGE": Case(lambda: _unconfirmed(901), lambda: _unconfirmed(900)),
    "UNKNOWN_AGE": Case(lambda: _in_doubt(31), lambda: _in_doubt(30)),
    "REPEATED_EXECUTION": Case(lambda: _latched(_fill_again(101)), lambda: _latched(_fill_again(100))),
    "REJECT_STORM": Case(lambda: _latched(_reject(50)), lambda: _latched(_reject(49))),
    "RECONCILIATION_BREAK": Case(
        lambda: _latched(lambda gate: gate.latches.books_differ("simulator", BATCH, 1)),
        lambda: _latched(lambda gate: gate.latches.books_differ("another", BATCH, 1)),
    ),
    **{
        code: Case(lambda code=code: _latched(_fail(code)), lambda: _latched(_nothing))
        for code in (ReasonCode.DEADMAN, ReasonCode.CLOCK, ReasonCode.CONFIG_CHANGED, ReasonCode.JOURNAL_FAILED)
    },
    "KILL": Case(lambda: _stopped("pair=EUR/USD"), lambda: _stopped("pair=USD/JPY")),
}
