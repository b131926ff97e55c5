"""The one place the machine's clock is read. Everything else takes ``ts_ns``."""

import time
from collections.abc import Callable

from trader.domain.moments import NS_PER_MS

Clock = Callable[[], int]

now_ns: Clock = time.time_ns
elapsed_ns: Clock = time.perf_counter_ns

_AT_ONCE_NS = 1 * NS_PER_MS


class ClockWatch:
    """Finds out whether the wall clock was set, by a steady clock beside it.

    Args:
        wall: The wall clock, UTC nanoseconds.
        steady: One that only runs forward, nanoseconds.
    """

    def __init__(self, wall: Clock = now_ns, steady: Clock = elapsed_ns) -> None:
        self._wall, self._steady = wall, steady
        self._apart_ns = wall() - steady()

    def jump_ms(self) -> int:
        """By how many milliseconds the wall clock has gone further than the steady one since this was last asked.

        Where the process was held up between the two readings they say nothing, and the next time counts.
        """
        before, wall, after = self._steady(), self._wall(), self._steady()
        if after - before > _AT_ONCE_NS:
            return 0
        apart_ns = wall - before
        jump_ns, self._apart_ns = apart_ns - self._apart_ns, apart_ns
        return int(jump_ns / NS_PER_MS)
