"""The virtual disk: what a crash may take, what is cut when it is opened again, and what is refused."""

import numpy as np
import pytest

from trader.journal.record import Chain, JournalDamagedError, Record
from trader.simulation.disk import Loss, VirtualDisk


def written(*sizes: int) -> tuple[VirtualDisk, list[Record]]:
    """A disk with commits of so many records, all but the last of them safe."""
    disk, chain, records = VirtualDisk(), Chain(), []
    for number, size in enumerate(sizes, start=1):
        commit = [chain.link(number, "Input", b'{"a":"%d"}' % place) for place in range(size)]
        disk.write(commit)
        if number < len(sizes):
            disk.sync()
            records += commit
    return disk, records


def test_what_was_synced_survives_every_crash_and_a_torn_write_is_cut_whole() -> None:
    losses = set()
    for seed in range(60):
        disk, safe = written(2, 3, 4)
        loss = disk.crash(np.random.default_rng(seed))
        losses.add(loss)
        found = disk.recover()
        assert found[: len(safe)] == safe
        assert len(found) in ((len(safe) + 4,) if loss is Loss.NOTHING else (len(safe),))
    assert losses == set(Loss)


def test_a_synced_disk_loses_nothing() -> None:
    disk, _ = written(2, 3)
    disk.sync()
    assert disk.crash(np.random.default_rng(1)) is Loss.NOTHING
    assert len(disk.recover()) == 5


def test_after_a_cut_the_journal_goes_on() -> None:
    disk, safe = written(2, 3)
    del disk.content[-1:]
    found = disk.recover()
    assert found == safe
    disk.write([Chain(2, found[-1].digest).link(9, "Input", b"{}")])
    assert len(disk.recover()) == 3


def test_a_record_that_was_swapped_is_no_crash_and_is_refused() -> None:
    _, safe = written(3, 1)
    disk = VirtualDisk()
    disk.write([safe[1], safe[0], safe[2]])
    with pytest.raises(JournalDamagedError, match="record 1 is missing"):
        disk.recover()
