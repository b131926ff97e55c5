"""What a robot keeps is for its own user alone: the process, its data folder, and every file in it."""

import os
import resource
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from trader.domain.errors import ConfigError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_FOLDER, _FILE = 0o700, 0o600
_ROOT = 0


def keep_to_owner() -> None:
    """From here on every file that this process makes is its user's alone, and no memory is written to the disk.

    A core dump would have Password(554) in it.
    """
    os.umask(_OTHERS)
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def own_folder(path: Path, marks: Collection[str]) -> None:
    """Make a folder, or take over one that is there, so that nobody else can look or put anything into it.

    What is wider than it should be is narrowed. Where that cannot make good what others may have done, the folder is
    refused.

    Args:
        path: The folder.
        marks: Names of which one at least stands in a folder of ours. A folder that is open to others and has only
            other things in it is somebody's place, and is not closed to them.

    Raises:
        ConfigError: It is another user's, or somebody's place, or holds a link or a file of another user.
        OSError: It cannot be made or looked into.
    """
    path.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    found, user = path.stat(), os.geteuid()
    if found.st_uid != user:
        raise ConfigError(
            f"the folder {path} belongs to the user with the number {found.st_uid}; expected one of our own "
            f"({user}): its owner could put other files in place of ours"
        )
    if found.st_mode & _OTHERS:
        names = {each.name for each in path.iterdir()}
        if names and names.isdisjoint(marks):
            raise ConfigError(
                f"others can look into the folder {path}, and what is in it is not ours; expected a folder of its own, "
                f"or chmod 700 {path}"
            )
        path.chmod(_FOLDER)
    for entry in _entries(path):
        _narrow(entry, user)


def _entries(path: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(path) as entries:
        for entry in entries:
            yield entry
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(Path(entry.path))


def _narrow(entry: os.DirEntry[str], user: int) -> None:
    """Close one entry to others.

    Raises:
        ConfigError: It is not ours, or leads elsewhere. A link of ours to a folder, as to a larger disk, is a wish.
    """
    found = entry.stat(follow_symlinks=False)
    if found.st_uid not in (user, _ROOT):
        raise ConfigError(
            f"{entry.path} belongs to the user with the number {found.st_uid}; expected files of our own ({user}) only"
        )
    if stat.S_ISLNK(found.st_mode):
        if not entry.is_dir():
            raise ConfigError(f"{entry.path} is a link; expected the file itself: what is written would go elsewhere")
    elif found.st_uid == user and found.st_mode & _OTHERS:
        Path(entry.path).chmod(_FOLDER if entry.is_dir() else _FILE)
