"""Makers change their mind: quotes that are replaced, withdrawn, or come too late."""

from decimal import Decimal

from tests.unit.quote_cases import a_round, taken
from trader.engine.settings import QuoteSettings
from trader.engine.state import LineStatus

WORKING, UNFILLED = LineStatus.WORKING, LineStatus.UNFILLED


def test_each_new_quote_of_a_maker_replaces_its_last() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=2))
    wire.maker("A", "1.1000", quote_id="A1")
    wire.maker("A", "1.1003", quote_id="A2")
    assert taken(wire.maker("B", "1.1002")) == [("B", Decimal("1.1002"))]
    assert wire.verdicts() == [
        "A: replaced by a later quote of the same maker",
        "A: lost by 100.00 USD",
        "B: won by 100.00 USD",
    ]


def test_a_quote_that_is_withdrawn_is_not_taken() -> None:
    wire = a_round()
    wire.maker("A", "1.1000")
    wire.withdraws("A")
    wire.maker("B", "1.1002")
    assert taken(wire.wait(3)) == [("B", Decimal("1.1002"))]
    assert wire.verdicts()[0] == "A: withdrawn"


def test_a_withdrawal_that_names_only_the_quote_finds_its_round() -> None:
    wire = a_round()
    wire.maker("A", "1.1000", quote_id="Q-77")
    wire.says("Z", "117=Q-77|298=1")
    assert wire.verdicts() == ["A: withdrawn"]


def test_all_quotes_of_a_request_are_gone() -> None:
    wire = a_round()
    wire.maker("A")
    wire.says("Z", f"131={wire.round().quote_req_id}|298=4|117=*")
    assert (wire.statuses(), wire.verdicts()) == ([UNFILLED], ["A: withdrawn"])


def test_a_quote_that_comes_after_the_decision_is_kept_as_late_and_changes_nothing_else() -> None:
    wire = a_round(quotes=QuoteSettings(wanted=1))
    wire.maker("A")
    wire.wait(0.5)
    assert wire.maker("B", "1.0990") == []
    assert wire.verdicts()[1] == "B: late: it came 500 ms after the round was over"
    assert wire.statuses() == [WORKING]
