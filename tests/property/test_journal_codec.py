"""Every input that can be journalled comes back as it was; no change of a journal goes unseen."""

from datetime import date
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from values import replace

from risk.alerts import AlertRules
from risk.limits.book import Limit
from risk.people import actions
from risk.people.signatures import OrderOutcome
from risk.reasons import Finding, ReasonCode
from risk.stops.stops import Dimension, Scope, State
from tests.unit.fix_words import BY_SYMBOL, DIALECT
from trader.domain.calendars import Calendars
from trader.domain.currency import MARKET_ORDER, Currency, CurrencyPair
from trader.domain.deal import BatchLine, Deal, Leg, OrderType, Product, Side, TimeInForce
from trader.engine import inputs, machine_inputs, session_inputs
from trader.engine.settings import QuoteSettings
from trader.journal.codec import Codec
from trader.journal.record import Chain, ChainFault, Record, check_chain

CODEC = Codec(inputs.INPUT_TYPES)

texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)
moments = st.integers(0, 2**63 - 1)
numbers = st.integers(1, 10**9)
days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
currencies = st.sampled_from(MARKET_ORDER).map(Currency)
amounts = st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**18), max_value=10**18)
seconds = st.floats(0.001, 86_400)
pairs = st.lists(currencies, min_size=2, max_size=2, unique=True).map(lambda two: CurrencyPair(*two))
legs = st.builds(Leg, st.sampled_from(Side), amounts, days, texts)


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    """A deal of any shape."""
    pair = draw(pairs)
    return Deal(
        product=draw(st.sampled_from(Product)),
        pair=pair,
        dealt_currency=draw(st.sampled_from([pair.base, pair.terms])),
        near_leg=draw(legs),
        far_legs=draw(st.lists(legs, max_size=2).map(tuple)),
        fixing_date=draw(st.none() | days),
    )


lines = st.builds(
    BatchLine,
    line_no=st.integers(1, 10**6),
    row_id=texts,
    deal=deals(),
    order_type=st.sampled_from(OrderType),
    limit_rate=st.none() | amounts,
    time_in_force=st.sampled_from(TimeInForce),
    strategy=texts,
    venue=texts,
    counterparty=texts,
    book=texts,
    account=texts,
    netting_group=texts,
    comment=texts,
    original_pair=texts,
)
calendars = st.builds(
    lambda holidays, masks: Calendars(holidays, 2025, 2028, masks),
    st.dictionaries(st.sampled_from(MARKET_ORDER), st.lists(days, unique=True).map(lambda all_: tuple(sorted(all_)))),
    st.dictionaries(st.sampled_from(MARKET_ORDER), st.just("0111110")),
)
keys = st.lists(st.tuples(texts, texts), max_size=3).map(tuple)
limits = st.builds(Limit, texts, keys, texts, texts, texts, st.none() | days, st.none() | days)
limit_rows = st.lists(limits, max_size=3).map(tuple)
quote_settings = st.builds(QuoteSettings, st.integers(1, 99), st.integers(1, 99), seconds, st.integers(0, 10**6))
engine_settings = st.builds(
    inputs.Settings,
    currencies,
    texts,
    st.integers(1, 10**6),
    *[seconds] * 6,
    st.just(QuoteSettings()) | quote_settings,
    st.builds(AlertRules, st.just((70, 100)), lot=st.none() | st.decimals("0.01", 10**6, places=2)),
    texts,
)
totals = st.builds(
    inputs.SubmittedTotals, st.integers(0, 10**6), st.lists(st.tuples(texts, texts), max_size=3).map(tuple), texts
)
rates = st.builds(inputs.ReferenceRate, texts, texts, texts, moments)
points = st.builds(inputs.ForwardPoints, texts, texts, texts, texts, moments)
histories = st.builds(machine_inputs.CurrencyHistory, texts, texts)
codes = st.sampled_from(ReasonCode)
roles = st.lists(st.sampled_from(actions.Role), max_size=3).map(tuple)
scopes = st.builds(Scope, st.sampled_from(Dimension), texts)

ACTIONS = {
    actions.LaunchBatch: st.builds(
        actions.LaunchBatch,
        texts,
        texts,
        texts,
        st.lists(st.builds(Finding, texts, codes, texts, st.none() | amounts, texts), max_size=3).map(tuple),
    ),
    actions.SetRoles: st.builds(actions.SetRoles, texts, roles),
    actions.GrantOverride: st.builds(actions.GrantOverride, texts, numbers, codes, texts, amounts, moments),
    actions.RaiseLimit: st.builds(actions.RaiseLimit, codes, keys, texts, amounts, moments, moments),
    actions.ImportLimits: st.builds(actions.ImportLimits, *[texts] * 4, limit_rows),
    actions.ApproveConfiguration: st.builds(actions.ApproveConfiguration, texts),
    actions.AcceptBreaks: st.builds(actions.AcceptBreaks, texts, numbers, texts),
    actions.SettleOrder: st.builds(
        actions.SettleOrder,
        texts,
        st.sampled_from(OrderOutcome),
        amounts,
        st.lists(amounts, max_size=2).map(tuple),
        texts,
        st.booleans(),
    ),
    actions.DismissOrphan: st.builds(actions.DismissOrphan, texts, texts, texts),
    actions.ResetSession: st.builds(actions.ResetSession, texts, numbers, numbers, st.booleans()),
}

BUILT = {
    inputs.EngineStarted: st.builds(
        inputs.EngineStarted,
        texts,
        st.lists(st.sampled_from([DIALECT, BY_SYMBOL]), max_size=2).map(tuple),
        limit_rows,
        calendars,
        engine_settings,
        texts,
        texts,
    ),
    inputs.RatesLoaded: st.builds(inputs.RatesLoaded, texts, st.lists(rates, max_size=3).map(tuple)),
    inputs.PointsLoaded: st.builds(inputs.PointsLoaded, texts, st.lists(points, max_size=3).map(tuple)),
    inputs.BatchSubmitted: st.builds(
        inputs.BatchSubmitted,
        *[texts] * 3,
        days,
        *[texts] * 3,
        st.lists(lines, max_size=3).map(tuple),
        st.none() | totals,
        st.booleans(),
    ),
    inputs.SessionOpened: st.builds(inputs.SessionOpened, texts, st.booleans()),
    inputs.SessionClosed: st.builds(inputs.SessionClosed, texts, texts, numbers, numbers, st.booleans()),
    session_inputs.SequenceNoted: st.builds(
        session_inputs.SequenceNoted, texts, st.booleans(), st.booleans(), numbers, numbers, texts
    ),
    session_inputs.BooksAsked: st.builds(session_inputs.BooksAsked, days, texts),
    inputs.FixReceived: st.builds(inputs.FixReceived, texts, texts),
    inputs.MessageDropped: st.builds(inputs.MessageDropped, texts, texts, texts),
    inputs.SendRefused: st.builds(inputs.SendRefused, texts, texts, texts),
    inputs.TimerFired: st.builds(inputs.TimerFired, texts),
    inputs.StopRequested: st.builds(inputs.StopRequested, texts, texts, texts),
    inputs.ActionRequested: st.builds(inputs.ActionRequested, texts, st.one_of(*ACTIONS.values()), texts, texts),
    inputs.ActionDecided: st.builds(inputs.ActionDecided, texts, st.booleans(), texts, texts),
    inputs.AlertAcknowledged: st.builds(inputs.AlertAcknowledged, texts, numbers, texts, texts),
    inputs.AlertMuted: st.builds(inputs.AlertMuted, texts, numbers, texts, moments),
    inputs.AlertUndelivered: st.builds(inputs.AlertUndelivered, texts, numbers, texts),
    inputs.KillRequested: st.builds(inputs.KillRequested, scopes, st.sampled_from(State), texts, texts),
    inputs.ResumeRequested: st.builds(inputs.ResumeRequested, scopes, texts, texts),
    inputs.KillProven: st.builds(inputs.KillProven, numbers, *[moments] * 4),
    machine_inputs.HistoryLoaded: st.builds(
        machine_inputs.HistoryLoaded, texts, texts, st.lists(histories, max_size=3).map(tuple)
    ),
    machine_inputs.ClockJumped: st.builds(machine_inputs.ClockJumped, st.integers(-(2**63), 2**63 - 1)),
    machine_inputs.MonitorSilent: st.builds(machine_inputs.MonitorSilent, st.none() | moments),
    machine_inputs.JournalFailed: st.builds(machine_inputs.JournalFailed, texts),
    inputs.StateHashed: st.builds(inputs.StateHashed, texts),
}


def test_every_action_is_among_those_that_are_tried() -> None:
    assert set(ACTIONS) == set(get_args(actions.Action))


def test_every_kind_of_input_is_among_those_that_are_tried() -> None:
    assert set(BUILT) == set(inputs.INPUT_TYPES)


@given(st.one_of(*BUILT.values()))
def test_every_input_comes_back_as_it_was(value: inputs.Input) -> None:
    kind, payload = CODEC.encode(value)
    again = CODEC.decode(kind, payload)
    assert again == value
    assert CODEC.encode(again) == (kind, payload)


@given(lines)
def test_the_digits_of_an_amount_are_kept(line: BatchLine) -> None:
    submitted = inputs.BatchSubmitted("", "", "", date(2026, 3, 2), "", "", "", (line,), None)
    again = CODEC.decode(*CODEC.encode(submitted)).lines[0]
    assert str(again.deal.near_leg.amount) == str(line.deal.near_leg.amount)
    assert type(again.deal.dealt_currency) is Currency


records = st.lists(st.tuples(moments, st.text(max_size=8), st.binary(max_size=12)), min_size=1, max_size=8)


@given(records, st.data())
def test_any_single_change_of_a_journal_is_found(values: list[tuple[int, str, bytes]], data: st.DataObject) -> None:
    chain = Chain()
    journal = [chain.link(*value) for value in values]
    place = data.draw(st.integers(0, len(journal) - 1))
    changed: Record = data.draw(
        st.builds(
            replace,
            st.just(journal[place]),
            ts_ns=moments | st.just(journal[place].ts_ns),
            kind=st.text(max_size=8) | st.just(journal[place].kind),
            payload=st.binary(max_size=12) | st.just(journal[place].payload),
        )
    )
    found = list(check_chain([*journal[:place], changed, *journal[place + 1 :]]))
    if changed == journal[place]:
        assert found == journal
    else:
        assert isinstance(found[-1], ChainFault)
        assert (found[-1].seq, len(found)) == (place + 1, place + 1)


@given(records)
def test_the_same_inputs_give_the_same_chain(values: list[tuple[int, str, bytes]]) -> None:
    one, other = Chain(), Chain()
    assert [one.link(*value) for value in values] == [other.link(*value) for value in values]
    assert one.seq == len(values)
