"""A data folder's journal, replayed without touching anything: for commands that look back or ask what if."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trader.adapters.store import Store
from trader.app.projections import batch_row, order_row
from trader.engine.engine import Engine
from trader.engine.inputs import INPUT_TYPES, StateHashed
from trader.engine.outcome import line_outcomes
from trader.journal.codec import Codec, CodecError
from trader.journal.record import ChainFault, check_chain
from trader.journal.state_hash import state_hash


@dataclass(slots=True)
class Replay:
    """What a replay found.

    Attributes:
        engine: The state at the end.
        records: How many records were replayed.
        seals: How many state hashes in the journal were compared with the replay's own.
        is_sealed: True when the journal ends with a state hash; otherwise the robot did not end in good order.
        head_hash: The last record's hash, in hexadecimal.
        faults: What does not agree, each in a sentence; empty when everything does.
    """

    engine: Engine
    records: int = 0
    seals: int = 0
    is_sealed: bool = False
    head_hash: str = ""
    faults: list[str] = field(default_factory=list)


def replay_journal(store: Store) -> Replay:
    """Step a fresh engine through the whole journal, comparing every state hash on the way."""
    found = Replay(Engine())
    codec = Codec(INPUT_TYPES)
    for record in check_chain(store.records()):
        if isinstance(record, ChainFault):
            found.faults.append(record.problem)
            break
        try:
            value = codec.decode(record.kind, record.payload)
        except CodecError as error:
            found.faults.append(f"record {record.seq}: {error}")
            break
        found.is_sealed = isinstance(value, StateHashed)
        if isinstance(value, StateHashed):
            found.seals += 1
            if state_hash(found.engine) != value.state_hash:
                found.faults.append(f"record {record.seq}: the replayed state is not the one that was sealed")
        found.engine.step(record.ts_ns, value)
        found.records, found.head_hash = record.seq, record.digest.hex()
    return found


def projection_faults(store: Store, engine: Engine) -> Iterator[str]:
    """Where the tables that people look at do not say what the journal says."""
    context = engine.context
    batches = {row["batch_id"]: row for row in store.rows("batches")}
    for name, batch in context.batches.items():
        if batches.pop(name, None) != batch_row(batch):
            yield f"batch {name}: its row in the database is not what the journal says"
        orders = {row["line_no"]: row for row in store.rows("orders", where={"batch_id": name})}
        for outcome in line_outcomes(batch, context.blotters):
            if orders.pop(outcome.line_no, None) != order_row(batch, outcome):
                yield f"batch {name}, line {outcome.line_no}: its row in the database is not what the journal says"
    for name in batches:
        yield f"batch {name}: the database has it, the journal does not"


def engine_of(data: Path) -> Engine:
    """The engine as the data folder's journal left it; a fresh one when there is no journal yet."""
    if not (data / "trader.db").is_file():
        return Engine()
    store = Store(data / "trader.db", must_exist=True)
    try:
        return replay_journal(store).engine
    finally:
        store.close()
