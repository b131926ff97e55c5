"""One trade date over all its batches, as data: what its JSON has, in that order, and what its sentences are made of.

Amounts are decimal numbers as text, because JSON has no exact ones.
"""

from msgspec import Struct


class Sums(Struct, frozen=True, kw_only=True):
    """One amount in each book, of one currency.

    Attributes:
        asked: What the desk wants.
        executed: What the robot has booked.
        reported: What the venue lists; None where it lists nothing.
        agree: Whether every book there is has the same.
    """

    asked: str
    executed: str
    reported: str | None
    agree: bool


class Total(Sums, frozen=True):
    """The signed sums of the dealt amounts in one currency, for one value date (2026-03-02); plus is bought."""

    currency: str
    value_date: str


class RowDay(Sums, frozen=True):
    """One leg of one row.

    Attributes:
        row_id: The desk's own name for the row.
        leg: From 0.
        status: What became of the line.
        pair: Such as EUR/USD.
        side: BUY or SELL, of the dealt currency.
        currency: The dealt one.
        value_date: As in 2026-03-02.
        reason_code: Why it did not fill; "" when it did.
    """

    row_id: str
    leg: int
    status: str
    pair: str
    side: str
    currency: str
    value_date: str
    reason_code: str

    @property
    def is_well(self) -> bool:
        """Filled, and every book says so."""
        return self.agree and self.status == "filled"


class Change(Struct, frozen=True):
    """What changed after the end of a batch.

    Attributes:
        ts_ns: When, UTC nanoseconds.
        text: The code of the alert, and its sentence.
    """

    ts_ns: int
    text: str


class BatchDay(Struct, frozen=True):
    """One batch.

    Attributes:
        batch_id: Its id.
        name: The file's name.
        content_hash: SHA-256 of the file, hexadecimal.
        venues: Where its lines went.
        trader: Who launched it.
        phase: Where it is in its life.
        lines: How many lines there are in ``total``, and how many stand where.
        compared: The books that were held against each other.
        reconciled: Whether every book there is was there, and agrees.
        signed_for: Whether two persons have signed for the breaks.
        exit_code: What its own run would end with now.
        breaks: What differs, the worst first; see :meth:`trader.reconcile.breaks.Break.to_json`.
        changed_after_end: Busts, corrections and fills that came when it was done.
        rows: Every leg of every row.
    """

    batch_id: str
    name: str
    content_hash: str
    venues: list[str]
    trader: str
    phase: str
    lines: dict[str, int]
    compared: list[str]
    reconciled: bool
    signed_for: bool
    exit_code: int
    breaks: list[dict[str, str | None]]
    changed_after_end: list[Change]
    rows: list[RowDay]


class UnmatchedTrade(Struct, frozen=True):
    """A trade that the venue has reported and that fits no order of ours; an *orphan*, as its code has it.

    Attributes:
        venue: Who reports it.
        exec_id: ExecID(17).
        cl_ord_id: ClOrdID(11); "" for none.
        pair: Symbol(55).
        quantity: LastQty(32).
        rate: LastPx(31).
        came_ns: When it came, UTC nanoseconds.
        why: Why it was not booked.
    """

    venue: str
    exec_id: str
    cl_ord_id: str
    pair: str
    quantity: str
    rate: str
    came_ns: int
    why: str


class UnknownOrder(Struct, frozen=True):
    """An order of which nobody knows what became of it.

    Attributes:
        venue: Whose it is.
        cl_ord_id: ClOrdID(11).
        order_id: OrderID(37); "" before the venue has named one.
        pair: Such as EUR/USD.
        filled: What it has filled so far, units of the dealt currency.
        sent_ns: When it left, UTC nanoseconds.
    """

    venue: str
    cl_ord_id: str
    order_id: str
    pair: str
    filled: str
    sent_ns: int


class Day(Struct, frozen=True):
    """A trade date.

    Attributes:
        trade_date: As in 2026-03-02.
        exit_code: What ``trader reconcile`` ends with.
        reconciled: Whether nothing is open: every batch is settled, no trade unmatched, no order unknown.
        batches: Those that were submitted for it.
        totals: Per currency and value date.
        orphans: Unmatched trades of whatever day: they stay until a person has dealt with them.
        unknown_orders: Of whatever day: they hold their limits until somebody knows.
    """

    trade_date: str
    exit_code: int
    reconciled: bool
    batches: list[BatchDay]
    totals: list[Total]
    orphans: list[UnmatchedTrade]
    unknown_orders: list[UnknownOrder]
