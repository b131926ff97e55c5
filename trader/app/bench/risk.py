"""What the gate costs: an order with every control armed, beside more and more limits and rules it does not touch.

Every figure is of orders that are checked and reserved one after the other by the gate alone, as the engine asks it,
without journal, wire and fills. The garbage collector rests, as it does in the robot while a batch is traded.
"""

from collections.abc import Callable, Sequence
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from risk.gate.gate import Gate, OrderRequest
from risk.limits.file import parse_limits
from risk.registry import controls
from risk.rules.book import RuleBook
from risk.rules.language import written
from risk.rules.parse import parse_rules
from trader.adapters.clock import elapsed_ns
from trader.adapters.config import load_setup
from trader.adapters.resources import examples_dir
from trader.app.batch_file import load_batch
from trader.app.bench.desk import machine, write_config
from trader.app.bench.large_desk import (
    NOW_NS,
    REPORTING,
    ROWS_PER_NAME,
    gate_of,
    limits_of,
    limits_text,
    market,
    orders,
    rules_of,
    timed_us,
)
from trader.app.bench.openpit import beside_openpit
from trader.app.collector import collector_at_rest
from trader.app.limits.what_if import what_if
from trader.app.stages import Stages
from trader.domain.calendars import Calendars
from trader.domain.errors import ConfigError
from trader.domain.moments import NS_PER_S
from trader.engine.engine import Engine

NODES = (1_000, 10_000, 100_000)
RULES = (300, 3_000, 30_000)
_ARMED_RULES = 3_000
_LIMITS = 100_000
_LINES = 10_000
_ORDERS = 5_000  # that each median is of
_DEALT_NAMES = 100  # measured orders go round these


def bench_risk(progress: Callable[[str], None]) -> dict[str, Any]:
    """Measure everything.

    Args:
        progress: Is told what is measured next.

    Returns:
        The JSON object that ``docs/speed.md`` explains.
    """
    calendars = market()
    facts: dict[str, Any] = {"orders": _ORDERS, "controls": len(controls())}
    with collector_at_rest():
        progress("limits are loaded")
        facts["load"] = _load()
        facts["nodes"] = [_beside_nodes(nodes, calendars, progress) for nodes in NODES]
        facts["rules"] = [_beside_rules(rules, calendars, progress) for rules in RULES]
        progress("a batch is tried")
        facts["what_if"] = _what_if()
        progress("OpenPit is asked")
        facts["openpit"] = beside_openpit(_ORDERS)
    return facts | {"machine": machine()}


def _load() -> dict[str, Any]:
    """A file of so many limits and a file of rules, from their texts to what the gate looks things up in."""
    names = _LIMITS // ROWS_PER_NAME
    text, rules = limits_text(names), written(rules_of(_ARMED_RULES, range(names)))
    begun = elapsed_ns()
    book = parse_limits(text, "limits.csv")
    read = elapsed_ns()
    RuleBook(parse_rules(rules, "rules.txt", REPORTING))
    return {
        "limits": len(book.rows),
        "limits_s": round((read - begun) / NS_PER_S, 2),
        "rules": _ARMED_RULES,
        "rules_s": round((elapsed_ns() - read) / NS_PER_S, 2),
    }


def _beside_nodes(nodes: int, calendars: Calendars, progress: Callable[[str], None]) -> dict[str, Any]:
    """Orders beside so many nodes of the ledger, in all of which something is reserved."""
    progress(f"orders beside {nodes:,} limit nodes")
    few = _nodes_of(_DEALT_NAMES, calendars)
    per_name = (_nodes_of(2 * _DEALT_NAMES, calendars) - few) / _DEALT_NAMES
    names = _DEALT_NAMES + max(0, ceil((nodes - few) / per_name))
    armed = rules_of(_ARMED_RULES, range(_DEALT_NAMES, 100 * _DEALT_NAMES))
    gate = gate_of(limits_of(names + _DEALT_NAMES), calendars, armed)
    _reserve_all(gate, orders(range(names), names, f"fill {nodes}", calendars))
    facts = {"nodes": len(gate.utilisation()), "rules": _ARMED_RULES}
    new = orders(range(names, names + _DEALT_NAMES), _DEALT_NAMES, "new", calendars)
    return facts | _measured(gate, calendars) | {"new_us": timed_us(_allowed(gate), new)["median_us"]}


def _nodes_of(names: int, calendars: Calendars) -> int:
    gate = gate_of(limits_of(names), calendars, ())
    _reserve_all(gate, orders(range(names), names, "probe", calendars))
    return len(gate.utilisation())


def _beside_rules(rules: int, calendars: Calendars, progress: Callable[[str], None]) -> dict[str, Any]:
    """Orders beside so many rules, of which each meets the same few."""
    progress(f"orders beside {rules:,} rules")
    armed = rules_of(rules, range(_DEALT_NAMES, 100 * _DEALT_NAMES))
    gate = gate_of(limits_of(_DEALT_NAMES), calendars, armed)
    return {"rules": rules} | _measured(gate, calendars)


def _measured(gate: Gate, calendars: Calendars) -> dict[str, float]:
    """Orders of which there was one like each before, so that what they have in common is known."""
    _reserve_all(gate, orders(range(_DEALT_NAMES), 4 * _DEALT_NAMES, "warm", calendars))
    return timed_us(_allowed(gate), orders(range(_DEALT_NAMES), _ORDERS, "measured", calendars))


def _allowed(gate: Gate) -> Callable[[OrderRequest], object]:
    def reserve(request: OrderRequest) -> None:
        decision = gate.reserve(request, NOW_NS)
        if decision.violations:
            raise ConfigError(f"an order of the benchmark is not plainly allowed: {decision.violations[0].sentence}")

    return reserve


def _reserve_all(gate: Gate, requests: Sequence[OrderRequest]) -> None:
    reserve = _allowed(gate)
    for request in requests:
        reserve(request)


def _what_if() -> dict[str, Any]:
    """The whole answer of ``trader validate`` on a large batch, from the rows read and dated to the facts to show."""
    with TemporaryDirectory(prefix="bench-") as folder:
        setup = load_setup(write_config(Path(folder)), venue="simulator")
        file, calendars = load_batch(examples_dir() / f"batch-{_LINES}.csv", setup, None, Stages())
        begun = elapsed_ns()
        answer = what_if((file.batch, file.totals), setup, calendars, Engine(), NOW_NS)
        return {
            "lines": answer.facts["lines"]["total"],
            "pass": answer.facts["lines"]["pass"],
            "s": round((elapsed_ns() - begun) / NS_PER_S, 2),
        }
