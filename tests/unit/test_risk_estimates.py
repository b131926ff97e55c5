"""VALUE_AT_RISK by hand, and the bound that keeps it cheap: never below what the days say."""

from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from risk_cases import CALENDARS, NOW, RATES, USD, Terms, codes, limits, make_batch, make_gate, make_order, only

from risk.gate.gate import Gate
from risk.losses.booking import Booking, Flow
from risk.losses.estimates import Deal, Estimates
from risk.losses.estimates import Terms as Asked
from risk.losses.history import Estimate, History, value_at_risk
from risk.rates.reference import ReferenceRates
from risk.reasons import ReasonCode, Severity
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Side
from trader.domain.moments import NS_PER_S

EUR, JPY, GBP = Currency("EUR"), Currency("JPY"), Currency("GBP")
FIGURES = {
    "VALUE_AT_RISK desk=* max": "20000",
    "VALUE_AT_RISK desk=* confidence": "0.99",
    "VALUE_AT_RISK desk=* horizon_days": "1",
}
# Dollars for one euro: over the four days the euro gains 1 %, loses 2 %, gains 1 %, and does nothing.
DOLLARS = ("1.00", "1.01", "0.9898", "0.999698", "0.999698")
DAYS = {EUR: ("1",) * 5, USD: DOLLARS}


def gate(changes: dict[str, str] | None = None, *, with_history: bool = True, without: str = "") -> Gate:
    made = make_gate(limits(FIGURES | (changes or {}), without))
    if with_history:
        made.estimates.load(History(DAYS, USD), "four days", "")
    return made


def test_a_long_position_may_lose_what_its_currency_has_lost_on_the_worst_day() -> None:
    found = value_at_risk(History(DAYS, USD).outcomes({EUR: Decimal(1_000_000)}, 1), Decimal("0.99"))
    assert found == (Decimal("20000.00"), 4)


def test_a_short_position_may_lose_what_it_has_gained() -> None:
    found = value_at_risk(History(DAYS, USD).outcomes({EUR: Decimal(-1_000_000)}, 1), Decimal("0.99"))
    assert found == (Decimal("10000.00"), 4)


def test_over_two_days_moves_add_up() -> None:
    found = value_at_risk(History(DAYS, USD).outcomes({EUR: Decimal(1_000_000)}, 2), Decimal("0.99"))
    assert found == (Decimal("10200.00"), 3)  # 1.01 x 0.98 = 0.9898


@pytest.mark.parametrize(("confidence", "loss"), [("0.99", "100"), ("0.98", "99"), ("0.95", "96"), ("0.5", "51")])
def test_the_loss_is_the_one_that_so_many_of_the_days_did_not_exceed(confidence: str, loss: str) -> None:
    assert value_at_risk(-np.arange(1.0, 101.0), Decimal(confidence)) == (Decimal(loss), 100)


def test_a_position_that_only_gained_may_lose_nothing() -> None:
    assert value_at_risk(np.array([1.0, 2.0]), Decimal("0.99")).amount == 0


def test_a_history_that_is_shorter_than_its_span_says_nothing() -> None:
    assert value_at_risk(History(DAYS, USD).outcomes({EUR: Decimal(1)}, 5), Decimal("0.99")) == (0, 0)


def test_an_order_above_the_limit_warns_says_it_is_an_estimate_and_stops_nothing() -> None:
    decision = gate({"VALUE_AT_RISK desk=* max": "10000"}).check_order(make_order(), NOW)
    found = only(decision.violations)
    assert decision.allowed
    assert (found.code, found.severity, found.used, found.asked) == (
        ReasonCode.VALUE_AT_RISK,
        Severity.NOTIFIES,
        0,
        Decimal("22000.00"),  # EUR 1,000,000 are worth USD 1,100,000
    )
    assert "an estimate from 4 spans of 1 day(s)" in found.detail


def test_what_is_reserved_counts_and_what_was_released_does_not() -> None:
    made = gate({"VALUE_AT_RISK desk=* max": "30000"})
    first = make_order()
    assert made.reserve(first, NOW).violations == ()
    assert codes(made.check_order(make_order(line_no=2), NOW).violations) == [ReasonCode.VALUE_AT_RISK]
    made.release(first.reservation_id)
    assert made.check_order(make_order(line_no=2), NOW).violations == ()


def test_what_was_dealt_counts_after_its_order_is_over_until_it_is_taken_back() -> None:
    made = gate({"VALUE_AT_RISK desk=* max": "30000"})
    first = make_order()
    made.reserve(first, NOW)
    made.fill(first.reservation_id, "F1", Decimal(1_000_000), Decimal("1.1"))
    made.release(first.reservation_id)
    assert codes(made.check_order(make_order(line_no=2), NOW).violations) == [ReasonCode.VALUE_AT_RISK]
    made.reverse_fill(first.reservation_id, "F1")
    assert made.check_order(make_order(line_no=2), NOW).violations == ()


def test_an_order_that_makes_the_position_smaller_warns_of_nothing() -> None:
    made = gate({"VALUE_AT_RISK desk=* max": "10000"})
    made.reserve(make_order(), NOW)
    assert made.check_order(make_order(line_no=2, side=Side.SELL, amount="500000"), NOW).violations == ()


def test_an_order_that_would_have_made_the_position_smaller_and_was_not_sent_does_not_count() -> None:
    made = gate({"VALUE_AT_RISK desk=* max": "30000"})
    made.reserve(make_order(amount="2000000"), NOW)
    assert made.check_order(make_order(line_no=2, side=Side.SELL), NOW).violations == ()
    assert codes(made.check_order(make_order(line_no=3, amount="1000"), NOW).violations) == [ReasonCode.VALUE_AT_RISK]


def test_an_order_that_held_the_other_way_no_longer_counts_once_it_is_over() -> None:
    made = gate({"VALUE_AT_RISK desk=* max": "10000"})
    other_way, small = make_order(line_no=2, side=Side.SELL), make_order(line_no=3, amount="1000")
    made.reserve(make_order(), NOW)
    made.reserve(other_way, NOW)
    assert made.check_order(small, NOW).violations == ()
    made.release(other_way.reservation_id)
    assert codes(made.check_order(small, NOW).violations) == [ReasonCode.VALUE_AT_RISK]


def test_without_a_limit_nothing_is_said() -> None:
    assert gate(without="VALUE_AT_RISK").check_order(make_order(amount="9000000"), NOW).violations == ()


def test_a_limit_with_half_its_figures_says_so_and_stops_nothing() -> None:
    decision = gate(without="VALUE_AT_RISK desk=* confidence").check_order(make_order(), NOW)
    assert decision.allowed
    assert "VALUE_AT_RISK has no row for confidence" in only(decision.violations).sentence


def test_a_batch_hears_once_of_what_there_is_no_history() -> None:
    made = gate()
    found = only(made.check_batch(make_batch(Terms(), Terms(pair="USD/JPY", dealt="USD", line_no=2)), NOW))
    assert (found.severity, "there is no history of JPY" in found.detail) == (Severity.NOTIFIES, True)
    assert codes(gate(with_history=False).check_batch(make_batch(), NOW)) == [ReasonCode.VALUE_AT_RISK]
    assert gate(with_history=False).check_order(make_order(amount="9000000"), NOW).violations == ()


STEPS = st.lists(st.integers(9_500, 10_500), min_size=12, max_size=12)
PAIRS = [(EUR, USD), (USD, JPY), (EUR, JPY), (GBP, EUR), (JPY, GBP)]


class Told(NamedTuple):
    """What happens next: an order of so many thousands, dearer by so many per mille than its worth."""

    desk: str
    pair: tuple[Currency, Currency]
    thousands: int
    dearer: int
    is_reserved: bool


class Over(NamedTuple):
    """A half or all of some order is filled, or it is over, or a fill comes after that."""

    number: int
    halves: int


class Moved(NamedTuple):
    """The rates move, and a minute passes."""

    percent: int


TOLD = st.builds(
    Told,
    st.sampled_from(["treasury", "treasury", "sales"]),
    st.sampled_from(PAIRS),
    (st.integers(-5, 5) | st.integers(-99, 99)).filter(bool),
    st.integers(-10, 30) | st.integers(0, 999),
    st.booleans(),
)
OVER, MOVED = st.builds(Over, st.integers(0, 9), st.integers(0, 2)), st.builds(Moved, st.integers(-3, 3))
HAPPENINGS = st.lists(TOLD | TOLD | TOLD | OVER | MOVED, min_size=10, max_size=40)


@given(STEPS, STEPS, HAPPENINGS, st.integers(0, 2000))
def test_an_order_is_judged_as_if_all_days_were_gone_through_for_it_alone(
    euro: list[int], yen: list[int], happenings: list[Told | Over | Moved], limit: int
) -> None:
    """Neither the bound nor anything else that is kept can be seen: each answer is that of the days at its moment."""
    history = History({USD: _path(euro), EUR: ["1"] * 13, JPY: _path(yen), GBP: ["0.85"] * 13}, USD)
    rates, asked = ReferenceRates(limits(), USD), Asked(Decimal("0.9"), 1)
    estimates, orders, now = Estimates(rates), list[_Order](), NOW
    _tell(rates, 0, now)
    estimates.load(history, "some days", "")
    for happening in happenings:
        if isinstance(happening, Moved):
            now += 61 * NS_PER_S
            _tell(rates, happening.percent, now)
        elif isinstance(happening, Over):
            if happening.number < len(orders):
                orders[happening.number].happens(happening.halves, estimates)
        else:
            deal = _deal(happening, rates, now)
            held = [each.moves for each in orders if each.deal.desk == deal.desk]
            before, after = (_estimate(history, moves, asked, rates, now) for moves in (held, [*held, _moves(deal)]))
            found = estimates.exceeds(deal, asked, Decimal(limit), now)
            assert found == ((before, after) if after.amount > max(Decimal(limit), before.amount) else None)
            if happening.is_reserved:
                estimates.reserve(f"R{len(orders)}", deal)
                orders.append(_Order(f"R{len(orders)}", deal))


class _Order:
    """One that counts in full until it is over, and then with what was dealt."""

    def __init__(self, name: str, deal: Deal) -> None:
        self.name, self.deal = name, deal
        self.dealt, self.is_over = 0, False

    def happens(self, halves: int, estimates: Estimates) -> None:
        if not halves:
            self.is_over = True
            estimates.release(self.name)
        elif self.dealt + halves <= 2:
            self.dealt += halves
            flows = tuple(
                Flow(currency, units * halves / 2, Decimal(0)) for currency, units in _moves(self.deal).items()
            )
            estimates.book(self.name, Booking((), flows), 1)

    @property
    def moves(self) -> dict[Currency, Decimal]:
        halves = self.dealt if self.is_over else 2
        return {currency: units * halves / 2 for currency, units in _moves(self.deal).items()}


def _moves(deal: Deal) -> dict[Currency, Decimal]:
    return {deal.dealt: deal.units, deal.contra: deal.contra_units}


def _estimate(
    history: History, held: list[dict[Currency, Decimal]], asked: Asked, rates: ReferenceRates, now_ns: int
) -> Estimate:
    worths = {
        currency: sum(moves.get(currency, Decimal(0)) for moves in held) * _value(rates, currency, now_ns)
        for currency in (EUR, GBP, JPY, USD)
    }
    return value_at_risk(history.outcomes(worths, asked.horizon_days), asked.confidence)


def _path(steps: list[int]) -> list[str]:
    found = [Decimal(1)]
    for step in steps:
        found.append(found[-1] * step / 10_000)
    return [str(each) for each in found]


def _tell(rates: ReferenceRates, percent: int, now_ns: int) -> None:
    for pair, (bid, _) in RATES.items():
        moved = Decimal(bid) * (100 + percent) / 100
        rates.update(parse_pair(pair), moved, moved, now_ns, "market")


def _deal(told: Told, rates: ReferenceRates, now_ns: int) -> Deal:
    value, contra_value = (_value(rates, each, now_ns) for each in told.pair)
    units = Decimal(told.thousands * 1000)
    contra_units = (-units * value / contra_value * (1000 + told.dearer) / 1000).quantize(Decimal("0.01"))
    return Deal(told.desk, *told.pair, units, contra_units, value, contra_value)


def _value(rates: ReferenceRates, currency: Currency, now_ns: int) -> Decimal:
    found = rates.to_reporting(currency, now_ns)
    assert isinstance(found, Decimal)
    return found


def test_a_history_of_the_reporting_currency_has_to_be_there() -> None:
    made = make_gate(limits(FIGURES))
    made.estimates.load(History({EUR: ("1", "1")}, USD), "no dollars", "")
    assert not made.estimates.knows(EUR)
    assert made.check_order(make_order(), NOW).violations == ()


def test_other_limits_leave_positions_and_history_as_they_are() -> None:
    made = gate()
    made.reserve(make_order(), NOW)
    before = made.estimates.snapshot()
    made.reconfigure(limits(FIGURES), CALENDARS)
    assert made.estimates.snapshot() == before
