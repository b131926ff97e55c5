"""``trader kill`` and ``trader resume``: a kill by whichever way is open, the proof of it, and the way back."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trader.adapters.clock import elapsed_ns
from trader.adapters.store import StoreError
from trader.app.channel import tell
from trader.app.kill_proof import proof_path, read_proof
from trader.app.ways_in import HALTED_FILE, KILL_FILE, leave_behind
from trader.domain.errors import ConfigError
from trader.engine.inputs import KillRequested, ResumeRequested
from trader.journal.record import JournalDamagedError

_PROOF_S = 120.0
_GLANCE_S = 0.02


@dataclass(frozen=True, slots=True)
class Killed:
    """What a kill came to.

    Attributes:
        facts: The proof, as a JSON object; empty when there is none.
        proof: Where it stands.
        problem: Why there is none, in a sentence; "" when there is one.
    """

    facts: dict[str, Any]
    proof: Path
    problem: str = ""


def kill(data: Path, request: KillRequested) -> Killed:
    """Stop a scope, whatever state the robot and its database are in, and wait for the proof.

    Raises:
        ConfigError: The data folder cannot be used at all.
    """
    try:
        answer = tell(data, request)
    except (StoreError, JournalDamagedError) as error:
        leave_behind(data, [request])
        return Killed({}, data / HALTED_FILE, f"{error}; {data / HALTED_FILE} keeps it stopped at the next start")
    except ConfigError as error:
        path = data / KILL_FILE
        path.write_text(f"{request.scope} {request.who}: {request.reason}\n", encoding="utf-8")
        return Killed({}, path, f"{error}; {path} was put there, which it takes as a kill; send it SIGUSR2 as well")
    path = proof_path(data, int(answer.actions[0].request_id))
    if not _wait_for(path):
        return Killed({}, path, f"it is stopped, and the robot has written no proof in {_PROOF_S:g} s")
    return Killed(read_proof(path), path)


def resume(data: Path, request: ResumeRequested) -> None:
    """Re-arm a scope, for a user who has signed in.

    Raises:
        ConfigError: It stays stopped; the message says everything that is missing.
    """
    path = data / KILL_FILE
    problem = f"{path} is still there, and the next start would stop it again; take it away first"
    if not os.path.lexists(path):
        answer = tell(data, request)
        problem = answer.actions[0].problem
    if problem:
        raise ConfigError(f"{request.scope} stays stopped: {problem}")


def _wait_for(path: Path) -> bool:
    deadline_ns = elapsed_ns() + int(_PROOF_S * 1e9)
    nothing = threading.Event()
    while not path.exists():
        if elapsed_ns() > deadline_ns:
            return False
        nothing.wait(_GLANCE_S)
    return True
