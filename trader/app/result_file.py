"""The desk's result file on the disk: whole or not there, and one that said otherwise is kept beside it."""

from contextlib import suppress
from itertools import count
from pathlib import Path

from trader.adapters.durable import write_new, write_whole


def write_result(path: Path, content: bytes) -> Path | None:
    """Write a result file. One that is there and says otherwise is kept beside it, under the next free number.

    All of it is on the disk when this returns.

    Args:
        path: Where to.
        content: All of it.

    Returns:
        Where the one that was there is kept; None when there was none, or it was the same.

    Raises:
        OSError: It could not be written; what was there is there still.
    """
    before = path.read_bytes() if path.is_file() else content
    kept = _keep(path, before) if before != content else None
    write_whole(path, content)
    return kept


def _keep(path: Path, content: bytes) -> Path:
    """Write what a file says under a name of its own."""
    for number in count(1):
        kept = path.with_name(f"{path.stem}.{number}{path.suffix}")
        with suppress(FileExistsError):
            write_new(kept, content)
            return kept
    raise AssertionError("numbers do not end")
