"""Proofs of kills of which the journal knows nothing: it was taken away, or an older one was put in its place.

A stop stands in the journal. Were a folder without it a fresh one, whoever takes ``trader.db`` away would re-arm what
was stopped. The proofs stay beside it and say what was; one that no kill of the journal has written halts the firm.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from risk.stops.stops import EVERYTHING, State
from trader.app.stops.proof import PROOFS, read_proof
from trader.engine.inputs import KillRequested
from trader.engine.state import Kill

_APART = "of-another-journal"
_PROOF = re.compile(r"kill-([0-9]+)\.(json|part)")


def take_in_unknown(folder: Path, kills: Sequence[Kill], take: Callable[[KillRequested], object]) -> None:
    """Halt the firm for proofs that the journal does not know, and keep them where no later proof takes their place.

    Args:
        folder: The data folder.
        kills: Those of its journal.
        take: Takes the kill in, journal first.

    Raises:
        OSError: The proofs cannot be moved; nothing of them is lost.
    """
    proofs = unknown_proofs(folder, kills)
    if not proofs:
        return
    told = ", ".join(path.name for path in proofs)
    take(
        KillRequested(
            EVERYTHING,
            State.HALTED,
            "the data folder",
            f"its journal does not know the kills of {told}: trader.db was taken away, or is an older one. Put the "
            f"right trader.db back; or ask the venue what is live and what was dealt, and let a user with the role "
            f"risk re-arm it with trader resume. The proofs are kept in {PROOFS}/{_APART}",
        )
    )
    apart = folder / PROOFS / _APART
    apart.mkdir(mode=0o700, exist_ok=True)
    for path in proofs:
        path.rename(_free_name(apart / path.name))


def unknown_proofs(folder: Path, kills: Sequence[Kill]) -> list[Path]:
    """The proofs in a data folder that none of its journal's kills has written, the first kill's first.

    One that cannot be read is known when the journal has a kill of its number.

    Raises:
        OSError: The folder of the proofs cannot be read.
    """
    proofs = folder / PROOFS
    if not proofs.exists():
        return []
    found = {path: int(named[1]) for path in proofs.iterdir() if (named := _PROOF.fullmatch(path.name))}
    unknown = [path for path, number in found.items() if not _is_known(path, number, kills)]
    return sorted(unknown, key=lambda path: (found[path], path.name))


def _is_known(path: Path, number: int, kills: Sequence[Kill]) -> bool:
    if not 0 < number <= len(kills):
        return False
    try:
        facts = read_proof(path)
        return (facts["number"], facts["ts_ns"]) == (number, kills[number - 1].ts_ns)
    except (OSError, msgspec.MsgspecError, KeyError, TypeError):
        return True


def _free_name(path: Path) -> Path:
    """A name beside others that came the same way before."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}.{number}{path.suffix}")
    return free
