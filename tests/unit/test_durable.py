"""Files that are whole on the disk: what a loss of power leaves of them, at every moment of their writing."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from trader.adapters.durable import sync_folder, write_whole
from trader.app.end_of_day.anchors import keep_anchor
from trader.app.result_file import ResultFile, write_result
from trader.app.stops.stop_files import HALTED_FILE, leave_behind
from trader.domain.errors import ConfigError
from trader.journal.anchor import Anchor

OLD, NEW = b"row_id,status\nT-1,unknown\n", b"row_id,status\nT-1,filled\n"
Files = dict[str, bytes]


class SlowDisk:
    """The worst that a disk with a cache may do: a content is safe once its file, a name once its folder is synced.

    It stands in front of the calls that make things safe, lets all of them through, and looks on before and after.

    Args:
        folder: What it holds; all that is there now is safe.
        monkeypatch: Takes it away again.

    Attributes:
        moments: What may be there when the power goes, at each moment: without the names that were not safe, and with.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._contents = {path.stat().st_ino: path.read_bytes() for path in folder.iterdir()}
        self._names = self._now()
        self.moments: list[Files] = []
        for name in ("fsync", "replace", "rename"):
            monkeypatch.setattr(os, name, self._watched(getattr(os, name)))

    def _now(self) -> dict[str, int]:
        return {path.name: path.stat().st_ino for path in self._folder.iterdir()}

    def _watched(self, act: Callable[..., None]) -> Callable[..., None]:
        def watched(*args: int | Path) -> None:
            self._look()
            act(*args)
            if isinstance(args[0], int):
                self._synced(args[0])
            self._look()

        return watched

    def _synced(self, descriptor: int) -> None:
        inode = os.fstat(descriptor).st_ino
        if inode == self._folder.stat().st_ino:
            self._names = self._now()
        for path in self._folder.iterdir():
            if path.stat().st_ino == inode:
                self._contents[inode] = path.read_bytes()

    def _look(self) -> None:
        self.moments += (self.left(self._names), self.left(self._now()))

    def left(self, names: dict[str, int]) -> Files:
        """What these names would lead to."""
        return {name: self._contents.get(inode, b"") for name, inode in names.items()}

    @property
    def safe(self) -> Files:
        """What is there whatever happens now."""
        return self.left(self._names)


def a_day_before(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, SlowDisk]:
    """A result file that says otherwise, and the disk that it is on."""
    path = folder / "day.result.csv"
    path.write_bytes(OLD)
    return path, SlowDisk(folder, monkeypatch)


def test_a_result_file_is_the_old_or_the_new_one_whole_whenever_the_power_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, disk = a_day_before(tmp_path, monkeypatch)
    write_result(path, NEW)
    assert {left[path.name] for left in disk.moments} == {OLD, NEW}


def test_a_result_file_that_was_written_and_the_one_before_it_outlive_a_loss_of_power(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, disk = a_day_before(tmp_path, monkeypatch)
    kept = write_result(path, NEW)
    assert kept is not None
    assert disk.safe == {path.name: NEW, kept.name: OLD}


def test_the_one_before_is_safe_under_its_number_before_the_new_one_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, disk = a_day_before(tmp_path, monkeypatch)
    write_result(path, NEW)
    assert all(OLD in left.values() for left in disk.moments)


def test_a_first_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = SlowDisk(tmp_path, monkeypatch)
    write_whole(tmp_path / "kill-0001.json", NEW)
    assert {left.get("kill-0001.json", NEW) for left in disk.moments} == {NEW}
    assert disk.safe == {"kill-0001.json": NEW}


def test_a_first_anchor_is_safe_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = SlowDisk(tmp_path, monkeypatch)
    keep_anchor(Anchor(1, "2026-03-02", 7, "ab" * 32), tmp_path / "anchors")
    assert disk.safe == {"anchors": (tmp_path / "anchors").read_bytes()}


def test_what_a_robot_without_a_journal_leaves_behind_is_safe_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SlowDisk(tmp_path, monkeypatch)
    leave_behind(tmp_path, [])
    assert disk.safe == {HALTED_FILE: b""}


def test_a_file_that_is_not_synced_is_seen_to_be_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk can fail: without a sync nothing of a file is safe, and of a new one not even its name."""
    disk = SlowDisk(tmp_path, monkeypatch)
    (tmp_path / "part").write_bytes(NEW)
    (tmp_path / "part").replace(tmp_path / "file")
    assert disk.moments[-1] == {"file": b""}
    assert disk.safe == {}


def test_a_file_system_that_syncs_no_folders_is_no_error() -> None:
    """The files of processes are on no disk, and Linux says so."""
    descriptor = os.open("/proc/self", os.O_RDONLY)
    with pytest.raises(OSError, match="Invalid argument"):
        os.fsync(descriptor)
    os.close(descriptor)
    sync_folder(Path("/proc/self"))


# --- until a run has its own ------------------------------------------------------------------------------------------


def test_while_a_run_is_under_way_no_result_file_of_an_earlier_one_can_be_taken_for_its_own(tmp_path: Path) -> None:
    result = ResultFile(tmp_path / "day.result.csv")
    result.path.write_bytes(OLD)
    result.set_aside()
    assert [file.name for file in tmp_path.iterdir()] == ["day.result.1.csv"]
    result.write(NEW)
    assert result.before is not None
    assert (result.path.read_bytes(), result.before.read_bytes()) == (NEW, OLD)


def test_a_run_that_comes_to_the_same_leaves_one_file(tmp_path: Path) -> None:
    result = ResultFile(tmp_path / "day.result.csv")
    result.path.write_bytes(OLD)
    result.set_aside()
    result.write(OLD)
    assert ([file.name for file in tmp_path.iterdir()], result.before) == (["day.result.csv"], None)


def test_a_run_of_which_nothing_has_become_leaves_the_file_where_it_was(tmp_path: Path) -> None:
    result = ResultFile(tmp_path / "day.result.csv")
    result.path.write_bytes(OLD)
    assert result.is_of_before
    result.set_aside()
    assert not result.is_of_before
    result.put_back()
    assert ([file.name for file in tmp_path.iterdir()], result.path.read_bytes()) == (["day.result.csv"], OLD)


def test_a_last_word_after_the_result_was_written_keeps_both_that_said_otherwise(tmp_path: Path) -> None:
    result = ResultFile(tmp_path / "day.result.csv")
    result.path.write_bytes(OLD)
    result.set_aside()
    result.write(NEW)
    result.write(OLD)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        "day.result.csv": OLD,
        "day.result.1.csv": OLD,
        "day.result.2.csv": NEW,
    }


def test_an_earlier_result_is_somewhere_whenever_the_power_goes_while_it_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, disk = a_day_before(tmp_path, monkeypatch)
    ResultFile(path).set_aside()
    assert all(OLD in left.values() for left in disk.moments)


def test_an_earlier_result_that_cannot_be_kept_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    """A name of 255 bytes is the longest there is: with a number in it, it is too long."""
    result = ResultFile(tmp_path / f"{'d' * 244}.result.csv")
    result.path.write_bytes(OLD)
    with pytest.raises(ConfigError, match=r"result\.csv, cannot be kept under another name: File name too long"):
        result.set_aside()
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [OLD]
