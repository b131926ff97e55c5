"""``trader report``: the end of a trade date as files, with the journal's head in them as an anchor."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from trader.adapters.clock import now_ns
from trader.app.end_of_day.anchors import REPORTS, keep_anchor
from trader.app.end_of_day.report import day_asked_for, day_facts, past_of
from trader.app.end_of_day.text import report_text
from trader.app.result_file import write_result
from trader.domain.errors import ConfigError
from trader.journal.anchor import Anchor


def write_report(data: Path, wanted: date | None, second: Path | None) -> dict[str, Any]:
    """Write the end-of-day report of a trade date, and keep the anchor in the second place too.

    A report that was there and says otherwise is kept beside it, under a number.

    Args:
        data: The data folder.
        wanted: The trade date; None for the last that had a batch.
        second: The second place for the anchor; None for none.

    Returns:
        The facts, with the paths of the files.

    Raises:
        ConfigError: There is no such day, or a file cannot be written.
        StoreError: There is no journal.
        JournalDamagedError: The journal does not hold.
    """
    past, made_ns = past_of(data), now_ns()
    day = day_asked_for(past, wanted, made_ns)
    anchor = Anchor(made_ns, day.isoformat(), past.last_seq, past.head_hash)
    facts = day_facts(past, day) | {"anchor": msgspec.to_builtins(anchor)}
    folder = data / REPORTS
    where = folder / f"{day}.json"
    content = msgspec.json.format(msgspec.json.encode(facts), indent=2) + b"\n"
    text = report_text(facts, anchor, str(second) if second else "")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        write_result(where, content)
        write_result(where.with_suffix(".md"), text.encode())
    except OSError as error:
        raise ConfigError(f"no report can be written to {folder}: {error.strerror or error}") from error
    if second is not None:
        keep_anchor(anchor, second)
    return facts | {"files": [str(where), str(where.with_suffix(".md"))], "second_place": str(second or "")}
