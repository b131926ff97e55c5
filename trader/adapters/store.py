"""The database: the journal, and projections that can be rebuilt from it. The rows of its tables never leave here.

SQLite in WAL with ``synchronous=FULL``: a commit returns when the bytes are on the disk. What writes is compiled once,
and given to the driver with plain tuples and dictionaries, which is what it takes.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Executable,
    LargeBinary,
    bindparam,
    cast,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from trader.adapters.tables import PROJECTIONS, TABLES, AlertEventRow, DeliveryRow, JournalRow, TableName, table_of
from trader.journal.record import GENESIS, Chain, Record

_PAGE = 5_000


class StoreError(OSError):
    """The database cannot be read or written. The message says which file and why; trading stops."""


_APPEND = str(insert(table_of(JournalRow)).compile(dialect=sqlite.dialect(paramstyle="qmark")))
_NAMED = sqlite.dialect(paramstyle="named")


@cache
def _upsert(name: TableName) -> str:
    """What writes whole rows over what is there."""
    table = TABLES[name]
    statement = sqlite_insert(table)
    update = {c.name: c for c in statement.excluded if not c.primary_key}
    return str(statement.on_conflict_do_update(index_elements=table.primary_key, set_=update).compile(dialect=_NAMED))


@cache
def _delete(name: TableName, columns: tuple[str, ...]) -> str:
    """What deletes the rows that have given values in these columns."""
    table = TABLES[name]
    matches = (table.c[column] == bindparam(column) for column in columns)
    return str(table.delete().where(*matches).compile(dialect=_NAMED))


def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401 -- the driver's own connection type
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()


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
        self._failure = ""
        if must_exist and not path.is_file():
            raise StoreError(f"{path} does not exist: no batch has been run with this data folder")
        self._engine: Engine = create_engine(URL.create("sqlite", database=str(path)))
        event.listen(self._engine, "connect", _configure)
        try:
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            SQLModel.metadata.create_all(self._engine)
            self._connection: Connection = self._engine.connect()
            if not must_exist and _are_of_another_version(self._engine):
                self.clear_projections()  # who trades writes them anew from the journal
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(f"{path} cannot be opened: {_cause(error)}") from error

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
        self._engine.dispose()

    # --- the journal -------------------------------------------------------------------------------------------------

    def chain(self) -> Chain:
        """Where the journal ends."""
        columns = table_of(JournalRow).c
        last = self._read(select(columns.seq, columns.digest).order_by(columns.seq.desc()).limit(1))
        return Chain(last[0].seq, last[0].digest) if last else Chain(0, GENESIS)

    def append(self, records: Sequence[Record]) -> None:
        """Write records in one durable commit.

        Once that has failed, nothing is written any more: only another process finds out where the journal ends, and a
        record after the one that failed would leave a gap.

        Raises:
            StoreError: Nothing was written; nothing may be sent.
        """
        self._check_not_failed()
        rows = [(r.seq, r.ts_ns, r.kind, r.payload, r.digest) for r in records]
        try:
            self._connection.exec_driver_sql(_APPEND, rows)
            self._connection.commit()
        except SQLAlchemyError as error:
            self._failure = f"{self.path} cannot be written: {_cause(error)}"
            with suppress(SQLAlchemyError):
                self._connection.rollback()
            raise StoreError(self._failure) from error

    def _check_not_failed(self) -> None:
        if self._failure:
            raise StoreError(self._failure)

    def records(self) -> Iterator[Record]:
        """The whole journal in order.

        Raises:
            StoreError: A record cannot be read; the message names it, and those before it have been given.
        """
        columns = table_of(JournalRow).c
        # SQLite keeps what it is given: bytes that somebody has written over as text are read as bytes all the same.
        payload = cast(columns.payload, LargeBinary).label("payload")
        query = select(columns.seq, columns.ts_ns, columns.kind, payload, columns.digest).order_by(columns.seq)
        seq, size = 0, _PAGE
        while True:
            try:
                page = self._read(query.where(columns.seq > seq).limit(size))
            except StoreError as error:
                if size == 1:
                    raise StoreError(f"record {seq + 1} cannot be read: {error}") from error
                size = 1  # one by one, to find the one that cannot be read
                continue
            if not page:
                return
            for row in page:
                yield Record(row.seq, row.ts_ns, row.kind, row.payload, row.digest)
            seq = page[-1].seq

    def _read(self, query: Executable) -> Sequence[Any]:
        try:
            return self._connection.execute(query).all()
        except SQLAlchemyError as error:
            raise StoreError(f"{self.path} cannot be read: {_cause(error)}") from error
        finally:
            self._connection.rollback()

    # --- projections -------------------------------------------------------------------------------------------------

    def project(
        self,
        rows: Mapping[TableName, Sequence[Mapping[str, object]]],
        *,
        instead_of: Mapping[TableName, Sequence[Mapping[str, object]]] | None = None,
    ) -> None:
        """Write projection rows over what is there, in one commit.

        Args:
            rows: By table, each with all columns.
            instead_of: By table, the values of some columns, always the same ones: the rows that have them go first.

        Raises:
            StoreError: Nothing was written.
        """
        statements = [(_delete(name, tuple(its[0])), its) for name, its in (instead_of or {}).items() if its]
        statements += [(_upsert(name), its) for name, its in rows.items() if its]
        if not statements:
            return
        self._check_not_failed()
        try:
            with self._connection.begin():
                for statement, its in statements:
                    self._connection.exec_driver_sql(statement, its)
        except SQLAlchemyError as error:
            raise StoreError(f"{self.path} cannot be written: {_cause(error)}") from error

    def rows(
        self, name: TableName, *, where: Mapping[str, object] | None = None, newest_first: bool = False
    ) -> list[dict[str, Any]]:
        """Projection rows in key order, each as a plain dictionary.

        Args:
            name: The projection.
            where: Column values to match.
            newest_first: The other way round.
        """
        table = TABLES[name]
        keys = [c.desc() if newest_first else c for c in table.primary_key]
        query = select(table).order_by(*keys)
        for column, value in (where or {}).items():
            query = query.where(table.c[column] == value)
        return [dict(row._mapping) for row in self._read(query)]  # noqa: SLF001 -- SQLAlchemy's API

    def last_alert_event(self) -> int:
        """The number of the last event of an alert; 0 for none."""
        (last,) = self._read(select(func.max(table_of(AlertEventRow).c.seq)))
        return last[0] or 0

    def alert_events_after(self, seq: int) -> list[dict[str, Any]]:
        """The events of alerts after a number, in their order."""
        table = table_of(AlertEventRow)
        found = self._read(select(table).where(table.c.seq > seq).order_by(table.c.seq))
        return [dict(row._mapping) for row in found]  # noqa: SLF001 -- SQLAlchemy's API

    def last_deliveries(self) -> dict[str, int]:
        """For each sink that anything was ever meant for, the number of the last event."""
        columns = table_of(DeliveryRow).c
        rows = self._read(select(columns.sink, func.max(columns.seq)).group_by(columns.sink))
        return {row[0]: row[1] for row in rows}

    def clear_projections(self) -> None:
        """Make every projection anew and empty, with today's columns, before they are rebuilt."""
        self._check_not_failed()
        try:
            with self._connection.begin():
                SQLModel.metadata.drop_all(self._connection, list(PROJECTIONS.values()))
                SQLModel.metadata.create_all(self._connection, list(PROJECTIONS.values()))
        except SQLAlchemyError as error:
            raise StoreError(f"{self.path} cannot be written: {_cause(error)}") from error


def _are_of_another_version(engine: Engine) -> bool:
    """True when a projection in the file has other columns than today's."""
    found = inspect(engine)
    return any(
        {column["name"] for column in found.get_columns(name)} != set(table.c.keys())
        for name, table in PROJECTIONS.items()
    )


def _cause(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error)
