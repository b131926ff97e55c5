"""What a script is made of: steps, each a few commands, an expectation in words, and a judge of what comes. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trader.domain.commands import PlaceOrder, VenueCommand
from trader.domain.events import VenueEvent
from trader.engine.inputs import MessageDropped, SessionClosed, SessionOpened

if TYPE_CHECKING:
    from trader.app.conformance.books import Books


class StepOutcome(StrEnum):
    """What became of a step."""

    PASS = "PASS"  # noqa: S105 -- not a password
    FAIL = "FAIL"
    NOT_APPLICABLE = "NOT APPLICABLE"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judge's word.

    Attributes:
        why: One sentence; "" where the expectation says it all.
    """

    outcome: StepOutcome
    why: str = ""


PASSED = Verdict(StepOutcome.PASS)


def failed(why: str) -> Verdict:
    """The venue did something else."""
    return Verdict(StepOutcome.FAIL, why)


def not_applicable(why: str) -> Verdict:
    """The question does not arise."""
    return Verdict(StepOutcome.NOT_APPLICABLE, why)


@dataclass(frozen=True, slots=True)
class LogOn:
    """Logon(A)."""


@dataclass(frozen=True, slots=True)
class LogOut:
    """Logout(5)."""


@dataclass(frozen=True, slots=True)
class Probe:
    """TestRequest(1).

    Attributes:
        test_req_id: TestReqID(112).
    """

    test_req_id: str


@dataclass(frozen=True, slots=True)
class Crippled:
    """An order's message without one of its fields.

    Attributes:
        tag: The field that is left out, by the standard's tag.
    """

    order: PlaceOrder
    tag: str


Command = VenueCommand | LogOn | LogOut | Probe | Crippled


@dataclass(frozen=True, slots=True)
class SessionMessage:
    """A message of the session layer that the venue sent, by its fields."""

    msg_type: str
    fields: Mapping[str, str]


Heard = VenueEvent | SessionMessage | SessionOpened | SessionClosed | MessageDropped

Send = Callable[["Books", int], Sequence[Command]]
"""Makes what a step sends, from what came before and the moment, UTC nanoseconds."""

Judge = Callable[["Books", Sequence[Heard]], Verdict | None]
"""Decides by the books, and by what was heard since the step began; None while more has to come."""


def _at_once(_books: "Books") -> int:
    return 0


def _run_it(_books: "Books") -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question to the venue.

    Attributes:
        section: The part of the report it belongs to.
        title: What is tried.
        expected: What has to come, as a sentence.
        lacking: Why the dialect leaves it out; "" when it has it.
        unmet: Why it cannot be run after what came before, as a verdict; None when it can.
        not_before: The moment before which nothing is sent, UTC nanoseconds; asked again as time goes by.
        settle_ms: For how long a pass has to stand before it counts: more may come.
        logs_on: The step needs no session: it makes one.
        off_the_books: The step breaks a rule on purpose, so that what comes is not held against our orders.
    """

    section: str
    title: str
    expected: str
    send: Send
    judge: Judge
    lacking: str = ""
    unmet: Callable[["Books"], Verdict | None] = _run_it
    not_before: Callable[["Books"], int] = _at_once
    settle_ms: int = 0
    logs_on: bool = False
    off_the_books: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a step.

    Attributes:
        sent: The messages that left, each with its ids.
        came: The messages that came, in words.
        elapsed_ms: From the first message to the verdict.
    """

    step: Step
    verdict: Verdict
    sent: tuple[str, ...] = ()
    came: tuple[str, ...] = ()
    elapsed_ms: float = 0.0

    @property
    def outcome(self) -> StepOutcome:
        """Passed, failed, or not applicable."""
        return self.verdict.outcome
