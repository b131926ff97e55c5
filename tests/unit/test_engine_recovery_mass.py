"""OrderMassStatusRequest(AF): one question for all orders, where the venue answers it."""

import pytest

from tests.unit.engine_cases import VENUE, Wire, alerts, asked, placed, sent, trade_request
from tests.unit.risk_cases import Terms
from trader.domain.commands import RequestMassStatus, RequestOrderStatus
from trader.engine.outputs import Output
from trader.engine.state import BatchPhase, LineStatus

FILLED, REJECTED, UNFILLED = LineStatus.FILLED, LineStatus.REJECTED, LineStatus.UNFILLED
QUEUED, WORKING, UNKNOWN = LineStatus.QUEUED, LineStatus.WORKING, LineStatus.UNKNOWN
ONLY_MASS = {"order_status": False}


def back(*acknowledged: int, lines: int = 2, **requests: bool) -> Wire:
    """Some lines at the venue, the session gone and back, the list of trades empty."""
    wire = Wire(mass_status=True, settings={"in_flight_max": 10}, **requests)
    wire.submit(*[Terms()] * lines)
    for line_no in acknowledged:
        wire.acknowledges(line_no)
    wire.drop()
    out = wire.reopen()
    if wire.dialect.requests.trade_capture:
        wire.announces(trade_request(out).request_id, 0)
    return wire


def request_id(wire: Wire) -> str:
    """MassStatusReqID(584) of the last question."""
    return sent(RequestMassStatus, wire.outputs)[-1].request_id


def names(wire: Wire, line_no: int, *, of: int, last: bool = False, total: bool = True, cum: int = 0) -> list[Output]:
    """One report of the answer: the order works, with so much filled, in thousands."""
    order = wire.order(line_no)
    count = f"911={of}|" if total else ""
    return wire.says(
        "8",
        f"37=V{line_no}|17=S{line_no}|11={order.cl_ord_id}|150=I|39={1 if cum else 0}|55=EUR/USD|54=1|15=EUR|"
        f"38=1000000|14={cum}000|151={1000 - cum}000|6=1.1|584={request_id(wire)}|{count}912={'Y' if last else 'N'}",
    )


def names_nobody(wire: Wire, about: str = "55=EUR/USD|54=1|103=5") -> list[Output]:
    """None is open."""
    return wire.says("8", f"37=NONE|17=S0|150=I|39=8|{about}|14=0|151=0|6=0|584={request_id(wire)}|911=0|912=Y")


def is_shut(wire: Wire) -> bool:
    return not wire.engine.context.sessions[VENUE].may_trade


def test_two_orders_are_asked_about_in_one_question() -> None:
    wire = back(1, 2)
    assert len(sent(RequestMassStatus, wire.last)) == 1
    assert asked(wire.outputs) == []
    names(wire, 1, of=2)
    assert is_shut(wire)
    assert "RECOVERY_COMPLETE" in alerts(names(wire, 2, of=2, last=True))
    assert wire.statuses() == [WORKING, WORKING]


def test_one_order_is_asked_about_by_itself_which_says_more() -> None:
    wire = back(1, lines=1)
    assert sent(RequestMassStatus, wire.outputs) == []
    assert asked(wire.last) == ["00010101"]


def test_an_order_that_a_complete_answer_does_not_name_is_asked_about_by_itself() -> None:
    wire = back(1)
    assert asked(names(wire, 1, of=1, last=True)) == ["00020101"]
    assert is_shut(wire)
    wire.knows_not(2)
    assert placed(wire.last) == ["00020201"]
    assert not is_shut(wire)


def test_what_was_canceled_meanwhile_is_not_named_and_its_status_says_so() -> None:
    wire = back(1, 2)
    assert asked(names_nobody(wire)) == ["00010101", "00020101"]
    wire.reports_status(1, "4")
    wire.reports_status(2, "4")
    assert wire.statuses() == [UNFILLED, UNFILLED]


def test_where_only_all_orders_can_be_asked_about_one_that_is_not_named_never_arrived() -> None:
    wire = back(1, **ONLY_MASS)
    names(wire, 1, of=1, last=True)
    assert placed(wire.last) == ["00020201"]
    assert not is_shut(wire)


def test_there_an_order_that_was_acknowledged_and_is_not_named_is_unknown() -> None:
    wire = back(1, 2, **ONLY_MASS)
    assert "ORDER_FORGOTTEN" in alerts(names(wire, 1, of=1, last=True))
    assert is_shut(wire)
    wire.wait(11)
    assert wire.statuses() == [UNKNOWN, UNKNOWN]


def test_with_none_open_every_order_that_never_had_a_word_gets_a_new_one() -> None:
    wire = back(**ONLY_MASS)
    assert placed(names_nobody(wire)) == ["00010201", "00020201"]
    assert "UNKNOWN_ORDER" not in alerts(wire.outputs)


def test_half_an_answer_is_none() -> None:
    wire = back(1, 2, **ONLY_MASS)
    names(wire, 1, of=2)
    assert is_shut(wire)
    wire.wait(11)
    assert "RECOVERY_INCOMPLETE" in alerts(wire.outputs)
    assert (wire.phase, is_shut(wire)) == (BatchPhase.SUSPENDED, True)


def test_a_last_report_that_comes_before_all_that_were_announced_completes_nothing() -> None:
    wire = back(1, **ONLY_MASS)
    names(wire, 1, of=2, last=True)
    assert is_shut(wire)
    assert placed(wire.last) == []


def test_where_no_number_is_announced_the_last_report_ends_the_answer() -> None:
    wire = back(1, 2, **ONLY_MASS)
    names(wire, 1, of=2, total=False)
    assert is_shut(wire)
    names(wire, 2, of=2, last=True, total=False)
    assert not is_shut(wire)


def test_half_an_answer_is_made_whole_by_single_questions_where_they_are_answered() -> None:
    wire = back(1, 2)
    names(wire, 1, of=2)
    assert asked(wire.wait(10)) == ["00020101"]
    wire.reports_status(2, "0")
    assert not is_shut(wire)


def test_a_late_answer_opens_the_gate() -> None:
    wire = back(1, 2, **ONLY_MASS)
    wire.wait(11)
    assert wire.phase is BatchPhase.SUSPENDED
    names(wire, 1, of=2)
    assert is_shut(wire)
    names(wire, 2, of=2, last=True)
    assert not is_shut(wire)


def test_a_drop_in_the_midst_of_the_answer_puts_the_question_anew_under_another_id() -> None:
    wire = back(1, 2, **ONLY_MASS)
    first = request_id(wire)
    names(wire, 1, of=2)
    wire.drop()
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    assert request_id(wire) != first
    names(wire, 2, of=2, last=True)
    assert is_shut(wire)
    names(wire, 1, of=2)
    assert not is_shut(wire)


@pytest.mark.parametrize("about", ["55=[N/A]|54=1", "55=[N/A]|54=7", "55=EUR/USD|54=1|11=|103=5", "58=None"])
def test_none_is_open_however_the_venue_fills_in_what_such_a_report_is_about(about: str) -> None:
    wire = back(1, 2)
    names_nobody(wire, about)
    assert alerts(wire.last) == []
    assert asked(wire.last) == ["00010101", "00020101"]


def test_an_answer_to_an_old_question_does_not_count() -> None:
    wire = back(1, **ONLY_MASS)
    old = request_id(wire)
    wire.drop()
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    wire.says("8", f"37=NONE|17=S0|150=I|39=8|103=5|55=EUR/USD|54=1|14=0|151=0|584={old}|911=0|912=Y")
    assert placed(wire.last) == []
    assert is_shut(wire)


def test_a_venue_that_lies_about_how_much_is_filled_keeps_the_gate_shut() -> None:
    wire = back(1, 2)
    names(wire, 1, of=2, cum=400)
    names(wire, 2, of=2, last=True)
    assert "QUANTITY_DIFFERS" in alerts(wire.outputs)
    assert is_shut(wire)
    wire.fills(1, 400, 400)
    assert not is_shut(wire)


@pytest.mark.parametrize("msg_type", ["j", "3"])
def test_a_venue_that_will_not_read_the_question_is_asked_about_each_order(msg_type: str) -> None:
    wire = back(1, 2)
    wire.says(msg_type, f"45=7|372=AF|379={request_id(wire)}|380=3|58=Not here")
    assert asked(wire.last) == ["00010101", "00020101"]


def test_a_venue_that_will_not_read_the_question_for_trades_is_asked_for_the_statuses() -> None:
    wire = Wire(mass_status=True)
    wire.submit(Terms())
    wire.drop()
    request = trade_request(wire.reopen())
    wire.says("j", f"45=7|372=AD|379={request.request_id}|380=3|58=Not here")
    assert asked(wire.last) == ["00010101"]
    assert "TRADES_NOT_REPORTED" in alerts(wire.last)


def test_an_order_of_somebody_elses_in_the_answer_counts_as_a_report_and_as_nothing_else() -> None:
    wire = back(1, **ONLY_MASS)
    said = f"37=X|17=SX|11=HAND-1|150=I|39=0|55=EUR/USD|54=1|38=5|14=0|151=5|6=0|584={request_id(wire)}|911=2"
    assert "UNKNOWN_ORDER" in alerts(wire.says("8", said))
    names(wire, 1, of=2, last=True)
    assert placed(wire.last) == ["00020201"]
    assert sent(RequestOrderStatus, wire.outputs) == []


def test_without_a_list_of_trades_an_order_that_is_not_named_may_be_filled_and_is_not_sent_again() -> None:
    wire = back(order_status=False, trade_capture=False)
    assert placed(names_nobody(wire)) == []
    assert alerts(wire.last) == ["ORDER_FORGOTTEN", "ORDER_FORGOTTEN"]
    wire.wait(11)
    assert (wire.statuses(), is_shut(wire)) == ([UNKNOWN, UNKNOWN], True)


def test_neither_is_one_whose_venue_would_not_list_its_trades() -> None:
    wire = Wire(mass_status=True, order_status=False)
    wire.submit(Terms())
    wire.drop()
    request = trade_request(wire.reopen())
    wire.says("AQ", f"568={request.request_id}|569=1|749=8|750=2")
    assert placed(names_nobody(wire)) == []
    assert is_shut(wire)
