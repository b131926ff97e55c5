"""``trader verify``: does the journal hold, and does everything made from it agree?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trader.adapters.store import Store
from trader.app.history import Replay, projection_faults, replay_journal
from trader.app.projections import Projector
from trader.engine.engine import Engine
from trader.engine.state import BatchPhase
from trader.journal.state_hash import state_hash


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found.

    Attributes:
        facts: The JSON object: counts, hashes, ``notes`` and ``faults``.
    """

    facts: dict[str, Any]


def verify_folder(data: Path, head: str, *, rebuild: bool) -> Verification:
    """Check a data folder.

    Args:
        data: The folder.
        head: A head hash that was kept elsewhere, or "".
        rebuild: Make the projections anew, if the journal holds.

    Raises:
        StoreError: There is no database, or it cannot be read.
    """
    store = Store(data / "trader.db", must_exist=True)
    try:
        engine = Engine()
        projector = Projector(store, engine)
        replay = replay_journal(store, engine, projector.note, check_seals=True)
        faults = list(replay.faults)
        if head and not _is_in_chain(store, head):
            faults.append(f"no record has the head hash {head}: the journal was cut or replaced")
        if not faults and rebuild:
            store.clear_projections()
            projector.write()
        elif not faults:
            faults += projection_faults(store, engine, projector)
        return Verification(_facts(replay, faults))
    finally:
        store.close()


def _is_in_chain(store: Store, head: str) -> bool:
    return any(record.digest.hex() == head for record in store.records())


def _facts(replay: Replay, faults: list[str]) -> dict[str, Any]:
    notes: list[str] = []
    unfinished = [name for name, batch in replay.engine.context.batches.items() if batch.phase is not BatchPhase.DONE]
    if unfinished:
        notes.append(f"not finished: batch {', '.join(unfinished)}; run its file again to settle it")
    return {
        "records": replay.records,
        "batches": len(replay.engine.context.batches),
        "seals": replay.seals,
        "head_hash": replay.head_hash,
        "state_hash": state_hash(replay.engine),
        "notes": notes,
        "faults": faults,
    }
