"""Two persons take a trade of no order off the list, and its batch is compared without it."""

from risk.people.signatures import DismissOrphan
from tests.unit.engine_cases import TIME, VENUE, Wire, alerts, ended, sent, trade_request
from tests.unit.risk_cases import Terms
from tests.unit.settling_cases import asks, decides, open_alerts, staff
from trader.domain.commands import RequestTrades
from trader.engine.outputs import Output
from trader.engine.state import BatchPhase, LineStatus
from trader.engine.terms import dismissal_of
from trader.reconcile.reconcile import BreakKind

FILLED = LineStatus.FILLED
BY_HAND = "37=X|11=HAND-1|55=EUR/USD|54=1|15=EUR|32=500000|31=1.1003"


def dismissal(wire: Wire, exec_id: str) -> DismissOrphan:
    return dismissal_of(wire.engine.context.blotters[VENUE], exec_id)


def dismiss(wire: Wire, exec_id: str = "E1") -> None:
    action = dismissal(wire, exec_id)
    assert (asks(wire, action), decides(wire, action)) == ("", "")


def with_a_deal_by_hand(**requests: bool) -> Wire:
    """A batch of one line is done. The venue lists a trade of no order of ours beside its own, and they are a break."""
    wire = Wire(**requests)
    staff(wire)
    wire.submit(Terms())
    wire.says("8", f"{BY_HAND}|17=E1|150=F|39=2|38=500000|14=500000|151=0")
    wire.fills(1)
    if wire.dialect.requests.trade_capture:
        lists_both(wire, wire.last)
    assert (wire.phase, wire.batch.is_reconciled) == (BatchPhase.DONE, False)
    return wire


def lists_both(wire: Wire, asked: list[Output], exec_id: str = "E1", quantity: str = "500000") -> None:
    request = trade_request(asked).request_id
    wire.announces(request, 2)
    wire.lists(request, 1)
    by_hand = BY_HAND.replace("500000", quantity)
    wire.says("AE", f"571=R-{exec_id}|568={request}|17={exec_id}|{by_hand}|75=20260302|64=20260304|60={TIME}|552=1")


def test_a_trade_that_comes_under_the_same_id_before_the_decision_is_not_dismissed_with_it_unseen() -> None:
    wire = Wire()
    staff(wire)
    wire.says("8", "37=X|17=E1|11=HAND-1|150=F|39=2|55=EUR/USD|54=1|15=EUR|38=5|14=5|151=0|32=5|31=1.1")
    action = dismissal(wire, "E1")
    assert asks(wire, action) == ""
    wire.says(
        "8", "37=Y|17=E1|11=HAND-2|150=F|39=2|55=EUR/USD|54=2|15=EUR|38=9000000|14=9000000|151=0|32=9000000|31=1.2"
    )
    assert "otherwise since" in decides(wire, action)
    assert len(wire.engine.context.blotters[VENUE].orphans) == 2
    both = dismissal(wire, "E1")
    assert (asks(wire, both), decides(wire, both)) == ("", "")
    assert wire.engine.context.blotters[VENUE].orphans == {}


def test_a_trade_of_no_order_is_taken_off_by_two_persons_and_by_nobody_else() -> None:
    wire = Wire()
    staff(wire)
    wire.says("8", "37=X|17=E1|11=HAND-1|150=F|39=2|55=EUR/USD|54=1|15=EUR|38=5|14=5|151=0|32=5|31=1.1")
    orphans = wire.engine.context.blotters[VENUE].orphans
    assert len(orphans) == 1
    assert "has no trade" in asks(wire, DismissOrphan(VENUE, "E2", ""))
    assert "has no trade" in asks(wire, DismissOrphan("elsewhere", "E1", ""))
    action = dismissal(wire, "E1")
    assert asks(wire, action) == ""
    assert len(orphans) == 1
    assert open_alerts(wire) >= {"UNKNOWN_ORDER", "ORPHAN_FILL"}
    assert decides(wire, action) == ""
    assert len(orphans) == 0
    assert not open_alerts(wire) & {"UNKNOWN_ORDER", "ORPHAN_FILL"}


def test_what_two_trades_of_one_order_have_in_common_is_told_until_the_last_of_them_is_off_the_list() -> None:
    wire = Wire()
    staff(wire)
    for number in (1, 2):
        fields = f"38=9000000|14={number}000000|151=1000000|32=1000000|31=1.1"
        wire.says("8", f"37=X|17=E{number}|11=HAND-1|150=F|39=1|55=EUR/USD|54=1|15=EUR|{fields}")
    dismiss(wire, "E1")
    assert open_alerts(wire) >= {"UNKNOWN_ORDER", "ORPHAN_FILL"}
    dismiss(wire, "E2")
    assert not open_alerts(wire) & {"UNKNOWN_ORDER", "ORPHAN_FILL"}


def test_a_batch_that_only_a_dismissed_trade_kept_open_is_compared_again_and_reconciled() -> None:
    wire = with_a_deal_by_hand()
    dismiss(wire)
    out = wire.wait(1)
    lists_both(wire, out)
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.breaks) == (BatchPhase.DONE, True, ())


def test_where_the_venue_lists_nothing_the_batch_is_reconciled_at_once() -> None:
    wire = with_a_deal_by_hand(trade_capture=False, order_status=False)
    dismiss(wire)
    wire.wait(1)
    assert (wire.phase, wire.batch.is_reconciled, wire.batch.breaks) == (BatchPhase.DONE, True, ())


def test_a_trade_that_is_dismissed_while_no_robot_runs_is_compared_without_at_the_next_logon() -> None:
    wire = with_a_deal_by_hand()
    wire.drop()
    dismiss(wire)
    assert sent(RequestTrades, wire.wait(2)) == []
    wire.restart()
    lists_both(wire, wire.reopen())
    assert wire.batch.is_reconciled


def test_a_batch_with_other_breaks_is_not_compared_again() -> None:
    """Its own break stays, and nobody has signed for that."""
    wire = with_a_deal_by_hand(trade_capture=False, order_status=False)
    wire.says("8", f"{BY_HAND}|17=E2|150=F|39=2|38=500000|14=500000|151=0")
    dismiss(wire, "E2")
    assert not ended(wire.wait(2))
    assert not wire.batch.is_reconciled


def test_a_trade_that_was_dismissed_is_not_kept_again_when_the_venue_lists_it_again() -> None:
    wire = with_a_deal_by_hand()
    dismiss(wire)
    lists_both(wire, wire.wait(1))
    out = wire.says("AE", f"571=R9|17=E1|{BY_HAND}|75=20260302|64=20260304|60={TIME}|552=1")
    assert not wire.engine.context.blotters[VENUE].orphans
    assert "ORPHAN_FILL" not in alerts(out)


def test_another_trade_under_an_exec_id_that_was_dismissed_is_kept_and_is_a_break() -> None:
    """Venues begin their ids anew: what was signed for is the trade, and not its name."""
    wire = with_a_deal_by_hand()
    dismiss(wire)
    lists_both(wire, wire.wait(1), quantity="700000")
    assert [found.kind for found in wire.batch.breaks] == [BreakKind.UNKNOWN_LINE, BreakKind.TOTAL]
    out = wire.says("8", f"{BY_HAND.replace('500000', '700000')}|17=E1|150=F|39=2|38=700000|14=700000|151=0")
    assert "ORPHAN_FILL" in alerts(out)


def test_a_trade_that_was_dismissed_and_is_ours_after_all_counts() -> None:
    wire = Wire()
    staff(wire)
    wire.submit(Terms())
    wire.says("8", f"{BY_HAND.replace('500000', '1000000').replace('1.1003', '1.1001')}|17=F1-1000|150=F|39=2|151=0")
    dismiss(wire, "F1-1000")
    wire.fills(1)
    request = trade_request(wire.last).request_id
    wire.announces(request, 1)
    wire.lists(request, 1)
    assert (wire.statuses(), wire.batch.is_reconciled, len(wire.batch.trades)) == ([FILLED], True, 1)
