"""What a simulated venue does wrong: rules of a scenario, drawn from a palette.

A *plain* fault is one that a venue may have with its books in order: it is slow, silent, says no, breaks off, repeats
itself, takes a trade back. An *odd* one is a word that its books do not bear out; a robot cannot settle that by asking.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Literal

from simulator.faults import actions
from simulator.faults.scenario import Rule, When
from simulator.messages import CANCEL, MASS_STATUS, ORDER, QUOTES, REPORT, SNAPSHOT, STATUS, TRADE_REPORT, TRADES
from trader.domain.events import ExecType
from trader.simulation.numbers import Numbers

Draw = Callable[[Numbers], Rule | tuple[Rule, ...]]

_RULES = (0, 1, 2, 3, 4, 5)
_QUOTE = "Quote"
_TURNS: tuple[Literal["EXPIRED", "DONE_FOR_DAY", "SUSPENDED", "STOPPED", "RESTATED"], ...] = (
    "EXPIRED", "DONE_FOR_DAY", "SUSPENDED", "STOPPED", "RESTATED",
)  # fmt: skip
_TOLD_BY: tuple[Literal["report", "both"], ...] = ("report", "both")
# A trade that was taken back when all was over is known by its report alone: nobody asks any longer. An offset takes
# nothing back.
_AMENDED_BY = {"report": REPORT, "both": REPORT, "trade_report": TRADE_REPORT}
_FIELDS: tuple[Literal["side", "currency", "settl_date", "last_qty", "last_px", "cum_qty", "contra_qty"], ...] = (
    "side", "currency", "settl_date", "last_qty", "last_px", "cum_qty", "contra_qty",
)  # fmt: skip


def draw_rules(numbers: Numbers, *, is_odd: bool, reports_all: bool) -> tuple[Rule, ...]:
    """The rules of a seed's scenario: some plain ones, and with an odd venue one of the others.

    Args:
        numbers: What decides.
        is_odd: Whether the venue may say what its books do not.
        reports_all: Whether it says every report at least once.
    """
    drawn = _flat(draw(numbers) for draw in numbers.some_of(_PLAIN, numbers.one_of(*_RULES)))
    if is_odd:
        drawn += _flat([numbers.one_of(*_ODD)(numbers)])
    said = {_AMENDED_BY.get(rule.then.told_by) for rule in drawn if isinstance(rule.then, actions.Amendment)}
    if reports_all:
        said.add(REPORT)
    return tuple(rule for rule in drawn if not (isinstance(rule.then, actions.Ignore) and rule.when.message in said))


def openly(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules of a venue whose books are as it says and not changed later, and that takes a ClOrdID(11) twice."""
    told = (REPORT, TRADE_REPORT, TRADES, MASS_STATUS)
    kept = (
        rule
        for rule in rules
        if not isinstance(rule.then, actions.Amendment)
        and not (isinstance(rule.then, actions.Ignore | actions.Reject) and rule.when.message in told)
    )
    return (*kept, _rule(ORDER, actions.TakeAgain()))


def _flat(drawn: Iterable[Rule | tuple[Rule, ...]]) -> list[Rule]:
    return [rule for each in drawn for rule in (each if isinstance(each, tuple) else (each,))]


def _slow(numbers: Numbers) -> tuple[Rule, ...]:
    """Everything that is asked for waits as long as everything else, so that no question overtakes an order."""
    delay = actions.Delay(ms=_ms(numbers, 2, 1_500))
    return tuple(_rule(message, delay) for message in (ORDER, CANCEL, STATUS, MASS_STATUS, TRADES))


def _ms(numbers: Numbers, least: int, most: int) -> float:
    return float(numbers.between(least, most))


def _rule(message: str, then: actions.Action, probability: float = 1.0, **when: object) -> Rule:
    return Rule(then=then, when=When(message=message, probability=probability, **when))  # type: ignore[arg-type] # each key of a when has its own type


def _once(numbers: Numbers, message: str, then: actions.Action, **when: object) -> Rule:
    """At one message, somewhere among the first."""
    return _rule(message, then, 1.0, after=numbers.between(0, 7), count=1, **when)


def _turn(numbers: Numbers) -> Rule:
    turn = actions.Turn(into=numbers.one_of(*_TURNS), after_ms=_ms(numbers, 0, 300), keep=numbers.part())
    return _rule(ORDER, turn, numbers.chance(0.4))


def _bust(numbers: Numbers) -> Rule:
    bust = actions.Bust(after_ms=_ms(numbers, 0, 4_000), told_by=numbers.one_of(*_TOLD_BY))
    return _rule(ORDER, bust, numbers.chance(0.4))


def _correct(numbers: Numbers) -> Rule:
    part = Decimal(1) if numbers.happens(0.5) else numbers.part()
    correct = actions.Correct(after_ms=_ms(numbers, 0, 4_000), bp=Decimal(numbers.between(-3, 3)), fraction=part)
    return _rule(ORDER, correct, numbers.chance(0.4))


def _reject(numbers: Numbers) -> Rule:
    reason = numbers.one_of(*actions.Complaint)
    return _rule(ORDER, actions.Reject(reason, is_numbered=numbers.happens(0.5)), numbers.chance(0.4))


def _repeat(numbers: Numbers) -> Rule:
    times, after_ms = numbers.between(1, 3), _ms(numbers, 0, 200)
    repeat = actions.Repeat(times=times, after_ms=after_ms, is_poss_resend=numbers.happens(0.5))
    return _rule(REPORT, repeat, numbers.chance(0.5))


def _misquote(numbers: Numbers) -> Rule:
    factor = Decimal(numbers.one_of(97, 99, 101, 103, 200)) / 100
    return _rule(QUOTES, actions.Misquote(factor=factor, flips_points=numbers.happens(0.3)), 0.5)


def _fill(numbers: Numbers) -> Rule:
    fill = actions.Fill(slices=numbers.between(2, 4), interval_ms=_ms(numbers, 1, 60))
    return _rule(ORDER, fill, numbers.chance(0.8))


def _fill_in_part(numbers: Numbers) -> Rule:
    fill = actions.Fill(slices=numbers.between(1, 3), interval_ms=_ms(numbers, 1, 60), fraction=numbers.part())
    return _rule(ORDER, fill, numbers.chance(0.5))


_PLAIN: tuple[Draw, ...] = (
    _fill,
    _fill,
    _fill_in_part,
    _turn,
    _bust,
    _correct,
    _reject,
    _repeat,
    _misquote,
    lambda n: _rule(ORDER, actions.Rest(), n.chance(0.3)),
    lambda n: _rule(ORDER, actions.LastLook(hold_ms=_ms(n, 20, 2_500)), n.chance(0.4)),
    lambda n: _rule(ORDER, actions.CancelLater(after_ms=_ms(n, 0, 300)), n.chance(0.4)),
    lambda n: _rule(ORDER, actions.Pend(after_ms=_ms(n, 5, 600)), n.chance(0.5)),
    lambda n: _rule(ORDER, actions.Slip(bp=Decimal(n.between(-5, 5))), n.chance(0.5)),
    lambda n: _rule(ORDER, actions.Bounce(), n.chance(0.3)),
    lambda n: _rule(ORDER, actions.Ignore(), n.chance(0.3)),
    _slow,
    lambda n: _once(n, ORDER, actions.Pause(ms=_ms(n, 200, 4_000))),
    lambda n: _once(n, ORDER, actions.Disconnect()),
    lambda n: _once(n, ORDER, actions.Logout()),
    lambda n: _once(n, REPORT, actions.Disconnect()),
    lambda n: _once(n, REPORT, actions.Disconnect(), exec_type=ExecType.TRADE),
    lambda n: _once(n, REPORT, actions.Exit(), exec_type=ExecType.TRADE),
    lambda n: _rule(REPORT, actions.Ignore(), n.chance(0.25)),
    lambda n: _rule(REPORT, actions.Ignore(), n.chance(0.5), exec_type=ExecType.TRADE),
    lambda n: _rule(REPORT, actions.Ignore(), n.chance(0.5), exec_type=ExecType.NEW),
    lambda n: _rule(REPORT, actions.Delay(ms=_ms(n, 2, 100), p99_ms=1_500), n.chance(0.7)),
    lambda n: _rule(REPORT, actions.Copy(after_ms=_ms(n, 0, 50)), n.chance(0.3)),
    lambda n: _rule(CANCEL, actions.Ignore(), n.chance(0.6)),
    lambda n: _rule(CANCEL, actions.Race(fraction=Decimal(1) if n.happens(0.5) else n.part()), n.chance(0.9)),
    lambda n: _rule(CANCEL, actions.Pend(after_ms=_ms(n, 5, 600)), n.chance(0.9)),
    lambda n: _rule(CANCEL, actions.Reject(actions.Complaint.THROTTLED), n.chance(0.5)),
    lambda n: _rule(STATUS, actions.Ignore(), n.chance(0.4)),
    lambda n: _rule(MASS_STATUS, actions.Ignore(), n.chance(0.5)),
    lambda n: _rule(TRADES, actions.Reject(actions.Complaint.NOT_PERMISSIONED), n.chance(0.4)),
    lambda n: _rule(TRADES, actions.Ignore(), n.chance(0.4)),
    lambda n: _rule(TRADE_REPORT, actions.Ignore(), n.chance(0.2)),
    lambda n: _rule(SNAPSHOT, actions.Ignore(), n.chance(0.3)),
    lambda n: _rule(QUOTES, actions.Decline(), n.chance(0.5)),
    lambda n: _rule(QUOTES, actions.Withdraw(after_ms=_ms(n, 0, 40)), n.chance(0.5)),
    lambda n: _rule(QUOTES, actions.Stray(), n.chance(0.4)),
    lambda n: _rule(_QUOTE, actions.Ignore(), n.chance(0.5)),
    lambda n: _rule(_QUOTE, actions.Delay(ms=_ms(n, 5, 200), p99_ms=6_000), n.chance(0.6)),
)


def _misreport(numbers: Numbers) -> Rule:
    return _rule(REPORT, actions.Misreport(numbers.one_of(*_FIELDS)), numbers.chance(0.4))


_ODD: tuple[Draw, ...] = (
    _misreport,
    _misreport,
    _misreport,
    lambda n: _rule(REPORT, actions.Delay(ms=_ms(n, 2, 100), can_be_overtaken=True), n.chance(0.3)),
    lambda n: _rule(ORDER, actions.Overfill(fraction=n.part()), n.chance(0.4)),
    lambda n: _rule(STATUS, actions.Deny(), n.chance(0.6)),
    lambda n: _rule(TRADES, actions.Omit(counts_all=n.happens(0.5)), n.chance(0.6)),
    lambda n: _rule(MASS_STATUS, actions.Omit(counts_all=n.happens(0.5)), n.chance(0.6)),
    lambda n: _rule(REPORT, actions.ReuseExecId(), n.chance(0.3)),
    lambda n: _rule(REPORT, actions.Orphan(after_ms=_ms(n, 0, 100)), n.chance(0.3)),
    lambda n: _rule(ORDER, actions.Bust(after_ms=_ms(n, 0, 2_000), told_by="trade_report"), n.chance(0.4)),
    lambda n: _rule(ORDER, actions.Bust(after_ms=_ms(n, 0, 2_000), told_by="offset"), n.chance(0.4)),
    lambda n: _rule(ORDER, actions.Correct(after_ms=_ms(n, 0, 2_000), told_by="trade_report"), n.chance(0.4)),
    lambda n: _once(n, ORDER, actions.Roll()),
)
