"""What outlives the venue's process: everything that happened to it, in order, on disk before it is acted upon.

The venue is pure. The same happenings at the same moments make the same orders, trades and ids, so that a venue whose
process was killed comes back as the one it was, and can be asked what became of an order.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Self

import msgspec

from simulator.faults.scenario import Scenario
from trader.domain.errors import ConfigError

FILE = "venue.jsonl"


class Opening(msgspec.Struct, frozen=True):
    """What the venue was opened with. With anything else it is another venue, which remembers nothing.

    Attributes:
        start_ns: The moment of opening, UTC nanoseconds.
        seed: Of its prices, ids and chances.
        trade_date: TradeDate(75) of its trades.
        scenario: How it behaves.
    """

    start_ns: int
    seed: int
    trade_date: date
    scenario: Scenario

    def is_same_venue(self, other: Self) -> bool:
        """True when the same happenings make the same trades, whenever it opened."""
        return msgspec.structs.replace(other, start_ns=self.start_ns) == self


class Message(msgspec.Struct, frozen=True, tag="message"):
    """An application message.

    Attributes:
        text: All of it.
        came_ns: When it arrived, UTC nanoseconds; it may have waited its turn since.
    """

    text: str
    came_ns: int = 0


class LoggedOn(msgspec.Struct, frozen=True, tag="logged_on"):
    """A client's session has begun."""

    client: str


class LoggedOut(msgspec.Struct, frozen=True, tag="logged_out"):
    """A client's session has ended, with or without a Logout."""

    client: str


Happened = Message | LoggedOn | LoggedOut


class Happening(msgspec.Struct, frozen=True):
    """What the venue took at one moment; nothing means that only time passed.

    Attributes:
        ts_ns: The moment, UTC nanoseconds.
        inputs: In the order they came.
    """

    ts_ns: int
    inputs: tuple[Happened, ...]


class Memory:
    """A file of happenings, or none at all when there is no folder.

    A write is safe from the end of the process, not from a power cut: it is not waited for.
    """

    def __init__(self, folder: Path | None, opening: Opening) -> None:
        """Open the file, and begin it anew when it is another venue's.

        Args:
            folder: Where; None remembers nothing.
            opening: With what the venue opens now.

        Raises:
            ConfigError: The folder or the file cannot be used.
        """
        self.opening = opening
        self._path = folder / FILE if folder else None
        self._file = None
        if folder is None or self._path is None:
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            kept = self._kept_opening()
            is_same = kept is not None and kept.is_same_venue(opening)
            self._file = self._path.open("ab" if is_same else "wb")
        except (OSError, msgspec.DecodeError) as error:
            raise ConfigError(f"the store {folder} cannot be used: {error}; expected a folder, or nothing") from error
        if is_same and kept is not None:
            self.opening = kept
        else:
            self._write(opening)

    def _kept_opening(self) -> Opening | None:
        assert self._path is not None
        if not self._path.exists():
            return None
        with self._path.open("rb") as file:
            line = file.readline()
        return msgspec.json.decode(line, type=Opening) if line else None

    def happenings(self) -> Iterator[Happening]:
        """Everything since the opening."""
        if self._path is None:
            return
        decoder = msgspec.json.Decoder(Happening)
        with self._path.open("rb") as file:
            next(file)  # the opening
            for line in file:
                yield decoder.decode(line)

    def note(self, ts_ns: int, inputs: Sequence[Happened]) -> None:
        """Add what happens now, before it is acted upon.

        Raises:
            OSError: It may not be remembered; nothing of it may be told to anybody.
        """
        if self._file is not None:
            self._write(Happening(ts_ns, tuple(inputs)))

    def _write(self, what: Opening | Happening) -> None:
        assert self._file is not None
        self._file.write(msgspec.json.encode(what) + b"\n")
        self._file.flush()
