"""VALUE_AT_RISK by hand, and the bound that keeps it cheap: never below what the days say."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from risk_cases import CALENDARS, NOW, RATES, USD, Terms, codes, limits, make_batch, make_gate, make_order, only

from risk.gate.gate import Gate
from risk.losses.estimates import Deal, Estimates
from risk.losses.estimates import Terms as Asked
from risk.losses.history import History, value_at_risk
from risk.rates.reference import ReferenceRates
from risk.reasons import ReasonCode, Severity
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Side

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


RETURNS = st.lists(st.integers(9_500, 10_500), min_size=4, max_size=30)
DEALS = st.lists(
    st.tuples(st.sampled_from([EUR, GBP, JPY]), st.integers(-20, 20).filter(bool), st.booleans()), max_size=30
)


@given(RETURNS, RETURNS, DEALS, st.integers(0, 400))
def test_the_bound_lets_nothing_pass_that_the_days_would_not(
    euro: list[int], yen: list[int], deals: list[tuple[Currency, int, bool]], limit: int
) -> None:
    """Whether the history is gone through or not, the answer is the one of all days."""
    days = min(len(euro), len(yen))
    history = History(
        {
            USD: _path(euro[:days]),
            EUR: ["1"] * (days + 1),
            JPY: _path(yen[:days]),
            GBP: ["0.85"] * (days + 1),
        },
        USD,
    )
    rates = ReferenceRates(limits(), USD)
    for pair, (bid, _) in RATES.items():
        rates.update(parse_pair(pair), Decimal(bid), Decimal(bid), NOW, "market")
    estimates, asked = Estimates(rates), Asked(Decimal("0.95"), 1)
    estimates.load(history, "some days", "")
    position: dict[Currency, Decimal] = {}
    for number, (currency, thousands, is_reserved) in enumerate(deals):
        deal = _deal(currency, thousands, rates)
        before = value_at_risk(history.outcomes(position, 1), asked.confidence).amount
        after = value_at_risk(history.outcomes(_with(position, deal), 1), asked.confidence).amount
        is_near = estimates.may_exceed("treasury", (currency, USD), deal.notional, asked, Decimal(limit), NOW)
        found = estimates.exceeds(deal, asked, Decimal(limit), NOW) if is_near else None
        assert (found is not None) == (after > max(Decimal(limit), before))
        if is_reserved:
            estimates.reserve(f"R{number}", deal)
            position = _with(position, deal)


def _path(steps: list[int]) -> list[str]:
    found = [Decimal(1)]
    for step in steps:
        found.append(found[-1] * step / 10_000)
    return [str(each) for each in found]


def _deal(currency: Currency, thousands: int, rates: ReferenceRates) -> Deal:
    value = rates.to_reporting(currency, NOW)
    assert isinstance(value, Decimal)
    units = Decimal(thousands * 1000)
    return Deal("treasury", currency, USD, units, -units * value, value, Decimal(1), abs(units * value))


def _with(position: dict[Currency, Decimal], deal: Deal) -> dict[Currency, Decimal]:
    found = dict(position)
    for currency, units, value in (
        (deal.dealt, deal.units, deal.dealt_value),
        (deal.contra, deal.contra_units, deal.contra_value),
    ):
        found[currency] = found.get(currency, Decimal(0)) + units * value
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
