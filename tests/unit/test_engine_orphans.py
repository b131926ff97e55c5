"""Trades that fit no order of ours: kept and told, a break of the batch they came in, applied to nothing else."""

import pytest

from risk.alerts import AlertEvent
from risk.alerts.alert import EventKind
from tests.unit.engine_cases import VENUE, Wire, alerts, filled_batch, of, trade_request
from tests.unit.risk_cases import Terms
from trader.engine.outputs import Alert, OrphanChanged, Output
from trader.engine.state import BatchPhase, LineStatus
from trader.orders.machine import Sync
from trader.reconcile.reconcile import BreakKind

FOREIGN = "37=X9|11=HAND-1|55=EUR/USD|54=1|15=EUR"
SOMEBODY = f"{FOREIGN}|150=F|39=2|38=500000|14=500000|151=0|32=500000|31=1.1003|64=20260304|75=20260302"


def deals_by_hand(wire: Wire, exec_id: str = "H1") -> list[Output]:
    return wire.says("8", f"17={exec_id}|{SOMEBODY}")


def ends(wire: Wire, *more: str) -> None:
    """The only line is filled and the venue lists its trades, and some more."""
    wire.fills(1)
    request = trade_request(wire.last).request_id
    wire.announces(request, 1 + len(more))
    wire.lists(request, 1)
    for fields in more:
        wire.says("AE", f"568={request}|{fields}")


def test_a_trade_of_somebody_elses_order_is_kept_told_once_and_applied_to_nothing() -> None:
    wire = Wire()
    wire.submit(Terms())
    out = deals_by_hand(wire)
    (told,) = [alert for alert in of(Alert, out) if alert.code == "ORPHAN_FILL"]
    assert "ExecID(17)=H1 for ClOrdID(11)=HAND-1" in told.text
    assert "trader orders --orphans" in told.text
    assert "ORPHAN_FILL" not in alerts(deals_by_hand(wire))
    assert (wire.order(1).cum_qty, wire.statuses()) == (0, [LineStatus.WORKING])


def test_it_is_a_break_of_the_batch_it_came_in_where_the_venue_lists_no_trades_either() -> None:
    wire = Wire(trade_capture=False, order_status=False)
    wire.submit(Terms())
    deals_by_hand(wire)
    wire.fills(1)
    (found, *_) = wire.batch.breaks
    assert (found.kind, found.exec_id, wire.batch.is_reconciled) == (BreakKind.UNKNOWN_LINE, "H1", False)
    assert "find the owner" in found.sentence


def test_a_trade_that_the_venue_lists_as_well_is_one_break_and_not_two() -> None:
    wire = Wire()
    wire.submit(Terms())
    deals_by_hand(wire)
    listed = "571=R9|17=H1|55=EUR/USD|32=500000|31=1.1003|75=20260302|64=20260304|552=1|54=1|37=X9|11=HAND-1|15=EUR"
    ends(wire, listed)
    assert [found.kind for found in wire.batch.breaks] == [BreakKind.UNKNOWN_LINE, BreakKind.TOTAL]


def test_another_robots_order_whose_name_looks_like_ours_is_a_break_all_the_same() -> None:
    wire = Wire()
    wire.submit(Terms())
    wire.says("8", f"17=H1|{SOMEBODY}".replace("HAND-1", "ANXTHER10800010101"))
    ends(wire)
    assert [found.kind for found in wire.batch.breaks] == [BreakKind.UNKNOWN_LINE]


def test_what_came_before_a_batch_is_no_break_of_it() -> None:
    wire = Wire()
    deals_by_hand(wire)
    wire.now_ns += 1
    wire.submit(Terms())
    ends(wire)
    assert (wire.phase, wire.batch.breaks, wire.batch.is_reconciled) == (BatchPhase.DONE, (), True)


@pytest.mark.parametrize("numbers", ["32=0|31=1.1", "32=5|31=0"])
def test_a_trade_whose_numbers_cannot_be_is_a_break_all_the_same(numbers: str) -> None:
    wire = Wire(trade_capture=False, order_status=False)
    wire.submit(Terms())
    wire.says("8", f"17=H1|{FOREIGN}|150=F|39=2|38=5|14=5|151=0|{numbers}")
    wire.fills(1)
    assert BreakKind.UNKNOWN_LINE in [found.kind for found in wire.batch.breaks]


def test_a_bust_of_a_trade_that_nobody_has_is_kept_and_is_no_trade() -> None:
    wire = Wire()
    wire.submit(Terms())
    out = wire.says("8", f"17=B1|19=H1|{FOREIGN}|150=H|39=0|38=500000|14=0|151=500000|32=500000|31=1.1003")
    assert "ORPHAN_FILL" in alerts(out)
    ends(wire)
    assert wire.batch.is_reconciled


def test_an_orphan_outlives_a_restart_and_its_exec_id_does_not_count_as_seen() -> None:
    wire = Wire()
    wire.submit(Terms())
    wire.says("8", f"17=F1-1000|{SOMEBODY}")
    wire.restart()
    assert len(wire.engine.context.blotters[VENUE].orphans) == 1
    wire.reopen()
    wire.fills(1)
    assert wire.order(1).cum_qty == 1_000_000


def test_a_trade_that_is_booked_after_all_leaves_the_list_and_ends_the_alert() -> None:
    wire = Wire()
    wire.submit(Terms())
    wire.says("8", f"17=F1-1000|{SOMEBODY}")
    out = wire.fills(1)
    assert [change.is_kept for change in of(OrphanChanged, out)] == [False]
    resolved = [event for event in out if isinstance(event, AlertEvent) and event.kind is EventKind.RESOLVED]
    assert [event.alert.key.control for event in resolved] == ["UNKNOWN_ORDER", "ORPHAN_FILL"]


def test_every_change_is_said_once_in_its_order() -> None:
    wire = Wire()
    deals_by_hand(wire, "H1")
    deals_by_hand(wire, "H2")
    changes = of(OrphanChanged, wire.outputs)
    assert [(change.venue, change.orphan.event.exec_id, change.is_kept) for change in changes] == [
        (VENUE, "H1", True),
        (VENUE, "H2", True),
    ]


def test_a_booked_trade_that_the_venue_lists_for_another_account_is_a_break() -> None:
    wire = Wire()
    wire.submit(Terms())
    request = trade_request(wire.fills(1))
    wire.announces(request.request_id, 1)
    listed = f"37=V1|11={wire.order(1).cl_ord_id}|55=EUR/USD|54=1|15=EUR|32=1000000|31=1.1001|64=20260304|75=20260302"
    wire.says("AE", f"571=R1|568={request.request_id}|17=F1-1000|{listed}|552=1|1=ANOTHER")
    wire.reports_status(1, "2", 1000)
    assert BreakKind.ACCOUNT in {found.kind for found in wire.batch.breaks}
    assert not wire.batch.is_reconciled


def test_a_trade_that_does_not_fit_its_own_order_is_a_break_of_its_row() -> None:
    """A venue that cancels by an offset: the trade back goes the other way, and no list of trades tells of it."""
    wire = Wire(trade_capture=False)
    wire.submit(Terms(), Terms(amount="500000"))
    wire.fills(1)
    wire.says("8", wire._about(1, "F", "2", "17=O1|32=1000000|31=1.1001|75=20260302", 1000).replace("54=1", "54=2"))
    wire.reports_status(1, "2", 1000)
    wire.cancels(2)
    for line_no, status, cum in ((1, "2", 1000), (2, "4", 0)):
        wire.reports_status(line_no, status, cum)
    (found,) = wire.batch.breaks
    assert (found.kind, found.row_id, found.exec_id) == (BreakKind.MISSING_IN_ROBOT, "T-1", "O1")
    assert not wire.batch.is_reconciled


# --- busts of trades that never came ----------------------------------------------------------------------------------


def loses_a_fill_and_its_bust() -> Wire:
    """The process dies with a fill that it had not written down; the next one hears only that it is taken back."""
    wire = Wire()
    wire.submit(Terms())
    wire.restart()
    wire.reopen()
    out = wire.says("8", wire._about(1, "H", "4", "17=B1|19=F1-1000|75=20260302"))
    assert {"NO_FILL_TO_UNDO", "ORPHAN_FILL"} <= set(alerts(out))
    return wire


def kept(wire: Wire) -> list[str]:
    return [orphan.event.exec_id for orphan in wire.engine.context.blotters[VENUE].orphans.values()]


def test_a_bust_of_a_trade_that_a_crash_has_lost_leaves_the_list_when_the_venue_agrees_on_the_order() -> None:
    wire = loses_a_fill_and_its_bust()
    assert kept(wire) == ["B1"]
    out = wire.says("8", wire._about(1, "I", "4", "17=0"))
    assert kept(wire) == []
    resolved = [event for event in out if isinstance(event, AlertEvent) and event.kind is EventKind.RESOLVED]
    assert "ORPHAN_FILL" in [event.alert.key.control for event in resolved]
    assert (wire.order(1).cum_qty, wire.statuses()) == (0, [LineStatus.UNFILLED])
    wire.says("8", wire._about(1, "H", "4", "17=B1|19=F1-1000|75=20260302"))
    assert kept(wire) == []
    wire.fills(1)
    assert wire.order(1).cum_qty == 0


def test_while_the_venue_says_another_quantity_the_bust_stays() -> None:
    wire = loses_a_fill_and_its_bust()
    wire.says("8", wire._about(1, "I", "4", "17=0", cum=400))
    assert kept(wire) == ["B1"]


def test_a_bust_that_names_a_trade_of_another_order_stays() -> None:
    wire = Wire()
    wire.submit(Terms(), Terms(line_no=2, amount="2000000"))
    wire.fills(1)
    wire.says("8", wire._about(2, "H", "4", "17=B1|19=F1-1000|75=20260302"))
    wire.says("8", wire._about(2, "I", "4", "17=0"))
    assert kept(wire) == ["B1"]


OTHERWISE_NAMED = "17=B1|19=DC-777|75=20260302"  # the bust of F1-1000, by another name of that trade


@pytest.mark.parametrize("said", ["|32=1000000|31=1.1001", "|32=1000000", "|31=1.1001", ""])
def test_a_bust_that_may_mean_a_trade_that_we_have_under_another_name_stays(said: str) -> None:
    wire = filled_batch()
    wire.says("8", wire._about(1, "H", "0", OTHERWISE_NAMED + said))
    wire.reports_status(1, "2", 1000)
    assert (kept(wire), wire.order(1).sync) == (["B1"], Sync.IN_SYNC)


@pytest.mark.parametrize("said", ["|32=400000|31=1.1001", "|32=1000000|31=1.1002"])
def test_a_bust_of_a_trade_unlike_any_that_we_have_leaves_the_list(said: str) -> None:
    wire = filled_batch()
    wire.says("8", wire._about(1, "H", "2", OTHERWISE_NAMED + said, cum=1000))
    wire.reports_status(1, "2", 1000)
    assert kept(wire) == []


def test_a_bust_stays_until_the_venue_is_asked_and_answers_now() -> None:
    wire = loses_a_fill_and_its_bust()
    wire.says("8", wire._about(1, "4", "4", "17=C1"))
    assert (kept(wire), wire.order(1).sync) == (["B1"], Sync.IN_SYNC)
    wire.says("8", wire._about(1, "I", "4", "17=S0|43=Y|122=20260302-09:00:00"))
    assert kept(wire) == ["B1"]
    wire.says("8", wire._about(1, "I", "4", "17=S1"))
    assert kept(wire) == []


def test_a_bust_for_another_order_under_the_same_id_stays() -> None:
    wire = loses_a_fill_and_its_bust()
    wire.says("8", f"17=B1|19=H1|{FOREIGN}|150=H|39=0|38=500000|14=0|151=500000|32=500000|31=1.1003")
    wire.says("8", wire._about(1, "I", "4", "17=S1"))
    assert kept(wire) == ["B1", "B1"]


def test_a_correct_of_a_trade_that_never_came_stays_until_it_is_booked() -> None:
    wire = Wire()
    wire.submit(Terms())
    wire.acknowledges(1)
    wire.says("8", wire._about(1, "G", "2", "17=G1|19=F1-1000|75=20260302|32=1000000|31=1.1003|64=20260304", cum=1000))
    assert kept(wire) == ["G1"]
    wire.says("8", wire._about(1, "I", "0", "17=0"))
    assert kept(wire) == ["G1"]
