"""A batch as a whole: the sidecar's totals, its gross, and the same file again."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from risk_cases import NOW, Terms, codes, limits, make_batch, make_gate, only

from risk.reasons import ReasonCode

D = Decimal
TWO = (Terms(), Terms(line_no=2, dealt="USD", amount="500"), Terms(line_no=3, amount="0.50"))


@dataclass(frozen=True)
class Sidecar:
    lines: int = 3
    totals: object = field(default_factory=lambda: {"EUR": D("1000000.5"), "USD": D(500)})
    sha256: str | None = None


def test_totals_that_agree_pass_as_numbers_or_as_their_text() -> None:
    gate = make_gate()
    assert gate.check_batch(make_batch(*TWO, totals=Sidecar()), NOW) == ()
    texts = Sidecar(totals=(("USD", "500.00"), ("EUR", "1000000.50")))
    assert gate.check_batch(make_batch(*TWO, totals=texts), NOW) == ()


def test_the_hash_may_be_left_out_and_its_letters_may_be_capital() -> None:
    gate = make_gate()
    content_hash = make_batch().content_hash
    for said in (None, "", content_hash, content_hash.upper()):
        assert gate.check_batch(make_batch(*TWO, totals=Sidecar(sha256=said)), NOW) == ()


@pytest.mark.parametrize(
    ("sidecar", "told"),
    [
        (Sidecar(lines=2), "says 2 rows and the batch has 3"),
        (Sidecar(totals={"EUR": D("1000000.51"), "USD": D(500)}), "EUR 1000000.51 and the rows add up to 1000000.50"),
        (Sidecar(totals={"EUR": D("1000000.5")}), "USD nothing and the rows add up to 500"),
        (Sidecar(totals={"EUR": D("1000000.5"), "USD": D(500), "GBP": D(1)}), "GBP 1 and the rows add up to nothing"),
        (Sidecar(totals={"EUR": D("1000000.5"), "USD": D("NaN")}), "USD NaN"),
        (Sidecar(totals={"EUR": D("1000000.5"), "USD": "five"}), "USD five"),
        (Sidecar(sha256="00"), "says SHA-256 00"),
    ],
)
def test_each_difference_from_the_totals_denies_the_whole_batch(sidecar: Sidecar, told: str) -> None:
    violation = only(make_gate().check_batch(make_batch(*TWO, totals=sidecar), NOW))
    assert violation.code is ReasonCode.BATCH_TOTALS
    assert violation.blocks
    assert told in violation.detail


def test_gross_adds_bought_and_sold_in_the_reporting_currency() -> None:
    gate = make_gate(limits({"BATCH_GROSS desk=* max": "1"}))
    batch = make_batch(
        Terms(amount="100"),
        Terms(line_no=2, dealt="USD", amount="90"),
        Terms(pair="USD/JPY", dealt="JPY", amount="1500"),
    )
    violation = only(gate.check_batch(batch, NOW))
    assert (violation.code, violation.asked, violation.free) == (ReasonCode.BATCH_GROSS, D("210.01"), D(1))


def test_gross_of_a_currency_without_a_rate_is_not_known_and_denied() -> None:
    batch = make_batch(Terms(pair="USD/CNY", dealt="CNY"))
    assert codes(make_gate().check_batch(batch, NOW)) == [ReasonCode.REFERENCE_BAD]


def test_gross_of_an_amount_that_cannot_be_is_denied() -> None:
    assert codes(make_gate().check_batch(make_batch(Terms(amount="NaN")), NOW)) == [ReasonCode.BATCH_GROSS]


@pytest.mark.parametrize("figure", ["max", "median_factor_max"])
def test_a_desk_without_its_figures_launches_nothing(figure: str) -> None:
    gate = make_gate(limits(without=f"BATCH_GROSS desk=* {figure}"))
    assert codes(gate.check_batch(make_batch(), NOW)) == [ReasonCode.LIMIT_UNDEFINED]


def test_a_batch_is_compared_with_the_median_of_the_last_twenty_once_there_are_twenty() -> None:
    gate = make_gate()
    large = make_batch(Terms(amount="3000001"))
    for number in range(20):
        assert gate.check_batch(large, NOW) == ()
        gate.remember_batch(make_batch(Terms(amount="1000000" if number else "9000000"), content=b"%d" % number), NOW)
    violation = only(gate.check_batch(large, NOW))
    assert (violation.code, violation.limit) == (ReasonCode.BATCH_GROSS, D(3300000))
    assert gate.check_batch(make_batch(Terms(amount="3000000")), NOW) == ()


def test_another_desk_has_its_own_median() -> None:
    gate = make_gate()
    for number in range(20):
        gate.remember_batch(make_batch(Terms(amount="1000"), content=b"%d" % number), NOW)
    assert gate.check_batch(replace(make_batch(), desk="RATES"), NOW) == ()
    assert codes(gate.check_batch(make_batch(), NOW)) == [ReasonCode.BATCH_GROSS]


def test_the_same_file_is_a_duplicate_from_the_moment_it_is_launched() -> None:
    gate = make_gate()
    assert gate.check_batch(make_batch(), NOW) == ()
    assert gate.check_batch(make_batch(), NOW) == ()
    gate.remember_batch(make_batch(), NOW)
    assert codes(gate.check_batch(make_batch(), NOW)) == [ReasonCode.BATCH_DUPLICATE]
    assert gate.check_batch(make_batch(content=b"another"), NOW) == ()
