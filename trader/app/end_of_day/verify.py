"""``trader verify``: does the journal hold, and does everything made from it agree?"""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from trader.adapters.store import Store
from trader.app.end_of_day.anchors import Kept, kept_anchors
from trader.app.folder import DATABASE
from trader.app.history import Replay, projection_faults, replay_journal
from trader.app.projections import Projector
from trader.engine.engine import Engine
from trader.engine.outputs import Output
from trader.engine.state import BatchPhase
from trader.journal.anchor import anchor_fault
from trader.journal.record import Record
from trader.journal.state_hash import state_hash


def verify_folder(data: Path, head: str, second: Path | None = None, *, rebuild: bool) -> dict[str, Any]:
    """Check a data folder.

    Args:
        data: The folder.
        head: A head hash that was kept elsewhere, or "".
        second: A file with anchors that was kept elsewhere, or None.
        rebuild: Make the projections anew, if the journal holds.

    Returns:
        The JSON object of what was found: counts, hashes, ``notes`` and ``faults``.

    Raises:
        StoreError: There is no database, or it cannot be read.
    """
    with closing(Store(data / DATABASE, must_exist=True)) as store:
        engine = Engine()
        projector = Projector(store, engine)
        kept = list(kept_anchors(data, second))
        heads = {each.anchor.last_seq: "" for each in kept if each.anchor is not None}

        def note(record: Record, outputs: list[Output]) -> None:
            if record.seq in heads:
                heads[record.seq] = record.digest.hex()
            projector.note(record, outputs)

        replay = replay_journal(store, engine, note, check_seals=True)
        faults = list(replay.faults)
        if replay.records == store.chain().seq:  # else it could not be read to its end
            faults += [fault for each in kept if (fault := _anchor_fault(each, heads, replay.records))]
        if head and not _is_in_chain(store, head):
            faults.append(f"no record has the head hash {head}: the journal was cut or replaced")
        if not faults and rebuild:
            store.clear_projections()
            projector.write()
        elif not faults:
            faults += projection_faults(store, engine, projector)
        return _facts(replay, faults, kept)


def _is_in_chain(store: Store, head: str) -> bool:
    return any(record.digest.hex() == head for record in store.records())


def _anchor_fault(kept: Kept, heads: Mapping[int, str], last_seq: int) -> str:
    return kept.problem if kept.anchor is None else anchor_fault(kept.anchor, str(kept.where), heads, last_seq)


def _facts(replay: Replay, faults: list[str], kept: list[Kept]) -> dict[str, Any]:
    notes: list[str] = []
    if not kept:
        notes.append("no anchor to compare with: a cut at the very end would not be seen; trader report makes one")
    unfinished = [name for name, batch in replay.engine.context.batches.items() if batch.phase is not BatchPhase.DONE]
    if unfinished:
        notes.append(f"not finished: batch {', '.join(unfinished)}; run its file again to settle it")
    return {
        "records": replay.records,
        "batches": len(replay.engine.context.batches),
        "seals": replay.seals,
        "head_hash": replay.head_hash,
        "state_hash": state_hash(replay.engine),
        "anchors": [
            {"where": str(each.where), "last_seq": each.anchor.last_seq, "head_hash": each.anchor.head_hash}
            for each in kept
            if each.anchor is not None
        ],
        "notes": notes,
        "faults": faults,
    }
