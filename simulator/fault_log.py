"""What was done to the messages of a FIX session, for tests and for people: one JSON line a fault."""

from pathlib import Path
from typing import BinaryIO

import msgspec

from simulator.faults.session.faults import SessionFaults
from trader.domain.errors import ConfigError


class FaultLog:
    """One JSON line a fault, or nothing when there is no path.

    Raises:
        ConfigError: The file cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        try:
            self._file: BinaryIO | None = path.open("ab", buffering=0) if path else None
        except OSError as error:
            raise ConfigError(f"the fault log {path} cannot be written: {error}") from error

    def close(self) -> None:
        """Write nothing more."""
        if self._file is not None:
            self._file.close()

    def write(self, faults: SessionFaults) -> None:
        """Add what was done since the last time."""
        done = faults.take_done()
        if self._file is not None and done:
            self._file.write(b"".join(msgspec.json.encode(fault) + b"\n" for fault in done))
