"""The exit codes of all commands, as the README has them, and which of them batches deserve."""

from collections.abc import Iterable

from risk.registry import LATCHES
from trader.engine.state import BatchPhase, BatchState, LineStatus

EXIT_DONE, EXIT_INCOMPLETE, EXIT_WRONG_INPUT, EXIT_UNKNOWN, EXIT_HALTED, EXIT_WAITS = range(6)
EXIT_INTERNAL, EXIT_INTERRUPTED = 70, 130
_WORST_FIRST = (EXIT_UNKNOWN, EXIT_HALTED, EXIT_INCOMPLETE, EXIT_DONE)


def is_settled(state: BatchState) -> bool:
    """Whether a batch leaves nothing open.

    Nothing of it was sent yet; or it is over, no line is unknown, and its books agree or two persons have signed for
    what differs between them.
    """
    if state.phase is BatchPhase.AWAITING_APPROVAL:
        return True
    return state.phase is BatchPhase.DONE and state.is_agreed and not state.counts()[LineStatus.UNKNOWN]


def exit_code(state: BatchState, *, is_stopped: bool) -> int:
    """The exit code that a batch's state deserves, while something is stopped or nothing is any longer."""
    if not is_settled(state):
        return EXIT_UNKNOWN
    if is_stopped and any(line.reason_code in LATCHES for line in state.lines):
        return EXIT_HALTED
    return EXIT_DONE if state.counts()[LineStatus.FILLED] == len(state.lines) else EXIT_INCOMPLETE


def worst(codes: Iterable[int]) -> int:
    """The code that several batches deserve together: what is unknown weighs most."""
    found = set(codes)
    return next(code for code in _WORST_FIRST if code in found or code == EXIT_DONE)
