"""The end-of-day report for people, in Markdown; it says what the JSON beside it says, and leaves out what is well."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from trader.app.end_of_day.day import BatchDay, Day, RowDay, Sums, UnknownOrder, UnmatchedTrade
from trader.app.exit_codes import EXIT_UNKNOWN
from trader.domain.moments import moment
from trader.engine.state import BatchPhase
from trader.journal.anchor import Anchor

_ROWS_MAX = 200
_HEADS = ("asked", "robot", "venue")

# What keeps a day open, of one and of several.
_BREAK = ("break", "breaks")
_UNMATCHED = ("unmatched trade", "unmatched trades")
_UNKNOWN_ORDER = ("unknown order", "unknown orders")
_UNDER_WAY = ("batch is still being traded", "batches are still being traded")
_SUSPENDED = ("suspended batch", "suspended batches")
_UNKNOWN_LINES = ("batch with unknown lines", "batches with unknown lines")
_NO_ACCOUNT = (
    "batch of which the venue's own account of the trades is not complete",
    "batches of which the venue's own account of the trades is not complete",
)


def report_text(day: Day, anchor: Anchor, second: str) -> str:
    """The whole report.

    Args:
        day: What there is to say.
        anchor: Where the journal ended.
        second: Where the anchor is kept besides; "" for nowhere.
    """
    return "\n".join([*_summary(day), *_batches(day), *_differences(day), *_anchor(anchor, second)]) + "\n"


def _summary(day: Day) -> Iterator[str]:
    yield f"# End of day {day.trade_date}"
    yield ""
    yield headline(day)
    yield ""
    yield "## Per currency and value date"
    yield ""
    yield "Signed sums of the dealt amounts; plus is bought."
    yield ""
    yield from _table(
        ("currency", "value date", *_HEADS, "agree"),
        ([total.currency, total.value_date, *_numbers(total), _yes(total.agree)] for total in day.totals),
    )


def headline(day: Day) -> str:
    """The day in a sentence or two."""
    counts = "No batch was submitted for this trade date."
    if day.batches:
        lines = sum(batch.lines["total"] for batch in day.batches)
        filled = sum(batch.lines["filled"] for batch in day.batches)
        batches = _counted(len(day.batches), "batch", "batches")
        counts = f"{batches}, {_counted(lines, 'line', 'lines')}, of which {filled} filled."
    return f"{counts} {_verdict(day)}".rstrip()


def _verdict(day: Day) -> str:
    """Whether the day is reconciled, and if not, what is open."""
    if not day.reconciled:
        return f"NOT reconciled: {', '.join(_open_ends(day))}."
    signed = sum(len(batch.breaks) for batch in day.batches if batch.signed_for)
    if signed:
        return f"Reconciled; {_counted(signed, *_BREAK)} signed for."
    return "Reconciled: every book there is agrees." if day.batches else ""


def _open_ends(day: Day) -> Iterator[str]:
    ends = Counter({_BREAK: 0, _UNMATCHED: len(day.orphans), _UNKNOWN_ORDER: len(day.unknown_orders)})
    for batch in day.batches:
        if batch.exit_code == EXIT_UNKNOWN:
            ends.update(_open_end(batch))
    return (_counted(count, *what) for what, count in ends.items() if count)


def _open_end(batch: BatchDay) -> dict[tuple[str, str], int]:
    """What keeps an open batch open, and how many there are of it."""
    if batch.phase == BatchPhase.SUSPENDED:
        return {_SUSPENDED: 1}
    if batch.phase not in (BatchPhase.COLLECTING, BatchPhase.DONE):
        return {_UNDER_WAY: 1}
    if batch.breaks and not batch.signed_for:
        return {_BREAK: len(batch.breaks)}
    return {_UNKNOWN_LINES if batch.lines["unknown"] else _NO_ACCOUNT: 1}


def _batches(day: Day) -> Iterator[str]:
    for batch in day.batches:
        yield ""
        yield f"## Batch {batch.batch_id}, {_cell(batch.name)}"
        yield ""
        counts = ", ".join(f"{n} {s.replace('_', ' ')}" for s, n in batch.lines.items() if n and s != "total")
        lines, where = _counted(batch.lines["total"], "line", "lines"), ", ".join(batch.venues)
        phase = batch.phase.lower().replace("_", " ")
        yield f"{lines}: {counts}. Launched by {_cell(batch.trader)}, at {where}; {phase}, {_agreement(batch)}."
        yield ""
        # Above so many, whoever wants the rows that are well reads the JSON.
        rows = batch.rows if len(batch.rows) <= _ROWS_MAX else [row for row in batch.rows if not row.is_well]
        yield from _table(
            ("row", "deal", "value date", *_HEADS, "status"),
            ([_name(row), _deal(row), row.value_date, *_numbers(row), _status(row)] for row in rows),
        )
        if len(rows) < len(batch.rows):
            yield ""
            yield f"{len(batch.rows) - len(rows)} rows that are filled and agree are in the JSON beside this report."


def _differences(day: Day) -> Iterator[str]:
    for title, is_signed in (("Breaks, the worst first", False), ("Breaks that two persons have signed for", True)):
        batches = [batch for batch in day.batches if batch.signed_for is is_signed]
        yield from _list(title, (str(found["sentence"]) for batch in batches for found in batch.breaks))
    late = [change for batch in day.batches for change in batch.changed_after_end]
    yield from _list(
        "Changed after the end of its batch, whose file, run again, writes the result file anew",
        (f"{moment(each.ts_ns)} {each.text}" for each in late),
    )
    yield from _list("Unmatched trades", map(_unmatched, day.orphans))
    yield from _list("Orders of which nobody knows what became of them", map(_unknown, day.unknown_orders))


def _unmatched(trade: UnmatchedTrade) -> str:
    what = f"{trade.pair} {trade.quantity} at {trade.rate}, ClOrdID(11) {trade.cl_ord_id or 'none'}"
    return f"{trade.venue}, ExecID(17) {trade.exec_id}: {what}. {trade.why}"


def _unknown(order: UnknownOrder) -> str:
    return f"{order.venue}, ClOrdID(11) {order.cl_ord_id}: {order.pair}, {order.filled} filled so far"


def _anchor(anchor: Anchor, second: str) -> Iterator[str]:
    yield ""
    yield "## The journal"
    yield ""
    yield f"It had {anchor.last_seq} records when this was written, {moment(anchor.made_ns)}, and its head hash was"
    yield ""
    yield f"    {anchor.head_hash or 'none'}"
    yield ""
    place = f", and from {second}" if second else ". Keep this page elsewhere too: who can change the one can the other"
    yield f"`trader verify` compares the journal with this{place}."


def _agreement(batch: BatchDay) -> str:
    if batch.reconciled:
        return f"reconciled ({', '.join(batch.compared) or 'nothing was sent'})"
    return "its breaks signed for" if batch.signed_for else "NOT reconciled"


def _name(row: RowDay) -> str:
    return f"{row.row_id}, leg {row.leg + 1}" if row.leg else row.row_id


def _deal(row: RowDay) -> str:
    return f"{row.side.lower()} {row.currency} on {row.pair}"


def _status(row: RowDay) -> str:
    status = row.status.replace("_", " ") + (f" ({row.reason_code})" if row.reason_code else "")
    return status if row.agree else f"{status}, books DIFFER"


def _numbers(sums: Sums) -> list[str]:
    books = (sums.asked, sums.executed, sums.reported)
    return ["-" if number is None else _grouped(number) for number in books]


def _grouped(number: str) -> str:
    whole, dot, rest = number.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}{dot}{rest}"


def _list(title: str, items: Iterable[str]) -> Iterator[str]:
    lines = [f"* {_cell(item)}" for item in items]
    if lines:
        yield from ("", f"## {title}", "", *lines)


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield _line(columns)
    yield _line(["---"] * len(columns))
    for row in rows:
        yield _line([_cell(str(cell)) for cell in row])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """What a venue or a file has written, as text: it cannot end a cell, begin a heading or be a link or a tag."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return "".join(f"\\{c}" if c in "\\|<>[]`*_#" else c for c in plain)


def _yes(agree: bool) -> str:
    return "yes" if agree else "NO"


def _counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
