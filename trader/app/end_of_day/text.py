"""The end-of-day report for people, in Markdown; it says what the JSON beside it says, and leaves out what is well."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from trader.journal.anchor import Anchor

_ROWS_MAX = 200
_BOOKS = ("asked", "result_file", "executed", "reported")
_HEADS = ("asked", "result file", "robot", "venue")


def report_text(facts: dict[str, Any], anchor: Anchor, second: str) -> str:
    """The whole report.

    Args:
        facts: See :func:`trader.app.end_of_day.report.day_facts`.
        anchor: Where the journal ended.
        second: Where the anchor is kept besides; "" for nowhere.
    """
    return "\n".join([*_summary(facts), *_batches(facts), *_differences(facts), *_anchor(anchor, second)]) + "\n"


def _summary(facts: dict[str, Any]) -> Iterator[str]:
    yield f"# End of day {facts['trade_date']}"
    yield ""
    yield headline(facts)
    yield ""
    yield "## Per currency and value date"
    yield ""
    yield "Signed sums of the dealt amounts; plus is bought."
    yield ""
    yield from _table(
        ("currency", "value date", *_HEADS, "agree"),
        ([row["currency"], row["value_date"], *_numbers(row), _yes(row["agree"])] for row in facts["totals"]),
    )


def headline(facts: dict[str, Any]) -> str:
    """The day in a sentence or two."""
    batches = facts["batches"]
    if not batches:
        return "No batch was submitted for this trade date."
    lines = sum(batch["lines"]["total"] for batch in batches)
    filled = sum(batch["lines"]["filled"] for batch in batches)
    breaks = sum(len(batch["breaks"]) for batch in batches)
    text = f"{_counted(len(batches), 'batch', 'batches')}, {_counted(lines, 'line')}, of which {filled} filled. "
    if facts["reconciled"]:
        return text + "Reconciled: every book there is agrees."
    open_ends = [
        _counted(breaks, "break"),
        _counted(len(facts["orphans"]), "trade of nobody", "trades of nobody"),
        _counted(len(facts["unknown_orders"]), "unknown order"),
    ]
    return text + f"NOT reconciled: {', '.join(open_ends)}."


def _batches(facts: dict[str, Any]) -> Iterator[str]:
    for batch in facts["batches"]:
        yield ""
        yield f"## Batch {batch['batch_id']}, {_cell(batch['name'])}"
        yield ""
        counts = ", ".join(f"{n} {s.replace('_', ' ')}" for s, n in batch["lines"].items() if n and s != "total")
        lines, where = _counted(batch["lines"]["total"], "line"), ", ".join(batch["venues"])
        phase = batch["phase"].lower().replace("_", " ")
        yield f"{lines}: {counts}. Launched by {_cell(batch['trader'])}, at {where}; {phase}, {_verdict(batch)}."
        yield ""
        # Above so many, whoever wants the rows that are well reads the JSON.
        rows = batch["rows"] if len(batch["rows"]) <= _ROWS_MAX else [row for row in batch["rows"] if not _is_well(row)]
        yield from _table(
            ("row", "deal", "value date", *_HEADS, "status"),
            ([_name(row), _deal(row), row["value_date"], *_numbers(row), _status(row)] for row in rows),
        )
        if len(rows) < len(batch["rows"]):
            yield ""
            yield f"{len(batch['rows']) - len(rows)} rows that are filled and agree are in the JSON beside this report."


def _differences(facts: dict[str, Any]) -> Iterator[str]:
    breaks = [found for batch in facts["batches"] for found in batch["breaks"]]
    late = [change for batch in facts["batches"] for change in batch["changed_after_end"]]
    yield from _list("Breaks, the worst first", (found["sentence"] for found in breaks))
    yield from _list("Changed after the end of its batch", (f"{_moment(c['ts_ns'])} {c['text']}" for c in late))
    yield from _list("Trades of no order of ours", map(_orphan, facts["orphans"]))
    yield from _list("Orders of which nobody knows what became of them", map(_unknown, facts["unknown_orders"]))


def _orphan(orphan: dict[str, Any]) -> str:
    what = f"{orphan['pair']} {orphan['quantity']} at {orphan['rate']}, ClOrdID(11) {orphan['cl_ord_id'] or 'none'}"
    return f"{orphan['venue']}, ExecID(17) {orphan['exec_id']}: {what}. {orphan['why']}"


def _unknown(order: dict[str, Any]) -> str:
    return f"{order['venue']}, ClOrdID(11) {order['cl_ord_id']}: {order['pair']}, {order['filled']} filled so far"


def _anchor(anchor: Anchor, second: str) -> Iterator[str]:
    yield ""
    yield "## The journal"
    yield ""
    yield f"It had {anchor.last_seq} records when this was written, {_moment(anchor.made_ns)}, and its head hash was"
    yield ""
    yield f"    {anchor.head_hash or 'none'}"
    yield ""
    place = f", and from {second}" if second else ". Keep this page elsewhere too: who can change the one can the other"
    yield f"`trader verify` compares the journal with this{place}."


def _verdict(batch: dict[str, Any]) -> str:
    if batch["reconciled"]:
        return f"reconciled ({', '.join(batch['compared']) or 'nothing was sent'})"
    return "its breaks signed for" if batch["signed_for"] else "NOT reconciled"


def _is_well(row: dict[str, Any]) -> bool:
    return bool(row["agree"]) and row["status"] == "filled"


def _name(row: dict[str, Any]) -> str:
    return f"{row['row_id']}, leg {row['leg'] + 1}" if row["leg"] else str(row["row_id"])


def _deal(row: dict[str, Any]) -> str:
    return f"{row['side'].lower()} {row['currency']} on {row['pair']}"


def _status(row: dict[str, Any]) -> str:
    status = row["status"].replace("_", " ") + (f" ({row['reason_code']})" if row["reason_code"] else "")
    return status if row["agree"] else f"{status}, books DIFFER"


def _numbers(row: dict[str, Any]) -> list[str]:
    return ["-" if row[book] is None else _grouped(row[book]) for book in _BOOKS]


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


def _counted(number: int, what: str, plural: str = "") -> str:
    return f"{number:,} {what if number == 1 else plural or what + 's'}"


def _moment(ts_ns: int) -> str:
    return datetime.fromtimestamp(ts_ns // 1_000_000_000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
