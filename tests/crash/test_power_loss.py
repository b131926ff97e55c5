"""What a loss of power or a bad disk leaves: a journal that is whole up to some record, or a refusal that names it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.disk import library
from tests.crash.power import PAGE_BYTES, Disk, Done
from tests.integration.command_line import ROOT
from trader.adapters.store import Store, StoreError
from trader.journal.record import Chain, Record


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    store = Store(tmp_path / "trader.db")
    asked = {
        name: store._connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode")
    }
    store.close()
    assert asked == {"synchronous": 2, "journal_mode": "wal"}, "2 is FULL"


@pytest.mark.timeout(300)
@pytest.mark.skipif(library() is None, reason="SQLite is built into this Python: its way to the disk cannot be watched")
def test_whatever_the_disk_had_got_to_when_the_power_went_nothing_that_was_promised_is_lost() -> None:
    """A watched day of the real robot, and the files of a killed one cut and spoiled: a slice of either."""
    command = [sys.executable, "-m", "tests.crash.power", "--states", "3", "--every", "9"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "none that was promised is lost" in ran.stdout


def test_a_page_that_cannot_be_read_is_refused_with_the_first_record_on_it(tmp_path: Path) -> None:
    store, chain = Store(tmp_path / "trader.db"), Chain()
    store.append([chain.link(1, "Anything", bytes([number]) * 1_000) for number in range(100)])
    store.close()
    content = bytearray((tmp_path / "trader.db").read_bytes())
    at = content.index(bytes([50]) * 1_000) // PAGE_BYTES * PAGE_BYTES
    content[at : at + PAGE_BYTES] = bytes(PAGE_BYTES)
    (tmp_path / "trader.db").write_bytes(content)
    damaged = Store(tmp_path / "trader.db")
    read, refusal = as_far_as_it_goes(damaged)
    damaged.close()
    assert 40 < len(read) <= 50
    assert f"record {len(read) + 1} cannot be read" in refusal
    assert "malformed" in refusal


def as_far_as_it_goes(store: Store) -> tuple[list[Record], str]:
    """The records that can be read, and why there are no more; "" at the end of the journal."""
    read: list[Record] = []
    try:
        read.extend(store.records())
    except StoreError as error:
        return read, str(error)
    return read, ""


def test_a_disk_that_promises_too_early_is_found() -> None:
    """The proof can fail: what was written and not synced is gone when the power goes."""
    disk = Disk()
    for done in (Done("write", "log", 0, b"synced"), Done("sync", "log"), Done("write", "log", 6, b"not")):
        disk.take(done)
    assert disk.lose_power(lambda: False) == {"log": b"synced"}
    assert disk.lose_power(lambda: True) == {"log": b"syncednot"}
