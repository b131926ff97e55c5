"""The venue can say anything, in any order: the engine never raises, and its own books always add up."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine_cases import VENUE, Wire, placed
from tests.unit.risk_cases import Terms, limits
from trader.domain.events import ExecType, OrdStatus
from trader.engine import inputs
from trader.fix.codes import EXEC_TYPE_CODE, ORD_STATUS_CODE
from trader.fix.text import SOH
from trader.journal.codec import Codec
from trader.journal.state_hash import state_hash
from trader.simulation.invariants import check_lines, check_nodes

LINES = 3
TAGS = [37, 17, 41, 39, 434, 102, 103, 568, 571, 487, 748, 750, 912, 55, 54, 15, 32, 31, 268, 269, 270, 58, 379, 75, 60]
CODEC = Codec(inputs.INPUT_TYPES)

line_numbers = st.integers(1, LINES)
thousands = st.sampled_from([0, 1, 400, 600, 1000, 1400])
numbers = st.one_of(
    st.sampled_from(
        ["0", "1", "-1", "0.00000001", "1.1", "400000", "1000000", "99999999999999999999", "1E5", "NaN", ""]
    ),
    st.integers(0, 10**20).map(str),
)
exec_types = st.sampled_from([EXEC_TYPE_CODE[each] for each in ExecType])
statuses = st.sampled_from([ORD_STATUS_CODE[each] for each in OrdStatus])
symbols = st.sampled_from(["EUR/USD", "EUR/USD", "EUR/USD", "USD/JPY", "USD/EUR", "nonsense"])
dates = st.sampled_from(["20260302", "20260303", "99991231", "00010101", "20260231", "x"])
times = st.sampled_from(["20260302-10:00:00", "19700101-00:00:00", "99991231-23:59:59.999", "20260302-24:00:00", "x"])


@st.composite
def execution_reports(draw: st.DrawFn) -> tuple[int, str, str]:
    """An ExecutionReport(8) about some line, most of its fields drawn at random."""
    fields = {
        "37": draw(st.sampled_from(["V1", "V2", "NONE", ""])),
        "17": draw(st.sampled_from(["E1", "E2", "E3", "E4", ""])),
        "19": draw(st.sampled_from(["", "E1", "E2", "E9"])),
        "150": draw(exec_types),
        "39": draw(statuses),
        "55": draw(symbols),
        "54": draw(st.sampled_from(["1", "1", "1", "2", "7"])),
        "15": draw(st.sampled_from(["EUR", "EUR", "USD", "XXX"])),
        "38": draw(numbers),
        "32": draw(numbers),
        "31": draw(numbers),
        "14": draw(numbers),
        "151": draw(numbers),
        "64": draw(dates),
        "75": draw(dates),
        "60": draw(times),
        "103": draw(st.sampled_from(["5", "6", "99"])),
        "119": draw(numbers),
    }
    kept = {tag: value for tag, value in fields.items() if draw(st.integers(0, 9)) or tag in ("37", "17")}
    return draw(line_numbers), "8", "|".join(f"{tag}={value}" for tag, value in kept.items())


@st.composite
def plausible_reports(draw: st.DrawFn) -> tuple[int, str, str]:
    """An ExecutionReport(8) that could be, out of its turn."""
    quantity, cum = draw(thousands), draw(thousands)
    exec_id, ref_id = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    fields = (
        f"37=V{draw(line_numbers)}|17=E{exec_id}|19=E{ref_id}|150={draw(exec_types)}|39={draw(statuses)}|55=EUR/USD|54=1|15=EUR|"
        f"32={quantity}000|31=1.1|14={cum}000|151={max(0, 1000 - cum)}000|75=20260302|64=20260304|60=20260302-10:00:00"
    )
    return draw(line_numbers), "8", fields


others = st.tuples(
    line_numbers,
    st.sampled_from(["9", "AE", "AQ", "W", "X", "Y", "3", "j", "r", "B", ""]),
    st.lists(
        st.tuples(
            st.sampled_from(TAGS),
            st.one_of(numbers, st.sampled_from(["1", "2", "Y", "T2", "R2", "R3", "EUR/USD", "EUR", "D", "20260302"])),
        ),
        max_size=14,
    ).map(lambda pairs: "|".join(f"{tag}={value}" for tag, value in pairs)),
)
words = st.one_of(plausible_reports(), plausible_reports(), execution_reports(), others)
events = st.one_of(
    words,
    words,
    words,
    st.sampled_from(["drop", "reopen", "restart", "submit", "stop", "down"]),
    st.sampled_from([0.1, 1.5, 6.0, 12.0]),
)


def happen(wire: Wire, event: tuple[int, str, str] | str | float) -> None:
    """One thing happens to the robot."""
    match event:
        case (line_no, msg_type, fields):
            name = next(iter(wire.engine.context.blotters[VENUE]), None)
            line = wire.batch.lines[line_no - 1] if wire.engine.context.batches else None
            about = line.orders[-1] if line is not None and line.orders else (name.cl_ord_id if name else "NONE")
            wire.says(msg_type, f"11={about}|{fields}")
        case "drop":
            wire.drop()
        case "reopen":
            wire.reopen()
        case "restart":
            wire.restart()
        case "submit":
            wire.submit(*[Terms()] * LINES)
        case "stop" if wire.engine.context.batches:
            wire.take(inputs.StopRequested(wire.batch.submitted.batch_id, "ben", "enough"))
        case "down":
            fresh = [order for order in wire.engine.context.blotters[VENUE] if order.is_unanswered and not order.fills]
            silent = [order for order in fresh if order.phase == "SENT" and not order.venue_cum_qty]
            if silent and not wire.engine.context.sessions[VENUE].is_open:
                wire.take(inputs.SendRefused(silent[-1].cl_ord_id, "SESSION_DOWN", "not logged on"))
        case float():
            wire.wait(event)


@given(st.lists(events, max_size=40))
def test_nothing_that_a_venue_says_makes_the_engine_raise_or_its_books_differ(story: list[object]) -> None:
    wire = Wire(book=limits({"REFERENCE_STALE source=* pair=* age_s_max": "600"}))
    wire.submit(*[Terms()] * LINES)
    for event in story:
        happen(wire, event)  # type: ignore[arg-type] # a union that mypy cannot see through the strategy
        check_lines(wire.engine)
        check_nodes(wire.engine)
    assert len(placed(wire.outputs)) == len(set(placed(wire.outputs)))


@given(st.lists(events, max_size=25))
def test_a_story_replayed_from_its_journal_ends_in_the_same_state(story: list[object]) -> None:
    wire = Wire()
    wire.submit(*[Terms()] * LINES)
    for event in story:
        happen(wire, event)  # type: ignore[arg-type] # a union that mypy cannot see through the strategy
    again = type(wire.engine)()
    for ts_ns, value in wire.journal:
        again.step(ts_ns, CODEC.decode(*CODEC.encode(value)))
    assert state_hash(again) == state_hash(wire.engine)


@given(st.text(max_size=60).map(lambda text: text.replace("|", SOH)))
def test_any_text_is_taken(text: str) -> None:
    wire = Wire()
    before = Decimal(len(wire.engine.context.blotters[VENUE]))
    wire.take(inputs.FixReceived(VENUE, text))
    assert len(wire.engine.context.blotters[VENUE]) == before
