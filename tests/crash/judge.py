"""The judge of a cell: the venue's own trade log and store, against the batch, the result file and the journal."""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulator.effects import TradeKind
from tests.crash.cell import STORE, TRADES, Played
from tests.crash.day import LEFT_TO_US, ROWS
from trader.app.end_of_day.verify import verify_folder
from trader.app.exit_codes import EXIT_INCOMPLETE
from trader.domain.ids import line_of
from trader.fix import tags
from trader.fix.text import SOH, split

# A line gets so many orders, and is given up when the venue says that none of them ever came; docs/recovery.md.
_ORDERS_MAX, _GIVEN_UP = 3, "VENUE_NEVER_RECEIVED"
_OUR_CANCEL = ("STOPPED", "JOURNAL_FAILED")  # the desk's own, or the halt's after a disk has failed


@dataclass
class Verdict:
    """What is wrong at the end of a cell.

    Attributes:
        lost: Rows of which the venue dealt less than it would have, or of which the result file misses a trade.
        doubled: Rows of which it dealt more, got an order twice, or of which the result file has a trade too many.
        unknown: Rows that are unknown in the result file.
        wrong: Everything that is wrong, these included, each in a sentence.
    """

    lost: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


def judge(played: Played) -> Verdict:
    """Compare what the venue did with what was asked, and what the robot says with what the venue did."""
    verdict = Verdict()
    if played.codes[-1] != EXIT_INCOMPLETE:
        verdict.wrong.append(f"the runs ended with {played.codes}")
        return verdict
    trades = _trades(played.folder)
    with (played.folder / played.summary["result_file"]).open(encoding="utf-8", newline="") as file:
        results = {row["row_id"]: row for row in csv.DictReader(file)}
    may_give_up = len(played.cell.strikes) >= _ORDERS_MAX
    for row in ROWS:
        result = results[row.row_id]
        if may_give_up and result["reason_code"] == _GIVEN_UP and not trades[row.row_id]:
            continue
        _judge_row(verdict, row.row_id, trades[row.row_id], result)
    for row_id in _sent_twice(played.folder):
        verdict.doubled.add(row_id)
        verdict.wrong.append(f"{row_id}: an order of it came twice to the venue")
    if not played.summary["reconciled"]:
        verdict.wrong.append(f"not reconciled: {played.summary['breaks']}")
    verdict.wrong += verify_folder(played.folder / "data", "", rebuild=False)["faults"]
    for error in played.folder.glob("robot-*.err"):
        if "Traceback" in error.read_text("utf-8"):
            verdict.wrong.append(f"{error.name} has a traceback")
    return verdict


def _judge_row(verdict: Verdict, row_id: str, trades: list[dict[str, Any]], result: dict[str, str]) -> None:
    row = next(row for row in ROWS if row.row_id == row_id)
    asked, dealt = row.amount * row.part, sum((Decimal(trade["last_qty"]) for trade in trades), Decimal(0))
    far = sum((Decimal(leg["last_qty"]) for trade in trades for leg in trade.get("legs", ())[1:]), Decimal(0))
    told, known = Counter(result["trade_ids"].split()), Counter(trade["exec_id"] for trade in trades)
    for is_so, rows, sentence in (
        (dealt < asked or known - told, verdict.lost, f"{dealt} of {asked} dealt, {known - told} not told of"),
        (dealt > asked or told - known, verdict.doubled, f"{dealt} of {asked} dealt, {told - known} only told of"),
        (result["status"] == "unknown", verdict.unknown, "unknown"),
    ):
        if is_so:
            rows.add(row_id)
            verdict.wrong.append(f"{row_id}: {sentence}")
    said = (result["status"], Decimal(result["filled_amount"]), Decimal(result["far_filled_amount"] or 0))
    if said != (row.status, asked, far):
        verdict.wrong.append(f"{row_id}: the result file says {said}, expected {(row.status, asked, far)}")
    if row_id in LEFT_TO_US and result["reason_code"] not in _OUR_CANCEL:
        verdict.wrong.append(f"{row_id}: ended by {result['reason_code']}, expected our own cancel")


def _trades(folder: Path) -> defaultdict[str, list[dict[str, Any]]]:
    """The venue's trades by row, as they stand: without those that it has taken back."""
    standing: dict[str, dict[str, Any]] = {}
    for text in (folder / TRADES).read_text("utf-8").splitlines():
        trade = json.loads(text)
        standing.pop(trade.get("exec_ref_id", ""), None)
        if trade.get("kind") != TradeKind.BUST:
            standing[trade["exec_id"]] = trade
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for trade in standing.values():
        found[_row_of(trade["cl_ord_id"])].append(trade)
    return found


def _sent_twice(folder: Path) -> Iterator[str]:
    """Rows of which the venue got one order twice, or a second one, though the first could still trade.

    The venue's store has every message that it ever took. Only an order on a quote may come again, under another name:
    a quote that is gone kills it.
    """
    names: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for text in (folder / STORE / "venue.jsonl").read_text("utf-8").splitlines():
        for happened in json.loads(text).get("inputs", ()):
            fields = dict(split(happened.get("text", "").removesuffix(SOH)))
            if fields.get(tags.MSG_TYPE) in ("D", "AB"):
                names[fields[tags.CL_ORD_ID]] += 1
                rows[_row_of(fields[tags.CL_ORD_ID])] += 1
    on_quotes = {row.row_id for row in ROWS if ",RFQ," in row.text}
    yield from (_row_of(name) for name, times in names.items() if times > 1)
    yield from (row_id for row_id, times in rows.items() if times > 1 and row_id not in on_quotes)


def _row_of(cl_ord_id: str) -> str:
    line = line_of(cl_ord_id)
    assert line is not None, cl_ord_id
    return ROWS[line.line_no - 1].row_id
