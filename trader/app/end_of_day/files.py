"""``trader report``: the end of a trade date as files, with the journal's head in them as an anchor."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from trader.adapters.clock import now_ns
from trader.app.end_of_day.anchors import REPORTS, keep_anchor
from trader.app.end_of_day.day import Day
from trader.app.end_of_day.report import day_asked_for, day_of, past_of
from trader.app.end_of_day.text import report_text
from trader.app.result_file import write_result
from trader.domain.errors import ConfigError
from trader.journal.anchor import Anchor


@dataclass(frozen=True, slots=True)
class Report:
    """What was written.

    Attributes:
        day: What it says.
        anchor: The journal's head in it.
        files: Where it is: the JSON, then the Markdown.
        second: The second place for the anchor; None for none.
    """

    day: Day
    anchor: Anchor
    files: tuple[Path, Path]
    second: Path | None


def write_report(data: Path, wanted: date | None, second: Path | None) -> Report:
    """Write the end-of-day report of a trade date, and keep the anchor in the second place too.

    A report that was there and says otherwise is kept beside it, under a number.

    Args:
        data: The data folder.
        wanted: The trade date; None for the last that had a batch.
        second: The second place for the anchor; None for none.

    Raises:
        ConfigError: There is no such day, or a file cannot be written.
        StoreError: There is no journal.
        JournalDamagedError: The journal does not hold.
    """
    past, made_ns = past_of(data), now_ns()
    trade_date = day_asked_for(past, wanted, made_ns)
    day = day_of(past, trade_date)
    anchor = Anchor(made_ns, day.trade_date, past.last_seq, past.head_hash)
    folder = data / REPORTS
    files = folder / f"{trade_date}.json", folder / f"{trade_date}.md"
    facts = msgspec.to_builtins(day) | {"anchor": msgspec.to_builtins(anchor)}
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        write_result(files[0], msgspec.json.format(msgspec.json.encode(facts), indent=2) + b"\n")
        write_result(files[1], report_text(day, anchor, str(second) if second else "").encode())
    except OSError as error:
        raise ConfigError(f"no report can be written to {folder}: {error.strerror or error}") from error
    if second is not None:
        keep_anchor(anchor, second)
    return Report(day, anchor, files, second)
