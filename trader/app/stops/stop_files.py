"""The files of a data folder that stop a robot: KILL, which anybody who may write there makes, and HALTED.

HALTED stands beside a journal that could not be written: what had been stopped by then, for the next start.
"""

import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from risk.stops.stops import EVERYTHING, Scope, State, Stop, parse_scope
from trader.adapters.account import account_of
from trader.adapters.durable import sync_folder
from trader.domain.errors import DomainError
from trader.engine.inputs import KillRequested

KILL_FILE, HALTED_FILE = "KILL", "HALTED"
_FILE_MAX = 4096
_NO_REASON = "no reason is given"


def signature(path: Path) -> tuple[int, int] | None:
    """What tells one file of a name from another; None when there is none."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    except OSError:
        return (0, 0)  # there may be one: it is looked at, and what cannot be read is the firm
    return found.st_ino, found.st_ctime_ns


def read_kill_file(path: Path) -> KillRequested:
    """What a KILL file asks for: ``desk=treasury a reason in words``. What cannot be read halts the firm."""
    who, account = f"the file {path.name}", _owner(path)
    try:
        text = _content(path, _FILE_MAX).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return KillRequested(EVERYTHING, State.HALTED, who, f"it cannot be read: {error}", account=account)
    first, _, rest = " ".join(text.split()).partition(" ")
    scope, reason = _scope_and_reason(first, rest)
    return KillRequested(scope, State.HALTED, who, reason or _NO_REASON, account=account)


def _owner(path: Path) -> str:
    """The account whose file it is; "" where that cannot be said."""
    try:
        return account_of(path.lstat().st_uid)
    except OSError:
        return ""


def put_kill_file(folder: Path, kill: KillRequested) -> None:
    """Make the KILL file for a kill: for the firm where one is there already, or would not be read as what is meant.

    Raises:
        OSError: It cannot be written. What is there all the same is a kill.
    """
    path = folder / KILL_FILE
    is_plain = signature(path) is None and _scope_and_reason(str(kill.scope).split()[0], "")[0] == kill.scope
    text = (
        f"{kill.scope} {kill.who}: {kill.reason}"
        if is_plain
        else f"{EVERYTHING} {kill.who}: {kill.scope} {kill.reason}"
    )
    how = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK
    with os.fdopen(os.open(path, how, 0o600), "wb") as file:
        file.write(f"{text}\n".encode("utf-8", "backslashreplace"))


def _content(path: Path, size: int = -1) -> bytes:
    """What stands in a file, which nothing can hold up: a link, a pipe or a folder in its place is an error."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("it is no plain file")
        return file.read(size)


def _scope_and_reason(first: str, rest: str) -> tuple[Scope, str]:
    try:
        return parse_scope(first), rest
    except DomainError:
        return EVERYTHING, f"{first} {rest}".strip()


def leave_behind(folder: Path, kills: Sequence[KillRequested]) -> None:
    """Write down, beside a journal that cannot be written, what has been stopped: the next start is as stopped.

    Raises:
        OSError: This cannot be written either.
    """
    how = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
    with os.fdopen(os.open(folder / HALTED_FILE, how, 0o600), "ab") as file:
        for kill in kills:
            file.write(msgspec.json.encode(kill) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)


def left_behind(folder: Path, known: Iterable[Stop] = ()) -> list[KillRequested]:
    """The kills that files in a data folder ask for.

    Args:
        folder: The data folder.
        known: What the journal has in force; the same kill, as bad or worse, is not asked for again.
    """
    kills = [read_kill_file(folder / KILL_FILE)] if signature(folder / KILL_FILE) is not None else []
    path = folder / HALTED_FILE
    if signature(path) is not None:
        try:
            # A disk that was full may have left a file with nothing in it.
            lines = _content(path).splitlines() or [b""]
            kills += [msgspec.json.decode(line, type=KillRequested) for line in lines]
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            who = f"the file {path.name}"
            kills.append(KillRequested(EVERYTHING, State.HALTED, who, f"it cannot be read: {error}"))
    as_bad = {(stop.scope, stop.who, state) for stop in known for state in State if state <= stop.state}
    return [kill for kill in kills if (kill.scope, kill.who, kill.state) not in as_bad]


def forget_halted(folder: Path) -> None:
    """The journal has what the HALTED file says. The KILL file is its writer's to take away."""
    (folder / HALTED_FILE).unlink(missing_ok=True)
