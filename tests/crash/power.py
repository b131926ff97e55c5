"""What a loss of power, or a bad disk, can leave of the robot's database, and what the next process makes of it.

``python -m tests.crash.power`` watches a real day of the real robot as far as its disk, and then opens what the disk
may hold after a loss of power at every moment of it. Then it cuts and spoils the files of a robot that was killed.
"""

import argparse
import pickle
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tests.crash.cell import DEADLINE_S, HEARTBEAT_S, robot, stage
from tests.crash.children import fork, wait_for, watch_children
from tests.crash.disk import OK, WatchedDisk
from tests.crash.seams import Passages, Strike, arm, die
from trader.adapters.store import Store, StoreError
from trader.journal.record import ChainFault, Record, check_chain

SECTOR_BYTES = 512
WAL_HEADER_BYTES, FRAME_HEADER_BYTES, PAGE_BYTES = 32, 24, 4096
FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES
DATABASE, LOG = "trader.db", "trader.db-wal"
Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done to a file, or that :meth:`Store.append` returned.

    Attributes:
        what: ``write``, ``truncate``, ``sync``, ``delete`` or ``durable``.
        name: The file.
        at: The offset of a write, the size after a truncation, the last sequence number that is durable.
        data: What was written.
    """

    what: str
    name: str
    at: int = 0
    data: bytes = b""


class _Recorder:
    """Writes down what a process does to its databases, while it does it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)

    def note(self, done: Done) -> None:
        pickle.dump(done, self._file)

    def write(self, path: Path, offset: int, data: bytes, _part: Callable[[int], None]) -> int:
        self.note(Done("write", path.name, offset, data))
        return OK

    def sync(self, path: Path, do: Callable[[], int]) -> int:
        code = do()
        self.note(Done("sync", path.name))
        return code

    def truncate(self, path: Path, size: int) -> None:
        self.note(Done("truncate", path.name, size))

    def delete(self, path: Path) -> None:
        self.note(Done("delete", path.name))


def _watched_robot(port: int, trace: Path) -> None:
    recorder = _Recorder(trace)
    WatchedDisk(recorder)
    append = Store.append

    def noted(store: Store, records: Sequence[Record]) -> None:
        append(store, records)
        recorder.note(Done("durable", DATABASE, records[-1].seq))

    Store.append = noted  # type: ignore[method-assign] # what is promised is noted beside what is done
    robot(port)


def record_day(folder: Path) -> tuple[list[Done], list[Record]]:
    """A whole day of the robot: what it did to its database, and the journal that it made."""
    with stage(folder, HEARTBEAT_S) as on:
        run = fork(folder, "robot", partial(_watched_robot, on.port, folder / "trace"))
        wait_for(lambda: run.look() or run.code is not None, DEADLINE_S, "the robot's end", [run])
    trace = []
    with (folder / "trace").open("rb") as file:
        while file.peek(1):
            trace.append(pickle.load(file))  # noqa: S301 -- written a moment ago, by our own child
    return trace, _journal(folder / "data" / DATABASE)


def kill_day(folder: Path, step: str, nth: int) -> tuple[Files, list[Record]]:
    """A day that ends with a kill: the files that it leaves, and the journal that is in them."""
    with stage(folder, HEARTBEAT_S) as on:

        def work() -> None:
            arm(Passages(), Strike(step, nth, die))
            robot(on.port)

        run = fork(folder, "robot", work)
        wait_for(lambda: run.look() or run.code is not None, DEADLINE_S, "the robot's end", [run])
    assert run.code is not None
    assert run.code < 0, run.err.read_text("utf-8")
    files = {path.name: path.read_bytes() for path in (folder / "data").glob(f"{DATABASE}*") if "shm" not in path.name}
    return files, _journal(folder / "data" / DATABASE)


def _journal(path: Path) -> list[Record]:
    store = Store(path)
    records = list(store.records())
    store.close()
    return records


@dataclass
class Disk:
    """A disk with a cache: what is safe, and what has been written since the last sync of its file.

    With the first sync of a new log SQLite syncs the folder too, so that what was deleted before stays deleted; seen
    with strace, and in ``unixSync`` of its ``os_unix.c``.
    """

    safe: Files = field(default_factory=dict)
    cached: dict[str, list[Done]] = field(default_factory=dict)
    promised: int = 0

    def take(self, done: Done) -> None:
        """Go on by one."""
        if done.what == "durable":
            self.promised = done.at
        elif done.what == "sync":
            waiting = self.cached.pop(done.name, [])
            if done.name not in self.safe or any(each.what == "delete" for each in waiting):
                self._sync_folder()
            for each in waiting:
                self.safe[done.name] = _applied(self.safe.get(done.name, b""), each)
        else:
            self.cached.setdefault(done.name, []).append(done)

    def _sync_folder(self) -> None:
        gone = [name for name, waiting in self.cached.items() if waiting[-1].what == "delete"]
        for name in gone:
            del self.cached[name]
            self.safe.pop(name, None)

    def lose_power(self, keeps: Callable[[], bool]) -> Files:
        """What may be there afterwards: of what is cached, whatever sectors the disk had got to.

        Args:
            keeps: Asked for each sector, each truncation and each deletion; False when it did not get so far.
        """
        left = dict(self.safe)
        for name, waiting in self.cached.items():
            content: bytes | None = left.get(name, b"")
            for done in waiting:
                if done.what == "delete":
                    if not keeps():
                        break  # the name still leads to the old file, and what follows went to a new one
                    content = None
                    continue
                parts = _sectors(done) if done.what == "write" else [done]
                for part in parts:
                    if keeps():
                        content = _applied(content or b"", part)
            left.pop(name, None)
            if content is not None:
                left[name] = content
        return left


def _sectors(done: Done) -> list[Done]:
    return [
        Done("write", done.name, done.at + start, done.data[start : start + SECTOR_BYTES])
        for start in range(0, len(done.data), SECTOR_BYTES)
    ]


def _applied(content: bytes, done: Done) -> bytes:
    if done.what in ("truncate", "delete"):
        return content[: done.at]
    content = content.ljust(done.at, b"\0")
    return content[: done.at] + done.data + content[done.at + len(done.data) :]


@dataclass(frozen=True, slots=True)
class Opened:
    """What the store made of some files.

    Attributes:
        records: How many records it gave, all of them right and in order.
        refused: Why it gave no more, or "".
    """

    records: int
    refused: str = ""


def open_again(files: Files, truth: Sequence[Record], folder: Path) -> Opened:
    """Open files as a robot that starts does.

    Raises:
        AssertionError: A record came through that was never written like this.
    """
    for old in folder.iterdir():
        old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    right = 0
    try:
        store = Store(folder / DATABASE)
        try:
            for record in check_chain(store.records()):
                if isinstance(record, ChainFault):
                    assert record.seq == right + 1, f"record {record.seq} is named, {right} were right"
                    return Opened(right, record.problem)
                assert record == truth[right], f"record {record.seq} is another than the one that was written"
                right += 1
            if right:
                assert store.chain().seq == right, f"the journal ends at {store.chain().seq}, {right} records are right"
        finally:
            store.close()
    except StoreError as error:
        return Opened(right, str(error))
    return Opened(right)


def lose_power_everywhere(
    trace: Sequence[Done], truth: Sequence[Record], folder: Path, *, states: int, every: int, seed: int
) -> Counter[str]:
    """Lose power after every so-manieth thing that was done, so many times each.

    Returns:
        How many states were opened, how many different ones, and how many records were there beyond what was promised.

    Raises:
        AssertionError: A record that was promised is not there, or the store does not open.
    """
    chance = np.random.default_rng(seed)
    found: Counter[str] = Counter()
    disk = Disk()
    for number, done in enumerate(trace, start=1):
        disk.take(done)
        if number % every:
            continue
        odds = [0.0, 1.0, *chance.random(max(0, states - 2))][:states]
        for odd in odds:
            left = disk.lose_power(lambda odd=odd: bool(chance.random() < odd))
            opened = open_again(left, truth, folder)
            assert not opened.refused, f"after {number} of {len(trace)}: {opened.refused}"
            assert opened.records >= disk.promised, f"after {number}: {opened.records} of {disk.promised} records"
            found["states"] += 1
            found["beyond"] += opened.records > disk.promised
    return found


def cut_and_spoil(files: Files, seed: int) -> Iterator[tuple[str, Files]]:
    """Every way in which these files are cut or spoiled here: what was done, and what is left."""
    chance = np.random.default_rng(seed)
    log, database = files.get(LOG, b""), files[DATABASE]
    for number, start in enumerate(range(WAL_HEADER_BYTES, len(log), FRAME_BYTES), start=1):
        middle = start + int(chance.integers(1, FRAME_BYTES))
        yield f"log cut before frame {number}", files | {LOG: log[:start]}
        yield f"log cut in frame {number}", files | {LOG: log[:middle]}
        yield f"log spoiled in frame {number}", files | {LOG: _flipped(log, middle, chance)}
        at = start + int(chance.integers(FRAME_HEADER_BYTES))
        yield f"log spoiled in the head of frame {number}", files | {LOG: _flipped(log, at, chance)}
    for number, start in enumerate(range(0, len(database), PAGE_BYTES), start=1):
        yield f"database cut before page {number}", files | {DATABASE: database[:start]}
        yield f"page {number} is gone", files | {DATABASE: _over(database, start, bytes(PAGE_BYTES))}
        for size in (PAGE_BYTES, 8):  # anywhere in it, and in its head
            at = start + int(chance.integers(size))
            yield f"page {number} spoiled at {at - start}", files | {DATABASE: _flipped(database, at, chance)}


def _flipped(content: bytes, at: int, chance: np.random.Generator) -> bytes:
    at = min(at, len(content) - 1)
    return _over(content, at, bytes([content[at] ^ 1 << int(chance.integers(8))]))


def _over(content: bytes, at: int, data: bytes) -> bytes:
    return content[:at] + data + content[at + len(data) :]


def spoil_everything(
    files: Files, truth: Sequence[Record], folder: Path, *, every: int, seed: int
) -> tuple[Counter[str], list[str]]:
    """Open every so-manieth spoiled state: how often it was whole, shorter or refused, and what is wrong."""
    found: Counter[str] = Counter()
    wrong: list[str] = []
    for number, (what, left) in enumerate(cut_and_spoil(files, seed), start=1):
        if number % every:
            continue
        try:
            opened = open_again(left, truth, folder)
        except Exception as error:  # noqa: BLE001 -- whatever comes is what is looked for
            wrong.append(f"{what}: {type(error).__name__}: {error}")
            continue
        if opened.refused:
            found["refused"] += 1
            if not _names_a_place(opened):
                wrong.append(f"{what}: refused without a place: {opened.refused}")
        else:
            found["whole" if opened.records == len(truth) else "shorter"] += 1
    return found, wrong


def _names_a_place(opened: Opened) -> bool:
    """The first record that is wrong; or that not even the first can be come by."""
    return f"record {opened.records + 1}" in opened.refused or "cannot be opened" in opened.refused


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.power", description=__doc__)
    add = parser.add_argument
    add("--states", type=int, default=8, help="states after each moment (%(default)s)")
    add("--every", type=int, default=1, metavar="N", help="only every N-th moment, cut and spoiled place (%(default)s)")
    add("--seed", type=int, default=1, help="of what the disk had got to (%(default)s)")
    return parser.parse_args()


def main() -> int:
    """Tell how many states were opened; leave 1 when one is what it must not be."""
    options = _arguments()
    start = time.monotonic()
    watch_children()
    root = Path(tempfile.mkdtemp(prefix="crash-power-"))
    say = partial(print, file=sys.stdout, flush=True)
    folders: Any = {name: root / name for name in ("day", "killed", "spoiled")}
    for folder in folders.values():
        folder.mkdir()
    trace, truth = record_day(folders["day"])
    try:
        found = lose_power_everywhere(
            trace, truth, folders["spoiled"], states=options.states, every=options.every, seed=options.seed
        )
    except AssertionError as error:
        say(f"WRONG: {error}")
        return 1
    say(
        f"power lost: {found['states']:,} states at {len(trace) // options.every:,} moments of {len(truth)} records; "
        f"none that was promised is lost, {found['beyond']:,} states have more"
    )
    bad = 0
    files, left = kill_day(folders["killed"], "sent", 12)
    whole = {DATABASE: (folders["day"] / "data" / DATABASE).read_bytes()}
    for name, content, records in (("killed", files, left), ("ended", whole, truth)):
        found, wrong = spoil_everything(content, records, folders["spoiled"], every=options.every, seed=options.seed)
        counts = ", ".join(f"{count:,} {what}" for what, count in sorted(found.items()))
        say(f"cut and spoiled, files of a run that {name}: {counts}; {len(wrong)} wrong")
        for sentence in wrong[:20]:
            say(f"  WRONG {sentence}")
        bad += len(wrong)
    say(f"{time.monotonic() - start:.0f} s")
    shutil.rmtree(root)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
