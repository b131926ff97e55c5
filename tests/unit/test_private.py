"""A data folder is its user's alone, however wide it was, and one that others may have had a hand in is refused."""

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from trader.adapters.private import own_folder, write_problems
from trader.app.folder import DataFolder
from trader.domain.errors import ConfigError

NOBODY = 65_534
NO_GROUP = 54_321  # of which no user is
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")


@pytest.fixture
def umask_000() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.usefixtures("umask_000")
def test_a_new_folder_is_the_users_alone_whatever_the_umask(tmp_path: Path) -> None:
    with closing(DataFolder(tmp_path / "data")) as folder:
        folder.results()
    assert {each.name: mode(each) for each in [tmp_path / "data", *(tmp_path / "data").rglob("*")]} == {
        "data": 0o700,
        "lock": 0o600,
        "results": 0o700,
    }


@pytest.mark.parametrize("width", [0o755, 0o777, 0o1777, 0o750])
def test_a_folder_of_ours_is_narrowed_with_all_that_is_in_it(tmp_path: Path, width: int) -> None:
    data = tmp_path / "data"
    (data / "fix" / "venue").mkdir(parents=True)
    for name in ("trader.db", "trader.db-wal", "robot.jsonl", "fix/venue/store.seqnums"):
        (data / name).touch()
        (data / name).chmod(0o666)
    (data / "fix").chmod(width)
    data.chmod(width)
    with closing(DataFolder(data)):
        pass
    assert {mode(each) for each in data.rglob("*") if each.is_file()} == {0o600}
    assert {mode(each) for each in [data, *data.rglob("*")] if each.is_dir()} == {0o700}


def test_an_empty_folder_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o755)
    own_folder(tmp_path / "data", ("trader.db",))
    assert mode(tmp_path / "data") == 0o700


def test_a_place_where_others_go_in_and_out_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "of_others.txt").touch()
    (place / "of_others.txt").chmod(0o644)
    place.chmod(0o755)
    with pytest.raises(ConfigError, match="what is in it is not ours; expected a folder of its own"):
        DataFolder(place)
    assert (mode(place), mode(place / "of_others.txt")) == (0o755, 0o644)
    assert not (place / "lock").exists()


@pytest.mark.parametrize("name", ["trader.db", "robot.jsonl", "lock", "HALTED"])
def test_a_link_in_place_of_a_file_is_refused_and_nothing_is_written_through_it(tmp_path: Path, name: str) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"somebody's")
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / name).symlink_to(target)
    with pytest.raises(ConfigError, match=f"{name} is a link; expected the file itself"):
        DataFolder(data)
    assert target.read_bytes() == b"somebody's"


def test_a_folder_of_results_may_be_a_link_to_a_larger_disk(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "results").symlink_to(tmp_path / "disk")
    with closing(DataFolder(tmp_path / "data")) as folder:
        assert folder.results().is_dir()


@as_root
def test_another_users_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    os.chown(tmp_path / "data", NOBODY, NOBODY)
    with pytest.raises(ConfigError, match=f"belongs to the user with the number {NOBODY}; expected one of our own"):
        DataFolder(tmp_path / "data")


@as_root
def test_another_users_file_in_our_folder_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "trader.db").touch()
    os.chown(data / "trader.db", NOBODY, NOBODY)
    with pytest.raises(ConfigError, match=f"trader.db belongs to the user with the number {NOBODY}"):
        DataFolder(data)


# --- what the robot is told by ----------------------------------------------------------------------------------------


@pytest.fixture
def limits(tmp_path: Path) -> Path:
    """A file in a folder of its own, which nobody else may change."""
    folder = tmp_path / "desk"
    folder.mkdir(mode=0o755)
    path = folder / "limits.csv"
    path.write_text("control", "utf-8")
    path.chmod(0o644)
    return path


def test_what_others_may_read_and_nobody_else_may_change_is_no_problem(limits: Path) -> None:
    assert list(write_problems([limits, limits.parent / "not there"])) == []


def test_what_somebody_else_could_change_is_told(limits: Path) -> None:
    limits.chmod(0o646)
    assert list(write_problems([limits])) == [f"everybody may write to {limits}; expected chmod o-w {limits}"]


def test_a_folder_in_which_somebody_else_could_put_another_file_is_told_unless_it_is_sticky(limits: Path) -> None:
    folder = limits.parent
    folder.chmod(0o757)
    assert list(write_problems([limits])) == [f"everybody may write to {folder}; expected chmod o-w {folder}"]
    folder.chmod(0o1757)
    assert list(write_problems([limits])) == []


def test_a_link_is_as_open_as_what_it_leads_to_and_as_where_it_lies(limits: Path, tmp_path: Path) -> None:
    link = tmp_path / "link" / "limits.csv"
    link.parent.mkdir(mode=0o755)
    link.symlink_to(limits)
    assert list(write_problems([link])) == []
    limits.chmod(0o646)
    link.parent.chmod(0o757)
    told = list(write_problems([link]))
    assert told == [f"everybody may write to {path}; expected chmod o-w {path}" for path in (limits, link.parent)]


@as_root
def test_a_group_in_which_nobody_else_is_may_write(limits: Path) -> None:
    limits.chmod(0o664)
    os.chown(limits, 0, NO_GROUP)
    assert list(write_problems([limits])) == []


@as_root
def test_a_group_in_which_somebody_else_is_may_not(limits: Path) -> None:
    somebody = next(user for user in pwd.getpwall() if user.pw_gid not in (0, NO_GROUP))
    limits.chmod(0o664)
    os.chown(limits, 0, somebody.pw_gid)
    (told,) = write_problems([limits])
    assert told.endswith(f"may write to {limits}, by its group; expected chmod g-w {limits}")
