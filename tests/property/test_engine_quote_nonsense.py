"""Makers can say anything, in any order, at any kind of venue: the engine never raises, and its books always add up."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.property.test_engine_nonsense import CODEC, dates, events, happen, numbers, symbols, times
from tests.unit.engine_cases import VENUE, Wire, dialect, placed
from tests.unit.quote_cases import Makers, quoting, rfq
from tests.unit.risk_cases import Terms, limits, make_deal, swap
from trader.domain.deal import BatchLine, Product, Side
from trader.domain.events import QuoteReceived
from trader.engine.judging import Terms as QuoteTerms
from trader.engine.judging import judge
from trader.engine.rounds import MakerAnswer, RoundPhase
from trader.fix.dialect import Pace, ProductForm
from trader.journal.state_hash import state_hash
from trader.simulation.invariants import check_lines, check_nodes

LINKED = {**dialect().products, Product.SWAP: ProductForm(security_type="FOR", legs="linked")}
VENUES: dict[str, dict[str, Any]] = {
    "asks": {"venue": quoting()},
    "asks, slowly": {"venue": quoting(pace=Pace(messages_max=4, window_ms=500))},
    "streams": {"venue": quoting("stream")},
    "opens when it says so": {"venue": quoting(ready="trading_session_status")},
    "leg by leg": {"venue": {"products": LINKED}},
    "cancels silently": {"venue": quoting(cancel_on_disconnect="silent"), "order_status": False},
    "keeps no book": {"venue": quoting(), "order_status": False, "trade_capture": False},
}
BOOK = limits({"REFERENCE_STALE source=* pair=* age_s_max": "600"})


@st.composite
def quotes(draw: st.DrawFn) -> tuple[int, str, str]:
    """Something about quotes, with fields that could be, cannot be, or are missing."""
    request = draw(st.sampled_from(["QHC6TX7N45Z000101", "QHC6TX7N45Z000102", "QHC6TX7N45Z000201", "QX", ""]))
    rates = st.one_of(st.sampled_from(["1.1001", "1.1001", "1.0999"]), numbers)
    fields = {
        "131": request,
        "117": draw(st.sampled_from(["A", "B", "C", ""])),
        "55": draw(symbols),
        "132": draw(rates),
        "133": draw(rates),
        "190": draw(numbers),
        "191": draw(numbers),
        "62": draw(times),
        "64": draw(dates),
        "298": draw(st.sampled_from(["1", "4"])),
        "340": draw(st.sampled_from(["2", "2", "3"])),
        "453": f"1|448={draw(st.sampled_from(['ALPHA', 'BRAVO']))}|447=D|452=35",
        "555": "2|600=EUR/USD|681=1.0999|684=1.1001|600=EUR/USD|681=1.1010|684=1.1012",
        "146": "1|55=EUR/USD",
        "268": "2|269=0|270=1.0999|278=B1|269=1|270=1.1001|278=O1",
    }
    kept = {tag: value for tag, value in fields.items() if draw(st.integers(0, 3)) or tag == "131"}
    kind = draw(st.sampled_from(["S", "S", "S", "S", "Z", "AG", "h", "W"]))
    return 1, kind, "|".join(f"{tag}={value}" for tag, value in kept.items())


stories = st.lists(st.one_of(quotes(), quotes(), events), max_size=30)


def begun(venue: str) -> tuple[Makers, list[Terms | BatchLine]]:
    """A batch under way: on quotes, of two legs, and plain."""
    wire = Makers(book=BOOK, settings={"in_flight_max": 3}, **VENUES[venue])
    lines = [rfq(), rfq(swap()), Terms()] if venue != "leg by leg" else [swap(), swap(side=Side.SELL), Terms()]
    wire.submit(*lines)
    return wire, lines


def told(wire: Wire, lines: list[Terms | BatchLine], event: object) -> None:
    """One thing happens; the same file is submitted again with its own lines."""
    if event == "submit":
        wire.submit(*lines)
    else:
        happen(wire, event)  # type: ignore[arg-type] # a union that mypy cannot see through the strategy


@given(venue=st.sampled_from(sorted(VENUES)), story=stories)
def test_nothing_that_makers_say_makes_the_engine_raise_or_its_books_differ(venue: str, story: list[object]) -> None:
    wire, lines = begun(venue)
    for event in story:
        told(wire, lines, event)
        check_lines(wire.engine)
        check_nodes(wire.engine)
    for batch in wire.engine.context.batches.values():
        for state in batch.lines:
            open_rounds = [each for each in state.quote_rounds if each.phase.is_open]
            assert len(open_rounds) == (state.line.line_no - 1 in batch.rounds.values())
            assert sum(each.phase is RoundPhase.TAKEN for each in state.quote_rounds) <= len(state.orders)
    assert len(placed(wire.outputs)) == len(set(placed(wire.outputs)))


@given(venue=st.sampled_from(sorted(VENUES)), story=stories)
def test_a_story_of_quotes_replayed_from_its_journal_ends_in_the_same_state(venue: str, story: list[object]) -> None:
    wire, lines = begun(venue)
    for event in story:
        told(wire, lines, event)
    again = type(wire.engine)()
    for ts_ns, value in wire.journal:
        again.step(ts_ns, CODEC.decode(*CODEC.encode(value)))
    assert state_hash(again) == state_hash(wire.engine)
    assert VENUE in again.context.sessions


anything = st.decimals(allow_nan=True, allow_infinity=True)


@given(
    sides=st.lists(st.tuples(st.lists(anything, max_size=3), st.lists(anything, max_size=3)), max_size=4),
    spot=st.none() | anything,
    points=st.none() | anything,
)
def test_any_number_can_be_judged(
    sides: list[tuple[list[Decimal], list[Decimal]]], spot: Decimal | None, points: Decimal | None
) -> None:
    deal = make_deal(swap())
    answers = [
        MakerAnswer(
            str(number), 0,
            QuoteReceived("R", "Q", "", "EUR/USD", tuple(bids), tuple(offers), 0, None, spot, points, spot, points),
        )
        for number, (bids, offers) in enumerate(sides)
    ]  # fmt: skip
    terms = QuoteTerms(deal, Decimal("1.2"), Decimal("0.00001"), 0, 0, lambda _rates: ())
    judgment = judge(answers, terms)
    judgment.write_down(deal)
    assert len(judgment.good) + len(judgment.bad) == len(answers)
    assert all(answer.verdict for answer in answers)
    assert [contra for _, contra in judgment.good] == sorted((c for _, c in judgment.good), reverse=True)
