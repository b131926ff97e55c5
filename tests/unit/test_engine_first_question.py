"""A new process asks its venue what it has before it deals, since its journal may be older than the venue's books."""

from functools import partial
from typing import Any

import pytest

from tests.unit.engine_cases import SECOND, VENUE, Wire, alerts, asked, commands, placed, sent, shipped, trade_request
from tests.unit.risk_cases import Terms
from tests.unit.test_engine_old_folder import TERMS, TRADE, held_back, lists, name
from tests.unit.test_engine_recovery_mass import names_nobody, request_id
from trader.domain.commands import RequestMassStatus, RequestTrades
from trader.domain.ids import batch_id, content_hash
from trader.engine.outputs import Alert
from trader.engine.state import BatchPhase, LineStatus

FIRST = ["00010101", "00020101"]
RESTS = f"150=I|39=0|{TERMS}|38=1000000|14=0|151=1000000"


def asking(*terms: Terms, **desk: Any) -> Wire:
    """A desk with an empty data folder, which has logged on and submitted its batch."""
    wire = Wire(asks_first=True, **desk)
    wire.submit(*terms)
    return wire


def answered(wire: Wire) -> None:
    """The venue lists no trades, and where it lists orders, none."""
    wire.announces(sent(RequestTrades, wire.outputs)[-1].request_id, 0)
    if wire.dialect.requests.mass_status:
        names_nobody(wire)


def told(wire: Wire, code: str) -> list[str]:
    return [output.text for output in wire.outputs if isinstance(output, Alert) and output.code == code]


def test_nothing_leaves_before_the_venue_has_listed_its_trades() -> None:
    wire = asking()
    assert trade_request(wire.outputs).from_ts_ns is None
    assert placed(wire.outputs) == []
    answered(wire)
    assert placed(wire.outputs) == FIRST
    assert alerts(wire.outputs) == []  # nothing was open: nobody has to hear of it
    wire.restart()


@pytest.mark.parametrize("orders_first", [False, True])
def test_nor_before_it_has_listed_its_orders_which_it_is_asked_for_at_once(*, orders_first: bool) -> None:
    wire = asking(mass_status=True)
    request = trade_request(wire.outputs).request_id
    answers = [partial(wire.announces, request, 0), partial(names_nobody, wire)]
    for answer in reversed(answers) if orders_first else answers:
        assert placed(wire.outputs) == []
        answer()
    assert placed(wire.outputs) == FIRST
    assert len(sent(RequestMassStatus, wire.outputs)) == 1
    wire.restart()


def test_a_venue_that_lists_only_its_orders_is_asked_for_them() -> None:
    wire = asking(mass_status=True, trade_capture=False)
    assert sent(RequestTrades, wire.outputs) == []
    names_nobody(wire)
    assert placed(wire.outputs) == FIRST


def test_a_batch_that_an_empty_folder_has_forgotten_is_held_back_by_its_trade() -> None:
    wire = asking()
    request = trade_request(wire.outputs).request_id
    wire.announces(request, 1)
    assert {"DATA_FOLDER_OLD", "ORPHAN_FILL"} <= set(alerts(lists(wire, 1, request)))
    assert [orphan.event.cl_ord_id for orphan in wire.engine.context.blotters[VENUE].orphans.values()] == [name(1)]
    held_back(wire)


def test_a_batch_of_which_an_order_still_rests_there_is_held_back_by_its_status() -> None:
    wire = asking(mass_status=True)
    wire.announces(trade_request(wire.outputs).request_id, 0)
    wire.says("8", f"37=V1|17=S1|11={name(1)}|{RESTS}|584={request_id(wire)}|911=1|912=Y")
    assert told(wire, "DATA_FOLDER_OLD")
    held_back(wire)


def test_the_same_process_does_not_ask_again_and_the_next_one_does() -> None:
    wire = asking()
    answered(wire)
    for line_no in (1, 2, 3):
        wire.fills(line_no)
    answered(wire)
    assert wire.phase is BatchPhase.DONE
    wire.drop()
    assert list(commands(wire.reopen())) == []
    wire.restart()
    assert sent(RequestTrades, wire.reopen())


def test_a_session_that_drops_before_the_answer_is_asked_again() -> None:
    wire = asking()
    wire.drop()
    wire.reopen()
    assert len(sent(RequestTrades, wire.outputs)) == 2
    wire.announces(sent(RequestTrades, wire.outputs)[0].request_id, 0)
    assert placed(wire.outputs) == []
    answered(wire)
    assert placed(wire.outputs) == FIRST


def test_only_what_came_after_the_last_word_in_the_journal_is_asked_for() -> None:
    wire = asking()
    answered(wire)
    wire.fills(1)
    last = wire.engine.context.sessions[VENUE].last_report
    for line_no in (2, 3):
        wire.fills(line_no)
    answered(wire)
    wire.restart()
    request = trade_request(wire.reopen())
    assert (request.trade_date, request.from_ts_ns) == (last.trade_date, last.ts_ns - 10 * SECOND)


def test_what_is_open_is_asked_about_together_with_it() -> None:
    wire = asking(Terms(), mass_status=True)
    answered(wire)
    wire.acknowledges(1)
    wire.restart()
    wire.announces(trade_request(wire.reopen()).request_id, 0)
    assert len(sent(RequestMassStatus, wire.last)) == 1
    names_nobody(wire)
    assert asked(wire.last) == ["00010101"]
    wire.cancels(1)
    assert alerts(wire.outputs)[-1] == "RECOVERY_COMPLETE"
    assert wire.engine.context.sessions[VENUE].may_trade


def test_a_venue_that_does_not_list_its_trades_in_time_keeps_the_gate_shut() -> None:
    wire = asking()
    wire.wait(11)
    (text,) = told(wire, "RECOVERY_INCOMPLETE")
    assert text.startswith("simulator has not answered which trades it has")
    assert (wire.phase, placed(wire.outputs)) == (BatchPhase.SUSPENDED, [])


def test_the_same_file_asks_again_and_goes_on_when_it_is_answered() -> None:
    wire = asking()
    wire.wait(11)
    wire.quotes()
    wire.submit()
    assert len(sent(RequestTrades, wire.outputs)) == 2
    answered(wire)
    assert placed(wire.outputs) == ["00010201", "00020201"]  # the gate has decided anew


def test_a_late_answer_opens_the_gate_all_the_same_and_people_hear_of_it() -> None:
    wire = asking()
    wire.wait(11)
    answered(wire)
    assert told(wire, "RECOVERY_COMPLETE")
    assert wire.engine.context.sessions[VENUE].may_trade


def test_a_venue_that_refuses_its_list_deals_and_people_hear_what_nobody_has_checked() -> None:
    wire = asking()
    request = trade_request(wire.outputs).request_id
    wire.says("AQ", f"568={request}|569=1|749=99|750=2|58=Not for you")
    assert placed(wire.outputs) == FIRST
    (text,) = told(wire, "FOLDER_NOT_CHECKED")
    assert text.startswith("simulator lists no trades: ")
    assert "trader verify" in text


@pytest.mark.parametrize("answers", [True, False], ids=["H too", "no H"])
def test_a_venue_that_is_silent_as_it_has_no_order_open_deals_when_the_wait_is_over(*, answers: bool) -> None:
    wire = asking(mass_status=True, order_status=answers)
    wire.announces(trade_request(wire.outputs).request_id, 0)
    wire.quotes()
    wire.wait(11)
    assert len(placed(wire.outputs)) == 2
    assert told(wire, "FOLDER_NOT_CHECKED")[0].startswith("simulator did not list its open orders in time")
    assert not told(wire, "RECOVERY_INCOMPLETE")


def test_a_question_for_the_orders_that_is_bounced_is_no_answer_and_holds_nothing_up() -> None:
    wire = asking(mass_status=True)
    wire.announces(trade_request(wire.outputs).request_id, 0)
    wire.says("j", f"372=AF|379={request_id(wire)}|380=3|58=Not here")
    assert placed(wire.outputs) == FIRST
    assert told(wire, "FOLDER_NOT_CHECKED")[0].startswith("simulator lists no orders: Not here")


def test_a_venue_that_lists_nothing_deals_at_once_and_every_process_says_so_once() -> None:
    wire = asking(trade_capture=False)
    assert placed(wire.outputs) == FIRST
    assert len(told(wire, "FOLDER_NOT_CHECKED")) == 1
    wire.drop()
    wire.reopen()
    assert len(told(wire, "FOLDER_NOT_CHECKED")) == 1
    wire.restart()
    wire.reopen()
    assert len(told(wire, "FOLDER_NOT_CHECKED")) == 2


def test_a_journal_of_a_version_that_did_not_ask_replays_as_it_was() -> None:
    wire = Wire()
    wire.submit()
    assert placed(wire.outputs) == FIRST
    wire.restart()
    assert wire.statuses() == [LineStatus.UNKNOWN, LineStatus.UNKNOWN, LineStatus.QUEUED]


@pytest.mark.parametrize("venue", ["lmax", "dukascopy", "saxo"])
def test_each_venue_is_asked_what_its_dialect_says_that_it_answers(venue: str) -> None:
    dialect = shipped(venue)
    keys = {key: getattr(dialect, key) for key in dialect.__struct_fields__}
    wire = Wire(asks_first=True, priced=False, venue=keys)
    requests = dialect.requests
    assert bool(sent(RequestTrades, wire.outputs)) is requests.trade_capture
    assert bool(sent(RequestMassStatus, wire.outputs)) is (requests.mass_status and not requests.trade_capture)
    assert bool(told(wire, "FOLDER_NOT_CHECKED")) is not (requests.trade_capture or requests.mass_status)


def test_a_batch_that_is_refused_as_a_whole_is_not_reconciled_where_the_venue_has_dealt_of_it() -> None:
    wire = asking(priced=False)
    request = trade_request(wire.outputs).request_id
    wire.announces(request, 1)
    lists(wire, 1, request)
    wire.wait(12)
    assert (wire.phase, wire.batch.is_launched, wire.batch.is_reconciled) == (BatchPhase.DONE, False, False)


def test_what_was_dealt_before_for_other_batches_is_told_once_and_is_no_break_of_this_one() -> None:
    wire = asking(Terms())
    request = trade_request(wire.outputs).request_id
    wire.announces(request, 2)
    before = [name(line_no, batch_id(content_hash(b"another folder's"))) for line_no in (1, 2)]
    for number, foreign in enumerate(before):
        trade = f"17=O{number}|37=O{number}|11={foreign}|{TERMS}|{TRADE}"
        wire.says("AE", f"571=O{number}|568={request}|{trade}")
    assert alerts(wire.outputs) == ["ORPHAN_FILL", "DATA_FOLDER_OLD", "ORPHAN_FILL"]
    wire.fills(1)
    answered = sent(RequestTrades, wire.outputs)[-1].request_id
    wire.announces(answered, 1)
    wire.lists(answered, 1)
    assert (wire.phase, wire.batch.breaks, wire.batch.is_reconciled) == (BatchPhase.DONE, (), True)
    wire.restart()
