"""Is the machine itself: has its clock jumped, and does anybody watch it?

The monitor's heartbeat is a file that it touches again and again. What it writes there is of no interest.
"""

from dataclasses import dataclass, field
from pathlib import Path

from trader.adapters.clock import ClockWatch, elapsed_ns, now_ns
from trader.domain.moments import NS_PER_MS
from trader.engine.inputs import Input
from trader.engine.machine_inputs import ClockJumped, MonitorSilent

_GLANCE_NS = 200 * NS_PER_MS


@dataclass(slots=True)
class Watchdog:
    """Looks a few times a second, however often it is asked.

    Attributes:
        jump_ms_max: How far the clock may jump; None to let it.
        heartbeat: The monitor's file; None where nobody was told to watch.
        silent_ms_max: How old it may be.
        clock: Watches the clock.
    """

    jump_ms_max: int | None
    heartbeat: Path | None = None
    silent_ms_max: int = 0
    clock: ClockWatch = field(default_factory=ClockWatch)
    _looked_ns: int = 0
    _is_told: bool = False

    def look(self) -> list[Input]:
        """What is wrong now: each jump once, and a silence once until the monitor is heard again."""
        at_ns = elapsed_ns()
        if at_ns - self._looked_ns < _GLANCE_NS:
            return []
        self._looked_ns = at_ns
        found: list[Input] = []
        jump_ms = self.clock.jump_ms()
        if self.jump_ms_max is not None and abs(jump_ms) > self.jump_ms_max:
            found.append(ClockJumped(jump_ms))
        if self.heartbeat is not None:
            silent_ms = self._silent_ms(self.heartbeat)
            is_silent = silent_ms is None or silent_ms > self.silent_ms_max
            if is_silent and not self._is_told:
                found.append(MonitorSilent(silent_ms))
            self._is_told = is_silent
        return found

    def _silent_ms(self, heartbeat: Path) -> int | None:
        """How old the heartbeat is; None when there is none. One from the future is as new as one of now."""
        try:
            return max(0, (now_ns() - heartbeat.stat().st_mtime_ns) // NS_PER_MS)
        except OSError:
            return None
