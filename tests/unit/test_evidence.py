"""Quotes held against each other and against the market: above zero is better for the desk, whichever way it deals."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from quote_cases import Makers, rfq
from risk_cases import Terms

from risk.rates.reference import Quote
from risk.reasons import ReasonCode, broken_rule
from trader.app.stories.evidence import Reference, compare, difference, margin, taken_of
from trader.domain.deal import Deal, Side

rates = st.decimals("0.5", "2", places=5)


def deal(side: str = "BUY", currency: str = "EUR") -> Deal:
    return rfq(Terms(side=Side(side), dealt=currency)).deal


def market(*middles: str) -> Reference:
    spot = Quote(Decimal("1.0999"), Decimal("1.1001"), Decimal("1.1000"), 0, 1, "simulator")
    return Reference(spot, tuple(map(Decimal, middles)))


def answered(**makers: str) -> Makers:
    """A round in which makers offered, the line being a purchase of EUR 1,000,000; each in the order given."""
    wire = Makers()
    wire.submit(rfq())
    for name, offer in makers.items():
        wire.maker(name, offer)
    return wire


def test_a_buyer_of_the_base_gains_by_a_lower_rate_and_a_seller_by_a_higher_one() -> None:
    low, high = [Decimal("1.1000")], [Decimal("1.1011")]
    assert difference(deal("BUY"), low, high).amount == Decimal("1100.00")
    assert difference(deal("SELL"), high, low).amount == Decimal("1100.00")
    assert difference(deal("SELL"), high, low).bps == Decimal("10.00")


def test_a_buyer_of_the_terms_gains_by_a_higher_rate() -> None:
    found = difference(deal("BUY", "USD"), [Decimal("1.25")], [Decimal("1.00")])
    assert (found.amount, found.bps) == (Decimal("200000.00"), Decimal("2000.00"))


@given(one=rates, other=rates, side=st.sampled_from(["BUY", "SELL"]), currency=st.sampled_from(["EUR", "USD"]))
def test_what_one_rate_gains_on_another_the_other_loses(one: Decimal, other: Decimal, side: str, currency: str) -> None:
    asked = deal(side, currency)
    there, back = difference(asked, [one], [other]), difference(asked, [other], [one])
    assert there.amount == -back.amount
    assert there.amount * there.bps >= 0


def test_every_quote_is_held_against_the_one_that_was_taken_and_the_market() -> None:
    wire = answered(ALPHA="1.1003", BRAVO="1.1001", CHARLIE="1.1002")
    alpha, bravo, charlie = compare(wire.round(), deal(), market("1.1"))
    taken = taken_of(wire.round())
    assert taken is not None
    assert taken.maker == "BRAVO"
    to_taken = [each.against_taken.amount for each in (alpha, bravo, charlie) if each.against_taken]
    assert to_taken == [Decimal(-200), Decimal(0), Decimal(-100)]
    assert bravo.against_reference is not None
    assert (bravo.against_reference.amount, bravo.against_reference.bps) == (Decimal(-100), Decimal("-0.91"))
    best = margin([alpha, bravo, charlie])
    assert best is not None
    assert (best[0].amount, best[1].amount, best[2]) == (Decimal(100), Decimal(200), 2)


def test_a_better_quote_that_came_late_shows_what_it_would_have_gained() -> None:
    wire = answered(ALPHA="1.1003", BRAVO="1.1001", CHARLIE="1.1002")
    wire.maker("DELTA", "1.1000")
    *_, delta = compare(wire.round(), deal(), None)
    assert delta.against_taken is not None
    assert delta.against_taken.amount == Decimal(100)
    assert delta.answer.verdict.startswith("late")
    assert delta.against_reference is None


def test_who_declines_or_quotes_the_other_side_or_another_pair_is_shown_and_not_compared() -> None:
    wire = Makers()
    wire.submit(rfq())
    wire.declines("ALPHA")
    wire.maker("BRAVO", None)
    wire.maker("CHARLIE", symbol="EUR/GBP")
    compared = compare(wire.round(), deal(), market("1.1"))
    assert [each.answer.maker for each in compared] == ["ALPHA", "BRAVO", "CHARLIE"]
    assert all(each.contra is None and each.against_taken is None for each in compared)
    assert taken_of(wire.round()) is None
    assert margin(compared) is None


def test_without_a_reference_the_quotes_are_still_held_against_each_other() -> None:
    wire = answered(ALPHA="1.1003", BRAVO="1.1001", CHARLIE="1.1002")
    none = broken_rule(ReasonCode.REFERENCE_BAD, "pair=EUR/USD", "there is no reference rate")
    alpha, *_ = compare(wire.round(), deal(), Reference(none, none))
    assert alpha.against_reference is None
    assert alpha.against_taken is not None


def test_one_quote_has_no_others_to_be_better_than() -> None:
    wire = answered(ALPHA="1.1003")
    wire.declines("BRAVO")
    wire.declines("CHARLIE")
    assert margin(compare(wire.round(), deal(), market("1.1"))) is None
