"""The invariants of the design in words, and the error that says which one does not hold."""

INVARIANTS = (
    "each batch line ends in exactly one final state, or is listed as unknown",
    "no line ever has more live plus filled quantity at the venue than it asked for",
    "fills at the venue = fills in the robot = fills in the result file, per line, currency and value date",
    "no order leaves without a decision of the gate that follows from the journal",
    "per limit: available + pending + posted = limit, and pending is 0 when nothing is open",
    "no hard limit is broken by our own act (a fill is booked even above a limit, and alerted)",
    (
        "after a stop, a kill, or the end of the process, nothing that carries risk leaves of what is stopped, resends "
        "included: the wire is shut before anything else is done, queues are emptied or wait for the desk, and the "
        "session layer stores nothing it could resend"
    ),
    "replaying the journal gives the same state hash, and the same seed and inputs the same bytes",
    "a journal that was edited, swapped or cut is found; a cut at its very end by a head hash that was kept elsewhere",
)
"""What must hold, numbered from 1; ``docs/design.md`` is drawn from it."""


class BrokenInvariantError(AssertionError):
    """An invariant does not hold.

    Args:
        number: Which of :data:`INVARIANTS`, from 1.
        what: Where, and by how much.
    """

    def __init__(self, number: int, what: object) -> None:
        super().__init__(f"invariant {number}: {what}; what must hold: {INVARIANTS[number - 1]}")
        self.number = number


def require(holds: object, number: int, what: object) -> None:
    """Raise unless an invariant holds."""
    if not holds:
        raise BrokenInvariantError(number, what)
