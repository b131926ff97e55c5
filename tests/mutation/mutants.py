"""Controls made weaker on purpose, one at a time, to see whether the tests of each notice.

A mutant is a control and what is done to it. All that is done is done to the loaded code, by replacing what the gate
calls; the controls keep their lines in the inventory, so that what notices is a test of what a control does.
"""

import functools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec.structs

import risk.gate.gate
import risk.gate.gate_book
import risk.limits.increases
import risk.limits.overrides
import risk.registry
from risk.check import Check
from risk.control import Kind, Mode
from risk.gate.plan import Verdicts
from risk.ledger.claims import Claim
from risk.limits.book import LimitBook
from risk.reasons import ReasonCode, Severity, Violation
from risk.stops.stops import State, StopBook
from risk.stops.triggers import Triggers
from risk.wire.guard import WireGuard
from risk.wire.rate import MessageRate

HAIR = Decimal("0.000000001")
_NUMBERS = frozenset({Kind.NUMBER, Kind.POSITIVE, Kind.COUNT})

# Figures that hold less back when they are smaller: of these the half is the weaker.
SMALLER_IS_WEAKER = frozenset(
    {
        "COUNTERPARTY_LINE.add_on_fraction",
        "MESSAGE_RATE.cancel_room_messages",
        "MESSAGE_RATE.window_ms",
        "ORDER_DUPLICATE.price_fraction",
        "ORDER_DUPLICATE.row_days",
        "ORDER_SIZE.lot",
        "ORDER_SIZE.min",
        "PAIR_VELOCITY.window_s",
        "REJECT_STORM.window_s",
        "SETTLEMENT_DAY.ndf_move_fraction_max",
        "VALUE_AT_RISK.horizon_days",
    }
)
# Figures of which a hair more is the other comparison: a loss, or a count of rejects, that reaches them is too much.
OTHER_WAY = frozenset(
    {
        "DRAWDOWN.max",
        "LAST_LOOK.orders_min",
        "LOSS_DAY.max",
        "LOSS_MONTH.max",
        "ORDER_SIZE.min",
        "REJECT_STORM.rejects_max",
    }
)
# Figures that nothing is compared with, but by which something else is measured: there is no edge to be off by a hair.
NO_EDGE = frozenset(
    {
        "COUNTERPARTY_LINE.add_on_fraction",
        "MESSAGE_RATE.cancel_room_messages",
        "ORDER_SIZE.lot",
        "PAIR_VELOCITY.window_s",
        "SETTLEMENT_DAY.ndf_move_fraction_max",
        "VALUE_AT_RISK.horizon_days",
    }
)


class Change(StrEnum):
    """What is done to a control, in the words of the table."""

    OUT = "taken out"
    TOLD = "only tells"
    REDUCING = "only reducing"
    DOUBLE = "twice the limit"
    HAIR = "the edge moved by a hair"


@dataclass(frozen=True)
class Mutant:
    """A control made weaker; ``figure`` is which of its figures, "" for all of it."""

    code: ReasonCode
    change: Change
    figure: str = ""

    def __str__(self) -> str:
        return f"{self.change.name.lower()}:{self.code}" + (f".{self.figure}" if self.figure else "")


def parse(text: str) -> Mutant:
    """The mutant that has such a name, as ``double:ORDER_NOTIONAL.max``."""
    change, _, control = text.partition(":")
    code, _, figure = control.partition(".")
    return Mutant(ReasonCode(code), Change[change.upper()], figure)


def mutants() -> Iterator[Mutant]:
    """Every mutant there is, in the order of the inventory."""
    for control in risk.registry.controls():
        yield Mutant(control.code, Change.OUT)
        if control.blocks and control.mode not in (Mode.LATCH, Mode.SOFT) and control.code != ReasonCode.OVERRIDE:
            yield Mutant(control.code, Change.TOLD)
        if control.mode is Mode.LATCH and control.code not in ("LOSS_DAY", "LOSS_MONTH", "DRAWDOWN"):
            yield Mutant(control.code, Change.REDUCING)
        for parameter in control.parameters:
            if parameter.kind in _NUMBERS:
                yield Mutant(control.code, Change.DOUBLE, parameter.name)
                if f"{control.code}.{parameter.name}" not in NO_EDGE:
                    yield Mutant(control.code, Change.HAIR, parameter.name)


def apply(mutant: Mutant) -> None:
    """Change the code that is loaded, for the rest of this process."""
    if mutant.change is Change.OUT:
        _take_out(mutant.code)
    elif mutant.change is Change.TOLD:
        _only_tell(mutant.code)
    elif mutant.change is Change.REDUCING:
        _only_reduce(mutant.code)
    else:
        _scale(mutant)


# --- taken out -------------------------------------------------------------------------------------------------------


def _take_out(code: ReasonCode) -> None:
    """Let a control say nothing: its line of the registry does nothing, and nobody hears of its code."""
    _change_checks(code, lambda check: Check(check.control))

    def kept(found: Any) -> list[Any]:
        return [each for each in found if each.code != code]

    def silent(violation: Violation | None) -> Violation | None:
        return None if violation is not None and violation.code == code else violation

    def look(met: tuple[list[Any], list[Any]]) -> tuple[list[Any], list[Any]]:
        return [each for each in met[0] if each.violation.code != code], met[1]

    _before(risk.gate.gate, "worst_first", kept)
    _before(risk.gate.gate_book, "worst_first", kept)
    _before(risk.gate.gate, "_blocks", kept)
    _after(risk.gate.gate.Gate, "check_overnight", kept)
    _after(WireGuard, "permit", silent)
    _after(MessageRate, "check", silent)
    if code == ReasonCode.MESSAGE_RATE:
        _after(MessageRate, "allow", lambda _free: 10**9)
    _after(Triggers, "look", look)
    said = Verdicts.add

    def add(self: Verdicts, said_of: object, *functions: Any) -> None:
        if not isinstance(said_of, Violation) or said_of.code != code:
            said(self, said_of, *functions)

    Verdicts.add = add  # type: ignore[method-assign] # the mutation
    if code == ReasonCode.OVERRIDE:
        risk.gate.gate.ease = lambda found, _overrides: (list(found), [])
    if code == ReasonCode.LIMIT_INCREASE:
        _after_everywhere(risk.limits.increases.ended_above, kept)
    put = StopBook.put
    StopBook.put = lambda self, stop: stop.code != code and put(self, stop)  # type: ignore[method-assign] # the mutation


def _before(owner: Any, name: str, change: Callable[[Any], Any]) -> None:
    function = getattr(owner, name)
    setattr(owner, name, functools.wraps(function)(lambda found: function(change(found))))


def _after(owner: Any, name: str, change: Callable[[Any], Any]) -> None:
    function = getattr(owner, name)
    setattr(owner, name, functools.wraps(function)(lambda *given, **named: change(function(*given, **named))))


def _after_everywhere(function: Any, change: Callable[[Any], Any]) -> None:
    """Change a function's answer in every module that has it; one that is loaded later takes the changed one."""
    changed = functools.wraps(function)(lambda *given, **named: change(function(*given, **named)))
    for module in list(sys.modules.values()):
        if getattr(module, function.__name__, None) is function:
            setattr(module, function.__name__, changed)


def _change_checks(code: ReasonCode, change: Callable[[Check[Any]], Check[Any]]) -> None:
    checks = tuple(change(each) if each.control.code == code else each for each in risk.registry.CHECKS)
    risk.registry.CHECKS = checks
    risk.gate.gate_book.CHECKS = checks
    risk.gate.gate.BATCH_CHECKS = tuple(each.batch for each in checks if each.batch is not None)


# --- only tells, only reducing ---------------------------------------------------------------------------------------


def _only_tell(code: ReasonCode) -> None:
    """Let a control that holds back only tell: its violations are notices, and its limits are soft."""

    def told(check: Check[Any]) -> Check[Any]:
        resolve = check.resolve
        if resolve is None:
            return check
        return replace(check, resolve=lambda outline, context: (_soft(each) for each in resolve(outline, context)))

    _change_checks(code, told)
    make = Violation.__init__

    def init(self: Violation, *given: Any, **named: Any) -> None:
        make(self, *given, **named)
        if self.code == code:
            object.__setattr__(self, "severity", Severity.NOTIFIES)

    Violation.__init__ = init  # type: ignore[method-assign] # the mutation


def _soft(said: object) -> object:
    return said._replace(is_soft=True) if isinstance(said, Claim) else said


def _only_reduce(code: ReasonCode) -> None:
    """Let what halts let through what reduces."""
    put = StopBook.put

    def softer(self: StopBook, stop: Any) -> bool:
        return put(self, msgspec.structs.replace(stop, state=State.REDUCING) if stop.code == code else stop)

    StopBook.put = softer  # type: ignore[method-assign] # the mutation


# --- other figures ---------------------------------------------------------------------------------------------------


def factor_of(mutant: Mutant) -> Decimal:
    """What the figure is multiplied by."""
    figure = f"{mutant.code}.{mutant.figure}"
    if mutant.change is Change.HAIR:
        return 1 + HAIR if figure in OTHER_WAY else 1 - HAIR
    return Decimal("0.5") if figure in SMALLER_IS_WEAKER else Decimal(2)


def _scale(mutant: Mutant) -> None:
    """Let one figure be read as another, wherever the limits are looked up."""
    factor, number, limit = factor_of(mutant), LimitBook.number, LimitBook.limit
    about = mutant.code.value, mutant.figure

    def scaled_number(self: LimitBook, table: Any, values: Any) -> Decimal | None:
        found = number(self, table, values)
        return found if found is None or (table.control, table.parameter) != about else found * factor

    def scaled_row(self: LimitBook, table: Any, values: Any) -> Any:
        row = limit(self, table, values)
        if row is None or (table.control, table.parameter) != about:
            return row
        return replace(row, value=f"{Decimal(row.value) * factor:f}")

    LimitBook.number = scaled_number  # type: ignore[method-assign] # the mutation
    LimitBook.limit = scaled_row  # type: ignore[method-assign] # the mutation
