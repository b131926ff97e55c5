"""How long each stage of a run took. The only numbers a person sees about speed."""

from collections.abc import Iterator
from contextlib import contextmanager

from trader.adapters.clock import elapsed_ns

STAGES = (
    "read",
    "validate",
    "check",
    "encode",
    "send",
    "first_ack",
    "last_fill",
    "store",
    "reconcile",
    "report",
)


class Stages:
    """Adds up time per stage.

    ``read`` to ``report`` are time spent; ``first_ack`` and ``last_fill`` count from the first order handed to the
    session. Stages overlap: while the venue fills, the robot stores.
    """

    def __init__(self) -> None:
        self.started_ns = elapsed_ns()
        self._spent_ns = dict.fromkeys(STAGES, 0)
        self._first_sent_ns = 0

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        begin = elapsed_ns()
        try:
            yield
        finally:
            self._spent_ns[stage] += elapsed_ns() - begin

    def add(self, stage: str, begin_ns: int) -> int:
        """Add the time since ``begin_ns`` to a stage; returns now. Cheaper than :meth:`timed` on the hot path."""
        now = elapsed_ns()
        self._spent_ns[stage] += now - begin_ns
        return now

    def first_sent(self) -> None:
        """The first order is about to be handed over."""
        if not self._first_sent_ns:
            self._first_sent_ns = elapsed_ns()

    def answered(self) -> None:
        """An order was answered; the first time counts."""
        if self._first_sent_ns and not self._spent_ns["first_ack"]:
            self._spent_ns["first_ack"] = elapsed_ns() - self._first_sent_ns

    def filled(self) -> None:
        """A fill arrived; the last time counts."""
        if self._first_sent_ns:
            self._spent_ns["last_fill"] = elapsed_ns() - self._first_sent_ns

    def wall_ms(self) -> float:
        """From the first byte read until now."""
        return round((elapsed_ns() - self.started_ns) / 1e6, 3)

    def ms(self) -> dict[str, float]:
        """Milliseconds per stage, in order."""
        return {stage: round(spent / 1e6, 3) for stage, spent in self._spent_ns.items()}
