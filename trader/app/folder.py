"""A data folder: private, and owned by one process at a time."""

import fcntl
import os
from pathlib import Path

from trader.adapters.private import own_folder
from trader.domain.errors import ConfigError

DATABASE = "trader.db"
_MARKS = (DATABASE, "lock", "KILL", "HALTED", "fix", "results")


class DataFolder:
    """The folder with the database, the FIX stores and the result files; locked while this object is open.

    Args:
        path: Made with mode 0700 if it is not there; narrowed to that, with all that is in it, if it is.

    Raises:
        ConfigError: It cannot be used, is not ours alone, or another process holds it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            own_folder(path, _MARKS)
            # Never through a link: somebody else's file would be cut to our process id.
            self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._lock, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(self._lock)
            raise ConfigError(
                f"the data folder {path} is in use by process {holder}; two robots on one journal would trade twice. "
                f"Wait for it, or use another folder with --data"
            ) from None
        try:
            os.ftruncate(self._lock, 0)
            os.write(self._lock, str(os.getpid()).encode())
        except OSError as error:
            os.close(self._lock)
            raise _unusable(path, error) from error

    @property
    def database(self) -> Path:
        """The database file."""
        return self.path / DATABASE

    def fix(self, venue: str) -> Path:
        """The FIX store of a venue."""
        return self.path / "fix" / venue

    def results(self) -> Path:
        """Where result files go."""
        folder = self.path / "results"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)


def _unusable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"the data folder {path} cannot be used: {error.strerror or error}; nothing was sent")


def holder(path: Path) -> int:
    """The process that has a data folder; 0 when none has.

    It only looks: a lock of its own, however short, could keep a robot from starting.
    """
    try:
        process = int((path / "lock").read_text("ascii"))
        os.kill(process, 0)
    except PermissionError:
        return process
    except (OSError, ValueError):
        return 0
    return process
