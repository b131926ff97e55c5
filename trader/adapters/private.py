"""What a robot keeps is for its own user alone: the process, its data folder, and every file in it.

What it is told by others may read: its configuration and limits. That nobody else may change.
"""

import grp
import os
import pwd
import resource
import stat
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from trader.domain.errors import ConfigError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_FOLDER, _FILE = 0o700, 0o600
_ROOT = 0
_NAMED_MAX = 3


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


def check_nobody_else_writes(files: Iterable[Path]) -> None:
    """Find out that nobody else can change some files.

    Raises:
        ConfigError: Somebody can, or can put another one in place of one.
    """
    problems = [*write_problems(files)]
    if problems:
        raise ConfigError(f"{'; '.join(problems)}. Nothing is traded with what others can change")


def write_problems(files: Iterable[Path]) -> Iterator[str]:
    """Which of some files somebody else could change, or put another one in place of; a sentence for each.

    A group in which nobody is but the owner is the owner: where every user has one, a umask of 002 is usual, and a copy
    that git has made under it is open to that group. In a folder with the sticky bit nobody moves another's files.

    Args:
        files: What nobody else may change; with each goes its folder. One that is not there is somebody else's affair.
    """
    told = [*files]
    real = dict.fromkeys(path.resolve() for path in told)
    folders = dict.fromkeys(path.absolute().parent for path in [*told, *real])
    for path in [*real, *folders]:
        try:
            found = path.stat()
        except FileNotFoundError:
            continue
        if stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX:
            continue
        if found.st_mode & stat.S_IWOTH:
            yield f"everybody may write to {path}; expected chmod o-w {path}"
        elif found.st_mode & stat.S_IWGRP and (others := _others_in(found.st_gid, found.st_uid)):
            yield f"{others} may write to {path}, by its group; expected chmod g-w {path}"


def _others_in(group: int, owner: int) -> str:
    """Who is in a group besides the owner of a file, for people; "" for nobody."""
    users = {user.pw_name: user for user in pwd.getpwall()}
    try:
        listed = grp.getgrgid(group).gr_mem
    except KeyError:
        listed = []
    names = {name for name, user in users.items() if user.pw_gid == group} | set(listed)
    others = sorted(name for name in names if name not in users or users[name].pw_uid != owner)
    more = [f"{len(others) - _NAMED_MAX} more"] if len(others) > _NAMED_MAX else []
    return " and ".join(others[:_NAMED_MAX] + more)
