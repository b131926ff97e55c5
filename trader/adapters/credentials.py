"""Passwords: hashed with argon2, in a table of their own, and never in the journal, an argument, a log or an error.

A wrong password is counted. After a few of them every further one has to wait, twice as long each time.
"""

import os
import stat
import sys
from getpass import getpass
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import BigInteger, Column, Table
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field, Session, SQLModel

from trader.adapters.store import StoreError, engine_on
from trader.domain.errors import ConfigError

ENVIRONMENT = "FX_TRADER_PASSWORD"
LENGTH_MIN, _LENGTH_MAX = 12, 1024
_FREE_TRIES = 3
_WAIT_S_MAX = 300
_NS_PER_S = 1_000_000_000


class PasswordRow(SQLModel, table=True):
    """One user's password, as its hash."""

    __tablename__ = "passwords"

    user: str = Field(primary_key=True)
    hash: str
    wrong: int = 0
    wrong_ns: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))


class Credentials:
    """The passwords of one data folder.

    Args:
        path: The folder's database.
        hasher: How costly a hash is; argon2's own choice when none is given.

    Raises:
        StoreError: The database cannot be used.
    """

    def __init__(self, path: Path, hasher: PasswordHasher | None = None) -> None:
        self._path = path
        self._hasher = hasher or PasswordHasher()
        self._engine = engine_on(path)
        table: Table = PasswordRow.__table__  # type: ignore[attr-defined] # SQLModel adds it at run time
        try:
            table.create(self._engine, checkfirst=True)
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def keep(self, user: str, password: str) -> None:
        """Keep a user's password, in place of an earlier one.

        Raises:
            ConfigError: It is too short, or far too long.
            StoreError: It cannot be kept.
        """
        check_length(password)
        self._write(PasswordRow(user=user, hash=self._hasher.hash(password)))

    def forget(self, user: str) -> None:
        """The user is no more."""
        try:
            with Session(self._engine) as session:
                row = session.get(PasswordRow, user)
                if row is not None:
                    session.delete(row)
                    session.commit()
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    def check(self, user: str, password: str, at_ns: int) -> str:
        """Whether a password is the user's.

        Args:
            user: The name.
            password: What was given.
            at_ns: Now, UTC nanoseconds.

        Returns:
            Why not, in a sentence that says nothing about either; "" when it is.

        Raises:
            StoreError: The database cannot be read or written.
        """
        try:
            with Session(self._engine) as session:
                row = session.get(PasswordRow, user)
        except SQLAlchemyError as error:
            raise self._failed(error) from error
        if row is None:
            self._hasher.hash(password[:_LENGTH_MAX])  # a name that is not there takes as long to refuse as one that is
            return "the user or the password is wrong"
        wait_s = _wait_s(row.wrong) - max(0, at_ns - row.wrong_ns) // _NS_PER_S
        if wait_s > 0:
            return f"there were {row.wrong} wrong passwords for {user}; the next is looked at in {wait_s} s"
        try:
            self._hasher.verify(row.hash, password)
        except (VerifyMismatchError, InvalidHashError):
            self._write(PasswordRow(user=user, hash=row.hash, wrong=row.wrong + 1, wrong_ns=at_ns))
            return "the user or the password is wrong"
        if row.wrong:
            self._write(PasswordRow(user=user, hash=row.hash))
        return ""

    def _write(self, row: PasswordRow) -> None:
        try:
            with Session(self._engine) as session:
                session.merge(row)
                session.commit()
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> StoreError:
        return StoreError(f"{self._path} cannot be used for passwords: {getattr(error, 'orig', None) or error}")


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
        ConfigError: There is none, or the file is open to others.
    """
    if file is not None:
        return _from_file(file)
    if not is_new and (given := os.environ.get(ENVIRONMENT)):
        return given
    if not sys.stdin.isatty():
        others = "" if is_new else f", or in {ENVIRONMENT}"
        raise ConfigError(f"no password for {user}: give it on a terminal, in a file that only you can read{others}")
    given = getpass(f"{'New password' if is_new else 'Password'} of {user}: ")
    if is_new and getpass("Once more: ") != given:
        raise ConfigError("the two are not the same; nothing has changed")
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
