"""What the session adds to the venue's words: a message that nobody could read, and what a Reject(3) is about."""

from tests.unit.engine_cases import VENUE, Wire, of
from trader.engine import inputs
from trader.engine.outputs import Alert, OrderClosed
from trader.engine.state import LineStatus


def test_a_message_that_the_session_dropped_is_an_alert_and_changes_nothing_else() -> None:
    wire = Wire()
    wire.submit()
    wire.take(inputs.MessageDropped(VENUE, "8", "MsgSeqNum(34)=7, MsgType(35)=8: Tag appears more than once, tag 37"))
    assert of(Alert, wire.last) == [
        Alert(
            "MESSAGE_UNREADABLE",
            f"{VENUE} sent what cannot be read: MsgSeqNum(34)=7, MsgType(35)=8: Tag appears more than once, tag 37",
        )
    ]


def test_a_reject_with_the_order_that_the_session_found_closes_it_at_once() -> None:
    wire = Wire()
    wire.submit()
    cl_ord_id = wire.order(1).cl_ord_id
    wire.take(inputs.FixReceived(VENUE, f"35=3|45=2|58=no|10=000|372=D|379={cl_ord_id}|".replace("|", "\x01")))
    assert wire.line(1).status is LineStatus.REJECTED
    assert [closed.cl_ord_id for closed in of(OrderClosed, wire.last)] == [cl_ord_id]


def test_a_reject_that_is_about_no_order_is_an_alert_only() -> None:
    wire = Wire()
    wire.submit()
    before = wire.statuses()
    wire.says("3", "45=99|58=no")
    assert wire.statuses() == before
    assert [alert.code for alert in of(Alert, wire.last)] == ["MESSAGE_REJECTED"]
