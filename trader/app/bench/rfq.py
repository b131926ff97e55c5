"""How long a batch of requests for quotes takes, beside the least that any robot could take at the same venue.

The venue answers a request after 250 ms and an order after 40 ms, and takes 50 messages a second. Dealt one after the
other, 100 lines would take half a minute. Dealt together, nothing but the venue's pace is left:

1. Before a request may leave, the gate needs prices, which one message asks for. Then every line takes two messages, a
   request and an order; and when the last order is filled, one more asks for the venue's trade reports.
2. Of n messages in any window, the k-th leaves no earlier than floor((k - 1) / n) windows after the first.
3. A line takes the venue's time to quote and its time to deal, whatever else happens.

Not counted are the robot's own work, the disk and the wire: they are what the ratio shows.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from trader.adapters.config import load_setup
from trader.adapters.resources import fix_config_dir
from trader.app.bench.desk import batch_file, machine, running_robot, spread, trade, write_config
from trader.app.sessions.venue_process import simulator_process

_SCENARIO = "rfq_slow"
_VENUE_FILES = ("dialect.toml", "session.cfg")
_ON_QUOTES = {"order_type": "RFQ", "limit_rate": "", "time_in_force": "FOK"}
_PACE = """
[pace]
messages_max = {messages}
window_ms = {window_ms}
"""
# The robot keeps a little more than a window between messages; when this has passed, none counts any longer.
_WINDOWS_BETWEEN = 1.1


@dataclass(frozen=True, slots=True)
class SlowVenue:
    """A venue that takes its time, as the scenario has it.

    Attributes:
        quote_ms: From a request's arrival to the makers' answers.
        order_ms: From an order's arrival to its fill.
        messages: How many it takes in any window.
        window_ms: The window.
    """

    quote_ms: int = 250
    order_ms: int = 40
    messages: int = 50
    window_ms: int = 1000

    def leaves_ms(self, number: int) -> int:
        """How long after the first message the so many-th may leave, the first being number 1."""
        return (number - 1) // self.messages * self.window_ms

    def bound_ms(self, lines: int) -> int:
        """The least time of a batch on quotes, from its first message to the answer to its last."""
        last_order = 1 + 2 * lines
        dealt_ms = max(self.leaves_ms(last_order), self.quote_ms) + self.order_ms
        return max(dealt_ms, self.leaves_ms(last_order + 1))

    def how(self, lines: int) -> str:
        """The bound as a sum that a person can follow."""
        last_order = 1 + 2 * lines
        return (
            f"message 1 asks for prices, messages 2 to {last_order} are {lines} requests and {lines} orders, message "
            f"{last_order + 1} asks for the trade reports; with {self.messages} in any {self.window_ms} ms the k-th "
            f"leaves no earlier than floor((k - 1) / {self.messages}) x {self.window_ms} ms: the last order after "
            f"{self.leaves_ms(last_order)} ms, and no earlier than its quote after {self.quote_ms} ms; its fill takes "
            f"{self.order_ms} ms more; the trade reports are asked for no earlier than after "
            f"{self.leaves_ms(last_order + 1)} ms"
        )


def bench_rfq(lines: int, repeats: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Run the benchmark.

    Args:
        lines: Lines of a batch, 1 to 10,000.
        repeats: How many batches, each with the venue's window empty.
        progress: Told what is being done.

    Returns:
        The JSON object that ``trader bench rfq --json`` prints.

    Raises:
        ConfigError: The simulator does not start, or a batch does not fill.
    """
    slow = SlowVenue()
    with TemporaryDirectory(prefix="trader-bench-") as name:
        work = Path(name)
        folder = _venue_folder(work, slow)
        with simulator_process("--dialect", str(folder), "--scenario", _SCENARIO) as ready:
            setup = load_setup(write_config(work), venue=str(folder), connect=f"127.0.0.1:{ready.port}")
            with running_robot(setup, work) as robot:
                times = []
                for number in range(1, repeats + 1):
                    progress(f"batch {number} of {repeats}")
                    facts = trade(robot, setup, batch_file(work, lines, number, _ON_QUOTES))
                    times.append(facts["wall_ms"])
                    robot.run_until(lambda: False, _WINDOWS_BETWEEN * slow.window_ms / 1000)
    return _facts(lines, times, slow)


def _venue_folder(work: Path, slow: SlowVenue) -> Path:
    """The bundled simulator's profile with a pace."""
    folder = work / "venue"
    folder.mkdir()
    for name in _VENUE_FILES:
        shutil.copy(fix_config_dir("simulator") / name, folder)
    with (folder / "dialect.toml").open("a", encoding="utf-8") as file:
        file.write(_PACE.format(messages=slow.messages, window_ms=slow.window_ms))
    return folder


def _facts(lines: int, times: list[float], slow: SlowVenue) -> dict[str, Any]:
    bound_ms = slow.bound_ms(lines)
    return {
        "lines": lines,
        "repeats": len(times),
        "bound_ms": bound_ms,
        "ours_ms": spread(times),
        "ratio": spread([time / bound_ms for time in times], digits=3),
        "how": slow.how(lines),
        "machine": machine(),
    }
