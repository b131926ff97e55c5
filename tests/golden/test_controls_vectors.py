"""The limits on positions against figures worked out by hand, through the gate as an order goes through it."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from risk.gate.gate import Gate
from tests.unit.risk_cases import NOW, SPOT_DAY, Terms, limits, make_order
from trader.domain.calendars import Calendars
from trader.domain.currency import Currency, parse_pair
from trader.domain.deal import Product, Side

VECTORS = Path(__file__).with_suffix("").parent / "controls.vectors"
MILLION = 1_000_000
CALENDARS = Calendars(dict.fromkeys(("AUD", "CAD", "CHF", "EUR", "GBP", "JPY", "USD", "XAU"), ()), 2025, 2030)
WIDE = {
    "ORDER_NOTIONAL pair=* tenor=* trader=* venue=* max": "1000000000",
    "PRICE_COLLAR pair=* hour=* tenor=* collar_fraction_max": "0.2",
    "PRICE_COLLAR pair=* hour=* tenor=* band_fraction_max": "0.2",
    **{f"VOLUME_DAY {key}=* max": "10000000000" for key in ("counterparty", "desk", "pair", "trader", "venue")},
    **{f"VALUE_DATE currency={each} tod_cutoff": "15:00 Europe/Paris" for each in ("AUD", "CAD", "CHF", "GBP", "JPY")},
    "FOUR_EYES desk=* tenor_days_max": "4000",
    **{f"TENOR_MAX {key}=* days_max": "4000" for key in ("counterparty", "pair", "trader")},
}


@dataclass
class Case:
    """One block of the file."""

    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def said(self, word: str, default: str = "") -> str:
        return next((rest for first, rest in self.steps if first == word), default)


def read() -> list[Case]:
    found: list[Case] = []
    for line in VECTORS.read_text("utf-8").splitlines():
        word, _, rest = line.partition(" ")
        if word == "case":
            found.append(Case(rest))
        elif word not in ("", "#"):
            found[-1].steps.append((word, rest))
    return found


class Desk:
    """A gate, and what is done with it."""

    def __init__(self, reporting: str, netting: str) -> None:
        rows = {**WIDE, "SETTLEMENT_INSTRUCTION counterparty=* currency=* netting": netting}
        self.gate, self.orders = Gate(limits(rows), CALENDARS, Currency(reporting)), 0

    def quote(self, text: str) -> None:
        for each in text.split(", "):
            pair, rate = each.split()
            self.gate.rates.update(parse_pair(pair), Decimal(rate), Decimal(rate), NOW, "market")

    def deal(self, text: str, *, is_filled: bool) -> None:
        """``BUY 10 EUR of EUR/USD at 1.1 on 2026-03-04``; without a date on the spot date."""
        side, amount, currency, _, pair, _, rate, *rest = text.split()
        day = date.fromisoformat(rest[1]) if rest else SPOT_DAY
        self.orders += 1
        terms = Terms(
            pair=pair,
            dealt=currency,
            side=Side(side),
            amount=str(Decimal(amount) * MILLION),
            product=Product.FORWARD if rest else Product.SPOT,
            value_date=day,
            line_no=self.orders,
        )
        order = make_order(terms)
        decision = self.gate.reserve(order, NOW)
        assert decision.allowed, [violation.sentence for violation in decision.violations]
        if is_filled:
            self.gate.fill(order.reservation_id, "E1", Decimal(terms.amount), Decimal(rate))
            self.gate.release(order.reservation_id)

    def used(self, node: str) -> Decimal:
        # Any question about an order brings the gate's marks up to date.
        self.gate.check_order(replace(make_order(), trader="nobody"), NOW)
        return next((each.used for each in self.gate.utilisation() if each.node == node), Decimal(0)) / MILLION


@pytest.mark.parametrize("case", read(), ids=lambda case: case.name)
def test_a_limit_comes_to_what_was_worked_out_by_hand(case: Case) -> None:
    desk = Desk(case.said("reporting"), case.said("netting", "none"))
    for word, rest in case.steps:
        if word in ("rates", "moved"):
            desk.quote(rest)
        elif word in ("filled", "working"):
            desk.deal(rest, is_filled=word == "filled")
    node, _, figure = case.said("node").partition(" is ")
    assert desk.used(node) == Decimal(figure)


def test_there_is_a_vector_for_each_limit_on_positions() -> None:
    nodes = {case.said("node").partition(" ")[0] for case in read()}
    assert nodes == {"COUNTERPARTY_LINE", "COUNTRY", "NOP_AGGREGATE", "NOP_CURRENCY", "SETTLEMENT_DAY"}
