"""Every rule in force, found by what an order is.

A rule that can only hold for some values of a key is kept under those values, so that an order meets the rules of its
own pair, venue or trader and no others. Of several such keys the one with the fewest rules is chosen. A rule that names
no key, or only what an order is not, is met by every order.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from risk.gate.outline import Outline
from risk.rules.language import AllOf, AnyOf, Bound, Comparison, Condition, Figure, KeyIs, Rule, without_not
from risk.rules.words import KEYS
from trader.domain.money import ZERO

# A key and a value of it.
_Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Ready:
    """A rule, ready to be asked.

    Attributes:
        rule: As it was written.
        condition: Its condition without *not*.
    """

    rule: Rule
    condition: Condition


class RuleBook:
    """The rules in force. Immutable.

    Args:
        rules: In the order of their file.

    Attributes:
        rules: As given.
        met_by_all: Those that every order meets.
    """

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self.rules = tuple(rules)
        self._ready = [Ready(rule, without_not(rule.condition)) for rule in rules]
        crowds = Counter(place for each in self._ready for place in _every_place(each.condition))
        self._by_place: dict[_Place, list[int]] = defaultdict(list)
        self._met_by_all: list[int] = []
        for number, each in enumerate(self._ready):
            places = _places(each.condition, crowds)
            if places is None:
                self._met_by_all.append(number)
            else:
                for place in places:
                    self._by_place[place].append(number)
        self._keys = sorted({key for key, _ in self._by_place})
        self.met_by_all = tuple([self.rules[number] for number in self._met_by_all])

    def met_by(self, outline: Outline) -> Iterator[Ready]:
        """The rules that may hold for an order, in the order of the file."""
        found = set(self._met_by_all)
        for key in self._keys:
            for value in KEYS[key].values(outline):
                found.update(self._by_place.get((key, value), ()))
        return map(self._ready.__getitem__, sorted(found))

    def figures(self) -> Iterator[Figure]:
        """Every figure that a rule asks for, some of them more than once."""
        waiting = [each.condition for each in self._ready]
        while waiting:
            condition = waiting.pop()
            if isinstance(condition, AllOf | AnyOf):
                waiting += condition.parts
            elif isinstance(condition, Comparison):
                yield condition.figure


def _own_places(condition: Condition) -> frozenset[_Place] | None:
    """Where an order has to be for one comparison to hold; None when it may be anywhere."""
    if isinstance(condition, KeyIs) and not condition.is_not:
        return frozenset((condition.key, value) for value in condition.values)
    if isinstance(condition, Comparison) and condition.figure.name == "amount":
        # An order without the currency has none of it, which is neither over nor at least anything.
        is_more = condition.bound is Bound.OVER or (condition.bound is Bound.AT_LEAST and condition.number > ZERO)
        return frozenset({("currency", condition.unit)}) if is_more else None
    return None


def _every_place(condition: Condition) -> Iterator[_Place]:
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from _every_place(part)
    else:
        yield from _own_places(condition) or ()


def _places(condition: Condition, crowds: Counter[_Place]) -> frozenset[_Place] | None:
    """Places of which an order has to be at one for a condition to hold, those with the fewest rules; None for all."""
    if not isinstance(condition, AllOf | AnyOf):
        return _own_places(condition)
    found = [_places(part, crowds) for part in condition.parts]
    if isinstance(condition, AllOf):
        some = [places for places in found if places is not None]
        return min(some, key=lambda places: sum(crowds[place] for place in places)) if some else None
    known = [places for places in found if places is not None]
    return frozenset().union(*known) if len(known) == len(found) else None
