"""A line's rounds of quotes: what was asked, what every maker answered, and what became of each answer.

Plain data, kept for good: the evidence that a trade was done at the best price there was.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from trader.domain.events import QuoteReceived

STREAM = "the stream"  # who answers where prices are streamed and not asked for


class RoundPhase(StrEnum):
    """Where a round is. The first two are open."""

    ASKED = "asked"
    READY = "ready"
    TAKEN = "taken"
    LAPSED = "lapsed"
    FAILED = "failed"
    VOIDED = "voided"

    @property
    def is_open(self) -> bool:
        """True while a quote of the round may still be taken."""
        return self in (RoundPhase.ASKED, RoundPhase.READY)


@dataclass(slots=True)
class MakerAnswer:
    """One answer of one maker.

    Attributes:
        maker: Who; the quote's own id where the venue does not say.
        ts_ns: When it came, UTC nanoseconds.
        quote: What was quoted, whole; None where the maker declined.
        verdict: What became of it, in words; "" while it stands.
        contra: What the deal would have come to at it when the round was decided, in the contra currency over all
            legs: above zero when received, below when paid; None when it could not be dealt on then.
    """

    maker: str
    ts_ns: int
    quote: QuoteReceived | None
    verdict: str = ""
    contra: Decimal | None = None


@dataclass(slots=True)
class QuoteRound:
    """One request for quotes and everything that came of it.

    Attributes:
        quote_req_id: QuoteReqID(131).
        asked_ts_ns: When the request left, or when the first look at the stream was taken.
        deadline_ns: Until when answers are waited for.
        phase: Where it is.
        answers: Every answer, in the order they came.
        latest: Maker to the place of its last answer; a maker that quotes without end costs no more than one that does
            not.
        quote_id: QuoteID(117) of the one that won, or "".
        decided_ts_ns: When the round was over; 0 while it is open.
        outcome: How it ended, in a sentence; "" while it is open.
    """

    quote_req_id: str
    asked_ts_ns: int
    deadline_ns: int
    phase: RoundPhase = RoundPhase.ASKED
    answers: list[MakerAnswer] = field(default_factory=list)
    latest: dict[str, int] = field(default_factory=dict)
    quote_id: str = ""
    decided_ts_ns: int = 0
    outcome: str = ""

    def standing(self) -> Iterator[MakerAnswer]:
        """The quotes that were neither replaced nor withdrawn."""
        latest = (self.answers[place] for place in self.latest.values())
        return (answer for answer in latest if answer.quote is not None and not answer.verdict)

    def makers(self) -> set[str]:
        """Everybody who has answered, a decline included."""
        return set(self.latest)

    def add(self, answer: MakerAnswer) -> None:
        """Take an answer in; it replaces what stands of the same maker."""
        place = self.latest.get(answer.maker)
        earlier = None if place is None else self.answers[place]
        if earlier is not None and earlier.quote is not None and not earlier.verdict:
            earlier.verdict = "replaced by a later quote of the same maker"
        self.latest[answer.maker] = len(self.answers)
        self.answers.append(answer)

    def show(self, answer: MakerAnswer | None) -> None:
        """Have one answer and no other, or none: a stream has one price at a time."""
        self.answers.clear()
        self.latest.clear()
        if answer is not None:
            self.add(answer)

    def end(self, phase: RoundPhase, ts_ns: int, outcome: str) -> None:
        """The round is over."""
        self.phase, self.decided_ts_ns, self.outcome = phase, ts_ns, outcome
        for answer in self.standing():
            answer.verdict = outcome
