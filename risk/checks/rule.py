"""RULE: the desk's own rules, from a file that the desk can read: when something holds, deny, ask, or warn.

A rule that names a key is met by the orders that have it and by no others, see :mod:`risk.rules.book`; what the keys
decide is decided once for all orders with the same outline. A figure that cannot be had counts as one that breaks the
rule. Without a file there are no rules.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from risk.check import Check
from risk.control import Control, Mode
from risk.gate.order_view import CheckContext, OrderView
from risk.gate.outline import Outline
from risk.reasons import ReasonCode, Violation, broken_rule
from risk.rules.book import Ready
from risk.rules.bound import Test, bind, reasons


class _Asked(NamedTuple):
    """The rules that have to be asked of each order with an outline.

    Attributes:
        tests: What is left of their conditions.
        rules: The rules, in the same order.
        context: What their figures are read from.
    """

    tests: list[Test]
    rules: list[Ready]
    context: CheckContext


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Violation | _Asked]:
    asked = _Asked([], [], context)
    for ready in context.rules.met_by(outline):
        bound = bind(ready.condition, outline, context)
        if bound is True:
            yield _fired(ready, reasons(ready.condition, outline, context, None))
        elif bound is not False:
            asked.tests.append(bound)
            asked.rules.append(ready)
    if asked.tests:
        yield asked


def _judge(order: OrderView, asked: _Asked) -> list[Violation]:
    tests, rules, context = asked
    fired = [rules[at] for at, test in enumerate(tests) if test.of(order) is not False]
    return [_fired(ready, reasons(ready.condition, order.outline, context, order)) for ready in fired]


def _fired(ready: Ready, why: Iterable[str]) -> Violation:
    rule = ready.rule
    detail = f"{rule.text} ({', and '.join(why)})"
    return broken_rule(ReasonCode.RULE, f"rule={rule.name}", detail, severity=rule.effect.severity)


CHECK: Check[_Asked] = Check(
    Control(
        code=ReasonCode.RULE,
        mode=Mode.AS_THE_RULE_SAYS,
        mitigates="what only this desk knows to be dangerous",
        formula="the condition of a rule holds, or a figure in it cannot be had",
    ),
    resolve=_resolve,
    judge=_judge,
)
