"""A condition bound to an outline: what its keys decide is decided, and only the figures are left to be read.

There are three answers: it holds, it does not, or it cannot be known because a figure that matters is missing. *None*
stands for the third. A rule whose condition cannot be known counts as met, because nobody can say that it is not.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING

from risk.gate.outline import Outline
from risk.rules.language import (
    AllOf,
    AnyOf,
    Bound,
    Comparison,
    Condition,
    KeyIs,
    Not,
    TimeIsBetween,
    condition_text,
    figure_text,
    quantity_text,
)
from risk.rules.readings import Read, reader, shown, threshold
from risk.rules.words import KEYS

if TYPE_CHECKING:
    from risk.gate.order_view import CheckContext, OrderView

Answer = bool | None


class Test(ABC):
    """What is left of a condition, to be asked of each order."""

    __slots__ = ()

    @abstractmethod
    def of(self, order: "OrderView") -> Answer:
        """Whether it holds for an order."""


_COMPARES: dict[Bound, Callable[[Decimal | int, Decimal], bool]] = {
    Bound.OVER: gt,
    Bound.AT_LEAST: ge,
    Bound.UNDER: lt,
    Bound.AT_MOST: le,
}


class _Compared(Test):
    """One figure against one number."""

    __slots__ = ("_compare", "_number", "_read")

    def __init__(self, read: Read, compare: Callable[[Decimal | int, Decimal], bool], number: Decimal) -> None:
        self._read, self._compare, self._number = read, compare, number

    def of(self, order: "OrderView") -> Answer:
        """Whether it holds; None when there is no figure."""
        value = self._read(order)
        return None if isinstance(value, str) else self._compare(value, self._number)


class _Joined(Test):
    """Several tests; *no* ends an *and*, *yes* ends an *or*."""

    __slots__ = ("_ends", "_tests")

    def __init__(self, tests: list[Test], *, ends: bool) -> None:
        self._tests, self._ends = tests, ends

    def of(self, order: "OrderView") -> Answer:
        """Whether they hold together; None when that hangs on one that cannot be known."""
        ends = self._ends
        answer: Answer = not ends
        for each in self._tests:
            said = each.of(order)
            if said is ends:
                return ends
            if said is None:
                answer = None
        return answer


def bind(condition: Condition, outline: Outline, context: "CheckContext") -> bool | Test:
    """What a condition without *not* says of every order with an outline; or what has to be asked of each."""
    if isinstance(condition, Comparison):
        return _Compared(reader(condition, outline, context), _COMPARES[condition.bound], threshold(condition))
    if isinstance(condition, AllOf | AnyOf):
        return _joined(condition, outline, context)
    return _decided(condition, outline)


def _decided(condition: Condition, outline: Outline) -> bool:
    """A comparison of a key or of the time: the outline knows."""
    if isinstance(condition, KeyIs):
        has_it = not set(condition.values).isdisjoint(KEYS[condition.key].values(outline))
    else:
        assert isinstance(condition, TimeIsBetween), f"{condition} is to be bound without not"
        has_it = outline.moment.is_within(condition.start, condition.end)
    return has_it != condition.is_not


def _joined(condition: AllOf | AnyOf, outline: Outline, context: "CheckContext") -> bool | Test:
    """Both joints are the same, with the answers turned: one *no* ends an *and* as one *yes* ends an *or*."""
    ends = isinstance(condition, AnyOf)
    tests: list[Test] = []
    for part in condition.parts:
        bound = bind(part, outline, context)
        if not isinstance(bound, bool):
            tests.append(bound)
        elif bound is ends:
            return ends
    if len(tests) > 1:
        return _Joined(tests, ends=ends)
    return tests[0] if tests else not ends


def reasons(
    condition: Condition, outline: Outline, context: "CheckContext", order: "OrderView | None"
) -> Iterator[str]:
    """The comparisons that make a condition hold, each as a clause with what was read.

    Args:
        condition: One without *not*, which holds or cannot be known.
        outline: Of the order.
        context: What is read.
        order: None where the outline alone decided.
    """
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            bound = bind(part, outline, context)
            if bound is True or (not isinstance(bound, bool) and order is not None and bound.of(order) is not False):
                yield from reasons(part, outline, context, order)
    elif isinstance(condition, Comparison):
        assert order is not None, "a figure is read of an order"
        value = reader(condition, outline, context)(order)
        name = figure_text(condition.figure)
        if isinstance(value, str):
            yield f"{name} is not known, which counts as met: {value}"
        else:
            bound_text = f"{condition.bound} {quantity_text(condition.number, condition.unit)}"
            yield f"{name} is {shown(value, condition.unit)}, {bound_text}"
    else:
        assert not isinstance(condition, Not), f"{condition} is to be explained without not"
        yield condition_text(condition)
