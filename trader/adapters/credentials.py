"""Passwords: hashed with argon2, in a table of their own, and never in the journal, an argument, a log or an error.

Nobody chooses another's. A new user gets a code, which is good for one thing: to set a password of their own. Who has
asked for the user is shown one half of it and who approves the other, so that neither can be that user.
A wrong password is counted. After a few of them every further one has to wait, twice as long each time.
"""

import os
import secrets
import stat
import sys
from getpass import getpass
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from trader.adapters.store import Store
from trader.domain.errors import ConfigError
from trader.domain.moments import NS_PER_S

ENVIRONMENT = "FX_TRADER_PASSWORD"
LENGTH_MIN, _LENGTH_MAX = 12, 1024
_FREE_TRIES = 3
_WAIT_S_MAX = 300
_CODE, _HALF = "code:", "half:"  # before the hashes of a code, or of its first half: no hash of a password begins so
_CODE_SIGNS, _HALF_PARTS, _CODE_PART = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ", 2, 5
_WRONG = "the user or the password is wrong"


class Credentials:
    """The passwords of one data folder.

    Args:
        path: The folder's database.
        hasher: How costly a hash is; argon2's own choice when none is given.

    Raises:
        StoreError: The database cannot be used.
    """

    def __init__(self, path: Path, hasher: PasswordHasher | None = None) -> None:
        self._store = Store(path)
        self._hasher = hasher or PasswordHasher()

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def keep(self, user: str, password: str) -> None:
        """Keep a user's password, in place of an earlier one.

        Raises:
            ConfigError: It is too short, or far too long.
            StoreError: It cannot be kept.
        """
        check_length(password)
        self._write(user, self._hasher.hash(password))

    def hand_out(self, user: str) -> str:
        """Make a whole code with which a user sets a password, in place of whatever there was.

        Only for the second user of all, whom the first adds alone.

        Returns:
            The code; it is kept nowhere.

        Raises:
            StoreError: It cannot be made good.
        """
        return f"{self.begin_code(user)}-{self.end_code(user, user)}"

    def begin_code(self, request_id: str) -> str:
        """Make the first half of a code, for who has asked for a user; nothing can be done with it.

        Args:
            request_id: What was asked for.

        Returns:
            The half; only its hash is kept, until the request is decided.

        Raises:
            StoreError: It cannot be kept.
        """
        half = _half()
        self._write(_begun(request_id), _HALF + self._hasher.hash(half))
        return half

    def has_begun(self, request_id: str) -> bool:
        """Whether somebody was shown the first half."""
        return bool(self._store.rows("passwords", where={"user": _begun(request_id)}))

    def end_code(self, request_id: str, user: str) -> str:
        """Make the second half, for who has approved; from here on the user sets a password with both.

        Args:
            request_id: What was asked for.
            user: The new user.

        Returns:
            The half; it is kept nowhere.

        Raises:
            ConfigError: There is no first half.
            StoreError: It cannot be made good.
        """
        begun = self._store.rows("passwords", where={"user": _begun(request_id)})
        if not begun:
            raise ConfigError(f"nobody was shown the first half of the code for {request_id}")
        half = _half()
        self._write(user, f"{_CODE}{begun[0]['hash'].removeprefix(_HALF)} {self._hasher.hash(half)}")
        self.drop_code(request_id)
        return half

    def drop_code(self, request_id: str) -> None:
        """Forget the first half of a code: it is used, or the request was declined.

        Raises:
            StoreError: It is there still.
        """
        self._store.project({}, instead_of={"passwords": [{"user": _begun(request_id)}]})

    def check(self, user: str, password: str, at_ns: int, *, or_code: bool = False) -> str:
        """Whether a password is the user's.

        Args:
            user: The name.
            password: What was given.
            at_ns: Now, UTC nanoseconds.
            or_code: Whether the code of a user without a password is as good, as to set one.

        Returns:
            Why not, in a sentence that says nothing about either; "" when it is.

        Raises:
            StoreError: The database cannot be read or written.
        """
        found = self._store.rows("passwords", where={"user": user})
        if not found:
            self._hasher.hash(password[:_LENGTH_MAX])  # a name that is not there takes as long to refuse as one that is
            return _WRONG
        (row,) = found
        wait_s = _wait_s(row["wrong"]) - max(0, at_ns - row["wrong_ns"]) // NS_PER_S
        if wait_s > 0:
            return f"there were {row['wrong']} wrong passwords for {user}; the next is looked at in {wait_s} s"
        if not self._fits(row["hash"], password):
            self._write(user, row["hash"], row["wrong"] + 1, at_ns)
            return _WRONG
        if row["wrong"]:
            self._write(user, row["hash"])
        if row["hash"].startswith(_CODE) and not or_code:
            return f"this is the code of {user}, who sets a password with it first: trader users password --user {user}"
        return ""

    def _fits(self, kept: str, given: str) -> bool:
        """Whether this is the password, or both halves of the code."""
        if not kept.startswith(_CODE):
            return self._verifies(kept, given)
        length = len(given) // 2
        halves = given[:length], given[length + 1 :]
        # Both are looked at, so that the time does not tell which one is wrong.
        return all([*map(self._verifies, kept.removeprefix(_CODE).split(), halves)])

    def _verifies(self, hashed: str, given: str) -> bool:
        try:
            return self._hasher.verify(hashed, given)
        except (VerifyMismatchError, InvalidHashError):
            return False

    def _write(self, user: str, hashed: str, wrong: int = 0, wrong_ns: int = 0) -> None:
        self._store.project({"passwords": [{"user": user, "hash": hashed, "wrong": wrong, "wrong_ns": wrong_ns}]})


def _half() -> str:
    return "-".join("".join([secrets.choice(_CODE_SIGNS) for _ in range(_CODE_PART)]) for _ in range(_HALF_PARTS))


def _begun(request_id: str) -> str:
    """Under which name the first half of a code is kept: no user's, because of the space in it."""
    return f"request {request_id}"


def _wait_s(wrong: int) -> int:
    """How long after the last of so many wrong passwords no other is looked at."""
    return 0 if wrong < _FREE_TRIES else min(_WAIT_S_MAX, 2 ** (wrong - _FREE_TRIES))


def check_length(password: str) -> None:
    """Find out whether a password may be one.

    Raises:
        ConfigError: It is too short, or far too long.
    """
    if not LENGTH_MIN <= len(password) <= _LENGTH_MAX:
        raise ConfigError(f"a password has {LENGTH_MIN} characters or more, and not more than {_LENGTH_MAX}")


def read_password(user: str, file: Path | None = None, *, is_new: bool = False) -> str:
    """A password: from a file that only its owner can read, else from the environment, else from the terminal.

    Args:
        user: Whose; for the question.
        file: The file; None for none.
        is_new: Ask twice, and never take a new user's password from the environment, which has the asker's.

    Raises:
        ConfigError: There is none, the file is open to others, or it is no text.
    """
    if file is not None:
        return _from_file(file)
    if not is_new and (given := os.environ.get(ENVIRONMENT)):
        return _text(given, ENVIRONMENT)
    if not sys.stdin.isatty():
        ways = "--new-password-file FILE" if is_new else f"--password-file FILE, or {ENVIRONMENT}"
        what = f"no {'new ' * is_new}password for {user}"
        raise ConfigError(f"{what}: give it on a terminal, or with {ways}; the file is one that only you can read")
    given = _typed(f"{'New password' if is_new else 'Password'} of {user}: ")
    if is_new and _typed("Once more: ") != given:
        raise ConfigError("the two are not the same; nothing has changed")
    return given


def _typed(prompt: str) -> str:
    try:
        return _text(getpass(prompt), "the terminal")
    except UnicodeDecodeError:
        return _text("\udcff", "the terminal")


def _text(given: str, where: str) -> str:
    """What was given, if all of it could be read.

    Raises:
        ConfigError: It is in another encoding than this process reads.
    """
    try:
        given.encode("utf-8")
    except UnicodeEncodeError:
        raise ConfigError(
            f"the password from {where} cannot be read: it is not in {sys.getfilesystemencoding()}; expected that "
            "encoding, or the password in a file of UTF-8 text with --password-file"
        ) from None
    return given


def _from_file(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            found = os.fstat(opened.fileno())
            if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
                raise ConfigError(
                    f"others can read {file}, or it is not yours; expected a file of yours with mode 0600"
                )
            return opened.readline(_LENGTH_MAX + 1).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}") from error
