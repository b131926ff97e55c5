"""A data folder's journal, replayed without touching anything: for commands that look back or ask what if."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from trader.adapters.store import Store
from trader.adapters.tables import TableName
from trader.app.collector import collector_at_rest
from trader.app.folder import DATABASE
from trader.app.projections import Projector, batch_row, fill_rows, order_row
from trader.domain.errors import ConfigError
from trader.engine.engine import Engine
from trader.engine.inputs import INPUT_TYPES, StateHashed
from trader.engine.outcome import line_outcomes
from trader.engine.outputs import Output
from trader.journal.codec import Codec, CodecError
from trader.journal.record import ChainFault, JournalDamagedError, Record, check_chain
from trader.journal.state_hash import is_hashed_whole, state_hash


@dataclass(slots=True)
class Replay:
    """What a replay found.

    Attributes:
        engine: The state at the end.
        records: How many records were replayed.
        seals: How many state hashes in the journal were compared with the replay's own.
        head_hash: The last record's hash, in hexadecimal.
        faults: What does not agree, each in a sentence; empty when everything does.
    """

    engine: Engine
    records: int = 0
    seals: int = 0
    head_hash: str = ""
    faults: list[str] = field(default_factory=list)


@collector_at_rest()
def replay_journal(
    store: Store, engine: Engine, on_step: Callable[[Record, list[Output]], None], *, check_seals: bool
) -> Replay:
    """Step an engine through the whole journal.

    Args:
        store: Where the journal is.
        engine: A fresh one.
        on_step: Told what each record caused.
        check_seals: Compare every state hash on the way, and at the end what is kept for them with the whole state.
    """
    found = Replay(engine)
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
        if isinstance(value, StateHashed):
            found.seals += 1
            if check_seals and state_hash(engine) != value.state_hash:
                found.faults.append(f"record {record.seq}: the replayed state is not the one that was sealed")
        on_step(record, engine.step(record.ts_ns, value))
        found.records, found.head_hash = record.seq, record.digest.hex()
    if check_seals and not is_hashed_whole(engine):
        found.faults.append("the state hashes were not taken over the whole state, by a bug: they prove nothing")
    return found


def projection_faults(store: Store, engine: Engine, projector: Projector) -> Iterator[str]:
    """Where the tables that people look at do not say what the journal says.

    Args:
        store: Where the tables are.
        engine: The replayed state.
        projector: Has noted everything that the replay caused, and written none of it.
    """
    for table, rows in projector.told.items():
        if store.rows(table) != list(rows):
            yield f"the table {table} is not what the journal says"
    context = engine.context
    batches = {row["batch_id"]: row for row in store.rows("batches")}
    for name, batch in context.batches.items():
        if batches.pop(name, None) != batch_row(batch):
            yield f"batch {name}: its row in the database is not what the journal says"
        outcomes = list(line_outcomes(batch, context.blotters))
        lines = [order_row(batch, outcome) for outcome in outcomes]
        fills = [row for outcome in outcomes for row in fill_rows(batch, outcome)]
        yield from _row_faults(store, "orders", name, lines)
        yield from _row_faults(store, "fills", name, fills)
    for name in batches:
        yield f"batch {name}: the database has it, the journal does not"


def _row_faults(store: Store, table: TableName, batch_id: str, expected: list[dict[str, object]]) -> Iterator[str]:
    """Rows of one batch that are missing, too many or different."""
    found = {_name_of(row): row for row in store.rows(table, where={"batch_id": batch_id})}
    for row in expected:
        if found.pop(_name_of(row), None) != row:
            yield f"batch {batch_id}, line {row['line_no']}: the table {table} is not what the journal says"
    if found:
        yield f"batch {batch_id}: the table {table} has {len(found)} rows too many"


def _name_of(row: Mapping[str, object]) -> tuple[object, ...]:
    """What a row of orders or fills is known by within its batch."""
    return row["line_no"], row["cl_ord_id"], row.get("key")


def restore(store: Store, engine: Engine, on_step: Callable[[Record, list[Output]], None]) -> Replay:
    """Bring a fresh engine to where the journal ends, to go on or to tell from there.

    Raises:
        JournalDamagedError: The journal does not hold.
    """
    replay = replay_journal(store, engine, on_step, check_seals=False)
    if replay.faults:
        raise JournalDamagedError(f"{store.path}: {replay.faults[0]}; nothing is traded on it. trader verify says more")
    return replay


def engine_of(data: Path, *, must_exist: bool = False) -> Engine:
    """The engine as the data folder's journal left it; a fresh one when there is no journal yet.

    Args:
        data: The data folder.
        must_exist: Refuse a folder without a journal: for commands that only look.

    Raises:
        JournalDamagedError: The journal does not hold.
        ConfigError: There is none, and there has to be one.
    """
    engine = Engine()
    if not data.is_dir() and must_exist:
        raise ConfigError(f"there is no data folder {data}; expected one in which a robot ran, named with --data")
    if (data / DATABASE).is_file():
        with closing(Store(data / DATABASE, must_exist=True)) as store:
            restore(store, engine, lambda _record, _outputs: None)
    return engine
