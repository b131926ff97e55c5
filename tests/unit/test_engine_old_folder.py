"""A data folder that is older than what its venue knows: what the venue has named is not dealt again."""

import pytest

from risk.reasons import ReasonCode
from tests.unit.engine_cases import TIME, VENUE, Wire, alerts, placed, submitted, trade_request
from tests.unit.risk_cases import Terms
from trader.domain.ids import batch_id, cl_ord_id, content_hash
from trader.engine.inputs import SessionOpened
from trader.engine.outputs import Output
from trader.engine.state import LineStatus
from trader.orders import blotter
from trader.orders.blotter import Blotter

BATCH = submitted().batch_id
TERMS = "55=EUR/USD|54=1|15=EUR"
DEALT = f"{TERMS}|38=1000000|14=1000000|151=0"
TRADE = f"32=1000000|31=1.1001|64=20260304|75=20260302|60={TIME}"


def name(line_no: int, batch: str = BATCH) -> str:
    """The ClOrdID(11) that the first order of a line has in every folder."""
    return cl_ord_id(batch, line_no)


def lists(wire: Wire, line_no: int, request: str = "") -> list[Output]:
    """The venue lists the trade of a line that was dealt from a newer folder."""
    return wire.says(
        "AE", f"571=R{line_no}|568={request}|17=E{line_no}|37=V{line_no}|11={name(line_no)}|{TERMS}|{TRADE}"
    )


def held_back(wire: Wire) -> None:
    """Nothing of the batch has left, every row says why, and replay comes to the same."""
    assert placed(wire.outputs) == []
    assert {(line.status, line.reason_code) for line in wire.batch.lines} == {
        (LineStatus.DENIED, ReasonCode.BATCH_DUPLICATE)
    }
    assert name(1) in wire.line(1).reason
    assert "newer data folder" in wire.line(1).reason
    wire.restart()


def test_what_the_venue_lists_after_numbers_began_anew_is_not_sent_again() -> None:
    wire = Wire(priced=False)
    wire.drop()
    request = trade_request(wire.take(SessionOpened(VENUE, was_reset=True))).request_id
    wire.quotes()
    wire.submit()
    assert placed(wire.outputs) == []
    wire.announces(request, 1)
    assert "DATA_FOLDER_OLD" in alerts(lists(wire, 1, request))
    held_back(wire)


@pytest.mark.parametrize(
    ("msg_type", "fields"),
    [
        ("8", f"150=F|39=2|17=E1|{DEALT}|{TRADE}"),
        ("8", f"150=0|39=0|17=E1|{TERMS}|38=1000000|14=0|151=1000000"),
        ("8", f"150=I|39=4|17=E1|{TERMS}|38=1000000|14=0|151=0"),
        ("8", f"150=8|39=8|103=99|17=E1|{TERMS}|38=1000000|14=0|151=0"),
        ("9", "41=X|39=2|434=1|102=0"),
        ("AE", f"571=R1|17=E1|{TERMS}|{TRADE}"),
    ],
    ids=["fill", "acknowledgment", "status", "reject", "refused cancel", "trade report"],
)
def test_whatever_the_venue_says_of_an_order_that_was_never_made_holds_its_batch_back(
    msg_type: str, fields: str
) -> None:
    wire = Wire()
    assert "DATA_FOLDER_OLD" in alerts(wire.says(msg_type, f"37=V1|11={name(1)}|{fields}"))
    wire.submit()
    held_back(wire)


def test_rows_that_wait_already_are_held_back_too_and_what_is_live_goes_on() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit()
    wire.says("8", f"37=V3|11={name(3)}|150=0|39=0|17=E3|{TERMS}|38=1000000|14=0|151=1000000")
    wire.fills(1)
    assert wire.statuses() == [LineStatus.FILLED, LineStatus.DENIED, LineStatus.DENIED]
    assert placed(wire.outputs) == ["00010101"]
    wire.restart()


def test_an_order_that_shares_its_order_id_with_a_known_one_is_named_all_the_same() -> None:
    wire = Wire(settings={"in_flight_max": 1})
    wire.submit()
    wire.fills(1)
    wire.says("8", f"37=V1|11={name(3)}|150=F|39=2|17=E3|{DEALT}|{TRADE}")
    assert wire.engine.context.blotters[VENUE].named_of(BATCH) == name(3)


def test_another_file_is_dealt() -> None:
    wire = Wire()
    lists(wire, 1)
    wire.submit(Terms(), content=b"another batch")
    assert placed(wire.last) == ["00010101"]


def test_the_alert_comes_once_for_a_batch() -> None:
    wire = Wire()
    lists(wire, 1)
    assert "DATA_FOLDER_OLD" not in alerts(lists(wire, 2))


def test_our_own_orders_requests_and_names_of_nobodys_are_no_old_folder() -> None:
    wire = Wire()
    wire.submit()
    wire.acknowledges(1)
    order = wire.order(1)
    request = order.request_cancel(wire.now_ns).cl_ord_id
    wire.says("8", f"37=V1|11={request}|41={order.cl_ord_id}|150=4|39=4|17=C1|{TERMS}|38=1000000|14=0|151=0")
    wire.says("8", f"37=X9|11=HAND-1|150=0|39=0|17=H1|{TERMS}|38=1000000|14=0|151=1000000")
    assert "DATA_FOLDER_OLD" not in alerts(wire.outputs)
    assert not wire.engine.context.blotters[VENUE].never_given


def test_a_venue_that_names_more_batches_than_can_be_remembered_may_have_named_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blotter, "FOREIGN_BATCHES_MAX", 3)
    wire = Wire()
    orders: Blotter = wire.engine.context.blotters[VENUE]
    for number in range(4):
        assert bool(orders.named_of(BATCH)) is (number == 3)
        foreign = name(1, batch_id(content_hash(b"%d" % number)))
        wire.says("8", f"37=X|11={foreign}|150=0|39=0|17=E{number}|{TERMS}|38=1000000|14=0|151=1000000")
    assert len(orders.never_given) == 3
