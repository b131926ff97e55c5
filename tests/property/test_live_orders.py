"""What looks alike and what would cross is found as by looking at every order."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from risk.memory.live_orders import Book
from risk.memory.look_alikes import Alikes

_RATES = st.none() | st.integers(10_900, 11_100).map(lambda rate: Decimal(rate) / 10_000)


@given(st.lists(_RATES, max_size=20), _RATES, st.sampled_from([Decimal(0), Decimal("0.001"), Decimal("0.01")]))
def test_look_alikes_are_counted_as_one_by_one(
    rates: list[Decimal | None], rate: Decimal | None, within: Decimal
) -> None:
    alikes = Alikes()
    for line, each in enumerate(rates):
        assert alikes.add(str(line), each)
    alike = [each is None or rate is None or abs(each - rate) <= rate * within for each in rates]
    assert alikes.others("new", rate, within) == sum(alike)
    for line, is_alike in enumerate(alike):
        assert alikes.others(str(line), rate, within) == sum(alike) - is_alike
        alikes.remove(str(line))
        assert alikes.others("new", rate, within) == sum(alike) - is_alike
        assert alikes.add(str(line), rates[line])


@given(st.lists(st.tuples(st.booleans(), _RATES), max_size=12), st.booleans(), _RATES)
def test_a_crossing_is_found_as_by_looking_at_every_order(
    orders: list[tuple[bool, Decimal | None]], is_buy: bool, rate: Decimal | None
) -> None:
    book = Book()
    for name, (way, its) in enumerate(orders):
        book.add(str(name), (way,), its)

    def would_cross(way: bool, its: Decimal | None) -> bool:
        return way is not is_buy and (its is None or rate is None or (its <= rate if is_buy else its >= rate))

    found = book.crossed_by((is_buy,), rate)
    crossing = {str(name) for name, each in enumerate(orders) if would_cross(*each)}
    assert (found in crossing) if crossing else found is None
    for name, (way, its) in enumerate(orders):
        book.remove(str(name), (way,), its)
    assert book.crossed_by((is_buy,), rate) is None
