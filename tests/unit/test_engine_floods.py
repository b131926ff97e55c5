"""A venue that never stops talking nonsense: the state stays as large as it was, and people are told once."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import pytest
from engine_cases import SETTINGS, VENUE, Wire

from risk.alerts import AlertEvent, AlertRules
from trader.domain.events import ExecType, ExecutionReported
from trader.engine import inputs
from trader.fix.decode import Decoder
from trader.orders.blotter import ORPHANS_MAX, Blotter

Flood = Callable[[Wire, int], object]
CONDITIONS_MAX = 20
TRADE = "150=F|39=2|55=EUR/USD|54=1|15=EUR|38=1000|14=1000|151=0|32=1000|31=1.1|64=20260304|75=20260302"
AE = "55=EUR/USD|32=1000|31=1.1001|75=20260302|64=20260304|552=1|54=1|15=EUR|60=20260302-10:00:00.000"

FLOODS: dict[str, Flood] = {
    "orders that are not ours": lambda robot, no: robot.says(
        "8", f"37=X{no}|11=NOT-{no}|150=0|39=0|55=EUR/USD|54=1|15=EUR|38=1000|14=0|151=1000|17=Z{no}"
    ),
    "the status of one order": lambda robot, no: robot.says("8", robot._about(1, "I", "0", f"17=S{no}")),
    "one fill again and again": lambda robot, _no: robot.fills(1, 100, 100, "F"),
    "what cannot be read": lambda robot, no: robot.says("8", f"37=X{no}|11=NOT-{no}|150=%{no}|39=0"),
    "what the session layer drops": lambda robot, no: robot.take(inputs.MessageDropped(VENUE, "8", f"problem {no}")),
    "refused cancels of nobody": lambda robot, no: robot.says(
        "9", f"37=X{no}|11=NOT-{no}|41=NOT-{no}|39=0|434=1|102=1|58=reason {no}"
    ),
    "rejected messages": lambda robot, no: robot.says("j", f"45=1|372=D|379=NOT-{no}|380=3|58=reason {no}"),
    "quotes for nobody": lambda robot, no: robot.says(
        "S", f"131=Q{no}|117=I{no}|55=EUR/USD|132=1.1|133=1.2|62=20260302-10:10:00"
    ),
    "prices of one pair": lambda robot, no: robot.quotes("EUR/USD", "1.0999", f"1.10{no % 90 + 10}"),
    "sinks that take nothing": lambda robot, no: robot.take(inputs.AlertUndelivered(f"sink {no}", no, "no route")),
    "sessions that come and go": lambda robot, _no: (robot.drop(), robot.reopen()),
}


def flooded(kind: str, messages: int) -> tuple[Wire, int, int]:
    """A robot with a batch under way after a flood: it, and the size of its state after half of it and after all."""
    robot = Wire(settings={"alerts": replace(SETTINGS.alerts, conditions_max=CONDITIONS_MAX, told_max=5)})
    robot.submit()
    robot.acknowledges(1)
    sizes = []
    for half in (range(messages // 2), range(messages // 2, messages)):
        for no in half:
            FLOODS[kind](robot, 10_000_000 + no)
            robot.journal.clear()
        sizes.append(len(robot.engine.state_hash_source()))
    return robot, sizes[0], sizes[1]


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_makes_the_state_no_larger_and_its_alerts_are_one_for_each_kind(kind: str) -> None:
    robot, half, whole = flooded(kind, 400)
    assert whole - half < 200  # the digits of a few counts
    book = robot.engine.context.alerts
    codes = {alert.key[0] for alert in book.alerts()}
    assert len(book.alerts()) <= CONDITIONS_MAX + len(codes)
    told = [each for each in robot.outputs if isinstance(each, AlertEvent) and each.is_told]
    assert len(told) <= 2 * (CONDITIONS_MAX + len(codes)) or kind == "sessions that come and go"


def test_trades_of_nobody_are_kept_up_to_a_number_and_counted_beyond_it() -> None:
    blotter = Blotter(VENUE)
    decoder = Decoder(Wire().dialect)
    (trade,) = decoder.decode(
        f"8=FIX.4.4|35=8|37=X|11=NOT-OURS|17=Z|60=20260302-10:00:00.000|{TRADE}".replace("|", "\x01")
    )
    assert isinstance(trade, ExecutionReported)
    assert trade.exec_type is ExecType.TRADE
    for no in range(ORPHANS_MAX + 3):
        _, applied = blotter.apply(replace_id(trade, no), 0)
        assert applied.violation is not None
    blotter.apply(replace_id(trade, 0), 0)
    assert (len(blotter.orphans), blotter.orphans_beyond) == (ORPHANS_MAX, 3)
    for no in range(ORPHANS_MAX):
        assert [orphan.event.exec_id for orphan in blotter.dismiss(f"Z{no}")] == [f"Z{no}"]
    assert (blotter.orphans, blotter.orphans_beyond) == ({}, 0)


def replace_id(trade: ExecutionReported, no: int) -> ExecutionReported:
    return type(trade)(**{name: getattr(trade, name) for name in trade.__struct_fields__} | {"exec_id": f"Z{no}"})


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("kind", ["orders that are not ours", "what cannot be read", "one fill again and again"])
def test_a_million_words_take_no_memory(kind: str) -> None:
    robot = Wire(settings={"alerts": AlertRules()})
    robot.submit()
    robot.acknowledges(1)
    used = []
    tracemalloc.start()
    try:
        for no in range(1_000_000):
            FLOODS[kind](robot, 10_000_000 + no)
            robot.journal.clear()
            robot.outputs.clear()
            if no in (100_000, 999_999):
                used.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert used[1] - used[0] < 1_000_000
