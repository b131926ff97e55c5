"""A kill when the journal is gone: done from memory, before the process ends."""

from collections.abc import Callable, Iterable
from pathlib import Path

from trader.adapters.store import StoreError
from trader.app.stops.stop_files import HALTED_FILE, leave_behind
from trader.domain.commands import CancelAllOrders, CancelOrder
from trader.engine.engine import Engine
from trader.engine.inputs import Input, KillRequested
from trader.engine.outputs import Send


class KilledWithoutJournalError(StoreError):
    """The journal could not be written, and a kill was done all the same. The message says what is known."""


def stop_without_journal(
    engine: Engine, folder: Path, waiting: Iterable[Input], ts_ns: int, send: Callable[[Send], None]
) -> str:
    """Do the kills that have come in, as far as that goes: the wire is shut, what is live is canceled.

    The engine's state is not the journal's any longer, and the process has to end.

    Args:
        engine: With all that is live in its memory.
        folder: The data folder, where a file keeps it stopped.
        waiting: The inputs that have come in and are not taken in.
        ts_ns: Now, UTC nanoseconds.
        send: Sends to the venue.

    Returns:
        What was done, in a sentence; "" when there was no kill.
    """
    kills = [value for value in waiting if isinstance(value, KillRequested)]
    cancels = 0
    for kill in kills:
        for output in engine.step(ts_ns, kill):
            if isinstance(output, Send) and isinstance(output.command, CancelOrder | CancelAllOrders):
                send(output)
                cancels += 1
    if not kills:
        return ""
    where = folder / HALTED_FILE
    try:
        leave_behind(folder, kills)
        kept = f"{where} keeps it stopped when the robot starts again"
    except OSError as error:
        kept = f"{where} cannot be written either ({error.strerror}): nobody may start the robot before it is settled"
    return (
        f"the kill was done without the journal: nothing that carries risk leaves, {cancels} cancels have left, and "
        f"what became of them is not known here: call the venue. {kept}"
    )
