"""Reference rates: direct, inverted, crossed; and each way in which one cannot be used."""

from decimal import Decimal

import pytest
from risk_cases import NOW, USD, limits

from risk.limits.file import LimitBook
from risk.rates.reference import Quote, ReferenceRates
from risk.reasons import ReasonCode, Violation
from trader.domain.currency import Currency, parse_pair

D = Decimal
SECOND = 1_000_000_000
EURUSD = parse_pair("EUR/USD")


def rates(book: LimitBook | None = None, **quotes: tuple[str, str]) -> ReferenceRates:
    made = ReferenceRates(book or limits(), USD)
    for name, (bid, offer) in quotes.items():
        made.update(parse_pair(name.replace("_", "/")), D(bid), D(offer), NOW, "market")
    return made


def quote(made: ReferenceRates, pair: str, now_ns: int = NOW) -> Quote:
    found = made.quote(parse_pair(pair), now_ns)
    assert isinstance(found, Quote), found
    return found


def problem(made: ReferenceRates, pair: str = "EUR/USD", now_ns: int = NOW) -> Violation:
    found = made.quote(parse_pair(pair), now_ns)
    assert isinstance(found, Violation), found
    return found


def test_a_pairs_own_rate_is_used_as_it_is() -> None:
    found = quote(rates(EUR_USD=("1.0999", "1.1001")), "EUR/USD")
    assert (found.bid, found.offer, found.mid) == (D("1.0999"), D("1.1001"), D("1.1"))


def test_the_inverse_turns_bid_and_offer_round() -> None:
    found = quote(rates(EUR_USD=("1.25", "1.6")), "USD/EUR")
    assert (found.bid, found.offer) == (D("0.625"), D("0.8"))


@pytest.mark.parametrize(
    ("quotes", "pair", "bid", "offer"),
    [
        ({"EUR_USD": ("1.1", "1.2"), "USD_JPY": ("150", "151")}, "EUR/JPY", "165", "181.2"),
        ({"EUR_USD": ("1.2", "1.25"), "GBP_USD": ("1.25", "1.5")}, "EUR/GBP", "0.8", "1"),
        ({"EUR_NOK": ("11", "12"), "EUR_SEK": ("22", "24")}, "NOK/SEK", None, None),
    ],
)
def test_a_cross_is_made_over_usd_or_eur_at_the_worse_side_of_both(
    quotes: dict[str, tuple[str, str]], pair: str, bid: str | None, offer: str | None
) -> None:
    found = quote(rates(**quotes), pair)
    assert found.bid <= found.mid <= found.offer
    if bid is not None and offer is not None:
        assert (found.bid, found.offer) == (D(bid), D(offer))


def test_a_pairs_own_stale_rate_is_not_replaced_by_a_cross() -> None:
    made = rates(EUR_JPY=("165", "166"))
    later = NOW + 61 * SECOND
    for pair, bid in (("EUR/USD", "1.1"), ("USD/JPY", "150")):
        made.update(parse_pair(pair), D(bid), D(bid), later, "market")
    assert problem(made, "EUR/JPY", later).code is ReasonCode.REFERENCE_STALE


def test_a_cross_is_as_old_as_its_older_leg() -> None:
    made = rates(EUR_USD=("1.1", "1.1"), USD_JPY=("150", "150"))
    later = NOW + 61 * SECOND
    made.update(EURUSD, D("1.1"), D("1.1"), later, "market")
    found = problem(made, "EUR/JPY", later)
    assert (found.code, found.node) == (ReasonCode.REFERENCE_STALE, "source=market pair=USD/JPY")


BY_SOURCE = limits(
    {"REFERENCE_STALE source=file pair=* age_s_max": "3600", "REFERENCE_STALE source=ecb pair=* age_s_max": "345600"}
)


@pytest.mark.parametrize(("source", "age_s_max"), [("simulator", 60), ("file", 3600), ("ecb", 345600)])
def test_each_source_has_its_own_age_limit(source: str, age_s_max: int) -> None:
    made = ReferenceRates(BY_SOURCE, USD)
    made.update(EURUSD, D("1.1"), D("1.1"), NOW, source)
    assert made.has_fresh(EURUSD, NOW + age_s_max * SECOND)
    found = problem(made, now_ns=NOW + age_s_max * SECOND + 1)
    assert (found.code, found.node) == (ReasonCode.REFERENCE_STALE, f"source={source} pair=EUR/USD")
    assert found.limit == age_s_max


@pytest.mark.parametrize("sources", [("ecb", "simulator"), ("simulator", "ecb")])
def test_yesterdays_fixing_and_a_price_of_now_do_not_contradict_each_other(sources: tuple[str, str]) -> None:
    told_at = {"ecb": NOW, "simulator": NOW + 86400 * SECOND}
    made = ReferenceRates(BY_SOURCE, USD)
    for source, rate in zip(sources, ("1.1", "1.2"), strict=True):
        made.update(EURUSD, D(rate), D(rate), told_at[source], source)
    assert made.has_fresh(EURUSD, NOW + 86400 * SECOND)


def test_a_fixing_and_a_price_of_the_same_minute_do() -> None:
    made = ReferenceRates(BY_SOURCE, USD)
    made.update(EURUSD, D("1.1"), D("1.1"), NOW, "ecb")
    made.update(EURUSD, D("1.2"), D("1.2"), NOW + 60 * SECOND, "simulator")
    assert problem(made, now_ns=NOW + 60 * SECOND).code is ReasonCode.REFERENCE_BAD


def test_without_an_age_limit_for_either_source_there_is_no_rate() -> None:
    only_file = limits({"REFERENCE_STALE source=file pair=* age_s_max": "60"}, without="REFERENCE_STALE source=*")
    made = ReferenceRates(only_file, USD)
    made.update(EURUSD, D("1.1"), D("1.1"), NOW, "simulator")
    assert (problem(made).code, problem(made).node) == (ReasonCode.LIMIT_UNDEFINED, "source=simulator pair=EUR/USD")
    made.update(EURUSD, D("1.1"), D("1.1"), NOW, "file")
    assert (problem(made).code, problem(made).node) == (ReasonCode.LIMIT_UNDEFINED, "source=simulator pair=EUR/USD")


def test_a_rate_is_good_up_to_its_age_limit_and_not_a_nanosecond_longer() -> None:
    made = rates(EUR_USD=("1.1", "1.1"))
    assert made.has_fresh(EURUSD, NOW + 60 * SECOND)
    assert not made.has_fresh(EURUSD, NOW + 60 * SECOND + 1)
    assert problem(made, now_ns=NOW + 61 * SECOND).asked == D(61)


def test_a_conversion_ages_too() -> None:
    made = rates(EUR_USD=("1.1", "1.1"))
    assert made.to_reporting(Currency("EUR"), NOW) == D("1.1")
    stale = made.to_reporting(Currency("EUR"), NOW + 61 * SECOND)
    assert isinstance(stale, Violation)
    assert stale.code is ReasonCode.REFERENCE_STALE


@pytest.mark.parametrize(
    ("bid", "offer"),
    [
        ("1.2", "1.1"),
        ("0", "1.1"),
        ("-1", "1.1"),
        ("1.1", "NaN"),
        ("NaN", "1.1"),
        ("1.1", "Infinity"),
        ("sNaN", "1.1"),
        (None, "1.1"),
        ("1.1", None),
    ],
)
def test_a_rate_that_cannot_be_replaces_the_good_one_and_is_not_used(bid: str | None, offer: str | None) -> None:
    made = rates(EUR_USD=("1.1", "1.1"))
    made.update(EURUSD, None if bid is None else D(bid), None if offer is None else D(offer), NOW, "market")
    assert problem(made).code is ReasonCode.REFERENCE_BAD
    made.update(EURUSD, D("1.1"), D("1.1"), NOW, "market")
    assert made.has_fresh(EURUSD, NOW)


def test_a_rate_from_the_future_is_not_used() -> None:
    made = rates(EUR_USD=("1.1", "1.1"))
    assert problem(made, now_ns=NOW - 1).code is ReasonCode.REFERENCE_BAD


def test_two_sources_may_differ_by_the_limit_and_no_more() -> None:
    made = rates(EUR_USD=("1.0000", "1.0000"))
    made.update(EURUSD, D("1.0100"), D("1.0100"), NOW, "bank")
    assert made.has_fresh(EURUSD, NOW)
    made.update(EURUSD, D("1.0102"), D("1.0102"), NOW, "bank")
    found = problem(made)
    assert found.code is ReasonCode.REFERENCE_BAD
    assert "bank and market are too far apart" in found.detail


def test_a_source_that_fell_silent_contradicts_nobody() -> None:
    made = rates(EUR_USD=("1.0", "1.0"))
    later = NOW + 61 * SECOND
    made.update(EURUSD, D("1.2"), D("1.2"), later, "bank")
    assert made.has_fresh(EURUSD, later)


def test_two_sources_without_a_limit_between_them_are_denied() -> None:
    made = rates(limits(without="REFERENCE_BAD"), EUR_USD=("1.1", "1.1"))
    assert made.has_fresh(EURUSD, NOW)
    made.update(EURUSD, D("1.1"), D("1.1"), NOW, "bank")
    assert problem(made).code is ReasonCode.LIMIT_UNDEFINED


def test_a_new_rate_changes_the_crosses_and_conversions_made_from_it() -> None:
    made = rates(EUR_USD=("1.1", "1.1"), USD_JPY=("150", "150"))
    assert quote(made, "EUR/JPY").mid == D(165)
    assert made.to_reporting(Currency("JPY"), NOW) == D("0.006666666667")
    made.update(parse_pair("USD/JPY"), D(200), D(200), NOW, "market")
    assert quote(made, "EUR/JPY").mid == D(220)
    assert made.to_reporting(Currency("JPY"), NOW) == D("0.005")


def test_the_reporting_currency_is_worth_one_without_any_rate() -> None:
    assert ReferenceRates(limits(), USD).to_reporting(USD, NOW) == 1


def test_a_rate_that_was_fresh_is_asked_for_again_after_it_changed_while_stale() -> None:
    made = rates(EUR_USD=("1.1", "1.1"), USD_JPY=("150", "150"))
    quote(made, "EUR/JPY")
    later = NOW + 61 * SECOND
    problem(made, "EUR/JPY", later)
    for pair, rate in (("EUR/USD", "1.2"), ("USD/JPY", "160")):
        made.update(parse_pair(pair), D(rate), D(rate), later, "market")
    assert quote(made, "EUR/JPY", later).mid == D(192)
