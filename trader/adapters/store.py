"""The database: the journal, and projections that can be rebuilt from it. SQLModel tables, rows never leave here.

SQLite in WAL with ``synchronous=FULL``: a commit returns when the bytes are on the disk. The hot insert goes through
SQLAlchemy Core's executemany with the statement compiled once and plain tuples, which is what the driver takes.
Decimals are TEXT, because SQLAlchemy stores them in SQLite as REAL and cuts them.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Engine,
    LargeBinary,
    Table,
    cast,
    create_engine,
    event,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field, SQLModel

from trader.journal.record import GENESIS, Chain, Record

_PAGE = 5_000


class StoreError(OSError):
    """The database cannot be read or written. The message says which file and why; trading stops."""


class JournalRow(SQLModel, table=True):
    """One journal record."""

    __tablename__ = "journal"

    seq: int = Field(primary_key=True)
    ts_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class BatchRow(SQLModel, table=True):
    """One batch as it stands. A projection."""

    __tablename__ = "batches"

    batch_id: str = Field(primary_key=True)
    content_hash: str
    name: str
    trade_date: str
    venue: str
    trader: str
    phase: str
    lines_total: int
    lines_filled: int
    lines_partially_filled: int
    lines_denied: int
    lines_rejected: int
    lines_unfilled: int
    lines_unknown: int
    lines_open: int
    is_reconciled: bool
    breaks: int


class OrderRow(SQLModel, table=True):
    """One line of a batch with its latest order. A projection."""

    __tablename__ = "orders"

    batch_id: str = Field(primary_key=True)
    line_no: int = Field(primary_key=True)
    row_id: str
    cl_ord_id: str = Field(index=True)
    order_id: str
    venue: str
    pair: str
    side: str
    dealt_currency: str
    amount: str
    value_date: str
    order_type: str
    limit_rate: str
    status: str
    filled_amount: str
    average_rate: str
    contra_amount: str
    reason_code: str
    reason: str
    sent_ts_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    done_ts_ns: int = Field(sa_column=Column(BigInteger, nullable=False))


class FillRow(SQLModel, table=True):
    """One fill that counts. A projection."""

    __tablename__ = "fills"

    batch_id: str = Field(primary_key=True)
    line_no: int = Field(primary_key=True)
    exec_id: str = Field(primary_key=True)
    cl_ord_id: str
    last_qty: str
    last_px: str
    settl_date: str
    contra_qty: str


class FiringRow(SQLModel, table=True):
    """One time a control said no. A projection."""

    __tablename__ = "firings"

    seq: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    ts_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    code: str = Field(index=True)
    row_id: str
    text: str


class AlertEventRow(SQLModel, table=True):
    """One thing that happened to an alert, with the alert as it was then. A projection."""

    __tablename__ = "alert_events"

    seq: int = Field(primary_key=True)
    ts_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str
    control: str = Field(index=True)
    node: str
    level: str
    number: int = Field(index=True)
    parent: str
    is_hard: bool
    first_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    count: int
    value: str | None
    limit: str | None
    order: str
    batch: str
    breach_in_ns: int | None = Field(sa_column=Column(BigInteger))
    text: str
    state: str
    standing: str
    acknowledged_by: str
    acknowledged_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    is_lasting: bool
    is_told: bool


class LimitVersionRow(SQLModel, table=True):
    """One set of limits that is, or was, in force. A projection."""

    __tablename__ = "limit_versions"

    version: int = Field(primary_key=True)
    name: str
    file_sha256: str
    sha256: str
    before: str
    rows: int
    changes: str
    who: str
    reason: str
    decided_by: str
    decided_why: str
    ts_ns: int = Field(sa_column=Column(BigInteger, nullable=False))


class LimitRow(SQLModel, table=True):
    """One row of a set of limits. A projection."""

    __tablename__ = "limits"

    version: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    control: str
    key: str
    parameter: str
    value: str
    note: str
    since: str
    until: str


class DeliveryRow(SQLModel, table=True):
    """One event on its way to one sink, and whether it arrived. Not in the journal: what is lost here is not known."""

    __tablename__ = "deliveries"

    sink: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    after: int
    raised_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    is_hard: bool
    tries: int
    next_try_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    delivered_ns: int | None = Field(sa_column=Column(BigInteger))
    given_up_ns: int | None = Field(sa_column=Column(BigInteger))
    last_error: str


class KillRow(SQLModel, table=True):
    """One kill that is proven. A projection."""

    __tablename__ = "kills"

    number: int = Field(primary_key=True)
    ts_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    scope: str
    state: str
    who: str
    reason: str
    lines_voided: int
    asked_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    blocked_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_risk_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_cancel_ns: int = Field(sa_column=Column(BigInteger, nullable=False))


class KillOrderRow(SQLModel, table=True):
    """One order that was live when a kill came. A projection."""

    __tablename__ = "kill_orders"

    number: int = Field(primary_key=True)
    cl_ord_id: str = Field(primary_key=True)
    session: str
    outcome: str
    filled_before: str
    filled_after: str


def _table(row: type[SQLModel]) -> Table:
    table: Table = row.__table__  # type: ignore[attr-defined] # SQLModel adds it to table classes at run time
    return table


_APPEND = str(insert(_table(JournalRow)).compile(dialect=sqlite.dialect(paramstyle="qmark")))

PROJECTIONS: Mapping[str, Table] = {
    "batches": _table(BatchRow),
    "orders": _table(OrderRow),
    "fills": _table(FillRow),
    "alert_events": _table(AlertEventRow),
    "firings": _table(FiringRow),
    "limit_versions": _table(LimitVersionRow),
    "limits": _table(LimitRow),
    "kills": _table(KillRow),
    "kill_orders": _table(KillOrderRow),
}
# What is kept beside the journal, because no journal can give it again.
_TABLES: Mapping[str, Table] = {**PROJECTIONS, "deliveries": _table(DeliveryRow)}
ProjectionName = Literal[
    "batches",
    "orders",
    "fills",
    "alert_events",
    "firings",
    "limit_versions",
    "limits",
    "kills",
    "kill_orders",
    "deliveries",
]


def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401 -- the driver's own connection type
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()


def engine_on(path: Path) -> Engine:
    """SQLAlchemy on a database file, with the settings that make a commit durable."""
    engine = create_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _configure)
    return engine


class Store:
    """One open database. The writer is one process; readers may be many.

    Args:
        path: The database file; its folder must exist.
        must_exist: Refuse to make a new one: for commands that only look.

    Raises:
        StoreError: The file cannot be opened, or is not a database.
    """

    def __init__(self, path: Path, *, must_exist: bool = False) -> None:
        self.path = path
        if must_exist and not path.is_file():
            raise StoreError(f"{path} does not exist: no batch has been run with this data folder")
        self._engine = engine_on(path)
        try:
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            SQLModel.metadata.create_all(self._engine)
            self._connection: Connection = self._engine.connect()
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(f"{path} cannot be opened: {_cause(error)}") from error

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
        self._engine.dispose()

    # --- the journal -------------------------------------------------------------------------------------------------

    def chain(self) -> Chain:
        """Where the journal ends."""
        columns = _table(JournalRow).c
        row = self._connection.execute(
            select(columns.seq, columns.digest).order_by(columns.seq.desc()).limit(1)
        ).first()
        self._connection.rollback()
        return Chain(row.seq, row.digest) if row else Chain(0, GENESIS)

    def append(self, records: Sequence[Record]) -> None:
        """Write records in one durable commit.

        Raises:
            StoreError: Nothing was written; nothing may be sent.
        """
        rows = [(r.seq, r.ts_ns, r.kind, r.payload, r.digest) for r in records]
        try:
            self._connection.exec_driver_sql(_APPEND, rows)
            self._connection.commit()
        except SQLAlchemyError as error:
            raise StoreError(f"{self.path} cannot be written: {_cause(error)}") from error

    def records(self) -> Iterator[Record]:
        """The whole journal in order."""
        columns = _table(JournalRow).c
        # SQLite keeps what it is given: bytes that somebody has written over as text are read as bytes all the same.
        payload = cast(columns.payload, LargeBinary).label("payload")
        seq = 0
        while True:
            page = self._connection.execute(
                select(columns.seq, columns.ts_ns, columns.kind, payload, columns.digest)
                .where(columns.seq > seq)
                .order_by(columns.seq)
                .limit(_PAGE)
            ).all()
            self._connection.rollback()
            if not page:
                return
            for row in page:
                yield Record(row.seq, row.ts_ns, row.kind, row.payload, row.digest)
            seq = page[-1].seq

    # --- projections -------------------------------------------------------------------------------------------------

    def project(self, rows: Mapping[ProjectionName, Sequence[Mapping[str, object]]]) -> None:
        """Write projection rows over what is there, in one commit.

        Raises:
            StoreError: Nothing was written.
        """
        statements: list[tuple[Any, Sequence[Mapping[str, object]]]] = []
        for name, values in rows.items():
            if values:
                table = _TABLES[name]
                statement = sqlite_insert(table)
                update = {c.name: c for c in statement.excluded if not c.primary_key}
                upsert = statement.on_conflict_do_update(index_elements=table.primary_key, set_=update)
                statements.append((upsert, values))
        if statements:
            self._write(statements)

    def rows(
        self, name: ProjectionName, *, where: Mapping[str, object] | None = None, newest_first: bool = False
    ) -> list[dict[str, Any]]:
        """Projection rows in key order, each as a plain dictionary.

        Args:
            name: The projection.
            where: Column values to match.
            newest_first: The other way round.
        """
        table = _TABLES[name]
        keys = [c.desc() if newest_first else c for c in table.primary_key]
        query = select(table).order_by(*keys)
        for column, value in (where or {}).items():
            query = query.where(table.c[column] == value)
        try:
            found = [dict(row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001 -- SQLAlchemy's API
        except SQLAlchemyError as error:
            raise StoreError(f"{self.path} cannot be read: {_cause(error)}") from error
        self._connection.rollback()
        return found

    def last_alert_event(self) -> int:
        """The number of the last event of an alert; 0 for none."""
        last: int | None = self._connection.execute(select(func.max(_table(AlertEventRow).c.seq))).scalar()
        self._connection.rollback()
        return last or 0

    def alert_events_after(self, seq: int) -> list[dict[str, Any]]:
        """The events of alerts after a number, in their order."""
        table = _table(AlertEventRow)
        found = self._connection.execute(select(table).where(table.c.seq > seq).order_by(table.c.seq)).mappings().all()
        self._connection.rollback()
        return [dict(row) for row in found]

    def last_deliveries(self) -> dict[str, int]:
        """For each sink that anything was ever meant for, the number of the last event."""
        columns = _table(DeliveryRow).c
        rows = self._connection.execute(select(columns.sink, func.max(columns.seq)).group_by(columns.sink)).all()
        self._connection.rollback()
        return {row[0]: row[1] for row in rows}

    def clear_projections(self) -> None:
        """Empty every projection, before they are rebuilt."""
        self._write([(table.delete(), None) for table in PROJECTIONS.values()])

    def _write(self, statements: Iterable[tuple[Any, Sequence[Mapping[str, object]] | None]]) -> None:
        try:
            with self._connection.begin():
                for statement, rows in statements:
                    self._connection.execute(statement, rows)
        except SQLAlchemyError as error:
            raise StoreError(f"{self.path} cannot be written: {_cause(error)}") from error


def _cause(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error)
