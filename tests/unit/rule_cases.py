"""A gate with one rule of the desk's own, and what the rule says."""

import pytest
from risk_cases import NOW, make_gate, make_order

from risk.gate.gate import Gate
from risk.reasons import ReasonCode, Violation
from risk.rules.parse import parse_rules
from trader.domain.errors import ConfigError


def gate_with(condition: str, effect: str = "deny") -> Gate:
    """A gate with one rule."""
    gate = make_gate()
    gate.use_rules(parse_rules(f'rule r when {condition} then {effect} "no"', "rules.txt", "USD"))
    return gate


def found(gate: Gate, now_ns: int = NOW, **terms: object) -> tuple[Violation, ...]:
    """What rules say to an order."""
    said = gate.check_order(make_order(**terms), now_ns).violations
    return tuple(violation for violation in said if violation.code is ReasonCode.RULE)


def fires(condition: str, **terms: object) -> bool:
    """Whether one rule says anything to an order."""
    return bool(found(gate_with(condition), **terms))


def errors(text: str) -> list[str]:
    """The errors of a file that is none."""
    with pytest.raises(ConfigError) as raised:
        parse_rules(text, "rules.txt", "USD")
    title, *each = str(raised.value).split("\n  ")
    assert title == f"rules.txt has {len(each)} error(s):"
    return each
