"""What a scenario makes of an answer on its way out: other words, more of them, or another listener.

The venue's books stay as they are; only what is told differs from them.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from msgspec import structs

from simulator.effects import Send, SendQuotes
from simulator.faults.actions import Action, Copy, Misreport, OneWay, Orphan, Repeat, ReuseExecId
from trader.domain.currency import parse_pair
from trader.domain.events import ExecType, ExecutionReported, TradeReported
from trader.domain.moments import NS_PER_MS

Answer = Send | SendQuotes
Report = ExecutionReported | TradeReported


@dataclass(frozen=True, slots=True)
class Told:
    """What is said.

    Attributes:
        instead: In place of the answer.
        besides: What else, and how many nanoseconds after it.
    """

    instead: Answer
    besides: tuple[tuple[int, Answer], ...] = ()


class Retelling:
    """Changes answers as a scenario says; remembers of each client which trade it heard of last."""

    def __init__(self) -> None:
        self._last_exec_ids: dict[str, str] = {}

    def retold(self, answer: Answer, actions: tuple[Action, ...]) -> Told:
        """The answer as the actions leave it, in the file's order, and what is said besides."""
        besides: list[tuple[int, Answer]] = []
        for action in actions:
            match action:
                case OneWay(side=side) if isinstance(answer, SendQuotes):
                    answer = _one_way(answer, side)
                case Misreport() if isinstance(answer, Send):
                    answer = _misreported(answer, action)
                case ReuseExecId() if isinstance(answer, Send):
                    answer = self._with_last_exec_id(answer)
                case Repeat(is_poss_resend=is_poss_resend) if isinstance(answer, Send):
                    besides += _spaced(replace(answer, is_poss_resend=is_poss_resend), action.times, action.after_ms, 1)
                case Copy(to=to) if isinstance(answer, Send):
                    besides += _spaced(replace(answer, session=to or answer.session), action.times, action.after_ms, 0)
                case Orphan(after_ms=after_ms) if isinstance(answer, Send):
                    besides += _spaced(_orphaned(answer), 1, after_ms, 1)
                case _:
                    pass
        if isinstance(answer, Send):
            self._hear(answer)
        return Told(answer, tuple(besides))

    def _with_last_exec_id(self, answer: Send) -> Send:
        last = self._last_exec_ids.get(answer.session)
        return answer if last is None else _changed(answer, exec_id=last)

    def _hear(self, answer: Send) -> None:
        event = answer.event
        if isinstance(event, ExecutionReported) and event.exec_type is ExecType.TRADE:
            self._last_exec_ids[answer.session] = event.exec_id


def _spaced(answer: Answer, times: int, after_ms: float, first: int) -> list[tuple[int, Answer]]:
    """The answer so many times, so far apart; the first one ``first`` times as far from the answer itself."""
    return [(round((first + number) * after_ms * NS_PER_MS), answer) for number in range(times)]


def _changed(answer: Send, **changes: object) -> Send:
    return replace(answer, event=structs.replace(answer.event, **changes))


def _misreported(answer: Send, action: Misreport) -> Send:
    """The report with one field wrong, where it has the field and says something in it."""
    report = answer.event
    value = getattr(report, action.field, None)
    if not isinstance(report, Report) or not value:
        return answer
    match action.field:
        case "side":
            wrong: object = report.side.opposite
        case "currency":
            pair = parse_pair(report.symbol)
            wrong = pair.terms if report.currency == pair.base else pair.base
        case "settl_date":
            wrong = value + timedelta(days=1)
        case _:
            wrong = value * action.factor
    return _changed(answer, **{action.field: wrong})


def _orphaned(answer: Send) -> Send:
    """The report as if it were about another client's order: every id is one that nobody here has given."""
    event = answer.event
    if not isinstance(event, ExecutionReported):
        return answer
    return _changed(
        answer,
        cl_ord_id=f"X{event.cl_ord_id}"[: len(event.cl_ord_id)],
        orig_cl_ord_id="",
        order_id=f"X{event.order_id}",
        exec_id=f"X{event.exec_id}",
    )


def _one_way(answer: SendQuotes, side: str) -> SendQuotes:
    """The prices without their other side."""
    other: dict[str, Any] = {"offer": None, "offer_id": ""} if side == "bid" else {"bid": None, "bid_id": ""}
    return replace(answer, quotes=tuple(structs.replace(quote, **other) for quote in answer.quotes))
