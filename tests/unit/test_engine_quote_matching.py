"""Whose quote it is, and for which request of ours: by its ids, its pair and its maker."""

from decimal import Decimal

import pytest

from tests.unit.engine_cases import alerts, placed, sent
from tests.unit.quote_cases import Makers, a_round, rfq, taken
from tests.unit.risk_cases import Terms
from trader.domain.canonical import canonical_json
from trader.domain.commands import PlaceOrder, QuoteReference
from trader.domain.deal import Side
from trader.engine.settings import QuoteSettings


def but_for_alerts(wire: Makers) -> bytes:
    """The whole state but for the alerts, where what was told is kept."""
    state = wire.engine.context.snapshot()
    del state["alerts"]
    return canonical_json(state)


def test_a_request_may_have_one_quote_id_in_common_with_another() -> None:
    wire = Makers(quotes=QuoteSettings(wanted=1))
    wire.submit(rfq(), rfq(Terms(side=Side.SELL)))
    wire.maker("A", quote_id="Q-1", line_no=2)
    assert [order.quote for order in sent(PlaceOrder, wire.last)] == [QuoteReference("Q-1", wire.round(2).quote_req_id)]
    wire.maker("B", "1.1002", quote_id="Q-1", line_no=1)
    assert taken(wire.last) == [("Q-1", Decimal("1.1002"))]


@pytest.mark.parametrize("request_id", ["Q0000000000000101", "X1", "QHC6TX7N45Z000199", "Q" * 400])
def test_a_quote_for_a_request_that_was_never_made_is_told_and_changes_nothing_else(request_id: str) -> None:
    wire = a_round()
    before = but_for_alerts(wire)
    assert alerts(wire.maker("A", request=request_id)) == ["QUOTE_UNKNOWN"]
    assert alerts(wire.says("AG", f"131={request_id}|658=1")) == ["QUOTE_UNKNOWN"]
    assert alerts(wire.says("Z", f"131={request_id}|117=A|298=1")) == ["QUOTE_UNKNOWN"]
    assert but_for_alerts(wire) == before


def test_a_quote_of_another_pair_is_kept_and_told_and_does_not_take_its_makers_place() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=2))
    wire.maker("A", "1.1000")
    assert alerts(wire.maker("A", "1.0000", symbol="USD/JPY")) == ["QUOTE_UNKNOWN"]
    assert taken(wire.maker("B", "1.1002")) == [("A", Decimal("1.1000"))]
    assert wire.verdicts() == [
        "A: won by 200.00 USD",
        "A: for another pair: USD/JPY and not EUR/USD",
        "B: lost by 200.00 USD",
    ]


def test_a_quote_of_another_pair_is_no_answer_that_ends_the_wait() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=2))
    wire.maker("A", symbol="USD/JPY")
    wire.maker("B", "1.1002")
    assert placed(wire.last) == []
    assert taken(wire.maker("A", "1.1000")) == [("A", Decimal("1.1000"))]


def test_a_quote_without_its_request_belongs_to_the_only_round_it_fits() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    assert taken(wire.maker("A", request="")) == [("A", Decimal("1.1001"))]


def test_a_quote_without_its_request_that_fits_two_rounds_is_nobodys() -> None:
    wire = Makers(quotes=QuoteSettings(wanted=1))
    wire.submit(rfq(), rfq())
    assert (alerts(wire.maker("A", request="")), placed(wire.last)) == (["QUOTE_UNKNOWN"], [])


def test_makers_without_a_name_are_told_apart_by_their_quotes() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=2))
    wire.maker("", "1.1002", quote_id="Q-1")
    assert taken(wire.maker("", "1.1001", quote_id="Q-2")) == [("Q-2", Decimal("1.1001"))]
