"""What is to be done with the bytes that go through a line."""

from dataclasses import dataclass

from simulator.faults.session.actions import To


@dataclass(frozen=True, slots=True)
class Pass:
    """Send these bytes on, as one segment.

    Attributes:
        to: To whom.
        data: What.
        after_ms: So long after they came, and never before what stands ahead of them.
    """

    to: To
    data: bytes
    after_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class HangUp:
    """End both connections, after all that goes the same way and stands ahead.

    Attributes:
        to: Which way the message was going that it is about.
        abrupt: Whether they are reset, or closed.
        away_ms: So long afterwards nobody listens.
    """

    to: To
    abrupt: bool
    away_ms: float


@dataclass(frozen=True, slots=True)
class StopReading:
    """Read nothing more of what goes this way, for so long."""

    to: To
    ms: float


Effect = Pass | HangUp | StopReading
