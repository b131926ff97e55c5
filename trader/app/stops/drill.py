"""A rehearsed kill: live orders at the bundled simulator, the real command to the running robot, the real proof."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from risk.stops.stops import EVERYTHING, Dimension, Scope, State
from trader.adapters.config import Setup, load_setup
from trader.app.batch_file import load_batch
from trader.app.bench.desk import batch_file, machine, running_robot, spread, write_config
from trader.app.launch import Launch
from trader.app.robot import Robot
from trader.app.sessions.venue_process import simulator_process
from trader.app.stages import Stages
from trader.app.stops.killing import Killed, kill
from trader.app.stops.ways_in import hold_signal
from trader.domain.errors import ConfigError
from trader.engine.inputs import KillRequested
from trader.orders.machine import Phase

_LIVE_S = 60.0
_RESTING = {"time_in_force": "DAY", "order_type": "MARKET", "limit_rate": ""}


def drill(folder: Path, lines: int) -> dict[str, Any]:
    """Kill the firm with so many live orders.

    Args:
        folder: A new one, where everything of it stays.
        lines: How many orders, 1 to 10,000.

    Returns:
        The proof, as ``trader kill --json`` shows it.

    Raises:
        ConfigError: The simulator does not start, the orders do not come to rest there, or there is no proof.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _resting_venue(folder) as desk:
        desk.submit(lines)
        return desk.kill(EVERYTHING)


def bench_kill(lines: int, repeats: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Time kills: until nothing can leave, and until the last cancel has left.

    Args:
        lines: Live orders, 1 to 10,000.
        repeats: Counted kills, after one that warms up.
        progress: Told what is being done.

    Returns:
        The JSON object that ``trader bench kill --json`` prints.

    Raises:
        ConfigError: See :func:`drill`.
    """
    proofs = []
    with TemporaryDirectory(prefix="trader-bench-") as name, _resting_venue(Path(name)) as desk:
        for number in range(repeats + 1):
            progress(f"kill {number} of {repeats}" if number else "warming up")
            # A batch at a time, so that the next one may trade.
            proofs.append(desk.kill(Scope(Dimension.BATCH, desk.submit(lines, number))))
    counted = proofs[1:]
    return {
        "lines": lines,
        "repeats": repeats,
        "block_us": spread([proof["block_us"] for proof in counted]),
        "last_cancel_ms": spread([proof["last_cancel_us"] / 1000 for proof in counted]),
        "canceled": sum(proof["orders"]["canceled"] for proof in counted),
        "unknown": sum(proof["orders"]["unknown"] for proof in counted),
        "risk_after_block": sum((proof["last_risk_us"] or 0) > proof["block_us"] for proof in counted),
        "machine": machine(),
    }


@dataclass(frozen=True, slots=True)
class _Desk:
    """A robot that is up, at a venue where every order rests."""

    robot: Robot
    setup: Setup
    folder: Path

    def submit(self, lines: int, number: int = 1) -> str:
        """Let so many orders come to rest; the batch's name."""
        robot = self.robot
        file, _ = load_batch(batch_file(self.folder, lines, number, _RESTING), self.setup, None, Stages())
        Launch(robot, file, self.setup, self.folder).submit()
        if not robot.run_until(lambda: _live(robot) == lines, _LIVE_S):
            raise ConfigError(f"of {lines} orders only {_live(robot)} came to rest at the simulator")
        return file.batch.batch_id

    def kill(self, scope: Scope) -> dict[str, Any]:
        """The command in a thread of its own, as if in a process of its own, while the loop runs; its proof."""
        request = KillRequested(scope, State.HALTED, "the drill", "a rehearsal with the bundled simulator")
        found: list[Killed] = []
        commander = threading.Thread(target=lambda: found.append(kill(self.folder / "data", request)), name="drill")
        commander.start()
        self.robot.run_until(lambda: not commander.is_alive())
        commander.join()
        if found[0].problem:
            raise ConfigError(found[0].problem)
        return found[0].facts


@contextmanager
def _resting_venue(folder: Path) -> Iterator[_Desk]:
    hold_signal()
    config = write_config(folder)
    with simulator_process("--scenario", "resting") as ready:
        setup = load_setup(config, venue="simulator", connect=f"127.0.0.1:{ready.port}")
        with running_robot(setup, folder) as robot:
            yield _Desk(robot, setup, folder)


def _live(robot: Robot) -> int:
    return sum(order.phase is Phase.WORKING for blotter in robot.engine.context.blotters.values() for order in blotter)
