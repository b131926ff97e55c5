"""Tenors are read strictly: one spelling, and an error that lists what would have been right."""

from datetime import date

import pytest

from trader.domain.errors import DomainError
from trader.domain.tenor import Tenor, TenorKind, TenorUnit, parse_tenor


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TOD", Tenor("TOD", TenorKind.TOD)),
        ("TOM", Tenor("TOM", TenorKind.TOM)),
        ("ON", Tenor("ON", TenorKind.ON)),
        ("O/N", Tenor("ON", TenorKind.ON)),
        ("T/N", Tenor("TN", TenorKind.TN)),
        ("S/N", Tenor("SN", TenorKind.SN)),
        ("SPOT", Tenor("SPOT", TenorKind.SPOT)),
        ("sp", Tenor("SPOT", TenorKind.SPOT)),
        (" Spot ", Tenor("SPOT", TenorKind.SPOT)),
        ("SW", Tenor("1W", TenorKind.PERIOD, 1, TenorUnit.WEEK)),
        ("2w", Tenor("2W", TenorKind.PERIOD, 2, TenorUnit.WEEK)),
        ("18M", Tenor("18M", TenorKind.PERIOD, 18, TenorUnit.MONTH)),
        ("5Y", Tenor("5Y", TenorKind.PERIOD, 5, TenorUnit.YEAR)),
        ("IMM1", Tenor("IMM1", TenorKind.IMM, 1)),
        ("2026-12-24", Tenor("2026-12-24", TenorKind.BROKEN, broken_date=date(2026, 12, 24))),
    ],
)
def test_every_accepted_spelling(text: str, expected: Tenor) -> None:
    assert parse_tenor(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "M3",  # three months in FIX, June in the futures market
        "H7",
        "0M",
        "01M",
        "-1M",
        "1.5M",
        "3D",
        "1000M",
        "IMM",
        "IMM0",
        "1M 1W",
        "SPOT+1",
        "24/12/2026",
        "20261224",
        "2026-W52-4",
        "2026-12-24T00:00",
        "\N{ARABIC-INDIC DIGIT ONE}M",  # a digit to Python
    ],
)
def test_anything_else_is_an_error_that_says_what_is_accepted(text: str) -> None:
    with pytest.raises(DomainError, match=r"is not a tenor; expected TOD, TOM, .* weeks 1W, .* YYYY-MM-DD"):
        parse_tenor(text)


def test_a_day_that_the_calendar_does_not_have_is_an_error() -> None:
    with pytest.raises(DomainError, match="'2026-02-29' is not a day of the calendar"):
        parse_tenor("2026-02-29")


def test_the_canonical_text_reads_back_as_the_same_tenor() -> None:
    for text in ("o/n", "sp", "s/w", "3m", "imm2", "2026-12-24"):
        tenor = parse_tenor(text)
        assert parse_tenor(tenor.text) == tenor
