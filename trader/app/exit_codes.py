"""What a command's exit code says of batches."""

from collections.abc import Iterable

from risk.registry import LATCHES
from trader.engine.state import BatchPhase, BatchState, LineStatus

EXIT_DONE, EXIT_INCOMPLETE, EXIT_UNKNOWN, EXIT_HALTED = 0, 1, 3, 4
_WORST_FIRST = (EXIT_UNKNOWN, EXIT_HALTED, EXIT_INCOMPLETE, EXIT_DONE)


def exit_code(state: BatchState, *, is_stopped: bool) -> int:
    """The exit code that a batch's state deserves, while something is stopped or nothing is any longer."""
    counts = state.counts()
    if counts[LineStatus.UNKNOWN] or state.breaks or state.phase is BatchPhase.SUSPENDED:
        return EXIT_UNKNOWN
    if is_stopped and any(line.reason_code in LATCHES for line in state.lines):
        return EXIT_HALTED
    if not (state.is_reconciled or state.is_signed_for):
        return EXIT_UNKNOWN
    return EXIT_DONE if counts[LineStatus.FILLED] == len(state.lines) else EXIT_INCOMPLETE


def worst(codes: Iterable[int]) -> int:
    """The code that several batches deserve together: what is unknown weighs most."""
    found = set(codes)
    return next(code for code in _WORST_FIRST if code in found or code == EXIT_DONE)
