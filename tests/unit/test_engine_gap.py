"""The venue has missed messages of ours: they were filled over, so it is asked about everything anew."""

from tests.unit.engine_cases import VENUE, Wire, alerts, asked, placed, sent, trade_request
from trader.domain.commands import SubscribeMarketData
from trader.engine.inputs import SequenceNoted
from trader.engine.outputs import Output
from trader.engine.state import LineStatus
from trader.orders.machine import Sync


def misses(wire: Wire, *, by_venue: bool = True) -> list[Output]:
    return wire.take(SequenceNoted(VENUE, by_venue, is_too_low=False, expected=3, received=0))


def test_orders_that_were_filled_over_are_asked_about_and_given_again_under_a_new_id() -> None:
    wire = Wire()
    wire.submit()
    wire.acknowledges(1)
    request = trade_request(misses(wire))
    assert [wire.order(line).sync for line in (1, 2, 3)] == [Sync.IN_SYNC, Sync.IN_DOUBT, Sync.IN_DOUBT]
    assert asked(wire.announces(request.request_id, 0)) == ["00010101", "00020101", "00030101"]
    wire.reports_status(1, "0")
    assert placed(wire.knows_not(2)) == []
    assert placed(wire.knows_not(3)) == ["00020201", "00030201"]


def test_prices_are_asked_for_again_and_the_batch_that_waits_for_them_goes_on() -> None:
    wire = Wire(priced=False)
    lost = wire.submit()
    assert (len(sent(SubscribeMarketData, lost)), placed(lost)) == (1, [])
    (again,) = sent(SubscribeMarketData, misses(wire))
    assert again.request_id not in [each.request_id for each in sent(SubscribeMarketData, lost)]
    assert again.pairs == sent(SubscribeMarketData, lost)[0].pairs
    assert placed(wire.quotes()) == ["00010101", "00020101"]


def test_a_question_that_was_filled_over_is_put_again() -> None:
    wire = Wire()
    wire.submit()
    wire.drop()
    lost = trade_request(wire.reopen())
    request = trade_request(misses(wire))
    assert request.request_id != lost.request_id
    assert asked(wire.announces(request.request_id, 0)) == ["00010101", "00020101"]
    wire.knows_not(1)
    assert placed(wire.knows_not(2)) == ["00030101", "00010201"]
    assert wire.statuses() == [LineStatus.WORKING, LineStatus.QUEUED, LineStatus.WORKING]


def test_a_venue_that_misses_something_every_time_is_asked_once_in_a_while() -> None:
    wire = Wire()
    wire.submit()
    assert misses(wire)
    assert misses(wire) == []
    wire.wait(11)
    assert trade_request(misses(wire))


def test_a_question_that_was_filled_over_too_soon_after_another_is_put_again_when_its_time_is_over() -> None:
    wire = Wire()
    wire.submit()
    first = trade_request(misses(wire))
    wire.wait(1)
    assert misses(wire) == []
    again = trade_request(wire.wait(10))
    assert again.request_id != first.request_id
    assert "RECOVERY_INCOMPLETE" not in alerts(wire.outputs)
    assert asked(wire.announces(again.request_id, 0)) == ["00010101", "00020101"]
    wire.wait(11)
    assert "RECOVERY_INCOMPLETE" in alerts(wire.outputs)


def test_a_question_of_a_new_connection_is_put_again_however_soon_after_the_last_one_something_was_missed() -> None:
    wire = Wire()
    wire.submit()
    misses(wire)
    wire.drop()
    wire.wait(1)
    lost = trade_request(wire.reopen())
    request = trade_request(misses(wire))
    assert request.request_id != lost.request_id
    assert asked(wire.announces(request.request_id, 0)) == ["00010101", "00020101"]
    assert misses(wire) == []


def test_what_we_miss_ourselves_comes_by_itself() -> None:
    wire = Wire()
    wire.submit()
    assert misses(wire, by_venue=False) == []
    assert wire.order(1).sync is Sync.IN_SYNC


def test_with_nothing_open_nothing_is_asked() -> None:
    assert misses(Wire()) == []
