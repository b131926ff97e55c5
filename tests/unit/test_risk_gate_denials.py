"""What the gate says of an order that it denies: every number, and what would pass."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from risk_cases import NOP, NOW, check, codes, limits, make_gate, make_order, only

from risk.reasons import ReasonCode, Violation
from trader.domain.deal import Side
from trader.domain.money import round_rate

D = Decimal


def test_every_check_runs_and_the_worst_comes_first() -> None:
    found = check(
        {"VOLUME_DAY desk=* max": "20000000", NOP: "29000000"},
        without="MANDATE",
        amount="30000000",
        limit_rate="1.11",
        value_date=date(2026, 3, 7),
    )
    assert codes(found) == [
        ReasonCode.MANDATE,
        ReasonCode.VALUE_DATE,
        ReasonCode.VOLUME_DAY,
        ReasonCode.ORDER_NOTIONAL,
        ReasonCode.NOP_CURRENCY,
        ReasonCode.PRICE_COLLAR,
    ]


def test_a_denial_is_one_sentence_with_every_number() -> None:
    gate = make_gate(limits({NOP: "1500000"}))
    assert gate.reserve(make_order(), NOW).allowed
    violation = only(gate.reserve(make_order(line_no=2), NOW).violations)
    assert violation.sentence == (
        "NOP_CURRENCY at book=SALES currency=EUR long: the limit has no room for the order; limit 1,500,000, "
        "used 1,000,000, asked 1,000,000, free 500,000; a size of up to 500,000 would pass."
    )


@pytest.mark.parametrize(
    ("terms", "ending"),
    [
        (
            {"amount": "999"},
            "the amount is below the smallest, 1,000; limit 1,000, asked 999; sizes from 1,000 would pass.",
        ),
        ({"limit_rate": "1.13"}, "a limit rate from 1.04500 to 1.12200 would pass."),
        ({"limit_rate": "1.01"}, "a limit rate from 1.04500 to 1.12200 would pass."),
        ({"limit_rate": "1.05", "side": Side.SELL}, "a limit rate from 1.07800 to 1.15500 would pass."),
        ({"value_date": date(2026, 3, 7)}, "expected a business day of the pair."),
    ],
)
def test_a_denial_says_what_would_pass_where_it_is_not_a_smaller_size(terms: dict[str, object], ending: str) -> None:
    violation = only(check(**terms))
    assert violation.sentence.endswith(ending)
    assert "size would pass" not in violation.sentence


@pytest.mark.parametrize("rate", ["1.04500", "1.12200"])
def test_the_rates_that_would_pass_do_pass(rate: str) -> None:
    assert not any(violation.blocks for violation in check(limit_rate=rate))


def test_a_duplicate_says_how_to_trade_it_all_the_same() -> None:
    gate = make_gate()
    gate.remember_line(make_order())
    violation = only(gate.check_order(make_order(batch="0000000000"), NOW).violations)
    assert violation.sentence.endswith("; a new row_id makes it a new trade.")


@pytest.mark.parametrize("side", list(Side))
def test_a_row_with_its_pair_turned_is_told_which_rates_would_pass_in_its_own(side: Side) -> None:
    def turned(rate: D) -> tuple[Violation, ...]:
        limit = round_rate(1 / rate, D("0.00001"), base_is_bought=side is Side.BUY)
        order = make_order(side=side, limit_rate=str(limit))
        line = replace(order.line, original_pair="USD/EUR")
        return make_gate().check_order(replace(order, line=line), NOW).violations

    denied = only(turned(D("1.5")))
    told = re.search(r" would pass, in the file's USD/EUR one from (\S+) to (\S+)\.$", denied.sentence)
    assert told is not None, denied.sentence
    lowest, highest = map(D, told.groups())
    step = D("0.00002")
    for rate, passes in ((lowest, True), (highest, True), (lowest - step, False), (highest + step, False)):
        assert all(not found.blocks for found in turned(rate)) is passes
