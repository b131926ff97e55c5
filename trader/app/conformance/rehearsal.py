"""Plays a script over a session: sends, listens, and lets the judges decide.

There is one wait, that for the next message, so a run takes as long as the venue takes to answer.
"""

from collections.abc import Iterator, Sequence

from trader.adapters.clock import elapsed_ns, now_ns
from trader.app.conformance import words
from trader.app.conformance.books import Books
from trader.app.conformance.steps import (
    Heard,
    Result,
    SessionMessage,
    Step,
    StepOutcome,
    Verdict,
    failed,
    not_applicable,
)
from trader.app.conformance.wire import Wire
from trader.domain.errors import LocalOrderError
from trader.domain.events import MessageUnreadable, PriceQuoted
from trader.domain.moments import NS_PER_MS, NS_PER_S, in_ns
from trader.engine.inputs import MessageDropped, SessionClosed, SessionOpened
from trader.fix import tags
from trader.fix.text import split

_GLANCE_S = 0.05
_LATEST_S = 90.0  # how long a step may have to wait for its moment
_HEARTBEAT = "0"
# What a step waits for has to be readable. A venue may say more than the robot reads.
_READ_TYPES = frozenset({"8", "9", "r", "AE", "AQ", "S", "Z", "AG", "W", "X", "Y", "3", "j"})


class Rehearsal:
    """One run of a script.

    Args:
        wire: The session.
        books: The run's memory.
        wait_s: How long to wait for an answer.
    """

    def __init__(self, wire: Wire, books: Books, wait_s: float) -> None:
        self._wire = wire
        self._books = books
        self._wait_s = wait_s
        self._heard: list[Heard] = []
        self._problem = ""
        self._is_given_up = False

    def play(self, steps: Sequence[Step]) -> Iterator[Result]:
        """Run the steps, one after the other; the result of each as it is known."""
        for step in steps:
            yield Result(step, not_applicable(step.lacking)) if step.lacking else self._play(step)

    def _play(self, step: Step) -> Result:
        if not (step.logs_on or self._is_up(step)):
            return Result(step, failed("not tried: the session is not logged on"))
        unmet = step.unmet(self._books) or self._until_its_moment(step)
        if unmet is not None:
            return Result(step, unmet)
        self._heard, self._problem = [], ""
        try:
            commands = step.send(self._books, now_ns())
        except LocalOrderError as error:  # an order that is not as the steps before were to leave it
            return Result(step, failed(f"not tried: {error}"))
        crossed, begin = len(self._wire.crossings), elapsed_ns()
        for command in commands:
            while (pause_s := self._wire.pause_s()) > 0:
                self._listen(step, pause_s)
            self._wire.send(command)
        verdict = self._verdict(step, begin + in_ns(self._wait_s))
        elapsed_ms = round((elapsed_ns() - begin) / NS_PER_MS, 1)
        return Result(step, verdict, self._sent_since(crossed), words.came(self._heard), elapsed_ms)

    def _is_up(self, step: Step) -> bool:
        """Whether the session is there; one that was lost is waited for, once."""
        deadline_ns = elapsed_ns() + in_ns(self._wait_s)
        while not self._wire.is_up and not self._is_given_up:
            if elapsed_ns() >= deadline_ns:
                self._is_given_up = True
            self._listen(step, _GLANCE_S)
        return self._wire.is_up

    def _until_its_moment(self, step: Step) -> Verdict | None:
        """Listen until the step may begin; a verdict when its moment does not come."""
        latest_ns = elapsed_ns() + in_ns(_LATEST_S)
        while step.not_before(self._books) > now_ns():
            if elapsed_ns() > latest_ns:
                return not_applicable(f"its moment did not come in {_LATEST_S:.0f} s")
            self._listen(step, _GLANCE_S)
        return None

    def _verdict(self, step: Step, deadline_ns: int) -> Verdict:
        """Listen until the judge is sure, or the time is over."""
        settled_ns = 0
        while True:
            verdict = failed(self._problem) if self._problem else step.judge(self._books, self._heard)
            now = elapsed_ns()
            if verdict is not None and verdict.outcome is StepOutcome.PASS and step.settle_ms:
                settled_ns = settled_ns or now + step.settle_ms * NS_PER_MS
                if now < settled_ns:
                    self._listen(step, (settled_ns - now) / NS_PER_S)
                    continue
            if verdict is not None:
                return verdict
            if closed := next((event for event in self._heard if isinstance(event, SessionClosed)), None):
                return failed(f"the session ended: {closed.reason}")
            if now >= deadline_ns:
                return failed(f"{'not all of it' if self._has_news else 'nothing'} came in {self._wait_s:g} s")
            self._listen(step, (deadline_ns - now) / NS_PER_S)

    @property
    def _has_news(self) -> bool:
        return any(not isinstance(event, PriceQuoted) for event in self._heard)

    def _listen(self, step: Step, wait_s: float) -> None:
        for event in self._wire.listen(wait_s):
            self._heard.append(event)
            problem = ""
            if isinstance(event, SessionClosed):
                self._books.blotter.session_lost()
            elif isinstance(event, MessageDropped):
                problem = f"our session layer rejected a message of the venue: {event.problem}"
            elif isinstance(event, MessageUnreadable) and event.msg_type in _READ_TYPES:
                problem = f"MsgType(35)={event.msg_type} cannot be read: {event.problem}"
            if not isinstance(event, SessionMessage | SessionOpened | SessionClosed | MessageDropped):
                problem = self._books.hear(event, now_ns(), off_the_books=step.off_the_books) or problem
            self._problem = self._problem or problem

    def _sent_since(self, crossed: int) -> tuple[str, ...]:
        """Our messages since then, by their ids."""
        ours = (dict(split(each.text)) for each in self._wire.crossings[crossed:] if each.is_ours)
        return tuple(words.sent(fields) for fields in ours if fields[tags.MSG_TYPE] != _HEARTBEAT)
