"""SQLite's own way to the disk, watched: every write and every sync of this process's databases, before it is done.

SQLite reaches the disk through a table of functions, its VFS. This registers one that stands in front of the usual one
and shows each write and sync to a :class:`Watch`, which may let a part of it through, refuse it as a disk would, or end
the process in the middle of it. Nothing of the product knows of it.

Source: https://www.sqlite.org/c3ref/vfs.html and https://www.sqlite.org/c3ref/io_methods.html.
"""

import ctypes
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

OK, FULL, SYNC_FAILED = 0, 13, 10 | 4 << 8
_File = ctypes.c_void_p
_XOpen = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, _File, ctypes.c_int, ctypes.POINTER(ctypes.c_int)
)
_XDelete = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
_XWrite = ctypes.CFUNCTYPE(ctypes.c_int, _File, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
_XSync = ctypes.CFUNCTYPE(ctypes.c_int, _File, ctypes.c_int)
_XTruncate = ctypes.CFUNCTYPE(ctypes.c_int, _File, ctypes.c_int64)


class Watch(Protocol):
    """Sees what is about to happen to a file. Called from SQLite, so it must not raise."""

    def write(self, path: Path, offset: int, data: bytes, part: Callable[[int], None]) -> int:
        """Bytes are about to be written; ``part`` writes the first so many of them. OK lets all through."""

    def sync(self, path: Path, do: Callable[[], int]) -> int:
        """A file is about to be made durable; ``do`` does it. Returns what SQLite is told."""

    def truncate(self, path: Path, size: int) -> None:
        """A file is about to be cut."""

    def delete(self, path: Path) -> None:
        """A file is about to be deleted."""


class _Methods(ctypes.Structure):
    """``sqlite3_io_methods``: what is in front of xSync is looked at, what is behind it only copied."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("close", ctypes.c_void_p),
        ("read", ctypes.c_void_p),
        ("write", _XWrite),
        ("truncate", _XTruncate),
        ("sync", _XSync),
        ("others", ctypes.c_void_p * 13),
    )


class _Vfs(ctypes.Structure):
    """``sqlite3_vfs``, version 3."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("file_size", ctypes.c_int),
        ("path_max", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("open", _XOpen),
        ("delete", _XDelete),
        ("others", ctypes.c_void_p * 14),
    )


def library() -> Path | None:
    """The shared library that this Python's sqlite3 uses; None where SQLite is built into it."""
    assert sqlite3.sqlite_version
    lines = Path("/proc/self/maps").read_text("utf-8").splitlines()
    return next((Path(line.split()[-1]) for line in lines if "libsqlite3" in line), None)


class WatchedDisk:
    """From here on every database that this process opens is watched. There is no way back: use it in a child.

    Args:
        watch: Sees everything.

    Raises:
        OSError: SQLite is built into this Python, and cannot be reached.
    """

    def __init__(self, watch: Watch) -> None:
        path = library()
        if path is None:
            raise OSError("SQLite is built into this Python: its way to the disk cannot be watched")
        sqlite = ctypes.CDLL(str(path))
        sqlite.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        self._watch = watch
        self._names: dict[int, Path] = {}
        self._tables: dict[int, _Methods] = {}
        usual = sqlite.sqlite3_vfs_find(None)
        self._usual_open: Any = usual.contents.open
        self._usual_delete: Any = usual.contents.delete
        self._usual = usual
        self._vfs = _Vfs.from_buffer_copy(usual.contents)
        self._vfs.next, self._vfs.name = None, b"watched"
        self._vfs.open, self._vfs.delete = _XOpen(self._open), _XDelete(self._delete)
        if sqlite.sqlite3_vfs_register(ctypes.byref(self._vfs), 1) != OK:
            raise OSError("SQLite does not take another way to the disk")
        _kept.append(self)

    def _open(self, _vfs: int, name: int | None, file: int, flags: int, out_flags: Any) -> int:
        # The name goes on as the address that it is: SQLite keeps using it for as long as the file is open.
        code = int(self._usual_open(ctypes.cast(self._usual, ctypes.c_void_p), name, file, flags, out_flags))
        methods = ctypes.cast(file, ctypes.POINTER(ctypes.c_void_p))
        if code == OK and name is not None and methods[0]:
            self._names[file] = Path(ctypes.string_at(name).decode())
            methods[0] = ctypes.addressof(self._in_front_of(methods[0]))
        return code

    def _delete(self, _vfs: int, name: int, with_folder: int) -> int:
        self._watch.delete(Path(ctypes.string_at(name).decode()))
        return int(self._usual_delete(ctypes.cast(self._usual, ctypes.c_void_p), name, with_folder))

    def _in_front_of(self, address: int) -> _Methods:
        """The table for files that the usual VFS gives the table at this address."""
        if address not in self._tables:
            usual = _Methods.from_address(address)
            ours = self._tables[address] = _Methods.from_buffer_copy(usual)
            ours.write, ours.sync = _XWrite(self._write(usual)), _XSync(self._sync(usual))
            ours.truncate = _XTruncate(self._truncate(usual))
        return self._tables[address]

    def _write(self, usual: _Methods) -> Callable[[int, int, int, int], int]:
        through: Any = usual.write

        def write(file: int, data: int, size: int, offset: int) -> int:
            def part(count: int) -> None:
                through(file, data, count, offset)

            code = self._watch.write(self._names[file], offset, ctypes.string_at(data, size), part)
            return code or int(through(file, data, size, offset))

        return write

    def _sync(self, usual: _Methods) -> Callable[[int, int], int]:
        through: Any = usual.sync
        return lambda file, flags: self._watch.sync(self._names[file], lambda: int(through(file, flags)))

    def _truncate(self, usual: _Methods) -> Callable[[int, int], int]:
        through: Any = usual.truncate

        def truncate(file: int, size: int) -> int:
            self._watch.truncate(self._names[file], size)
            return int(through(file, size))

        return truncate


# SQLite keeps pointers into these for as long as the process lives.
_kept: list[WatchedDisk] = []
