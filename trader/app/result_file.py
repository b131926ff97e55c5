"""The desk's result file on the disk: whole or not there, and one that said otherwise is kept beside it."""

import os
from contextlib import suppress
from itertools import count
from pathlib import Path

from trader.adapters.durable import sync_folder, write_new, write_whole
from trader.domain.errors import ConfigError


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
    kept = _keep(path) if path.is_file() and path.read_bytes() != content else None
    write_whole(path, content)
    return kept


def _keep(path: Path) -> Path:
    """Write what a file says under a name of its own."""
    content = path.read_bytes()
    for number in count(1):
        kept = path.with_name(f"{path.stem}.{number}{path.suffix}")
        with suppress(FileExistsError):
            write_new(kept, content)
            return kept
    raise AssertionError("numbers do not end")


class ResultNotWrittenError(Exception):
    """The batch is as far as it goes, and journalled; only its result file could not be written."""


class ResultFile:
    """The result file of one run. One of an earlier run of the same file has the same name.

    Args:
        path: Where it is written.

    Attributes:
        before: Where the one that was there is kept; None when there was none, or it said the same.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.before: Path | None = None
        self._is_written = False

    @property
    def is_of_before(self) -> bool:
        """Whether what lies there is of an earlier run."""
        return not self._is_written and self.path.is_file()

    def check(self) -> None:
        """Find out whether it can be written, while nothing has been sent.

        Raises:
            ConfigError: It cannot.
        """
        folder = self.path.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"no result file can be written to {folder}: {error.strerror or error}") from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ConfigError(f"no result file can be written to {folder}: it is not ours to write to")

    def set_aside(self) -> None:
        """Keep one that is there under a number: until this run has its own, there is none to be taken for it.

        Raises:
            ConfigError: It cannot be; it is where it was.
        """
        if not self.path.is_file():
            return
        try:
            self.before = _keep(self.path)
            sync_folder(self.path.parent)
            self.path.unlink()
            sync_folder(self.path.parent)
        except OSError as error:
            problem = f"the result file of an earlier run, {self.path}, cannot be kept under another name"
            raise ConfigError(f"{problem}: {error.strerror or error}; nothing was sent now") from error

    def put_back(self) -> None:
        """Nothing has become of the run: the file that was set aside for it holds as before."""
        if self.before is not None and not self.path.exists():
            self.before.replace(self.path)
            self.before = None

    def write(self, content: bytes) -> None:
        """Write it; what was there and said otherwise is kept. All of it is on the disk when this returns.

        Raises:
            ResultNotWrittenError: It could not be written; what was there is there still.
        """
        try:
            if self.before is not None and self.before.is_file() and self.before.read_bytes() == content:
                self.put_back()
            self.before = write_result(self.path, content) or self.before
        except OSError as error:
            raise ResultNotWrittenError(
                f"the batch is done, but its result file could not be written to {self.path.parent}: "
                f"{error.strerror or error}; run the same file again, with --out if need be: nothing is sent then"
            ) from error
        self._is_written = True
