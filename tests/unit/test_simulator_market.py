"""The simulated market: where it opens, how it walks, what a forward costs."""

from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest

from simulator.market.market import NO_POINTS, TICK_NS, Market
from simulator.market.rates import OpeningRates, ecb_opening, read_rates
from tests.unit.simulator_cases import PER_EURO, SPOT_DATE, T0, TRADE_DATE, market
from trader.adapters.ecb import ecb_rates
from trader.domain.currency import Currency, parse_pair
from trader.domain.errors import ConfigError, DomainError

IN_A_YEAR = date(2027, 11, 24)


def test_every_pair_of_the_reference_rates_has_a_bid_below_its_offer() -> None:
    rates = ecb_opening(*ecb_rates())
    at = Market(1, rates, TRADE_DATE, T0, {})
    for base, terms in permutations(rates.per_euro, 2):
        quote = at.quote(parse_pair(f"{base}/{terms}"))
        mid = rates.per_euro[terms] / rates.per_euro[base]
        assert quote.bid < quote.offer
        assert float(quote.bid) == pytest.approx(mid, rel=1e-3)
        assert float(quote.offer) == pytest.approx(mid, rel=1e-3)


def test_crosses_agree_with_their_legs() -> None:
    at = market()
    at.advance(T0 + 1000 * TICK_NS)
    euro_dollar, dollar_yen, euro_yen = (at.quote(parse_pair(pair)) for pair in ("EUR/USD", "USD/JPY", "EUR/JPY"))
    assert euro_dollar.bid * dollar_yen.bid < euro_yen.offer
    assert euro_yen.bid < euro_dollar.offer * dollar_yen.offer


def test_three_hours_of_ticks_stay_within_a_tenth_of_a_percent() -> None:
    at = market()
    opening = at.quote(parse_pair("EUR/USD")).bid
    moves = set()
    for minute in range(0, 180, 5):
        at.advance(T0 + minute * 240 * TICK_NS)
        moves.add(float(at.quote(parse_pair("EUR/USD")).bid / opening) - 1)
    assert max(moves) < 0.001
    assert min(moves) > -0.001
    assert len(moves) > 5, "it does move"


def test_a_currency_that_jumps_does_so_against_all_others_and_comes_back() -> None:
    at = market()
    dollar, yen = parse_pair("EUR/USD"), parse_pair("EUR/JPY")
    before = at.quote(dollar).bid, at.quote(yen).bid
    at.jump(Currency("USD"), 500)
    assert float(at.quote(dollar).bid / before[0]) == pytest.approx(1.05, rel=1e-4)
    assert at.quote(yen).bid == before[1]
    at.advance(T0 + 2000 * TICK_NS)
    assert float(at.quote(dollar).bid / before[0]) == pytest.approx(1, rel=1e-3)


def test_a_currency_without_a_rate_cannot_jump() -> None:
    with pytest.raises(DomainError, match="no rate for VND"):
        market().jump(Currency("VND"), 10)


def test_the_walk_depends_on_the_ticks_and_not_on_the_calls() -> None:
    in_one, in_steps = market(), market()
    in_one.advance(T0 + 50 * TICK_NS)
    for moment in range(T0, T0 + 50 * TICK_NS + 1, TICK_NS // 2):
        in_steps.advance(moment)
    assert [in_one.quote(parse_pair(f"EUR/{code}")) for code in PER_EURO if code != "EUR"] == [
        in_steps.quote(parse_pair(f"EUR/{code}")) for code in PER_EURO if code != "EUR"
    ]
    assert in_one.next_tick_ns == in_steps.next_tick_ns == T0 + 51 * TICK_NS


def test_going_back_in_time_changes_nothing() -> None:
    at = market()
    at.advance(T0 + 9 * TICK_NS)
    quote = at.quote(parse_pair("EUR/USD"))
    at.advance(T0)
    assert at.quote(parse_pair("EUR/USD")) == quote


@pytest.mark.parametrize(
    ("pair", "least", "most"),
    [
        ("EUR/USD", "0.010", "0.025"),  # the dollar pays more than the euro: a premium
        ("USD/JPY", "-0.040", "-0.020"),  # the yen pays less: a discount
        ("USD/CNY", "-0.030", "-0.010"),
        ("USD/TRY", "0.20", "0.40"),
        ("GBP/USD", "-0.005", "0.000"),
    ],
)
def test_a_year_forward_follows_the_interest_rates(pair: str, least: str, most: str) -> None:
    at = market()
    spot, points = at.quote(parse_pair(pair)), at.points(parse_pair(pair), IN_A_YEAR)
    assert Decimal(least) < points.bid / spot.bid < Decimal(most)


def test_the_spot_date_has_no_points() -> None:
    at = market()
    assert at.points(parse_pair("EUR/USD"), SPOT_DATE) == NO_POINTS


def test_price_decimals_follow_the_venue() -> None:
    rates = OpeningRates({Currency("EUR"): 1.0, Currency("USD"): 1.1172}, {}, "")
    quote = Market(1, rates, TRADE_DATE, T0, {"EUR/USD": 3}).quote(parse_pair("EUR/USD"))
    assert (quote.bid, quote.offer) == (Decimal("1.117"), Decimal("1.118"))


def test_a_pair_without_a_rate_is_not_quoted() -> None:
    at = market()
    assert not at.quotes(parse_pair("EUR/MXN"))
    with pytest.raises(DomainError, match="no price in EUR/MXN"):
        at.quote(parse_pair("EUR/MXN"))


def test_rates_file_per_euro() -> None:
    rates = read_rates("currency,rate\nUSD,1.25\nJPY,160\n", "r.csv")
    assert rates.per_euro == {"EUR": 1.0, "USD": 1.25, "JPY": 160.0}


def test_rates_file_by_pair_chains_to_the_euro_and_keeps_the_spread() -> None:
    rates = read_rates("pair,bid,offer\nUSD/JPY,149,151\nEUR/USD,1.19,1.21\n", "r.csv")
    assert rates.per_euro == pytest.approx({"EUR": 1.0, "USD": 1.2, "JPY": 180.0})
    quote = Market(1, rates, TRADE_DATE, T0, {}).quote(parse_pair("USD/JPY"))
    assert (float(quote.bid), float(quote.offer)) == pytest.approx((149, 151), abs=0.01)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "header"),
        ("pair,price\nEUR/USD,1\n", "header"),
        ("currency,rate\nUSD\n", "row 2: 1 cells"),
        ("currency,rate\nUSD,0\n", "row 2: '0' is not a rate"),
        ("currency,rate\nUSD,nan\n", "row 2: 'nan' is not a rate"),
        ("currency,rate\nXXX,1\n", "row 2: 'XXX' is not a currency"),
        ("pair,bid,offer\nEUR/USD,1.2,1.1\n", "offer 1.1 is below the bid 1.2"),
        ("pair,bid,offer\nEURUSD,1.1,1.2\n", "not a currency pair"),
        ("pair,bid,offer\nUSD/JPY,149,151\n", "no path to EUR"),
        ("pair,bid,offer\nEUR/USD,1.1\n", "row 2: 2 cells"),
    ],
)
def test_wrong_rates_file_says_where(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_rates(text, "r.csv")
    assert "r.csv" in str(raised.value)
    assert problem in str(raised.value)
