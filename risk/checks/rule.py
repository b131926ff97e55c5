"""RULE: the desk's own rules, from a file that the desk can read: when something holds, deny, ask, or warn.

A rule that names a key is met by the orders that have it and by no others, see :mod:`risk.rules.book`; what the keys
decide is decided once for all orders with the same outline. A figure that cannot be had counts as one that breaks the
rule. Without a file there are no rules.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from risk.check import Check
from risk.control import Control, Mode
from risk.order_view import CheckContext, OrderView
from risk.outline import Outline
from risk.reasons import ReasonCode, Violation, broken_rule
from risk.rules.book import Ready
from risk.rules.bound import Test, bind, reasons


class _Asked(NamedTuple):
    """A rule that has to be asked of each order.

    Attributes:
        test: What is left of its condition for orders with the outline.
        ready: The rule.
        context: What its figures are read from.
    """

    test: Test
    ready: Ready
    context: CheckContext


def _resolve(outline: Outline, context: CheckContext) -> Iterator[Violation | _Asked]:
    for ready in context.rules.met_by(outline):
        bound = bind(ready.condition, outline, context)
        if bound is True:
            yield _fired(ready, reasons(ready.condition, outline, context, None))
        elif bound is not False:
            yield _Asked(bound, ready, context)


def _judge(order: OrderView, asked: _Asked) -> tuple[Violation, ...]:
    test, ready, context = asked
    if test(order) is False:
        return ()
    return (_fired(ready, reasons(ready.condition, order.outline, context, order)),)


def _fired(ready: Ready, why: Iterable[str]) -> Violation:
    rule = ready.rule
    detail = f"{rule.text} ({', and '.join(why)})"
    return broken_rule(ReasonCode.RULE, f"rule={rule.name}", detail, severity=rule.effect.severity)


CHECK = Check(
    Control(
        code=ReasonCode.RULE,
        mode=Mode.AS_THE_RULE_SAYS,
        mitigates="what only this desk knows to be dangerous",
        formula="the condition of a rule holds, or a figure in it cannot be had",
    ),
    resolve=_resolve,
    judge=_judge,
)
