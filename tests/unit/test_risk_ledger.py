"""The reservation ledger, event by event."""

from datetime import date
from decimal import Decimal

import pytest

from risk.ledger.claims import Claim
from risk.ledger.ledger import Ledger, Shortfall
from risk.ledger.measures import Amounts, Flow, Layout, Measure, Moves, whole
from trader.domain.currency import Currency
from trader.domain.deal import Side
from trader.domain.errors import LocalOrderError

D = Decimal
DAY = date(2026, 3, 5)
EUR, USD = Currency("EUR"), Currency("USD")
LAYOUT = Layout(EUR, USD, Side.BUY, (DAY,), is_outright=True)


def claim(node: str = "A", limit: str = "100", factor: int = 1, measure: Measure = Measure.DEALT) -> Claim:
    return Claim(node, D(limit), measure, factor)


def amounts(dealt: str, turnover: str = "0") -> Amounts:
    """Of an order or a fill that goes one way, and of whose contra amount nobody asks."""
    return whole(D(dealt), D(0), D(0), D(0), D(turnover))


def reserve(
    ledger: Ledger, name: str, quantity: str, *claims: Claim, dealt: str = "", turnover: str = "0"
) -> list[Shortfall]:
    """Reserve so much dealt, as much as the quantity when nothing else is said."""
    stakes = ledger.stakes(claims or (claim(),), LAYOUT)
    return ledger.reserve(name, D(quantity), stakes, amounts(dealt or quantity, turnover))


def state(ledger: Ledger, name: str = "A") -> tuple[Decimal, Decimal, Decimal]:
    node = ledger.node(name)
    assert node is not None
    return node.pending, node.posted, node.free


def fill(ledger: Ledger, exec_id: str, quantity: str, dealt: str | None = None) -> list[str]:
    way = D(dealt or quantity)
    booked = whole(way, -way, D(0), D(0), D(0))
    return [shortfall.node for shortfall in ledger.post("R", exec_id, D(quantity), booked)]


def reserved(*claims: Claim, quantity: str = "60", dealt: str = "") -> Ledger:
    ledger = Ledger()
    assert reserve(ledger, "R", quantity, *claims, dealt=dealt) == []
    return ledger


def test_exactly_at_the_limit_fits_and_a_little_more_does_not() -> None:
    ledger = reserved()
    assert reserve(ledger, "S", "40") == []
    (short,) = reserve(ledger, "T", "1", dealt="0.001")
    assert (short.node, short.limit, short.used, short.asked, short.free) == ("A", D(100), D(100), D("0.001"), D(0))


def test_one_node_without_room_reserves_nothing_on_the_others() -> None:
    ledger = reserved()
    before = ledger.snapshot()
    claims = (claim("B"), claim("A"), claim("C", measure=Measure.NOTIONAL))
    short = reserve(ledger, "S", "50", *claims, turnover="200")
    assert [each.node for each in short] == ["A", "C"]
    assert ledger.snapshot() == before


def test_a_partial_fill_moves_its_share_and_posts_what_was_really_dealt() -> None:
    ledger = reserved()
    assert fill(ledger, "E1", "20", dealt="21") == []
    assert state(ledger) == (D(40), D(21), D(39))


def test_a_third_of_a_reservation_is_rounded_up_while_it_pends_and_ends_at_zero() -> None:
    ledger = reserved(quantity="3", dealt="100")
    fill(ledger, "E1", "1")
    assert state(ledger)[0] == D("66.667")
    fill(ledger, "E2", "1")
    assert state(ledger)[0] == D("33.334")
    fill(ledger, "E3", "1")
    assert state(ledger)[0] == 0


def test_a_repeated_execution_changes_nothing_and_is_counted() -> None:
    ledger = reserved()
    fill(ledger, "E1", "20")
    before = state(ledger)
    fill(ledger, "E1", "20")
    assert state(ledger) == before
    assert ledger.repeated_executions == 1


def test_an_overfill_is_posted_in_full_and_told() -> None:
    ledger = reserved(claim(limit="60"))
    assert fill(ledger, "E1", "60") == []
    assert fill(ledger, "E2", "5") == ["A"]
    assert state(ledger) == (D(0), D(65), D(-5))


def test_release_frees_what_pends_and_keeps_what_is_posted() -> None:
    ledger = reserved()
    fill(ledger, "E1", "20")
    ledger.release("R")
    ledger.release("R")
    assert state(ledger) == (D(0), D(20), D(80))


def test_an_order_that_lives_after_all_pends_again_with_what_is_left_of_it_even_above_the_limit() -> None:
    ledger = reserved(claim(limit="70"))
    fill(ledger, "E1", "20")
    ledger.release("R")
    assert reserve(ledger, "S", "50", claim(limit="70")) == []
    ledger.reopen("R")
    ledger.reopen("R")
    assert state(ledger) == (D(90), D(20), D(-40))
    ledger.release("R")
    assert state(ledger) == (D(50), D(20), D(0))


def test_a_fill_after_the_release_still_counts() -> None:
    ledger = reserved()
    ledger.release("R")
    fill(ledger, "E1", "10")
    assert state(ledger) == (D(0), D(10), D(90))


def test_a_bust_while_the_order_lives_pends_again_and_after_its_end_is_free() -> None:
    ledger = reserved()
    fill(ledger, "E1", "20")
    assert ledger.reverse("R", "E1")
    assert state(ledger) == (D(60), D(0), D(40))
    fill(ledger, "E2", "30")
    ledger.release("R")
    assert ledger.reverse("R", "E2")
    assert state(ledger) == (D(0), D(0), D(100))


def test_a_correct_is_a_bust_and_a_new_fill() -> None:
    ledger = reserved()
    fill(ledger, "E1", "20")
    ledger.reverse("R", "E1")
    fill(ledger, "E2", "25")
    assert state(ledger) == (D(35), D(25), D(40))


def test_a_bust_of_what_is_not_known_or_was_busted_before_changes_nothing() -> None:
    ledger = reserved()
    fill(ledger, "E1", "20")
    assert ledger.reverse("R", "E1")
    before = state(ledger)
    assert not ledger.reverse("R", "E1")
    assert not ledger.reverse("R", "E9")
    fill(ledger, "E1", "20")
    assert state(ledger) == before


def test_what_is_sold_frees_the_long_side() -> None:
    ledger = reserved(claim("short"), claim("long", factor=-1), quantity="30")
    fill(ledger, "E1", "30")
    assert state(ledger, "short") == (D(0), D(30), D(70))
    assert state(ledger, "long") == (D(0), D(-30), D(130))


def test_a_claim_of_nothing_passes_where_there_is_no_room_so_that_a_position_can_shrink() -> None:
    ledger = reserved(claim(limit="60"))
    fill(ledger, "E1", "70")
    assert reserve(ledger, "S", "5", claim("B"), claim("A", limit="60", factor=-1)) == []


@pytest.mark.parametrize(("quantity", "dealt"), [("0", "1"), ("-1", "1"), ("1", "-1")])
def test_a_reservation_that_cannot_be_is_our_own_mistake(quantity: str, dealt: str) -> None:
    ledger = Ledger()
    before = ledger.snapshot()
    with pytest.raises(LocalOrderError, match="cannot be"):
        reserve(ledger, "R", quantity, dealt=dealt)
    assert ledger.snapshot() == before


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ((claim(), claim()), "claimed twice"),
        ((Claim("A", D(100), Measure.NOTIONAL, -1),), "no order of"),
        ((Claim("A", D(100), Measure.DEALT, D("-0.5")),), "no order of"),
        ((Claim("A", D(100), date(2026, 3, 4)),), "no order of"),
    ],
)
def test_claims_that_cannot_be_are_our_own_mistake(claims: tuple[Claim, ...], told: str) -> None:
    ledger = Ledger()
    with pytest.raises(LocalOrderError, match=told):
        ledger.stakes(claims, LAYOUT)
    assert ledger.snapshot() == Ledger().snapshot()


def test_a_part_of_a_measure_is_reserved_rounded_up_to_the_cent_and_posted_as_it_is() -> None:
    ledger = Ledger()
    part = Claim("A", D(100), Measure.NOTIONAL, D("0.1"))
    assert reserve(ledger, "R", "60", part, turnover="10.01") == []
    assert state(ledger) == (D("1.01"), D(0), D("98.99"))
    ledger.post("R", "E1", D(60), amounts("60", turnover="10.01"))
    assert state(ledger) == (D(0), D("1.001"), D("98.999"))


def test_a_node_that_was_only_looked_at_is_not_touched() -> None:
    ledger = Ledger()
    ledger.stakes((claim(),), LAYOUT)
    assert ledger.node("A") is None
    assert list(ledger.nodes()) == []


def test_two_orders_that_name_the_same_node_take_from_the_same_limit() -> None:
    ledger = reserved(claim(limit="100"))
    assert reserve(ledger, "S", "50", claim(limit="110")) == []
    assert state(ledger) == (D(110), D(0), D(0))


def test_an_id_is_never_used_twice_even_after_its_release() -> None:
    ledger = reserved()
    ledger.release("R")
    with pytest.raises(LocalOrderError, match="never used twice"):
        reserve(ledger, "R", "1")


def test_the_snapshot_does_not_depend_on_the_order_of_reservations() -> None:
    one, other = Ledger(), Ledger()
    for ledger, names in ((one, "RS"), (other, "SR")):
        for name in names:
            reserve(ledger, name, "1.0")
    assert one.snapshot() == other.snapshot()


def flow(moves: Moves, currency: Currency, factor: int = 1, limit: str = "1000") -> Claim:
    return Claim(f"{moves} {currency} {factor}", D(limit), Flow(moves, DAY, currency), factor)


ALL_FLOWS = tuple(
    flow(moves, currency, factor)
    for moves in Moves
    for currency in (EUR, USD)
    for factor in ((1, -1) if moves is Moves.NET else (1,))
)


def test_an_outright_moves_two_currencies_on_its_day() -> None:
    ledger = Ledger()
    stakes = ledger.stakes(ALL_FLOWS, LAYOUT)
    assert ledger.reserve("R", D(100), stakes, whole(D(100), D(0), D(110), D(0), D(110))) == []
    pending = {name: node.pending for name, node in ledger.nodes() if node.pending}
    assert pending == {
        "RECEIVED EUR 1": 100,
        "PAID USD 1": 110,
        "NET EUR 1": 100,
        "NET USD -1": 110,
        "NETTED EUR 1": 100,
    }
    ledger.post("R", "E1", D(100), whole(D(100), D(-100), D(108), D(-108), D(108)))
    assert {name: (node.pending, node.posted) for name, node in ledger.nodes()} == {
        "RECEIVED EUR 1": (0, 100),
        "RECEIVED USD 1": (0, 0),
        "PAID EUR 1": (0, 0),
        "PAID USD 1": (0, 108),
        "NET EUR 1": (0, 100),
        "NET EUR -1": (0, -100),
        "NET USD 1": (0, -108),
        "NET USD -1": (0, 108),
        "NETTED EUR 1": (0, 100),
        "NETTED USD 1": (0, -108),
        "BOOKED EUR 1": (0, 100),
        "BOOKED USD 1": (0, -108),
    }


def test_a_working_value_pends_and_is_never_posted() -> None:
    ledger = Ledger()
    assert reserve(ledger, "R", "60", claim(measure=Measure.WORKING_VALUE), turnover="90") == []
    ledger.post("R", "E1", D(20), amounts("20", turnover="31"))
    assert state(ledger) == (D(60), D(0), D(40))
    ledger.post("R", "E2", D(40), amounts("40", turnover="62"))
    assert state(ledger) == (D(0), D(0), D(100))


def test_a_working_order_counts_as_one_until_it_is_over() -> None:
    ledger = reserved(claim(measure=Measure.WORKING_COUNT, limit="2"))
    fill(ledger, "E1", "59.99")
    assert state(ledger) == (D(1), D(0), D(1))
    ledger.release("R")
    assert state(ledger) == (D(0), D(0), D(2))


def test_a_filled_order_counts_no_more_and_counts_again_when_a_fill_of_it_is_busted() -> None:
    ledger = reserved(claim(measure=Measure.WORKING_COUNT, limit="2"))
    fill(ledger, "E1", "60")
    assert state(ledger)[0] == 0
    ledger.reverse("R", "E1")
    assert state(ledger)[0] == 1


def test_the_limit_of_the_last_order_is_the_node_s_whichever_claims_were_there_before() -> None:
    ledger = Ledger()
    wide, narrow = (ledger.stakes((claim(limit=limit),), LAYOUT) for limit in ("100", "50"))
    limits = []
    for number, stakes in enumerate((wide, narrow, wide, narrow, narrow)):
        assert ledger.reserve(f"R{number}", D(1), stakes, amounts("1")) == []
        limits.append(sum(state(ledger)))
    assert limits == [100, 50, 100, 50, 50]


def test_claims_of_one_amount_that_end_on_other_days_are_taken_out_apart() -> None:
    ledger, later = Ledger(), DAY.replace(day=6)
    claims = [claim("A"), claim("B")._replace(until=DAY), claim("C")._replace(until=later), claim("D", factor=-1)]
    assert reserve(ledger, "R", "60", *claims) == []
    assert fill(ledger, "E1", "60") == []
    posted = []
    for day in (DAY, later):
        assert ledger.expire(day) == ["R"]
        posted.append([state(ledger, name)[1] for name in "ABCD"])
    assert posted == [[60, 0, 60, -60], [60, 0, 0, -60]]
