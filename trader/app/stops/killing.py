"""``trader kill`` and ``trader resume``: a kill by whichever way is open, the proof of it, and the way back."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import structs

from risk.alerts.wording import neutral
from trader.adapters.account import own_account
from trader.adapters.clock import elapsed_ns
from trader.app.channel import tell
from trader.app.folder import DATABASE
from trader.app.stops.proof import proof_path, read_proof
from trader.app.stops.stop_files import HALTED_FILE, KILL_FILE, leave_behind, put_kill_file
from trader.domain.errors import ConfigError
from trader.domain.moments import in_ns
from trader.engine.inputs import KillRequested, ResumeRequested
from trader.engine.stopping import NOTHING_STOPPED

_PROOF_S = 120.0
_FOLDER_S = 3.0  # a kill waits no longer for a folder that somebody has who does not listen
_GLANCE_S = 0.02


@dataclass(frozen=True, slots=True)
class Killed:
    """What a kill came to.

    Attributes:
        facts: The proof, as a JSON object; empty when there is none.
        proof: Where it stands.
        problem: Why there is none, in a sentence; "" when there is one.
        warnings: Why it may not stop what was meant, in sentences.
    """

    facts: dict[str, Any]
    proof: Path
    problem: str = ""
    warnings: tuple[str, ...] = ()


def kill(data: Path, request: KillRequested) -> Killed:
    """Stop a scope, whatever state the robot and its database are in, and wait for the proof.

    Where neither can be told, a file is left for both.
    """
    # A terminal with another encoding gives texts that cannot be journaled: no reason to trade on.
    request = structs.replace(request, who=neutral(request.who), reason=neutral(request.reason), account=own_account())
    is_new = not (data / DATABASE).exists()
    try:
        answer = tell(data, request, wait_s=_FOLDER_S)
    except ConfigError as error:
        return _without_robot(data, request, error)
    except Exception as error:  # noqa: BLE001 -- whatever is wrong with the journal, the next start is halted
        return _without_journal(data, request, error)
    path = proof_path(data, int(answer.actions[0].request_id))
    if not _wait_for(path):
        return Killed({}, path, f"it is stopped, and the robot has written no proof in {_PROOF_S:g} s")
    warnings = [alert.text for alert in answer.alerts if alert.code == NOTHING_STOPPED]
    if is_new:
        warnings = [f"no robot has ever run in {data}, so that nothing of one is stopped; name its folder with --data"]
    return Killed(read_proof(path), path, warnings=tuple(warnings))


def _without_journal(data: Path, request: KillRequested, why: Exception) -> Killed:
    path = data / HALTED_FILE
    try:
        leave_behind(data, [request])
    except OSError as error:
        return Killed(
            {}, path, f"{why}; {path} cannot be written either ({error.strerror}): let nobody start the robot"
        )
    return Killed({}, path, f"{why}; {path} keeps it stopped at the next start")


def _without_robot(data: Path, request: KillRequested, why: Exception) -> Killed:
    path = data / KILL_FILE
    try:
        put_kill_file(data, request)
    except OSError as error:
        return Killed({}, path, f"{why}; {path} cannot be written either ({error.strerror}); send it SIGUSR2")
    return Killed({}, path, f"{why}; {path} was put there, which it takes as a kill; send it SIGUSR2 as well")


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
    deadline_ns = elapsed_ns() + in_ns(_PROOF_S)
    nothing = threading.Event()
    while not path.exists():
        if elapsed_ns() > deadline_ns:
            return False
        nothing.wait(_GLANCE_S)
    return True
