"""The anchors of a journal: in the end-of-day reports beside it, and in a second place where the desk has named one."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from trader.adapters.durable import sync_folder
from trader.domain.errors import ConfigError
from trader.journal.anchor import Anchor, AnchorError, anchor_line, read_anchors

REPORTS = "reports"


@dataclass(frozen=True, slots=True)
class Kept:
    """One anchor, or what stands in the place of one.

    Attributes:
        where: The file.
        anchor: What it says; None when it says nothing that can be read.
        problem: Why not; "" when it does.
    """

    where: Path
    anchor: Anchor | None
    problem: str = ""


def kept_anchors(data: Path, second: Path | None) -> Iterator[Kept]:
    """Every anchor there is, those in the data folder first.

    Args:
        data: The data folder.
        second: The second place; None where none was named.
    """
    reports = sorted((data / REPORTS).glob("*.json"))
    for path in reports:
        try:
            report = msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
            yield Kept(path, msgspec.json.decode(report["anchor"], type=Anchor))
        except (OSError, KeyError, msgspec.MsgspecError) as error:
            yield Kept(path, None, f"{path} is no end-of-day report any longer: {error}")
    if second is None:
        return
    try:
        for anchor in read_anchors(second.read_bytes()):
            yield Kept(second, anchor)
    except FileNotFoundError:
        if reports:
            yield Kept(second, None, f"{second}, the second place for anchors, is not there, and there are reports")
    except (OSError, AnchorError) as error:
        yield Kept(second, None, f"{second} cannot be read: {error}")


def keep_anchor(anchor: Anchor, second: Path) -> None:
    """Add an anchor to the second place; it is on the disk when this returns.

    Raises:
        ConfigError: It cannot be written there.
    """
    try:
        descriptor = os.open(second, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(anchor_line(anchor))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(second.parent)
    except OSError as error:
        raise ConfigError(f"the second place for anchors, {second}, cannot be written: {error.strerror}") from error
