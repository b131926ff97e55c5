"""The tables of the database: SQLModel classes, which only :mod:`trader.adapters.store` reads and writes.

Decimals are TEXT, because SQLAlchemy stores them in SQLite as REAL and cuts them.
"""

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import BigInteger, Column, LargeBinary, Table
from sqlmodel import Field, SQLModel


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
    is_signed_for: bool
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
    """One fill that counts: ``key`` tells it from the others of its order, which ``exec_id`` need not. A projection."""

    __tablename__ = "fills"

    batch_id: str = Field(primary_key=True)
    line_no: int = Field(primary_key=True)
    cl_ord_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    exec_id: str
    last_qty: str
    last_px: str
    settl_date: str
    contra_qty: str


class ProgressRow(SQLModel, table=True):
    """How far batches, orders and fills are written: one row. A projection."""

    __tablename__ = "progress"

    id: int = Field(primary_key=True)
    seq: int


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
    number: int
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


class OrphanRow(SQLModel, table=True):
    """One time a trade that fits no order of ours was kept, or left the list. A projection."""

    __tablename__ = "orphans"

    seq: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    ts_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    is_kept: bool
    venue: str
    exec_id: str
    cl_ord_id: str
    pair: str
    side: str
    currency: str
    last_qty: str
    last_px: str
    settl_date: str
    rule: str
    text: str


class StopRow(SQLModel, table=True):
    """One stop in force after a record that changed them; ACTIVE where there is none. A projection."""

    __tablename__ = "stops"

    seq: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    scope: str
    state: str
    code: str
    since_ns: int = Field(sa_column=Column(BigInteger, nullable=False))
    who: str
    reason: str


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


class PasswordRow(SQLModel, table=True):
    """One user's password, as its hash, and how many wrong ones were given since the last right one."""

    __tablename__ = "passwords"

    user: str = Field(primary_key=True)
    hash: str
    wrong: int
    wrong_ns: int = Field(sa_column=Column(BigInteger, nullable=False))


def table_of(row: type[SQLModel]) -> Table:
    """The table of a row's class."""
    table: Table = row.__table__  # type: ignore[attr-defined] # SQLModel adds it to table classes at run time
    return table


PROJECTIONS: Mapping[str, Table] = {
    "batches": table_of(BatchRow),
    "orders": table_of(OrderRow),
    "fills": table_of(FillRow),
    "progress": table_of(ProgressRow),
    "alert_events": table_of(AlertEventRow),
    "firings": table_of(FiringRow),
    "limit_versions": table_of(LimitVersionRow),
    "limits": table_of(LimitRow),
    "orphans": table_of(OrphanRow),
    "stops": table_of(StopRow),
    "kills": table_of(KillRow),
    "kill_orders": table_of(KillOrderRow),
}
# What is kept beside the journal, because no journal can give it again.
TABLES: Mapping[str, Table] = {
    **PROJECTIONS,
    "deliveries": table_of(DeliveryRow),
    "passwords": table_of(PasswordRow),
}
TableName = Literal[
    "batches",
    "orders",
    "fills",
    "progress",
    "alert_events",
    "firings",
    "limit_versions",
    "limits",
    "orphans",
    "stops",
    "kills",
    "kill_orders",
    "deliveries",
    "passwords",
]
