"""The watcher's look at limits: what an order takes has to be there, and only a venue goes above one."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from risk.ledger.claims import Claim, PositionClaim
from risk.ledger.ledger import Ledger
from risk.ledger.measures import Layout, Measure, whole
from risk.ledger.room import Shortfall
from trader.domain.currency import Currency
from trader.domain.deal import Side
from trader.simulation.headroom import Headroom, above_limits
from trader.simulation.planted import bug

D = Decimal
EUR, USD = Currency("EUR"), Currency("USD")
DAY = date(2026, 3, 5)
LIMIT = D(100)
TURNOVER = (Claim("TURNOVER", LIMIT, Measure.DEALT),)


def position(side: Side) -> tuple[Claim | PositionClaim, ...]:
    """A limit on what is held in EUR, long or short, for an order on this side."""
    long = 1 if side is Side.BUY else -1
    return (
        Claim("POSITION", LIMIT, Measure.NOTHING, is_composite=True),
        PositionClaim("POSITION long", EUR, Measure.DEALT, long, "POSITION", ("POSITION",)),
        PositionClaim("POSITION short", EUR, Measure.DEALT, -long, "POSITION", ("POSITION",), is_short=True),
    )


class Desk:
    """A ledger, and who listens to it."""

    def __init__(self) -> None:
        self.ledger, self.headroom = Ledger(), Headroom()
        self.ledger.marks.put(EUR, D(1))
        self.headroom.listen(self.ledger)

    def reserve(self, name: str, amount: int, claims: Sequence[Claim | PositionClaim] = TURNOVER) -> list[Shortfall]:
        stakes = self.ledger.stakes(claims, Layout(EUR, USD, Side.BUY, (DAY,), is_outright=True))
        return self.ledger.reserve(name, D(amount), stakes, whole(D(amount), D(0), D(0), D(0), D(0)))

    def fill(self, name: str, amount: int) -> None:
        self.ledger.post(name, f"{name}-{amount}", D(amount), whole(D(amount), D(-amount), D(0), D(0), D(0)))

    def above(self, *, may_overfill: bool = False) -> list[str]:
        return list(above_limits(self.ledger, may_overfill=may_overfill))


def test_what_is_dealt_beyond_an_order_is_explained_where_the_venue_may_do_that_and_nowhere_else() -> None:
    desk = Desk()
    assert desk.reserve("A", 60) == []
    desk.fill("A", 120)
    assert (desk.above(may_overfill=True), desk.above()) == ([], ["TURNOVER uses 120 of 100"])
    assert desk.headroom.taken_beyond == []


def test_a_limit_that_no_overfill_explains_is_told_of_beside_one_that_is_explained() -> None:
    desk = Desk()
    desk.reserve("A", 60, position(Side.BUY))
    desk.fill("A", 120)
    with bug("overlooks-limits").plant():
        desk.reserve("B", 101)
    assert desk.above(may_overfill=True) == ["TURNOVER uses 101 of 100"]


@pytest.mark.parametrize("claims", [TURNOVER, position(Side.BUY)], ids=["turnover", "position"])
def test_an_order_that_takes_of_a_limit_that_a_venue_has_exceeded_is_told_of(
    claims: tuple[Claim | PositionClaim, ...],
) -> None:
    desk = Desk()
    desk.reserve("A", 60, claims)
    desk.fill("A", 120)
    assert [short.node for short in desk.reserve("B", 1, claims)] == [claims[0].node]
    assert desk.headroom.taken_beyond == []
    with bug("overlooks-limits").plant():
        assert desk.reserve("C", 1, claims) == []
    assert desk.headroom.taken_beyond == [f"C takes of {claims[0].node}: 121 of 100"]


def test_an_order_that_shrinks_a_position_takes_nothing_of_its_limit() -> None:
    desk = Desk()
    desk.reserve("A", 60, position(Side.BUY))
    desk.fill("A", 120)
    assert desk.reserve("B", 50, position(Side.SELL)) == []
    assert desk.headroom.taken_beyond == []


def test_the_ledger_of_the_next_process_is_listened_to_instead_and_may_use_names_again() -> None:
    dead, desk = Desk(), Desk()
    dead.reserve("A", 60)
    dead.headroom.listen(desk.ledger)
    with bug("overlooks-limits").plant():
        desk.reserve("A", 101)
    assert dead.headroom.taken_beyond == ["A takes of TURNOVER: 101 of 100"]
