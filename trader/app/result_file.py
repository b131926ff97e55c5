"""The desk's result file on the disk: whole or not there, and one that said otherwise is kept beside it."""

import os
from contextlib import suppress
from itertools import count
from pathlib import Path


def write_result(path: Path, content: bytes) -> Path | None:
    """Write a result file. One that is there and says otherwise is kept beside it, under the next free number.

    Args:
        path: Where to.
        content: All of it.

    Returns:
        Where the one that was there is kept; None when there was none, or it was the same.

    Raises:
        OSError: It could not be written; what was there is there still.
    """
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    _write_new(part, content)
    before = path.read_bytes() if path.is_file() else content
    kept = _keep(path, before) if before != content else None
    part.replace(path)
    return kept


def _keep(path: Path, content: bytes) -> Path:
    """Write what a file says under a name of its own."""
    for number in count(1):
        kept = path.with_name(f"{path.stem}.{number}{path.suffix}")
        with suppress(FileExistsError):
            _write_new(kept, content)
            return kept
    raise AssertionError("numbers do not end")


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that only we can read: made anew, and never through a link that somebody left there."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.write(content)
