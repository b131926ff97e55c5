"""What is stopped, by scope, and what the gate makes of it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from risk_cases import NOW, SCOPES, codes, make_batch, make_gate, make_order, only, swap

from risk.gate.gate import Gate
from risk.reasons import ReasonCode
from risk.stops.stops import EVERYTHING, Dimension, Scope, State, Stop, StopBook, parse_scope
from trader.domain.deal import OrderType, Side
from trader.domain.errors import DomainError

EUR = parse_scope("pair=EUR/USD")


def stop(scope: Scope = EVERYTHING, state: State = State.HALTED, who: str = "rita", **changes: object) -> Stop:
    facts: dict[str, object] = {"code": ReasonCode.KILL, "since_ns": NOW, "reason": "a test"} | changes
    return Stop(scope, state, who=who, **facts)  # type: ignore[arg-type] # each test gives its own


# --- scopes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("firm", EVERYTHING),
        ("firm=BANK", Scope(Dimension.FIRM, "BANK")),
        (" desk=treasury\n", Scope(Dimension.DESK, "treasury")),
        ("pair=USD/EUR", Scope(Dimension.PAIR, "EUR/USD")),
        ("currency=EUR", Scope(Dimension.CURRENCY, "EUR")),
    ],
)
def test_a_scope_is_read(text: str, scope: Scope) -> None:
    assert parse_scope(text) == scope
    assert parse_scope(str(scope)) == scope


@pytest.mark.parametrize("text", ["", "desk", "desk=", "planet=earth", "pair=EUR", "pair=XXXXX", "currency=euro"])
def test_what_is_no_scope_is_said_and_not_guessed(text: str) -> None:
    with pytest.raises(DomainError):
        parse_scope(text)


# --- the book ---------------------------------------------------------------------------------------------------------


def test_nothing_is_stopped_at_first() -> None:
    book = StopBook()
    assert (book.is_quiet, book.state_of([EVERYTHING, EUR]), book.stops()) == (True, State.ACTIVE, ())


def test_the_worst_of_an_orders_scopes_counts() -> None:
    book = StopBook()
    book.put(stop(EUR, State.REDUCING))
    assert book.state_of([EVERYTHING, EUR]) is State.REDUCING
    book.put(stop(EVERYTHING, State.HALTED))
    assert book.state_of([EVERYTHING, EUR]) is State.HALTED
    assert book.state_of([EUR]) is State.REDUCING


def test_a_stop_only_grows_worse() -> None:
    book = StopBook()
    assert book.put(stop(EUR, State.HALTED))
    version = book.version
    assert not book.put(stop(EUR, State.REDUCING))
    assert not book.put(stop(EUR, State.HALTED))
    assert (book.version, book.state_of([EUR])) == (version, State.HALTED)


def test_two_people_stop_the_same_and_both_are_known() -> None:
    book = StopBook()
    book.put(stop(EUR, who="rita"))
    book.put(stop(EUR, who="anna"))
    assert {each.who for each in book.on(EUR)} == {"rita", "anna"}
    assert len(book.lift(EUR)) == 2
    assert book.is_quiet


def test_lifting_one_scope_leaves_the_others() -> None:
    book = StopBook()
    book.put(stop(EUR))
    book.put(stop(EVERYTHING))
    assert book.lift(parse_scope("pair=USD/JPY")) == ()
    book.lift(EVERYTHING)
    assert (book.state_of([EVERYTHING]), book.state_of([EUR])) == (State.ACTIVE, State.HALTED)


def test_lifting_what_one_control_has_stopped_leaves_the_kill() -> None:
    book = StopBook()
    book.put(stop(EUR))
    book.put(stop(EUR, State.REDUCING, code=ReasonCode.LOSS_DAY))
    book.lift(EUR, ReasonCode.KILL)
    assert [each.code for each in book.on(EUR)] == [ReasonCode.LOSS_DAY]
    assert book.state_of([EUR]) is State.REDUCING


_STOPS = st.builds(
    stop,
    st.sampled_from([EVERYTHING, EUR, parse_scope("desk=treasury")]),
    st.sampled_from([State.REDUCING, State.HALTED]),
    st.sampled_from(["rita", "anna"]),
)


@given(st.lists(_STOPS))
def test_no_order_of_arrival_makes_a_stop_weaker(stops: list[Stop]) -> None:
    book = StopBook()
    for each in stops:
        book.put(each)
    for scope in {each.scope for each in stops}:
        assert book.state_of([scope]) == max(each.state for each in stops if each.scope == scope)


# --- the gate ---------------------------------------------------------------------------------------------------------


def stopped(*stops: Stop) -> Gate:
    gate = make_gate()
    for each in stops:
        gate.stops.put(each)
    return gate


@pytest.mark.parametrize("scope", [*SCOPES, f"batch={make_order().reservation_id[:10]}"])
def test_every_scope_of_an_order_stops_it(scope: str) -> None:
    decision = stopped(stop(parse_scope(scope))).reserve(make_order(), NOW)
    assert (decision.allowed, codes(decision.violations)) == (False, [ReasonCode.KILL])


@pytest.mark.parametrize(
    "scope", ["firm=OTHER", "desk=fx", "trader=carl", "venue=other", "currency=JPY", "pair=USD/JPY", "strategy=twap"]
)
def test_another_scope_does_not_stop_it(scope: str) -> None:
    assert stopped(stop(parse_scope(scope))).reserve(make_order(), NOW).allowed


def test_a_stop_holds_for_an_order_whose_outline_was_seen_before_and_a_lift_frees_it() -> None:
    gate = make_gate()
    assert gate.check_order(make_order(), NOW).allowed
    gate.stops.put(stop(EUR))
    assert not gate.check_order(make_order(), NOW).allowed
    gate.stops.lift(EUR)
    assert gate.check_order(make_order(), NOW).allowed


def test_a_denial_says_who_has_stopped_it_why_and_how_it_ends() -> None:
    sentence = only(stopped(stop(EUR)).check_order(make_order(), NOW).violations).sentence
    assert all(text in sentence for text in ("HALTED by rita", "a test", "trader resume --scope pair=EUR/USD"))


def test_a_quote_is_not_taken_once_its_pair_is_stopped() -> None:
    gate = make_gate()
    order = make_order()
    assert gate.reserve(order, NOW).allowed
    gate.stops.put(stop(EUR))
    assert codes(gate.check_quote(order.reservation_id, (Decimal("1.1001"),), NOW)) == [ReasonCode.KILL]


@pytest.mark.parametrize(
    ("scope", "begins"),
    [("firm", False), ("firm=BANK", False), ("desk=treasury", False), ("trader=anna", False), ("pair=EUR/USD", True)],
)
def test_a_batch_does_not_begin_where_all_of_it_is_halted(scope: str, begins: bool) -> None:
    found = stopped(stop(parse_scope(scope))).check_batch(make_batch(), NOW)
    assert (ReasonCode.KILL not in codes(found)) == begins


def test_a_stop_of_a_control_denies_with_the_controls_own_code() -> None:
    gate = stopped(stop(EUR, code=ReasonCode.LOSS_DAY, who="LOSS_DAY"))
    assert codes(gate.check_order(make_order(), NOW).violations) == [ReasonCode.LOSS_DAY]


# --- reducing ---------------------------------------------------------------------------------------------------------


def holding(side: Side, amount: str) -> Gate:
    """A gate whose book has dealt EUR/USD, in a desk that is REDUCING from then on."""
    gate = make_gate()
    order = make_order(side=side, amount=amount, line_no=90)
    assert gate.reserve(order, NOW).allowed
    gate.fill(order.reservation_id, "F1", Decimal(amount), Decimal("1.1"))
    gate.stops.put(stop(parse_scope("desk=treasury"), State.REDUCING))
    return gate


@pytest.mark.parametrize(
    ("held", "side", "amount", "allowed"),
    [
        (Side.BUY, Side.SELL, "1000000", True),  # to flat
        (Side.BUY, Side.SELL, "1000000.01", False),  # through zero
        (Side.BUY, Side.BUY, "1000", False),
        (Side.SELL, Side.BUY, "1000000", True),
        (Side.SELL, Side.BUY, "1000000.01", False),
        (Side.SELL, Side.SELL, "1000", False),
    ],
)
def test_only_what_shrinks_the_position_passes(held: Side, side: Side, amount: str, allowed: bool) -> None:
    assert holding(held, "1000000").reserve(make_order(side=side, amount=amount), NOW).allowed is allowed


def test_opening_from_flat_is_not_reducing() -> None:
    gate = stopped(stop(EVERYTHING, State.REDUCING))
    assert codes(gate.check_order(make_order(), NOW).violations) == [ReasonCode.KILL]


def test_open_orders_the_same_way_count_as_filled() -> None:
    gate = holding(Side.BUY, "1000000")
    assert gate.reserve(make_order(side=Side.SELL, amount="600000", line_no=2), NOW).allowed
    assert not gate.check_order(make_order(side=Side.SELL, amount="400000.01", line_no=3), NOW).allowed
    assert gate.check_order(make_order(side=Side.SELL, amount="400000", line_no=3), NOW).allowed


@pytest.mark.parametrize("held", ["1000000", "999999.99"])
def test_a_quote_to_flat_may_be_taken_and_one_through_zero_may_not(held: str) -> None:
    gate, order = make_gate(), make_order(side=Side.SELL, order_type=OrderType.PREVIOUSLY_QUOTED)
    bought = make_order(amount=held, line_no=90)
    assert all(gate.reserve(each, NOW).allowed for each in (bought, order))
    gate.fill(bought.reservation_id, "F1", Decimal(held), Decimal("1.1"))
    gate.stops.put(stop(parse_scope("desk=treasury"), State.REDUCING))
    found = codes(gate.check_quote(order.reservation_id, (Decimal("1.0999"),), NOW))
    assert found == ([] if held == "1000000" else [ReasonCode.KILL])


def test_what_another_order_may_still_sell_counts_when_a_quote_is_taken() -> None:
    gate = holding(Side.BUY, "1000000")
    order = make_order(side=Side.SELL, amount="600000", order_type=OrderType.PREVIOUSLY_QUOTED)
    assert gate.reserve(order, NOW).allowed
    assert gate.reserve(make_order(side=Side.SELL, amount="400000", line_no=2), NOW).allowed
    assert not gate.check_quote(order.reservation_id, (Decimal("1.0999"),), NOW)


def test_open_orders_the_other_way_do_not_help() -> None:
    gate = make_gate()
    assert gate.reserve(make_order(side=Side.BUY, amount="5000000", line_no=80), NOW).allowed
    gate.stops.put(stop(EVERYTHING, State.REDUCING))
    assert not gate.check_order(make_order(side=Side.SELL, amount="1000"), NOW).allowed


def test_both_currencies_of_a_cross_have_to_shrink() -> None:
    gate = holding(Side.BUY, "1000000")  # long EUR; nothing was dealt in JPY
    cross = make_order(pair="EUR/JPY", side=Side.SELL, amount="1000")
    assert ReasonCode.KILL in codes(gate.check_order(cross, NOW).violations)


def test_a_swap_does_not_shrink_a_position_for_certain() -> None:
    gate = holding(Side.BUY, "1000000")
    gate.points.load("market", ())
    assert ReasonCode.KILL in codes(gate.check_order(make_order(swap(side=Side.SELL)), NOW).violations)


def test_another_books_position_is_not_there_to_shrink() -> None:
    gate = holding(Side.BUY, "1000000")
    assert not gate.check_order(make_order(side=Side.SELL, amount="1000", book="OTHER"), NOW).allowed
