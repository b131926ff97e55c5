"""Files of our own that a loss of power leaves whole: as they were, or as they are now."""

import errno
import os
from pathlib import Path


def write_new(path: Path, content: bytes) -> None:
    """Write a file that only we can read: made anew, and never through a link that somebody left there.

    Its content is on the disk when this returns, its name once its folder is synced.

    Raises:
        FileExistsError: There is one of that name.
        OSError: It could not be written.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that only we can read, in the place of one that may be there; on the disk when this returns.

    Raises:
        OSError: It could not be written; what was there is there still.
    """
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    write_new(part, content)
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder safe: which files there are, and what each is called.

    Raises:
        OSError: The disk refuses. A file system that knows no such thing, as of a network, is no error.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)
